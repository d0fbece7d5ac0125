// What a manager is told of an upstream output: the same, whether or not the run makes
// it.

#include "entrepot/execution/asset_value_loader.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::IsOk;

/// Keeps one number, and what it was told when it was loaded.
class ListeningIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext& context, const Value& value) override {
    value_ = value;
    return context.AddOutputMetadata({{"shelf", "top"}});
  }
  Result<Value> LoadInput(const InputContext& context) override {
    const OutputContext& upstream = context.upstream_output();
    told = {.name = upstream.name(),
            .step_key = upstream.step_key(),
            .run_id = upstream.run_id(),
            .job_name = upstream.job_name(),
            .asset_key = upstream.asset_key(),
            .partition = upstream.partition(),
            .run_partition = upstream.run_partition(),
            .partitions = upstream.partitions(),
            .version = upstream.version(),
            .io_manager_key = upstream.io_manager_key(),
            .asset = upstream.shared_asset(),
            .resource_config = upstream.resource_config(),
            .receipts = upstream.receipts(),
            .output_metadata = upstream.output_metadata()};
    input_metadata = context.definition_metadata();
    return value_;
  }

  OutputContext::Fields told;
  Metadata input_metadata;

 private:
  Value value_;
};

Definitions NumberAndCopy(const std::shared_ptr<IOManager>& manager) {
  Definitions definitions;
  definitions.Add(Asset("raw/number")
                      .Group("raw")
                      .IOManagerKey("shelf")
                      .Compute([](StepContext& step) {
                        step.AddOutputMetadata({{"n", 2}});
                        return 7;
                      }));
  definitions.Add(Asset("copy").Reads("raw/number").Compute([](int n) { return n; }));
  const auto config = std::make_shared<const int>(3);
  definitions.Bind(
      "shelf", ResourceBinding{.kind = ResourceKind::kIOManager,
                               .make = [manager, config](const ResourceContext&) {
                                 return Result<MadeResource>(
                                     MadeResource{.resource = manager, .config = config});
                               }});
  return definitions;
}

TEST(UpstreamContextsTest, AnOutputIsTheSameWhetherOrNotItsStepIsSelected) {
  const auto manager = std::make_shared<ListeningIOManager>();
  const auto instance = Instance::Ephemeral().value();
  const Definitions definitions = NumberAndCopy(manager);
  ASSERT_THAT(Materialize(definitions, {.instance = instance}).value().ToStatus(),
              IsOk());
  const OutputContext::Fields in_run = manager->told;
  ASSERT_THAT(Materialize(definitions, {.instance = instance, .select = "copy"})
                  .value()
                  .ToStatus(),
              IsOk());
  const OutputContext::Fields& later = manager->told;
  EXPECT_EQ(in_run.asset->group, "raw");
  EXPECT_EQ(in_run.output_metadata, (Metadata{{"n", 2}, {"shelf", "top"}}));
  EXPECT_EQ(later.name, in_run.name);
  EXPECT_EQ(later.step_key, in_run.step_key);
  EXPECT_EQ(later.run_id, in_run.run_id);
  EXPECT_EQ(later.job_name, in_run.job_name);
  EXPECT_EQ(later.asset_key, in_run.asset_key);
  EXPECT_EQ(later.partition, in_run.partition);
  EXPECT_EQ(later.run_partition, in_run.run_partition);
  EXPECT_EQ(later.partitions, in_run.partitions);
  EXPECT_EQ(later.version, in_run.version);
  EXPECT_EQ(later.io_manager_key, in_run.io_manager_key);
  EXPECT_EQ(later.asset, in_run.asset);
  EXPECT_EQ(later.resource_config, in_run.resource_config);
  EXPECT_NE(later.resource_config, nullptr);
  EXPECT_EQ(later.receipts, in_run.receipts);
  EXPECT_EQ(later.output_metadata, in_run.output_metadata);
}

TEST(UpstreamContextsTest, ALoaderTellsOfTheOutputWhatARunDoes) {
  const auto manager = std::make_shared<ListeningIOManager>();
  const auto instance = Instance::Ephemeral().value();
  const Definitions definitions = NumberAndCopy(manager);
  ASSERT_THAT(Materialize(definitions, {.instance = instance}).value().ToStatus(),
              IsOk());
  const OutputContext::Fields in_run = manager->told;
  const AssetValueLoader loader(instance, definitions);
  ASSERT_THAT(loader.Load<int>("raw/number", {.definition_metadata = {{"n", 1}}}),
              IsOk());
  const OutputContext::Fields& later = manager->told;
  EXPECT_EQ(later.name, in_run.name);
  EXPECT_EQ(later.step_key, in_run.step_key);
  EXPECT_EQ(later.run_id, in_run.run_id);
  EXPECT_EQ(later.io_manager_key, in_run.io_manager_key);
  EXPECT_EQ(later.asset, in_run.asset);
  EXPECT_EQ(later.resource_config, in_run.resource_config);
  EXPECT_EQ(later.output_metadata, in_run.output_metadata);
  EXPECT_EQ(manager->input_metadata, (Metadata{{"n", 1}}));
}

}  // namespace
}  // namespace entrepot
