#pragma once

/// \file entrepot/io/io_manager.h
/// The seam between a computation and the place where its values live.

#include <memory>
#include <optional>
#include <string>

#include "entrepot/io/input_manager.h"
#include "entrepot/result.h"
#include "entrepot/value/value.h"

namespace entrepot {

class OutputContext;

/// What is known of a built-in manager: enough to make it again, and how it treats
/// values. Plain data.
struct IOManagerInfo {
  std::string kind{};    ///< "filesystem", "memory", "routing".
  std::string config{};  ///< JSON for the maker of that kind; no secrets.

  /// LoadInput gives back exactly what HandleOutput was given, so that a consumer in the
  /// same run may be handed the value instead.
  bool is_lossless = false;

  /// Only this object holds what it stored; the log cannot bring it back.
  bool is_volatile = false;
};

/// Stores what a step produced and loads it for the steps that depend on it.
///
/// Implementations own their clients and caches; contexts and values are borrowed for the
/// call. Must be safe for concurrent use; within one run no two HandleOutput calls for
/// the same asset (partition) overlap, loads may.
class IOManager : public InputManager {
 public:
  /// Makes `value` (never of kind kNothing) the current value of the context's output, as
  /// a whole: afterwards every load sees `value`; on error every load sees the old or the
  /// new value, whole. Built-in managers call `context.AddReceipt()`.
  ///
  /// Errors: kUnsupported     no codec for such a value
  ///         kUnavailable     the store did not answer or is full; nothing was published
  ///         kOutcomeUnknown  it broke while publishing; load to find out
  virtual Status HandleOutput(OutputContext& context, const Value& value) = 0;

  /// Returns the value last stored for the context's upstream output; of several
  /// partitions, those by key (io/partitions.h).
  ///
  /// Errors: as InputManager's; kConflict  it is not of the version that the request
  ///         expects
  Result<Value> LoadInput(const InputContext& context) override = 0;

  /// What a built-in manager is; nullopt for a user-written one.
  virtual std::optional<IOManagerInfo> Info() const { return std::nullopt; }

  /// Whether there is a value of `output`, without loading it; asked before a run starts
  /// that needs it. A manager that cannot tell says yes, as this does.
  virtual Result<bool> Has(const OutputContext& output) {
    (void)output;
    return true;
  }
};

}  // namespace entrepot
