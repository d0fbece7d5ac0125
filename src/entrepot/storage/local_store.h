#pragma once

/// \file entrepot/storage/local_store.h
/// A local folder in which files appear whole or not at all.

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include "entrepot/result.h"
#include "entrepot/storage/digest.h"
#include "entrepot/storage/local_calls.h"

namespace entrepot {

/// What has been written to an atomic file.
struct Written {
  std::int64_t size_bytes = 0;
  Digests digests;
};

/// A file that is being written and appears under its name, whole, when it is committed.
/// Destroying it before that gives the write up. One thread at a time.
class AtomicFile {
 public:
  virtual ~AtomicFile() = default;

  /// Where to write. Counts and digests what passes. Its Close does nothing.
  virtual arrow::io::OutputStream& stream() = 0;

  /// What was written so far.
  virtual Result<Written> written() = 0;

  /// Makes the file visible under its name, with `attribute` as its receipt (a refused
  /// attribute is no error), durably where the store is durable.
  ///
  /// Errors: any of the filesystem's, after which the old file is there; kOutcomeUnknown:
  ///         the new one may be there, but not for good (the folder could not be synced,
  ///         or a file that it replaces not be removed)
  virtual Status Commit(const std::string& attribute) = 0;
};

/// A stored file, open for reading. It stays what it is however often its name is
/// replaced. Safe for concurrent use.
class StoredFile {
 public:
  virtual ~StoredFile() = default;
  virtual std::int64_t size_bytes() const = 0;

  /// The attribute it was committed with; "" where it has none.
  virtual const std::string& attribute() const = 0;

  /// When it was last written, in nanoseconds since the epoch.
  virtual Result<std::int64_t> modified() const = 0;

  /// Reads all of it into memory.
  virtual Result<std::shared_ptr<arrow::Buffer>> ReadAll() const = 0;

  /// Maps it, private and copy-on-write: the buffer may be written to.
  virtual Result<std::shared_ptr<arrow::Buffer>> Map() const = 0;

  /// Returns it as a file to read in parts, which keeps it open.
  virtual std::shared_ptr<arrow::io::RandomAccessFile> AsRandomAccess() const = 0;
};

struct LocalStoreOptions {
  /// Sync files and folders before a commit returns. Without it a crash of the process
  /// loses nothing, but a loss of power may leave the last moments' files empty or old.
  bool durable = true;

  /// Borrowed; must outlive the store.
  LocalCalls* calls = &LocalCalls::System();
};

/// A folder of files. Paths are relative to it, with '/' between parts. Safe for
/// concurrent use by any number of threads, stores and processes.
class LocalStore {
 public:
  /// Takes an absolute path; the folder is made when the first file needs it.
  explicit LocalStore(std::string base, LocalStoreOptions options = {});

  const std::string& base() const { return base_; }

  /// Begins a file at `path`, making the folders it needs. Its commit removes the files
  /// of `replaces` (other names of the same value, in the same folder) and what writers
  /// of the same path that have died left there.
  ///
  /// Errors: kPermission, kUnavailable (full), kConflict (a file stands where a folder is
  /// needed)
  Result<std::unique_ptr<AtomicFile>> Create(const std::string& path,
                                             DigestChoice digests = {},
                                             std::vector<std::string> replaces = {});

  /// Opens the file at `path`.
  ///
  /// Errors: kNotFound, kPermission, kUnavailable
  Result<std::unique_ptr<StoredFile>> Open(const std::string& path) const;

  /// Whether there is something at `path`.
  Result<bool> Exists(const std::string& path) const;

 private:
  Status MakeFolders(const std::string& folder);
  Status MakeAndSync(const std::string& folder) const;

  std::string base_;
  LocalStoreOptions options_;
  std::mutex mutex_;
  std::unordered_set<std::string> known_folders_;  // Made and synced; under mutex_.
};

}  // namespace entrepot
