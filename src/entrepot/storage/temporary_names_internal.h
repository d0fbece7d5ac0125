#pragma once

/// \file entrepot/storage/temporary_names_internal.h
/// The names of what is being written, and how those of dead writers are told and
/// removed.
///
/// Temporary names are ".<name without extension>.<slot>.tmp" with slots 00 to 15, so
/// that leftovers of writers that died, of a value in whatever format, are found without
/// listing the folder. A writer holds the lock of the file or folder that it has named so
/// until it has renamed it, and whoever removes a name holds the lock of what it names:
/// no name of a living writer is ever removed. Key paths never start with a dot
/// (asset/key_path.h), so no value is ever taken for a temporary name.

#include <string>
#include <utility>

#include "entrepot/result.h"
#include "entrepot/storage/file_descriptor_internal.h"

namespace entrepot::internal {

inline constexpr int kSlots = 16;

/// What is being written under a temporary name: locked, if locks are to be had here.
struct TemporaryName {
  FileDescriptor file;
  std::string path;
};

/// Returns the temporary name of a slot.
std::string SlotPath(const std::string& folder, const std::string& name, int slot);

/// Makes a new, empty file or folder under a temporary name.
///
/// Errors: those of the filesystem; kUnavailable: all slots stay taken
Result<TemporaryName> MakeTemporaryFile(LocalCalls& calls, const std::string& folder,
                                        const std::string& name);
Result<TemporaryName> MakeTemporaryFolder(LocalCalls& calls, const std::string& folder,
                                          const std::string& name);

/// Gives the open file a temporary name, which is returned.
///
/// Errors: as above
Result<std::string> LinkTemporary(LocalCalls& calls, const FileDescriptor& file,
                                  const std::string& folder, const std::string& name);

/// Moves the folder at `path` to a temporary name beside it that nobody owns.
///
/// Errors: as above
Status RenameToTemporary(LocalCalls& calls, const std::string& path,
                         const std::string& folder, const std::string& name);

/// Removes a temporary name whose writer is gone, with all that it names. What is in the
/// way of finding that out (no locks here, a living writer) or of removing it leaves it
/// to the next store.
void RemoveIfDead(LocalCalls& calls, const std::string& path);

/// The same for the temporary names of the first `slots` slots.
void RemoveDead(LocalCalls& calls, const std::string& folder, const std::string& name,
                int slots);

/// Removes a folder and all that is in it, as far as that goes.
void RemoveTree(LocalCalls& calls, const std::string& path);

/// Opens a folder, to list, lock or sync it.
Result<FileDescriptor> OpenFolder(LocalCalls& calls, const std::string& folder);

/// Syncs a folder's entries.
Status SyncFolder(LocalCalls& calls, const std::string& folder);

}  // namespace entrepot::internal
