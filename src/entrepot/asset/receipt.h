#pragma once

/// \file entrepot/asset/receipt.h
/// What storing a value yields. Formats: docs/formats/receipt.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "entrepot/result.h"

namespace entrepot {

/// Describes one stored value: where it is, how it is encoded, and how to recognise it.
/// Plain data.
struct Receipt {
  std::string base{};     ///< Name of the base `path` is relative to: a manager's key, of
                          ///< a routing manager's backend `<key>.<backend>`.
  std::string path{};     ///< Relative to the base, with extension.
  std::string format{};   ///< The codec's, e.g. "parquet".
  int codec_version = 0;  ///< The codec's.
  std::string kind{};     ///< The value's kind, e.g. "table".
  std::string type{};     ///< The producing language's type, e.g. "pandas.DataFrame".
  std::int64_t size_bytes = 0;  ///< Of the stored value, without a trailing receipt.
  std::string digest{};         ///< XXH3-128 of those bytes, 32 hex digits.
  std::string sha256{};         ///< Of the same bytes, where loading runs code; else "".
  std::optional<std::int64_t> rows{};  ///< Of a table or stream.
  std::string schema{};                ///< For people; never on the file.
  std::string version{};               ///< Sorts by time; unique.
  std::string run_id{};                ///< "" for a value stored without a run.

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// Returns everything as JSON: what the event log keeps.
std::string ReceiptToJson(const Receipt& receipt);

/// Returns what travels with the file, at most 1 kB of JSON: all but base, path and
/// schema.
std::string ReceiptToAttribute(const Receipt& receipt);

/// Reads either form. Unknown members are ignored, so that later versions can add some.
///
/// Errors: kCorrupt  not a receipt
Result<Receipt> ReceiptFromJson(std::string_view json);

/// Returns a new version: 32 hex digits that sort by the time of the call (48 bits of
/// milliseconds, 12 of their fraction, then random ones: the layout of a UUID of version
/// 7, RFC 9562). Safe for concurrent use.
std::string NewVersion();

}  // namespace entrepot
