// From a file and the receipt on it to a value, both made by anybody: what was altered is
// refused, and code that nobody vouched for is not run.
//
// Input: the codec's format, the receipt, the file, each but the last ended as in
// fuzz_input.h. $digest and $sha256 in the receipt stand for those of the file.
#include <algorithm>
#include <span>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "entrepot/codec/registry.h"
#include "entrepot/io/stored_value.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

Digests DigestsOf(const arrow::Buffer& buffer) {
  const auto* data = reinterpret_cast<const std::byte*>(buffer.data());
  return DigestOf(std::span(data, static_cast<size_t>(buffer.size())), {.sha256 = true});
}

/// A file in memory.
class FuzzedFile final : public StoredFile {
 public:
  FuzzedFile(std::string bytes, std::string attribute)
      : bytes_(arrow::Buffer::FromString(std::move(bytes))),
        attribute_(std::move(attribute)) {}

  std::int64_t size_bytes() const override { return bytes_->size(); }
  const std::string& attribute() const override { return attribute_; }
  Result<std::int64_t> modified() const override { return 0; }
  Result<std::shared_ptr<arrow::Buffer>> ReadAll() const override { return bytes_; }
  Result<std::shared_ptr<arrow::Buffer>> Map() const override { return bytes_; }
  std::shared_ptr<arrow::io::RandomAccessFile> AsRandomAccess() const override {
    return std::make_shared<arrow::io::BufferReader>(bytes_);
  }

 private:
  std::shared_ptr<arrow::Buffer> bytes_;
  std::string attribute_;
};

/// Stands for a format whose loading runs code, as pickle does: what it decodes, it runs.
class CodeCodec final : public Codec {
 public:
  const CodecInfo& info() const override {
    static constexpr CodecInfo info{.format = "code",
                                    .extension = "code",
                                    .runs_code = true,
                                    .receipt_may_follow = true};
    return info;
  }
  bool Takes(const Value&) const override { return false; }
  Result<Encoded> Encode(const Value&, const FileNotes&,
                         arrow::io::OutputStream&) const override {
    return Invalid("nothing is written here");
  }
  Result<Decoded> Decode(const DecodeRequest& request) const override {
    const auto size = request.file->GetSize().ValueOrDie();
    return Decoded{Value::Bytes(request.file->ReadAt(0, size).ValueOrDie(), "code"), {}};
  }
};

const CodecRegistry& Codecs() {
  static const CodecRegistry codecs = [] {
    CodecRegistry all = CodecRegistry::WithBuiltins();
    FUZZ_CHECK(all.Register(std::make_shared<CodeCodec>()).has_value());
    return all;
  }();
  return codecs;
}

void Replace(std::string& text, std::string_view name, const std::string& with) {
  if (const size_t at = text.find(name); at != std::string::npos) {
    text.replace(at, name.size(), with);
  }
}

void CheckLoaded(const Value& value, const Codec& codec, const Receipt* receipt) {
  const bool is_bytes = value.kind() == ValueKind::kBytes;
  if (codec.info().runs_code) {
    FUZZ_CHECK(receipt != nullptr);
    FUZZ_CHECK(DigestsOf(*value.bytes()).sha256 == receipt->sha256);
  }
  if (receipt == nullptr) return;
  FUZZ_CHECK(value.type() == receipt->type);
  if (is_bytes) FUZZ_CHECK(DigestsOf(*value.bytes()).xxh3 == receipt->digest);
  if (is_bytes && receipt->format == codec.info().format) {
    FUZZ_CHECK(value.bytes()->size() == receipt->size_bytes);
  }
}

void CheckFile(const Codec& codec, const std::string& attribute, std::string bytes) {
  const FuzzedFile file(std::move(bytes), attribute);
  const auto receipt = ReceiptFromJson(attribute);
  const Receipt* on_file = receipt ? &*receipt : nullptr;
  const std::string path = "/base/a";
  const InputContext context(
      {.upstream_output = std::make_shared<OutputContext>(OutputContext::Fields{})});
  const auto value = LoadStoredValue(
      context, {.path = path, .codec = codec, .file = file, .receipt = on_file});
  if (value) {
    CheckLoaded(*value, codec, on_file);
  } else {
    FUZZ_CHECK(value.error().code() == ErrorCode::kCorrupt ||
               value.error().code() == ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  FuzzInput input(data, size);
  const auto codec = Codecs().ForFormat(input.TakeText());
  if (codec == nullptr) return 0;
  std::string attribute = input.TakeText();
  const std::string bytes(input.rest());
  // The beginning only, as of a value that a receipt follows.
  const auto value = arrow::Buffer::FromString(bytes.substr(0, bytes.find('\0')));
  const entrepot::Digests digests = DigestsOf(*value);
  Replace(attribute, "$digest", digests.xxh3);
  Replace(attribute, "$sha256", digests.sha256);
  CheckFile(*codec, attribute, bytes);
  return 0;
}
