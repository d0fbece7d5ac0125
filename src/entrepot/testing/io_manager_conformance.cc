#include "entrepot/testing/io_manager_conformance.h"

#include <algorithm>

#include "entrepot/testing/io_manager_conformance_internal.h"

namespace entrepot::testing {
namespace io_manager_conformance {

OutputPtr OutputAt(const Place& place) {
  OutputContext::Fields fields{.name = place.name,
                               .step_key = place.step_key,
                               .run_id = place.run_id,
                               .partition = place.partition,
                               .io_manager_key = "a_manager"};
  if (!place.key.empty()) fields.asset_key = AssetKey::Make(place.key).value();
  return std::make_shared<OutputContext>(std::move(fields));
}

OutputPtr OutputOf(const std::string& key) {
  return OutputAt({.key = AssetKey::Parse(key).value().path()});
}

OutputPtr AsLogged(const OutputContext& stored) {
  return std::make_shared<OutputContext>(
      OutputContext::Fields{.name = stored.name(),
                            .step_key = stored.step_key(),
                            .run_id = stored.run_id(),
                            .asset_key = stored.asset_key(),
                            .partition = stored.partition(),
                            .io_manager_key = stored.io_manager_key(),
                            .receipts = stored.receipts(),
                            .output_metadata = stored.output_metadata()});
}

Result<Value> Load(IOManager& manager, const OutputContext& stored, LoadRequest request) {
  return manager.LoadInput(InputContext({.name = "input",
                                         .step_key = "consumer",
                                         .run_id = "0190163d-8694-739b-aea5-966c26f8ad92",
                                         .upstream_output = AsLogged(stored),
                                         .request = std::move(request)}));
}

OutputPtr Store(IOManager& manager, const Place& place, const Value& value) {
  OutputPtr output = OutputAt(place);
  EXPECT_THAT(manager.HandleOutput(*output, value), IsOk())
      << "storing " << Describe(value) << " as " << output->Describe();
  return output;
}

OutputPtr Store(IOManager& manager, const std::string& key, const Value& value) {
  return Store(manager, Place{.key = AssetKey::Parse(key).value().path()}, value);
}

void ExpectLoads(const IOManagerUnderTest& subject, IOManager& manager,
                 const OutputContext& stored, const Value& value) {
  const auto loaded = Load(manager, stored);
  ASSERT_THAT(loaded, IsOk()) << "loading " << Describe(value) << " of "
                              << stored.Describe();
  EXPECT_THAT(*loaded, HasDataOf(value)) << stored.Describe();
  if (subject.keeps_types) {
    EXPECT_EQ(loaded->type(), value.type()) << stored.Describe();
  }
}

TwoValues DifferentValues(const IOManagerUnderTest& subject) {
  const std::vector<Value>& values = subject.values;
  const auto other = std::ranges::find_if(
      values, [&](const Value& value) { return !HaveSameData(value, values.front()); });
  ENTREPOT_CHECK(other != values.end() && "IOManagerUnderTest::values must differ");
  return {values.front(), *other};
}

std::optional<TablePtr> StreamedTable(const IOManagerUnderTest& subject) {
  const std::vector<Value> tables = OfKind(subject.values, ValueKind::kTable);
  if (!subject.takes_streams || tables.empty()) return std::nullopt;
  return tables.front().table();
}

}  // namespace io_manager_conformance

void RegisterIOManagerConformance(IOManagerUnderTest subject) {
  using namespace io_manager_conformance;
  const auto shared = std::make_shared<const IOManagerUnderTest>(std::move(subject));
  for (const auto behaviours :
       {ValueBehaviours(), PlaceBehaviours(), ContextBehaviours()}) {
    internal::RegisterBehaviours("IOManagerConformance", behaviours, shared);
  }
}

}  // namespace entrepot::testing
