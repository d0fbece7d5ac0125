#pragma once

/// \file entrepot/testing/temporary_folder.h
/// A folder that dies with the test.

#include <filesystem>
#include <string>

namespace entrepot::testing {

/// Makes a new empty folder and removes it, with all in it, when destroyed. One thread at
/// a time.
class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}

  /// Makes it in `parent`.
  explicit TemporaryFolder(const std::filesystem::path& parent) {
    std::string pattern = (parent / "entrepot-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace entrepot::testing
