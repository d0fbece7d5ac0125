#pragma once

/// \file entrepot/testing/codec_conformance.h
/// What every codec has to do, as tests for any of them (docs/testing.md).
///
///   const bool registered = (RegisterCodecConformance({.name = "Mine", …}), true);

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "entrepot/codec/codec.h"
#include "entrepot/testing/sample_values.h"

namespace entrepot::testing {

/// A codec to be tested, and what it does not promise.
struct CodecUnderTest {
  std::string name;  ///< A word; the tests are CodecConformance/<name>.<behaviour>.
  std::shared_ptr<const Codec> codec{};

  /// What it is asked to take, encode and decode: those of the samples that it takes.
  /// Streams are made of the tables. Give small ones: files of them are damaged in every
  /// way.
  std::vector<Value> values = SampleValues();

  /// Finds out that a file was cut. False: a declared deviation, for formats of which any
  /// part is a whole file, such as plain text.
  bool notices_truncation = true;

  /// Encodes and decodes streams within so many bytes of Arrow's memory, whatever their
  /// length.
  std::int64_t stream_memory_bytes = 64 << 20;
};

/// Registers the suite for `subject`. Call it before RUN_ALL_TESTS, where a static
/// initialiser of the test program will do.
void RegisterCodecConformance(CodecUnderTest subject);

}  // namespace entrepot::testing
