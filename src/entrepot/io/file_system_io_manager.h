#pragma once

/// \file entrepot/io/file_system_io_manager.h
/// Values as ordinary files below a folder of the local filesystem.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/asset/key_path.h"
#include "entrepot/asset/receipt.h"
#include "entrepot/codec/registry.h"
#include "entrepot/config/fields.h"
#include "entrepot/durability.h"
#include "entrepot/io/file_manager.h"
#include "entrepot/io/io_manager.h"
#include "entrepot/storage/local_store.h"

namespace entrepot {

struct FileSystemIOManagerOptions {
  /// Absolute, relative to the working folder, or "file:///data"; "" is not allowed.
  std::string base_dir{};
  Durability durability = Durability::kFull;
  PathLayout layout = PathLayout::kHive;
  bool allow_pickle = true;  ///< Whether formats that run code are written and read.
};

/// The options as configuration: base_dir, durability, layout, allow_pickle.
const FieldList<FileSystemIOManagerOptions>& FileSystemIOManagerFields();

/// Returns the file behind a value that is a handle of one, nullopt for any other value.
/// It may be a temporary in a scratch folder that is made in `scratch_parent`.
using FileOfHandle = std::function<Result<std::optional<FilePath>>(
    const Value& value, const std::filesystem::path& scratch_parent)>;

/// The files behind the handles of `manager`.
FileOfHandle FilesOf(std::shared_ptr<FileManager> manager);

using PathOfOutput =
    std::function<Result<std::optional<std::string>>(const OutputContext&)>;

/// What else a filesystem manager may be given. Plain data.
struct FileSystemIOManagerHooks {
  /// Given: the file of a value that is a file handle is copied under the asset's path,
  /// and a handle of the copy is what is loaded. Empty: the handle itself is kept.
  FileOfHandle file_of_handle{};

  /// Returns where an output's value is: a path below the base, '/' between its names,
  /// without extension. Names must not begin with a dot, nor the last one hold any.
  /// Empty, or nullopt: where AssetPath and OpOutputPath say.
  PathOfOutput path_of{};
};

/// Keeps an asset's value as the file `<base_dir>/<asset path>.<extension>`, or a folder
/// as `<base_dir>/<asset path>/=value`; any tool can open it. The name is the commit
/// point, so any number of processes and tools may share a base. A receipt on the file
/// (an extended attribute, at most 1 kB) tells later what it is and whether it is whole.
/// Safe for concurrent use.
class FileSystemIOManager final : public IOManager {
 public:
  /// Errors: kInvalid      base_dir is empty; allow_pickle is off, and a type is assigned
  ///                       to a codec whose files run code
  ///         kUnsupported  base_dir is the URI of another filesystem
  static Result<std::shared_ptr<FileSystemIOManager>> Make(
      FileSystemIOManagerOptions options,
      CodecRegistry codecs = CodecRegistry::WithBuiltins(),
      FileSystemIOManagerHooks hooks = {}, LocalCalls& calls = LocalCalls::System());

  /// Stores by the codec assigned to the value's type, else by the first codec that takes
  /// the value; a value of another format than before replaces the old file. Files and
  /// folders are copied, or kept themselves if they are temporaries on the base's
  /// filesystem. Adds metadata "path".
  Status HandleOutput(OutputContext& context, const Value& value) override;

  /// Keeps a file or folder that somebody wrote as the stored form of `value`, whose kind
  /// and type the receipt tells. LoadInput gives the path of what is kept.
  Status KeepFile(OutputContext& context, const FilePath& file, const Value& value);

  /// Loads what the file's receipt (else its extension) says it is, after checking its
  /// digest. A mapped format (arrow, npy), a file and a folder are checked by size, and
  /// by digest on request, and the stored file or folder itself is what is loaded; a
  /// stream by the format's own page checksums. A file that came without a receipt loads
  /// unverified, and a line in the context's log says so.
  ///
  /// Errors: kNotFound     no file
  ///         kCorrupt      size or digest differ from the receipt's, or it is damaged
  ///         kUnsupported  a format this process has no codec for; code of unknown origin
  Result<Value> LoadInput(const InputContext& context) override;

  std::optional<IOManagerInfo> Info() const override;
  Result<bool> Has(const OutputContext& output) override;

  const std::string& base_dir() const { return store_.base(); }

  /// Where temporaries are made that become values without being copied.
  std::filesystem::path scratch_parent() const { return base_dir() + "/.scratch"; }

 private:
  Result<Value> LoadOne(const InputContext& context);  // Of one partition.
  struct Found;

  FileSystemIOManager(FileSystemIOManagerOptions options, CodecRegistry codecs,
                      FileSystemIOManagerHooks hooks, LocalCalls& calls);

  Result<ValueNames> NamesFor(const OutputContext& context) const;
  Status Store(OutputContext& context, const Value& value);
  Status Write(OutputContext& context, const Value& storable, const Codec& codec);
  Status CopyIn(OutputContext& context, const FilePath& source, const Value& value);
  Status Commit(OutputContext& context, Receipt receipt, AtomicWrite& write) const;
  static Result<bool> IsNewer(const Found& a, const Found& b);
  Result<Found> Find(const OutputContext& upstream) const;
  Result<Found> OpenAs(const StoredName& name) const;
  Error Missing(const OutputContext& upstream, const std::string& path) const;

  FileSystemIOManagerOptions options_;
  CodecRegistry codecs_;
  FileSystemIOManagerHooks hooks_;
  std::vector<std::string> extensions_;  // Of the codecs.
  LocalStore store_;
};

}  // namespace entrepot
