#pragma once

/// \file entrepot/testing/file_manager_conformance.h
/// What every file manager has to do, as tests for any of them (docs/testing.md).
///
///   const bool registered = (RegisterFileManagerConformance({.name = "Mine", …}), true);

#include <functional>
#include <memory>
#include <string>

#include "entrepot/io/file_manager.h"

namespace entrepot::testing {

/// A file manager to be tested, and how to get one.
struct FileManagerUnderTest {
  std::string name;  ///< A word; the tests are FileManagerConformance/<name>.<behaviour>.

  /// Returns a manager over new, empty storage.
  std::function<std::shared_ptr<FileManager>()> make;

  /// Returns another manager over the storage of one that `make` returned, as a later
  /// process would make it.
  std::function<std::shared_ptr<FileManager>(const FileManager& made)> reopen;
};

/// Registers the suite for `subject`. Call it before RUN_ALL_TESTS, where a static
/// initialiser of the test program will do.
void RegisterFileManagerConformance(FileManagerUnderTest subject);

}  // namespace entrepot::testing
