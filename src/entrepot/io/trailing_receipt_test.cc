#include "entrepot/io/trailing_receipt.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::IsOkAndHolds;

std::shared_ptr<arrow::Buffer> With(const std::string& value,
                                    const std::string& receipt) {
  auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
  (void)out->Write(value);
  (void)WriteTrailingReceipt(receipt, *out);
  return out->Finish().ValueOrDie();
}

TEST(TrailingReceiptTest, ComesBackFromBehindTheValue) {
  arrow::io::BufferReader file(With("value", R"({"format":"pickle"})"));
  EXPECT_THAT(ReadTrailingReceipt(file), IsOkAndHolds(R"({"format":"pickle"})"));
}

TEST(TrailingReceiptTest, AnyTruncationHasNone) {
  const std::string whole = With("value", "receipt")->ToString();
  for (size_t size = 0; size < whole.size(); ++size) {
    arrow::io::BufferReader file(arrow::Buffer::FromString(whole.substr(0, size)));
    EXPECT_THAT(ReadTrailingReceipt(file), IsOkAndHolds("")) << size;
  }
}

TEST(TrailingReceiptTest, ALengthBeyondTheFileIsNone) {
  arrow::io::BufferReader file(
      arrow::Buffer::FromString("x\xff\xff\xff\x7f"
                                "EPRCPT1\n"));
  EXPECT_THAT(ReadTrailingReceipt(file), IsOkAndHolds(""));
}

}  // namespace
}  // namespace entrepot
