#include "entrepot/value/scratch_folder.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

namespace entrepot {

namespace fs = std::filesystem;

Result<std::shared_ptr<ScratchFolder>> ScratchFolder::Make(fs::path parent) {
  std::error_code error;
  if (parent.empty()) parent = fs::temp_directory_path(error);
  if (!error) fs::create_directories(parent, error);
  std::string pattern = (fs::absolute(parent) / "scratch-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr) {
    return FromErrno(error ? error.value() : errno,
                     fmt::format("making a scratch folder in '{}'", parent.string()));
  }
  return std::shared_ptr<ScratchFolder>(new ScratchFolder(pattern));
}

ScratchFolder::ScratchFolder(const fs::path& path)
    : path_(path.lexically_normal()), made_by_(::getpid()) {}

ScratchFolder::~ScratchFolder() {
  if (::getpid() != made_by_) return;
  std::error_code ignored;  // What cannot be removed is left to the system's cleaning.
  fs::remove_all(path_, ignored);
}

FilePath ScratchFolder::NewFile(std::string_view extension) {
  const std::string_view dot = extension.empty() || extension.front() == '.' ? "" : ".";
  return FilePath(path_ / fmt::format("{}{}{}", ++num_files_, dot, extension),
                  shared_from_this());
}

FilePath ScratchFolder::Keeping(const FilePath& path) {
  const fs::path absolute = fs::absolute(path.path()).lexically_normal();
  const auto [end, unused] = std::ranges::mismatch(path_, absolute);
  return end == path_.end() ? FilePath(path.path(), shared_from_this()) : path;
}

Value ScratchFolder::Keeping(Value value) {
  switch (value.kind()) {
    case ValueKind::kFile:
      return Value::File(Keeping(value.file_path()), value.type());
    case ValueKind::kFolder:
      return Value::Folder(Keeping(value.file_path()), value.type());
    default:
      return value;
  }
}

}  // namespace entrepot
