#pragma once

/// \file entrepot/cli/preview.h
/// A stored value as a person reads it.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/result.h"
#include "entrepot/value/value.h"

namespace entrepot {

/// How much of a value is shown, and how. Plain data.
struct PreviewOptions {
  int rows = 10;                       ///< Of a table; lines of a tensor or of bytes.
  std::vector<std::string> columns{};  ///< Of a table, in this order; empty: all.
  bool schema_only = false;            ///< What it is made of instead of what it holds.
  int width = 0;           ///< Columns of the terminal; 0: cells are cut, lines are not.
  bool use_color = false;  ///< Bold headings and faint notes.

  /// Rows of a stream, where somebody else knows.
  std::optional<std::int64_t> total_rows{};
};

/// Prints a value: the head of a table or stream in aligned columns, a corner of a
/// tensor, JSON indented, text as it is, the head of bytes as a hex dump. Reads as much
/// of a stream as it shows.
///
/// Errors: kInvalid      a column that is not there (the nearest are offered), or
///                       columns of something that has none
///         kUnsupported  an object that only another language can show
Status PrintPreview(std::ostream& out, const Value& value, const PreviewOptions& options);

/// Returns the same as JSON text (docs/cli.md).
Result<std::string> PreviewJson(const Value& value, const PreviewOptions& options);

}  // namespace entrepot
