#pragma once

/// \file entrepot/io/file_handle.h
/// Names of files that a file manager keeps. Their form as a value, the same in every
/// language: docs/formats/file_handle.md.

#include <string>

#include "entrepot/result.h"
#include "entrepot/value/traits.h"
#include "entrepot/value/value.h"

namespace entrepot {

/// Names one file: which kind of manager reads it, and where it is for that. As a value
/// it is JSON, so that every I/O manager keeps it and another process or language finds
/// the file by it. Plain data.
struct FileHandle {
  std::string kind{};  ///< Of the manager: "local".
  std::string path{};  ///< For "local" a path of this machine; for others a URI.

  /// Says where the file is, for people.
  const std::string& path_desc() const { return path; }

  friend bool operator==(const FileHandle&, const FileHandle&) = default;
};

/// What handles call their type, as values.
inline constexpr char kFileHandleType[] = "entrepot.FileHandle";

/// The kind of handles that hold a path of this machine.
inline constexpr char kLocalFileKind[] = "local";

/// Whether a value is a file handle: it says so itself, or lost its type and looks so.
bool IsFileHandle(const Value& value);

template <>
struct ValueTraits<FileHandle> {
  /// Errors: kInvalid  a kind or path that is empty, or not UTF-8
  static Result<Value> ToValue(const FileHandle& handle);

  /// Takes what any language stored.
  ///
  /// Errors: kInvalid  not a file handle
  static Result<FileHandle> FromValue(const Value& value);
};

}  // namespace entrepot
