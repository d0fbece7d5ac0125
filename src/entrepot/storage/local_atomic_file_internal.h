#pragma once

/// \file entrepot/storage/local_atomic_file_internal.h
/// How a local file appears whole or not at all; the protocol is in the .cc.

#include <memory>
#include <string>

#include "entrepot/storage/local_store.h"

namespace entrepot::internal {

/// The name of the extended attribute that carries a receipt.
inline constexpr char kReceiptAttribute[] = "user.entrepot";

/// Begins a file that will be called `folder`/`name`; the folder must exist.
Result<std::unique_ptr<AtomicFile>> CreateLocalAtomicFile(std::string folder, std::string name,
                                                          DigestChoice digests,
                                                          const LocalStoreOptions& options);

/// Syncs a folder's entries.
Status SyncFolder(LocalCalls& calls, const std::string& folder);

}  // namespace entrepot::internal
