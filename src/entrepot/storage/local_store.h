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
  Digests digests{};
};

/// The name of a folder that is a value, in the folder `ValueNames::stem`.
inline constexpr char kValueFolder[] = "=value";

/// The names under which one value may be, of which a commit leaves one:
///
///   <stem>.<extension>    a file. Beside the given extensions are those that the note
///                         `.<name>.file` tells of: a text file, one extension a line
///   <stem>/=value         a folder
///
/// Paths are relative to a store. Plain data.
struct ValueNames {
  std::string stem;                     ///< Its last part has no dot.
  std::vector<std::string> extensions;  ///< Looked for in any case; without dot.
};

/// One of a value's names, under which there is something. Plain data.
struct StoredName {
  std::string path;       ///< Relative to the store.
  std::string extension;  ///< Of a file.
  bool is_folder = false;
  bool is_noted = false;  ///< It came in as a file (CopyIn).
};

/// Something that is being written and appears under its name, whole, when it is
/// committed. Destroying it before that gives the write up. One thread at a time.
class AtomicWrite {
 public:
  virtual ~AtomicWrite() = default;

  /// What was written so far; of a folder, the bytes of its files and the digest of its
  /// listing (docs/formats/folder.md).
  virtual Result<Written> written() = 0;

  /// Makes it visible under its name, with `attribute` as its receipt (a refused
  /// attribute is no error), durably where the store is durable.
  ///
  /// Errors: any of the filesystem's, after which the old value is there;
  ///         kOutcomeUnknown: the new one may be there, but not for good (the folder
  ///         could not be synced, or what it replaces not be removed); kUnsupported: a
  ///         folder on a filesystem that cannot exchange names
  virtual Status Commit(const std::string& attribute) = 0;
};

/// A file that is being written. One thread at a time.
class AtomicFile : public AtomicWrite {
 public:
  /// Where to write. Counts and digests what passes. Its Close does nothing.
  virtual arrow::io::OutputStream& stream() = 0;
};

/// A copy that is on its way into a store. Plain data.
struct CopiedIn {
  std::string path;  ///< Relative to the store, where it will appear.
  bool is_folder = false;
  std::unique_ptr<AtomicWrite> write;
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

/// A stored folder. Safe for concurrent use.
class StoredFolder {
 public:
  virtual ~StoredFolder() = default;

  /// The attribute it was committed with; "" where it has none.
  virtual const std::string& attribute() const = 0;

  /// When it was last written, in nanoseconds since the epoch.
  virtual Result<std::int64_t> modified() const = 0;

  /// Returns what AtomicWrite::written() told of it, as it is now; without `digests`, the
  /// size only, for which no file is read.
  ///
  /// Errors: those of the filesystem; kInvalid: it holds what no stored folder holds
  virtual Result<Written> Measure(bool digests) const = 0;
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

  /// Begins a file at `path`, making the folders it needs. Its commit removes what
  /// writers of the same path that have died left there.
  ///
  /// Errors: kPermission, kUnavailable (full), kConflict (a file stands where a folder is
  /// needed)
  Result<std::unique_ptr<AtomicFile>> Create(const std::string& path,
                                             DigestChoice digests = {});

  /// Begins the value's file of that extension; its commit removes what else there is of
  /// the value. Errors as above.
  Result<std::unique_ptr<AtomicFile>> Create(const ValueNames& names,
                                             std::string_view extension,
                                             DigestChoice digests = {});

  /// Begins a copy of the file or folder at `source` (absolute) as the value; `extension`
  /// is that of a file. With `may_take`, files that nobody else names may become the
  /// stored ones themselves, without being copied: nobody may write to them any more.
  /// Their names in `source` stay.
  ///
  /// Errors: as above, and kNotFound; kInvalid: something in the folder is neither a file
  /// nor a folder, or the folder would have to hold itself
  Result<CopiedIn> CopyIn(const ValueNames& names, std::string_view extension,
                          const std::string& source, bool may_take);

  /// Returns the names under which there is something of the value: one, more after a
  /// crash, or none.
  Result<std::vector<StoredName>> Names(const ValueNames& names) const;

  /// Opens the file at `path`.
  ///
  /// Errors: kNotFound, kPermission, kUnavailable
  Result<std::unique_ptr<StoredFile>> Open(const std::string& path) const;

  /// Opens the folder at `path`; errors as above.
  Result<std::unique_ptr<StoredFolder>> OpenFolder(const std::string& path) const;

  /// Whether there is something at `path`.
  Result<bool> Exists(const std::string& path) const;

 private:
  Result<CopiedIn> BeginCopy(const ValueNames& names, std::string_view extension,
                             const std::string& source, bool may_take);
  template <typename Begin>
  auto InFolder(const std::string& folder, Begin begin) -> decltype(begin());
  Status MakeFolders(const std::string& folder);
  Status MakeAndSync(const std::string& folder) const;

  std::string base_;
  LocalStoreOptions options_;
  std::mutex mutex_;
  std::unordered_set<std::string> known_folders_;  // Made and synced; under mutex_.
};

}  // namespace entrepot
