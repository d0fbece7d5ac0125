#pragma once

/// \file entrepot/cli/records_internal.h
/// What the log keeps, in words and as JSON (docs/cli.md).

#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "entrepot/asset/metadata.h"
#include "entrepot/asset/receipt.h"
#include "entrepot/events/event_log.h"

namespace entrepot::internal {

/// What was stored of one asset, from its receipts and metadata. Plain data.
struct StoredFacts {
  std::string kind;
  std::string format;
  std::optional<std::int64_t> rows;
  std::optional<std::int64_t> size_bytes;
  std::string path;  ///< Absolute where known; "" where nothing says.
  std::string version;
};

StoredFacts FactsOf(std::span<const Receipt> receipts, const Metadata& metadata);

/// Returns the facts' kind and format as one word where they are the same:
/// "table/parquet".
std::string KindAndFormat(const StoredFacts& facts);

/// Returns a count or size as text; "" where it is not known.
std::string RowsText(const StoredFacts& facts);
std::string SizeText(const StoredFacts& facts);

/// Returns the beginning of a run id, which tells runs apart that began a millisecond
/// apart.
std::string ShortRunId(const std::string& run_id);

/// Returns how long it took to load, compute and store.
double SecondsOf(const Materialization& materialization);

/// Returns a run's status in one word: "running" and "died" instead of "started", by
/// whether the process that runs it still lives on this machine.
std::string StatusText(const RunRecord& run);

nlohmann::ordered_json OptionalJson(const std::optional<std::int64_t>& number);
nlohmann::ordered_json OptionalJson(const std::optional<std::string>& text);
nlohmann::ordered_json ToJson(const Materialization& materialization);
nlohmann::ordered_json ToJson(const RunRecord& run);
nlohmann::ordered_json ToJson(const StepRecord& step);

}  // namespace entrepot::internal
