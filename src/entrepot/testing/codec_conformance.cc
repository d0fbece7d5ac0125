#include "entrepot/testing/codec_conformance.h"

#include <algorithm>
#include <iterator>

#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>

#include "entrepot/arrow_result.h"
#include "entrepot/testing/codec_conformance_internal.h"

namespace entrepot::testing {
namespace codec_conformance {

std::vector<Value> TakenValues(const CodecUnderTest& subject) {
  std::vector<Value> taken;
  std::ranges::copy_if(subject.values, std::back_inserter(taken),
                       [&](const Value& value) { return subject.codec->Takes(value); });
  EXPECT_FALSE(taken.empty()) << "the codec takes none of CodecUnderTest::values";
  return taken;
}

bool TakesStreams(const Codec& codec, const TablePtr& table) {
  return codec.Takes(StreamOf(table));
}

Result<BufferPtr> Encode(const Codec& codec, const Value& value, const FileNotes& notes) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto out, arrow::io::BufferOutputStream::Create());
  ENTREPOT_RETURN_IF_ERROR(codec.Encode(value, notes, *out));
  return FromArrow(out->Finish());
}

Result<Decoded> Decode(const Codec& codec, const BufferPtr& file, bool as_stream) {
  return codec.Decode({.file = std::make_shared<arrow::io::BufferReader>(file),
                       .as_stream = as_stream,
                       .check_pages = true});
}

void LookAtAll(const Value& value) {
  if (value.kind() == ValueKind::kBytes) (void)value.bytes()->ToString();
  if (value.kind() == ValueKind::kTensor) (void)value.tensor().data()->ToString();
  if (value.kind() == ValueKind::kTable) (void)value.table()->ValidateFull();
  if (value.kind() != ValueKind::kStream) return;
  while (true) {
    const auto batch = value.stream()->Next();
    if (!batch.ok() || !*batch) return;
    (void)(*batch)->ValidateFull();
  }
}

}  // namespace codec_conformance

void RegisterCodecConformance(CodecUnderTest subject) {
  using namespace codec_conformance;
  const auto shared = std::make_shared<const CodecUnderTest>(std::move(subject));
  for (const auto behaviours :
       {FormatBehaviours(), DamageBehaviours(), StreamBehaviours()}) {
    internal::RegisterBehaviours("CodecConformance", behaviours, shared);
  }
}

}  // namespace entrepot::testing
