// Files that are no files of the format, and places that fail: errors, never a crash.
#include <algorithm>
#include <string>
#include <string_view>

#include <arrow/io/memory.h>

#include "entrepot/codec/registry.h"
#include "entrepot/testing/codec_conformance_internal.h"

namespace entrepot::testing::codec_conformance {
namespace {

using ::testing::AnyOf;

// How many places of a file are damaged, so that long files take no longer.
constexpr size_t kPlaces = 300;

/// Returns positions within `size` bytes: all of a short file, else the first and last
/// and some in between.
std::vector<size_t> Positions(size_t size) {
  std::vector<size_t> positions;
  for (size_t i = 0; i < size; ++i) {
    const bool is_near_an_end = i < kPlaces / 3 || size - i <= kPlaces / 3;
    if (is_near_an_end || i % (size / kPlaces + 1) == 0) positions.push_back(i);
  }
  return positions;
}

/// Decodes what may be damaged, both ways, and looks at all that comes out.
void ExpectErrorOrValue(const Codec& codec, const std::string& file) {
  for (const bool as_stream : {false, true}) {
    const auto decoded = Decode(codec, arrow::Buffer::FromString(file), as_stream);
    if (decoded) {
      LookAtAll(decoded->value);
    } else {
      EXPECT_THAT(decoded, AnyOf(FailsWith(ErrorCode::kCorrupt),
                                 FailsWith(ErrorCode::kUnsupported)));
    }
  }
}

void ABeginningOfAFileIsRefused(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    const std::string file = Encode(*subject.codec, value).value()->ToString();
    for (const size_t size : Positions(file.size())) {
      SCOPED_TRACE(fmt::format("the first {} of {} bytes of {}", size, file.size(),
                               Describe(value)));
      const std::string beginning = file.substr(0, size);
      ExpectErrorOrValue(*subject.codec, beginning);
      if (!subject.notices_truncation) continue;
      EXPECT_THAT(Decode(*subject.codec, arrow::Buffer::FromString(beginning)),
                  FailsWith(ErrorCode::kCorrupt));
    }
  }
}

void AChangedBitIsAnErrorOrSomeValue(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    const std::string file = Encode(*subject.codec, value).value()->ToString();
    for (const size_t i : Positions(file.size())) {
      SCOPED_TRACE(fmt::format("byte {} of {}", i, Describe(value)));
      std::string changed = file;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (i * 5 % 8)));
      ExpectErrorOrValue(*subject.codec, changed);
    }
  }
}

void FilesOfOtherFormatsAreAnErrorOrSomeValue(const CodecUnderTest& subject) {
  const CodecRegistry builtins = CodecRegistry::WithBuiltins();
  for (const auto& other : builtins.codecs()) {
    for (const Value& value : SampleValues()) {
      if (!other->Takes(value)) continue;
      SCOPED_TRACE(std::string(other->info().format));
      ExpectErrorOrValue(*subject.codec, Encode(*other, value).value()->ToString());
    }
  }
}

/// Fails from its `fails_at`-th write on.
class FailingOutput final : public arrow::io::OutputStream {
 public:
  explicit FailingOutput(int fails_at) : writes_left_(fails_at) {}
  arrow::Status Write(const void*, int64_t size) override {
    if (writes_left_-- <= 0) {
      has_failed_ = true;
      return arrow::Status::IOError("the disk is full");
    }
    position_ += size;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }

  bool has_failed() const { return has_failed_; }

 private:
  int writes_left_;
  int64_t position_ = 0;
  bool has_failed_ = false;
};

void AWriteThatFailsIsReported(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    for (int fails_at = 0;; ++fails_at) {
      FailingOutput out(fails_at);
      const auto encoded = subject.codec->Encode(value, {}, out);
      if (!out.has_failed()) break;
      ASSERT_FALSE(encoded.has_value())
          << "write " << fails_at << " of " << Describe(value);
    }
  }
}

/// Fails from its `fails_at`-th read on.
class FailingFile final : public arrow::io::RandomAccessFile {
 public:
  FailingFile(BufferPtr bytes, int fails_at)
      : reader_(std::move(bytes)), reads_left_(fails_at) {}
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return reader_.Tell(); }
  arrow::Result<int64_t> GetSize() override { return reader_.GetSize(); }
  arrow::Status Seek(int64_t position) override { return reader_.Seek(position); }
  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    ARROW_RETURN_NOT_OK(CountRead());
    return reader_.Read(size, out);
  }
  arrow::Result<BufferPtr> Read(int64_t size) override {
    ARROW_RETURN_NOT_OK(CountRead());
    return reader_.Read(size);
  }

  bool has_failed() const { return has_failed_; }

 private:
  arrow::Status CountRead() {
    if (reads_left_-- > 0) return arrow::Status::OK();
    has_failed_ = true;
    return arrow::Status::IOError("the disk is gone");
  }

  arrow::io::BufferReader reader_;
  int reads_left_;
  bool has_failed_ = false;
};

void AReadThatFailsIsReported(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    const BufferPtr bytes = Encode(*subject.codec, value).value();
    for (int fails_at = 0;; ++fails_at) {
      const auto file = std::make_shared<FailingFile>(bytes, fails_at);
      const auto decoded = subject.codec->Decode({.file = file});
      if (!file->has_failed()) break;
      ASSERT_FALSE(decoded.has_value())
          << "read " << fails_at << " of " << Describe(value);
    }
  }
}

constexpr Behaviour kBehaviours[] = {
    {"ABeginningOfAFileIsRefused", ABeginningOfAFileIsRefused},
    {"AChangedBitIsAnErrorOrSomeValue", AChangedBitIsAnErrorOrSomeValue},
    {"FilesOfOtherFormatsAreAnErrorOrSomeValue",
     FilesOfOtherFormatsAreAnErrorOrSomeValue},
    {"AWriteThatFailsIsReported", AWriteThatFailsIsReported},
    {"AReadThatFailsIsReported", AReadThatFailsIsReported},
};

}  // namespace

std::span<const Behaviour> DamageBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::codec_conformance
