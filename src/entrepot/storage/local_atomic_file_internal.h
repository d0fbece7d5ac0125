#pragma once

/// \file entrepot/storage/local_atomic_file_internal.h
/// Files and folders that appear whole or not at all; the protocol is in
/// local_commit_internal.cc.

#include <memory>

#include "entrepot/storage/file_copy_internal.h"
#include "entrepot/storage/local_commit_internal.h"
#include "entrepot/storage/local_store.h"

namespace entrepot::internal {

/// Begins a file.
Result<std::unique_ptr<AtomicFile>> CreateLocalAtomicFile(
    CommitTarget target, DigestChoice digests, const LocalStoreOptions& options);

/// Begins a file of the source's bytes. One that may be taken becomes that file itself,
/// where that is possible, and `source` is left without it.
Result<std::unique_ptr<AtomicFile>> ImportLocalFile(CommitTarget target,
                                                    SourceFile& source, bool may_take,
                                                    const LocalStoreOptions& options);

/// Begins a folder of all that is in the folder `source`; files that may be taken are
/// linked, where that is possible.
///
/// Errors: kInvalid  something in it is neither a file nor a folder
Result<std::unique_ptr<AtomicWrite>> ImportLocalFolder(CommitTarget target,
                                                       const std::string& source,
                                                       bool may_take,
                                                       const LocalStoreOptions& options);

}  // namespace entrepot::internal
