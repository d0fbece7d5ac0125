// Receipts: JSON on files and in the log, and those that follow a value's own bytes.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "entrepot/asset/receipt.h"
#include "entrepot/io/trailing_receipt.h"
#include "fuzz_input.h"

namespace entrepot::fuzzing {
namespace {

void CheckJson(std::string_view text) {
  const auto receipt = ReceiptFromJson(text);
  if (!receipt) {
    FUZZ_CHECK(receipt.error().code() == ErrorCode::kCorrupt);
    return;
  }
  FUZZ_CHECK(receipt->size_bytes >= 0);
  FUZZ_CHECK(receipt->codec_version >= 0);
  FUZZ_CHECK(receipt->rows.value_or(0) >= 0);
  const auto kept = ReceiptFromJson(ReceiptToJson(*receipt));
  FUZZ_CHECK(kept.has_value());
  FUZZ_CHECK(*kept == *receipt);

  const std::string attribute = ReceiptToAttribute(*receipt);
  const auto on_file = ReceiptFromJson(attribute);
  FUZZ_CHECK(on_file.has_value());
  FUZZ_CHECK(on_file->size_bytes == receipt->size_bytes);
  FUZZ_CHECK(on_file->digest == receipt->digest);
  FUZZ_CHECK(on_file->sha256 == receipt->sha256);
  FUZZ_CHECK(on_file->version == receipt->version);
}

std::string TrailingReceiptOf(const std::string& file) {
  arrow::io::BufferReader reader(arrow::Buffer::FromString(file));
  const auto receipt = ReadTrailingReceipt(reader);
  FUZZ_CHECK(receipt.has_value());
  FUZZ_CHECK(receipt->empty() || file.find(*receipt) != std::string::npos);
  return *receipt;
}

void CheckTrailing(const std::string& value, const std::string& receipt) {
  const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  FUZZ_CHECK(out->Write(value).ok());
  FUZZ_CHECK(WriteTrailingReceipt(receipt, *out).has_value());
  const std::string file = out->Finish().ValueOrDie()->ToString();
  FUZZ_CHECK(file.starts_with(value));
  FUZZ_CHECK(TrailingReceiptOf(file) == receipt);
}

}  // namespace
}  // namespace entrepot::fuzzing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace entrepot::fuzzing;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  CheckJson(bytes);
  CheckJson(TrailingReceiptOf(bytes));
  FuzzInput input(data, size);
  const std::string value = input.TakeText();
  CheckTrailing(value, std::string(input.rest()));
  return 0;
}
