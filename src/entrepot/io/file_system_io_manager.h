#pragma once

/// \file entrepot/io/file_system_io_manager.h
/// Values as ordinary files below a folder of the local filesystem.

#include <memory>
#include <string>
#include <vector>

#include "entrepot/asset/key_path.h"
#include "entrepot/asset/receipt.h"
#include "entrepot/codec/registry.h"
#include "entrepot/config/fields.h"
#include "entrepot/durability.h"
#include "entrepot/io/io_manager.h"
#include "entrepot/storage/local_store.h"

namespace entrepot {

struct FileSystemIOManagerOptions {
  std::string
      base_dir{};  ///< Absolute or relative to the working folder; "" is not allowed.
  Durability durability = Durability::kFull;
  PathLayout layout = PathLayout::kHive;
  bool allow_pickle = true;  ///< Whether formats that run code are written and read.
};

/// The options as configuration: base_dir, durability, layout, allow_pickle.
const FieldList<FileSystemIOManagerOptions>& FileSystemIOManagerFields();

/// Keeps an asset's value as the file `<base_dir>/<asset path>.<extension>`, or a folder
/// as `<base_dir>/<asset path>/=value`; any tool can open it. The name is the commit
/// point, so any number of processes and tools may share a base. A receipt on the file
/// (an extended attribute, at most 1 kB) tells later what it is and whether it is whole.
/// Safe for concurrent use.
class FileSystemIOManager final : public IOManager {
 public:
  /// Errors: kInvalid  base_dir is empty
  static Result<std::shared_ptr<FileSystemIOManager>> Make(
      FileSystemIOManagerOptions options,
      CodecRegistry codecs = CodecRegistry::WithBuiltins(),
      LocalCalls& calls = LocalCalls::System());

  /// Stores by the first codec that takes the value; a value of another format than
  /// before replaces the old file. Files and folders are copied, or kept themselves if
  /// they are temporaries on the base's filesystem. Adds metadata "path".
  Status HandleOutput(OutputContext& context, const Value& value) override;

  /// Loads what the file's receipt (else its extension) says it is, after checking its
  /// digest. A mapped format (arrow, npy), a file and a folder are checked by size, and
  /// by digest on request, and the stored file or folder itself is what is loaded; a
  /// stream by the format's own page checksums. A file that came without a receipt loads
  /// unverified, and a line in the context's log says so.
  ///
  /// Errors: kNotFound     no file
  ///         kCorrupt      size or digest differ from the receipt's, or the format is
  ///         damaged kUnsupported  a format this process has no codec for; code of
  ///         unknown origin
  Result<Value> LoadInput(const InputContext& context) override;

  std::optional<IOManagerInfo> Info() const override;
  Result<bool> Has(const OutputContext& output) override;

  const std::string& base_dir() const { return store_.base(); }

 private:
  Result<Value> LoadOne(const InputContext& context);  // Of one partition.
  struct Found;

  FileSystemIOManager(FileSystemIOManagerOptions options, CodecRegistry codecs,
                      LocalCalls& calls);

  Result<ValueNames> NamesFor(const OutputContext& context) const;
  Status Write(OutputContext& context, const Value& storable, const Codec& codec);
  Status CopyIn(OutputContext& context, const Value& path);
  Status Commit(OutputContext& context, Receipt receipt, AtomicWrite& write) const;
  static Result<bool> IsNewer(const Found& a, const Found& b);
  Result<Found> Find(const OutputContext& upstream) const;
  Result<Found> OpenAs(const StoredName& name) const;
  Error Missing(const OutputContext& upstream, const std::string& path) const;

  FileSystemIOManagerOptions options_;
  CodecRegistry codecs_;
  std::vector<std::string> extensions_;  // Of the codecs.
  LocalStore store_;
};

}  // namespace entrepot
