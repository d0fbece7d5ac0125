#pragma once

/// \file entrepot/events/sqlite_queries_internal.h
/// Every question a SQLite log is asked, in one place, so that a test can look at the
/// plan of each.

#include <span>
#include <string_view>

namespace entrepot {

/// The statements of SqliteEventReader, in the order of SqliteQueries().
enum class SqliteQuery {
  kRuns,
  kUnfinishedRuns,
  kRun,
  kRunRow,
  kSteps,
  kEventsOfRun,
  kEventsOfStep,
  kMaterialization,
  kMaterializations,
  kMaterializationsOldestFirst,
  kMaterializationsOfRun,
  kMaterializationsOfRunOldestFirst,
  kMaterializationsOfAsset,
  kMaterializationsOfAssetOldestFirst,
  kMaterializationsOfAssetInRun,
  kMaterializationsOfAssetInRunOldestFirst,
  kMaterializationsOfAssetInNoRun,
  kMaterializationsOfAssetInNoRunOldestFirst,
  kMaterializationsOfPartition,
  kMaterializationsOfPartitionOldestFirst,
  kMaterializationsOfPartitionInRun,
  kMaterializationsOfPartitionInRunOldestFirst,
  kInputs,
  kAssetRow,
  kLatest,
  kUpstream,
  kDownstream,
  kAssets,
};

/// Returns the SQL of each SqliteQuery.
std::span<const std::string_view> SqliteQueries();

}  // namespace entrepot
