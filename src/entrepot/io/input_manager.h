#pragma once

/// \file entrepot/io/input_manager.h
/// What loads the inputs of steps, wherever they come from.

#include "entrepot/result.h"
#include "entrepot/value/value.h"

namespace entrepot {

class InputContext;

/// Loads what others made: an endpoint's answer, rows of a database, anything.
///
/// Implementations own their clients and caches; contexts are borrowed for the call. Must
/// be safe for concurrent use.
class InputManager {
 public:
  virtual ~InputManager() = default;

  /// Returns the value of the input that the context describes. Of a partitioned input
  /// it gets the partitions by `context.asset_partition_keys()`.
  ///
  /// Errors: kNotFound     there is none
  ///         kCorrupt      what is there cannot be read
  ///         kUnavailable  the place did not answer
  virtual Result<Value> LoadInput(const InputContext& context) = 0;
};

}  // namespace entrepot
