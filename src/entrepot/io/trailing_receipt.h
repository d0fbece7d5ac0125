#pragma once

/// \file entrepot/io/trailing_receipt.h
/// A receipt behind the end of a format whose readers stop there
/// (docs/formats/receipt.md):
///
///   value bytes | receipt JSON | its size, 4 bytes little-endian | "EPRCPT1\n"

#include <string>

#include <arrow/io/type_fwd.h>

#include "entrepot/result.h"

namespace entrepot {

/// Appends `receipt` to a value that was just written.
Status WriteTrailingReceipt(const std::string& receipt, arrow::io::OutputStream& out);

/// Returns the receipt's JSON, or "" where there is none.
Result<std::string> ReadTrailingReceipt(arrow::io::RandomAccessFile& file);

}  // namespace entrepot
