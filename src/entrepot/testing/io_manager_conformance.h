#pragma once

/// \file entrepot/testing/io_manager_conformance.h
/// What every I/O manager has to do, as tests for any of them (docs/testing.md).
///
///   const bool registered = (RegisterIOManagerConformance({.name = "Mine", …}), true);

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "entrepot/io/io_manager.h"
#include "entrepot/testing/sample_values.h"

namespace entrepot::testing {

/// A manager to be tested, how to get one, and what it does not promise.
struct IOManagerUnderTest {
  std::string name;  ///< A word; the tests are IOManagerConformance/<name>.<behaviour>.

  /// Returns a manager over new, empty storage.
  std::function<std::shared_ptr<IOManager>()> make;

  /// Returns another manager over the storage of one that `make` returned, as a later
  /// process would make it. Null: a declared deviation, for a manager whose values die
  /// with it.
  std::function<std::shared_ptr<IOManager>(const IOManager& made)> reopen{};

  /// What it is asked to store: two different values at least, of any kinds but streams.
  std::vector<Value> values = SampleValues();

  /// Gives values back with the type they had. False: a declared deviation.
  bool keeps_types = true;

  /// Stores the tables among `values` also as streams of record batches. False: a
  /// declared deviation.
  bool takes_streams = true;

  /// Stores partitions of assets. False: a declared deviation.
  bool takes_partitions = true;

  /// Stores what is no asset: outputs named by run, step and name. False: a declared
  /// deviation, for a manager of assets only.
  bool takes_op_outputs = true;

  /// Keeps partition "p" of asset "a" apart from asset "a/p". False: a declared
  /// deviation, as of Dagster's layout of files.
  bool keeps_partitions_apart_from_assets = true;
};

/// Registers the suite for `subject`. Call it before RUN_ALL_TESTS, where a static
/// initialiser of the test program will do.
void RegisterIOManagerConformance(IOManagerUnderTest subject);

}  // namespace entrepot::testing
