// The header of .npy files, alone and within a file: numpy's own spelling of what was
// read is read as the same.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "entrepot/codec/npy_codec.h"
#include "entrepot/codec/npy_header_internal.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

void CheckRefusal(const Error& error) {
  FUZZ_CHECK(error.code() == ErrorCode::kCorrupt ||
             error.code() == ErrorCode::kUnsupported);
}

void CheckHeader(std::string_view text) {
  const auto header = ReadNpyHeader(text);
  if (!header) return CheckRefusal(header.error());
  const std::string written = WriteNpyHeader(*header);
  FUZZ_CHECK(written.size() % 64 == 0);
  const auto extent = ReadNpyPrefix(written);
  FUZZ_CHECK(extent.has_value());
  FUZZ_CHECK(extent->text_end == static_cast<std::int64_t>(written.size()));
  const auto again =
      ReadNpyHeader(written.substr(static_cast<size_t>(extent->text_begin)));
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->type == header->type);
  FUZZ_CHECK(again->shape == header->shape);
  FUZZ_CHECK(again->order == header->order);
}

/// Decodes a file; what comes back is a whole tensor that is written as an equal file.
void CheckFile(std::string bytes) {
  const auto codec = MakeNpyCodec();
  const auto read = [&](std::string file) {
    return codec->Decode({.file = arrow::io::BufferReader::FromString(std::move(file))});
  };
  const auto decoded = read(std::move(bytes));
  if (!decoded) return CheckRefusal(decoded.error());
  const Tensor& tensor = decoded->value.tensor();
  FUZZ_CHECK(tensor.data()->size() == tensor.num_elements() * tensor.type().size_bytes());
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  FUZZ_CHECK(codec->Encode(decoded->value, {}, *out).has_value());
  const auto again = read(out->Finish().ValueOrDie()->ToString());
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->value.tensor().type() == tensor.type());
  FUZZ_CHECK(again->value.tensor().shape() == tensor.shape());
  FUZZ_CHECK(again->value.tensor().data()->Equals(*tensor.data()));
}

/// Returns the file of version 1.0 with that header and so many bytes after it.
std::string FileOf(const std::string& header, size_t num_bytes) {
  std::string file = "\x93NUMPY";
  file += {'\1', '\0', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8 & 0xff)};
  return file + header + std::string(num_bytes, 'x');
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  CheckHeader(bytes);
  CheckFile(bytes);
  FuzzInput input(data, size);
  const std::string header = input.TakeText();
  CheckFile(FileOf(header, input.rest().size()));
  return 0;
}
