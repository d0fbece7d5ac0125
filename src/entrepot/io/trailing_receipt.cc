#include "entrepot/io/trailing_receipt.h"

#include <array>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "entrepot/arrow_result.h"

namespace entrepot {
namespace {

constexpr std::string_view kMagic = "EPRCPT1\n";
constexpr std::int64_t kTailBytes = 4 + 8;

}  // namespace

Status WriteTrailingReceipt(const std::string& receipt, arrow::io::OutputStream& out) {
  std::string tail = receipt;
  for (int shift = 0; shift < 32; shift += 8) {
    tail += static_cast<char>((receipt.size() >> shift) & 0xFF);
  }
  tail += kMagic;
  ENTREPOT_RETURN_IF_ERROR(out.Write(tail));
  return {};
}

Result<std::string> ReadTrailingReceipt(arrow::io::RandomAccessFile& file) {
  ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, file.GetSize());
  if (size < kTailBytes) return std::string();
  ENTREPOT_ASSIGN_OR_RETURN(const auto tail, file.ReadAt(size - kTailBytes, kTailBytes));
  const std::string_view text(*tail);
  if (!text.ends_with(kMagic)) return std::string();
  std::int64_t length = 0;
  for (int i = 3; i >= 0; --i)
    length = (length << 8) | static_cast<unsigned char>(text[static_cast<size_t>(i)]);
  if (length > size - kTailBytes) return std::string();
  ENTREPOT_ASSIGN_OR_RETURN(const auto receipt,
                            file.ReadAt(size - kTailBytes - length, length));
  return receipt->ToString();
}

}  // namespace entrepot
