// What a codec says of itself, and that values come back from their files.
#include <algorithm>
#include <string_view>
#include <thread>
#include <typeinfo>

#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/io/interfaces.h>
#include <arrow/table.h>

#include "entrepot/codec/registry.h"
#include "entrepot/testing/codec_conformance_internal.h"

namespace entrepot::testing::codec_conformance {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr size_t kLongestExtension = 15;

void NamesItsFormat(const CodecUnderTest& subject) {
  const CodecInfo& info = subject.codec->info();
  EXPECT_THAT(info.format, Not(IsEmpty()));
  EXPECT_THAT(info.extension, Not(IsEmpty()));
  EXPECT_LE(info.extension.size(), kLongestExtension);
  EXPECT_EQ(info.extension.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string_view::npos)
      << info.extension;
  EXPECT_GE(info.version, 1);
  EXPECT_FALSE(info.runs_code && info.streams) << "code is checked before it runs";
  EXPECT_EQ(&subject.codec->info(), &info) << "it is fixed";
}

void ItsNamesAreNoOtherFormats(const CodecUnderTest& subject) {
  CodecRegistry others;
  const CodecRegistry builtins = CodecRegistry::WithBuiltins();
  for (const auto& codec : builtins.codecs()) {
    const Codec& builtin = *codec;
    if (typeid(builtin) != typeid(*subject.codec)) {
      ASSERT_THAT(others.Register(codec), IsOk());
    }
  }
  EXPECT_THAT(others.Register(subject.codec), IsOk());
}

void EveryValueComesBack(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    const auto file = Encode(*subject.codec, value);
    ASSERT_THAT(file, IsOk()) << Describe(value);
    const auto decoded = Decode(*subject.codec, *file);
    ASSERT_THAT(decoded, IsOk()) << Describe(value);
    EXPECT_THAT(decoded->value, HasDataOf(value));
  }
}

void NotesComeBackOrAreLeftOut(const CodecUnderTest& subject) {
  const FileNotes notes{.version = "0190163d8694739baea5966c26f8ad91", .type = "my.Type"};
  for (const Value& value : TakenValues(subject)) {
    const auto decoded =
        Decode(*subject.codec, Encode(*subject.codec, value, notes).value());
    ASSERT_THAT(decoded, IsOk()) << Describe(value);
    EXPECT_THAT(decoded->value, HasDataOf(value));
    EXPECT_THAT(decoded->value.type(), AnyOf(IsEmpty(), notes.type));
    EXPECT_THAT(decoded->notes.type, AnyOf(IsEmpty(), notes.type));
    EXPECT_THAT(decoded->notes.version, AnyOf(IsEmpty(), notes.version));
  }
}

void EqualValuesGiveEqualFiles(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    const FileNotes notes{.version = "1", .type = value.type()};
    const BufferPtr once = Encode(*subject.codec, value, notes).value();
    const BufferPtr again = Encode(*subject.codec, value, notes).value();
    EXPECT_TRUE(once->Equals(*again)) << Describe(value);
  }
}

void RefusesWhatItDoesNotTake(const CodecUnderTest& subject) {
  std::vector<Value> others = SampleValues();
  others.emplace_back();  // Nothing.
  others.push_back(StreamOf(OfKind(others, ValueKind::kTable).front().table()));
  for (const Value& value : others) {
    if (subject.codec->Takes(value)) continue;
    EXPECT_THAT(Encode(*subject.codec, value),
                AnyOf(FailsWith(ErrorCode::kInvalid), FailsWith(ErrorCode::kUnsupported)))
        << Describe(value);
  }
}

/// A file that is read in parts: no buffer is behind it.
class FileInParts final : public arrow::io::RandomAccessFile {
 public:
  explicit FileInParts(BufferPtr bytes) : bytes_(std::move(bytes)) {}
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> GetSize() override { return bytes_->size(); }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    size = std::clamp<int64_t>(bytes_->size() - position_, 0, size);
    std::copy_n(bytes_->data() + position_, size, static_cast<std::uint8_t*>(out));
    position_ += size;
    return size;
  }
  arrow::Result<BufferPtr> Read(int64_t size) override {
    std::string part(static_cast<size_t>(size), '\0');
    ARROW_ASSIGN_OR_RAISE(const int64_t read, Read(size, part.data()));
    part.resize(static_cast<size_t>(read));
    return arrow::Buffer::FromString(std::move(part));
  }

 private:
  BufferPtr bytes_;
  int64_t position_ = 0;
};

void AFileOnDiskDecodesAsOneInMemory(const CodecUnderTest& subject) {
  for (const Value& value : TakenValues(subject)) {
    const BufferPtr bytes = Encode(*subject.codec, value).value();
    const auto decoded =
        subject.codec->Decode({.file = std::make_shared<FileInParts>(bytes)});
    ASSERT_THAT(decoded, IsOk()) << Describe(value);
    EXPECT_THAT(decoded->value, HasDataOf(value));
  }
}

/// Returns the memory that a value's data lies in.
std::vector<BufferPtr> BuffersOf(const Value& value) {
  std::vector<BufferPtr> buffers;
  if (value.kind() == ValueKind::kTensor) buffers.push_back(value.tensor().data());
  if (value.kind() == ValueKind::kBytes) buffers.push_back(value.bytes());
  if (value.kind() != ValueKind::kTable) return buffers;
  for (const auto& column : value.table()->columns()) {
    for (const auto& chunk : column->chunks()) {
      std::ranges::copy(chunk->data()->buffers, std::back_inserter(buffers));
    }
  }
  return buffers;
}

void AMappedFileIsNotCopied(const CodecUnderTest& subject) {
  if (!subject.codec->info().maps) GTEST_SKIP() << "its files are not mapped";
  for (const Value& value : TakenValues(subject)) {
    const BufferPtr file = Encode(*subject.codec, value).value();
    const Value decoded = Decode(*subject.codec, file).value().value;
    for (const BufferPtr& buffer : BuffersOf(decoded)) {
      if (buffer == nullptr || buffer->size() == 0) continue;
      EXPECT_GE(buffer->data(), file->data()) << Describe(value);
      EXPECT_LE(buffer->data() + buffer->size(), file->data() + file->size())
          << Describe(value);
    }
  }
}

void ManyThreadsMayUseIt(const CodecUnderTest& subject) {
  const std::vector<Value> values = TakenValues(subject);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (const Value& value : values) {
        const auto decoded =
            Decode(*subject.codec, Encode(*subject.codec, value).value());
        ASSERT_THAT(decoded, IsOk()) << Describe(value);
        EXPECT_THAT(decoded->value, HasDataOf(value));
      }
    });
  }
}

constexpr Behaviour kBehaviours[] = {
    {"NamesItsFormat", NamesItsFormat},
    {"ItsNamesAreNoOtherFormats", ItsNamesAreNoOtherFormats},
    {"EveryValueComesBack", EveryValueComesBack},
    {"NotesComeBackOrAreLeftOut", NotesComeBackOrAreLeftOut},
    {"EqualValuesGiveEqualFiles", EqualValuesGiveEqualFiles},
    {"RefusesWhatItDoesNotTake", RefusesWhatItDoesNotTake},
    {"AFileOnDiskDecodesAsOneInMemory", AFileOnDiskDecodesAsOneInMemory},
    {"AMappedFileIsNotCopied", AMappedFileIsNotCopied},
    {"ManyThreadsMayUseIt", ManyThreadsMayUseIt},
};

}  // namespace

std::span<const Behaviour> FormatBehaviours() { return kBehaviours; }

}  // namespace entrepot::testing::codec_conformance
