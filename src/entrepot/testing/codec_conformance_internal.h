#pragma once

/// \file entrepot/testing/codec_conformance_internal.h
/// What the files of the codec suite share.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <arrow/buffer.h>

#include "entrepot/testing/codec_conformance.h"
#include "entrepot/testing/conformance_suite_internal.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/value_matchers.h"

namespace entrepot::testing::codec_conformance {

using Behaviour = internal::Behaviour<CodecUnderTest>;
using BufferPtr = std::shared_ptr<arrow::Buffer>;

std::span<const Behaviour> FormatBehaviours();
std::span<const Behaviour> DamageBehaviours();
std::span<const Behaviour> StreamBehaviours();

/// Returns those of the subject's values that the codec takes; at least one, or the test
/// has failed.
std::vector<Value> TakenValues(const CodecUnderTest& subject);

/// Whether the codec takes streams of the rows of `table`.
bool TakesStreams(const Codec& codec, const TablePtr& table);

/// Returns the file of `value`.
Result<BufferPtr> Encode(const Codec& codec, const Value& value,
                         const FileNotes& notes = {});

/// Decodes a file that is in memory, checking what the format itself carries.
Result<Decoded> Decode(const Codec& codec, const BufferPtr& file, bool as_stream = false);

/// Looks at all that a decoded value refers to. Damage may show only now, as an error.
void LookAtAll(const Value& value);

}  // namespace entrepot::testing::codec_conformance
