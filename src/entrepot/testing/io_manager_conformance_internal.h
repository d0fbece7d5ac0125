#pragma once

/// \file entrepot/testing/io_manager_conformance_internal.h
/// What the files of the I/O manager suite share.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "entrepot/io/context.h"
#include "entrepot/testing/conformance_suite_internal.h"
#include "entrepot/testing/io_manager_conformance.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/value_matchers.h"

namespace entrepot::testing::io_manager_conformance {

using Behaviour = internal::Behaviour<IOManagerUnderTest>;

std::span<const Behaviour> ValueBehaviours();
std::span<const Behaviour> PlaceBehaviours();
std::span<const Behaviour> ContextBehaviours();

using OutputPtr = std::shared_ptr<OutputContext>;

/// An output: an asset, a partition of one, or what a step of a run put out.
struct Place {
  std::vector<std::string> key{};  ///< Empty: an output that is no asset.
  std::optional<std::string> partition{};
  std::string run_id = "0190163d-8694-739b-aea5-966c26f8ad91";
  std::string step_key = "step";
  std::string name = "result";
};

/// Returns the context of a new value at `place`, as an executor would make it.
OutputPtr OutputAt(const Place& place);
OutputPtr OutputOf(const std::string& key);

/// Returns what a later run is told of a value that was stored with `stored`: where it
/// is, and what its manager had to say.
OutputPtr AsLogged(const OutputContext& stored);

/// Loads what was stored with `stored`.
Result<Value> Load(IOManager& manager, const OutputContext& stored,
                   LoadRequest request = {});

/// Stores `value`, which the manager has to take, and returns the context it was given.
OutputPtr Store(IOManager& manager, const Place& place, const Value& value);
OutputPtr Store(IOManager& manager, const std::string& key, const Value& value);

/// Expects that `stored` loads as `value`, with its type where the subject keeps types.
void ExpectLoads(const IOManagerUnderTest& subject, IOManager& manager,
                 const OutputContext& stored, const Value& value);

/// Returns two values that differ.
struct TwoValues {
  Value first;
  Value second;
};
TwoValues DifferentValues(const IOManagerUnderTest& subject);

/// Returns the subject's first table, if streams are made of it.
std::optional<TablePtr> StreamedTable(const IOManagerUnderTest& subject);

}  // namespace entrepot::testing::io_manager_conformance
