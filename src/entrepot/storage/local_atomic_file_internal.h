#pragma once

/// \file entrepot/storage/local_atomic_file_internal.h
/// How a local file appears whole or not at all; the protocol is in the .cc.

#include <memory>
#include <string>
#include <vector>

#include "entrepot/storage/local_store.h"

namespace entrepot::internal {

/// The name of the extended attribute that carries a receipt.
inline constexpr char kReceiptAttribute[] = "user.entrepot";

/// Whether setting or getting an attribute failed because the file can have none or has
/// none, and not because its place is in trouble.
bool IsAttributeRefused(int error_number);

/// Where a file will appear. Plain data.
struct AtomicFileTarget {
  std::string folder;                 ///< Absolute; must exist.
  std::string name;                   ///< In it.
  std::vector<std::string> replaces;  ///< Absolute paths in it that the commit removes.
};

/// Begins a file.
Result<std::unique_ptr<AtomicFile>> CreateLocalAtomicFile(
    AtomicFileTarget target, DigestChoice digests, const LocalStoreOptions& options);

/// Syncs a folder's entries.
Status SyncFolder(LocalCalls& calls, const std::string& folder);

}  // namespace entrepot::internal
