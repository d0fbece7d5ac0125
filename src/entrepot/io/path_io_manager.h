#pragma once

/// \file entrepot/io/path_io_manager.h
/// Values as files that code of the user's writes and reads by their paths.
///
///   PathIOManager::Make({.base_dir = "meshes"},
///                       PathFormatOf<Mesh>("vtk", WriteVtk, ReadVtk));

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/value/traits.h"

namespace entrepot {

/// How values are written to a path and read from one. Plain data.
struct PathFormat {
  std::string extension{};  ///< Of the files, with or without dot; "": "file".

  /// Writes a value to a path where there is nothing yet: a file, or a folder. What is
  /// there when it returns is published, as a whole.
  std::function<Status(OutputContext&, const Value&, const std::filesystem::path&)> dump;

  /// Reads a value from the file or folder that was stored: for reading only.
  std::function<Result<Value>(const InputContext&, const std::filesystem::path&)> load;

  /// As FileSystemIOManagerHooks::path_of.
  PathOfOutput path_of{};
};

/// Makes a format for objects of type T of two functions: `dump(const T&, path)`, which
/// returns a Status or nothing, and `load(path)`, which returns T or a Result of it. Both
/// may throw.
template <typename T, typename Dump, typename Load>
PathFormat PathFormatOf(std::string extension, Dump dump, Load load) {
  using Path = std::filesystem::path;
  return {.extension = std::move(extension),
          .dump = [dump = std::move(dump)](OutputContext&, const Value& value,
                                           const Path& path) -> Status {
            ENTREPOT_ASSIGN_OR_RETURN(const T object, FromValue<T>(value));
            if constexpr (std::is_void_v<std::invoke_result_t<Dump&, const T&, Path>>) {
              dump(object, path);
              return {};
            } else {
              return dump(object, path);
            }
          },
          .load = [load = std::move(load)](const InputContext&,
                                           const Path& path) -> Result<Value> {
            Result<T> object = load(path);
            if (!object) return object.error();
            return ToValue<T>(*std::move(object));
          }};
}

/// Where the files are, as for the filesystem manager.
struct PathIOManagerOptions {
  std::string base_dir{};
  Durability durability = Durability::kFull;
  PathLayout layout = PathLayout::kHive;
};

/// Keeps each value as the file or folder that a user's function writes, where the
/// filesystem manager would have it and published as it does: a load sees the old or the
/// new one, whole. Size, and on request digest, are checked before the user's function
/// reads it. Calls of the functions may overlap. Safe for concurrent use as far as they
/// are.
class PathIOManager final : public IOManager {
 public:
  /// Errors: those of FileSystemIOManager::Make; kInvalid: an extension that no stored
  ///         file keeps (StoredExtension), a format without dump or load
  static Result<std::shared_ptr<PathIOManager>> Make(
      PathIOManagerOptions options, PathFormat format,
      LocalCalls& calls = LocalCalls::System());

  /// Errors: what dump returned or threw; kInvalid: it wrote nothing; those of storing
  Status HandleOutput(OutputContext& context, const Value& value) override;

  /// Errors: as FileSystemIOManager's; what load returned or threw
  Result<Value> LoadInput(const InputContext& context) override;
  Result<bool> Has(const OutputContext& output) override;

 private:
  PathIOManager(std::shared_ptr<FileSystemIOManager> files, PathFormat format);

  Result<FilePath> Dump(OutputContext& context, const Value& value) const;
  Result<Value> LoadOne(const InputContext& context) const;

  std::shared_ptr<FileSystemIOManager> files_;
  PathFormat format_;
};

}  // namespace entrepot
