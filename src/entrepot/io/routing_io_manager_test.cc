#include "entrepot/io/routing_io_manager.h"

#include <filesystem>

#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/value/traits.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::TemporaryFolder;

class RoutingTest : public ::testing::Test {
 protected:
  std::shared_ptr<IOManager> Files(const std::string& name) const {
    return FileSystemIOManager::Make({.base_dir = folder_.path() + "/" + name}).value();
  }
  std::shared_ptr<RoutingIOManager> Manager(RoutingRules rules) const {
    return RoutingIOManager::Make(backends_, std::move(rules)).value();
  }

  static std::shared_ptr<OutputContext> Output(const std::string& key,
                                               AssetFacts facts = {}) {
    return std::make_shared<OutputContext>(OutputContext::Fields{
        .asset_key = AssetKey::Parse(key).value(),
        .io_manager_key = "lake",
        .asset = std::make_shared<const AssetFacts>(std::move(facts))});
  }
  static Result<std::string> Load(IOManager& manager, const OutputContext& stored) {
    ENTREPOT_ASSIGN_OR_RETURN(
        const Value value,
        manager.LoadInput(
            InputContext({.upstream_output = std::make_shared<OutputContext>(stored)})));
    return value.text();
  }

  TemporaryFolder folder_;
  RoutingIOManager::Backends backends_ = {{"hot", std::make_shared<MemoryIOManager>()},
                                          {"local", Files("local")},
                                          {"archive", Files("archive")}};
};

TEST_F(RoutingTest, RulesAreAskedInThePrintedOrder) {
  const auto manager = Manager({.routes = {{"group:ml_*", "archive"},
                                           {"key:raw/*", "hot"},
                                           {"metadata:tier=cold", "archive"}},
                                .default_backend = "local"});
  EXPECT_EQ(manager->DescribeRules(),
            "1. metadata 'storage_backend' names the backend\n"
            "2. group:ml_* -> archive\n"
            "3. key:raw/* -> hot\n"
            "4. metadata:tier=cold -> archive\n"
            "5. all others -> local");
  const auto backend = [&](const std::string& key, AssetFacts facts = {}) {
    return manager->BackendFor(*Output(key, std::move(facts)));
  };
  EXPECT_THAT(backend("raw/x",
                      {.group = "ml_models", .metadata = {{"storage_backend", "local"}}}),
              IsOkAndHolds("local"));
  EXPECT_THAT(backend("raw/x", {.group = "ml_models"}), IsOkAndHolds("archive"));
  EXPECT_THAT(backend("raw/x", {.metadata = {{"tier", "cold"}}}), IsOkAndHolds("hot"));
  EXPECT_THAT(backend("x", {.metadata = {{"tier", "cold"}}}), IsOkAndHolds("archive"));
  EXPECT_THAT(backend("x", {.metadata = {{"tier", "warm"}}}), IsOkAndHolds("local"));
  EXPECT_THAT(manager->BackendFor(OutputContext({.step_key = "an op"})),
              IsOkAndHolds("local"));
}

TEST_F(RoutingTest, AStoreTellsTheBackendInReceiptAndMetadata) {
  const auto manager = Manager({.default_backend = "archive"});
  const auto output = Output("a/b");
  ASSERT_THAT(manager->HandleOutput(*output, Value::Text("x")), IsOk());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/archive/a/b.txt"));
  ASSERT_EQ(output->receipts().size(), 1u);
  EXPECT_EQ(output->receipts()[0].base, "lake.archive");
  EXPECT_EQ(FindMetadata(output->output_metadata(), "storage_backend")->text(),
            "archive");
  EXPECT_NE(FindMetadata(output->output_metadata(), "path"), nullptr);
}

TEST_F(RoutingTest, LoadsGoWhereTheValueWasStoredWhateverTheRulesSayNow) {
  const auto old_rules =
      Manager({.routes = {{"key:kept", "archive"}, {"key:held", "hot"}},
               .default_backend = "local"});
  const auto new_rules = Manager({.default_backend = "local"});
  for (const std::string key : {"kept", "held"}) {
    const auto output = Output(key);
    ASSERT_THAT(old_rules->HandleOutput(*output, Value::Text(key)), IsOk());
    EXPECT_THAT(Load(*new_rules, *output), IsOkAndHolds(key));
    EXPECT_THAT(new_rules->Has(*output), IsOkAndHolds(true));
  }
}

TEST_F(RoutingTest, WhatNobodyToldIsLookedForWhereTheRulesSay) {
  ASSERT_THAT(Files("archive")->HandleOutput(*Output("a"), Value::Text("x")), IsOk());
  EXPECT_THAT(Load(*Manager({.default_backend = "archive"}), *Output("a")),
              IsOkAndHolds("x"));
  EXPECT_THAT(Load(*Manager({.default_backend = "local"}), *Output("a")),
              FailsWith(ErrorCode::kNotFound, HasSubstr("asset 'a'")));
}

TEST_F(RoutingTest, ABackendThatIsNoLongerThereIsNamed) {
  const auto output = Output("a");
  ASSERT_THAT(
      Manager({.default_backend = "archive"})->HandleOutput(*output, Value::Text("x")),
      IsOk());
  backends_.pop_back();
  EXPECT_THAT(
      Load(*Manager({.default_backend = "local"}), *output),
      FailsWith(ErrorCode::kInvalid,
                AllOf(HasSubstr("asset 'a' was stored in backend 'archive', which this "
                                "manager does not have"),
                      HasSubstr("'local'"))));
}

TEST_F(RoutingTest, RulesThatNameNoBackendAreRefused) {
  const auto make = [&](RoutingRules rules) {
    return RoutingIOManager::Make(backends_, std::move(rules));
  };
  EXPECT_THAT(make({}), FailsWith(ErrorCode::kInvalid, HasSubstr("default_backend")));
  EXPECT_THAT(make({.routes = {{"group:x", "archiv"}}, .default_backend = "local"}),
              FailsWith(ErrorCode::kInvalid, AllOf(HasSubstr("route 'group:x'"),
                                                   HasSubstr("did you mean 'archive'"))));
  for (const std::string when :
       {"tag:x", "x", "group:", "metadata:tier", "metadata:=x"}) {
    EXPECT_THAT(make({.routes = {{when, "local"}}, .default_backend = "local"}),
                FailsWith(ErrorCode::kInvalid, HasSubstr("'key:<pattern>'")));
  }
  EXPECT_THAT(
      Manager({.default_backend = "local"})
          ->HandleOutput(*Output("a", {.metadata = {{"storage_backend", "s3"}}}),
                         Value::Text("x")),
      FailsWith(ErrorCode::kInvalid,
                HasSubstr("metadata 'storage_backend' of asset 'a' names backend 's3'")));
  backends_.emplace_back("none", nullptr);
  EXPECT_THAT(make({.default_backend = "local"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("backend 'none' is null")));
  backends_.back() = {"a.b", backends_[0].second};
  EXPECT_THAT(make({.default_backend = "local"}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("has a dot")));
}

TEST_F(RoutingTest, PartitionsMayBeInDifferentBackends) {
  const auto partition = [](const std::string& key) {
    return std::make_shared<OutputContext>(OutputContext::Fields{
        .asset_key = AssetKey::Parse("a").value(), .partition = key});
  };
  const auto first = partition("1"), second = partition("2");
  ASSERT_THAT(Manager({.default_backend = "hot"})->HandleOutput(*first, Value::Text("1")),
              IsOk());
  const auto manager = Manager({.default_backend = "local"});
  ASSERT_THAT(manager->HandleOutput(*second, Value::Text("2")), IsOk());
  const Value loaded =
      manager
          ->LoadInput(InputContext(
              {.upstream_output = first, .partition_outputs = {{first, second}}}))
          .value();
  ASSERT_EQ(loaded.map().size(), 2u);
  EXPECT_EQ(loaded.map()[0].second.text(), "1");
  EXPECT_EQ(loaded.map()[1].second.text(), "2");
  // What a backend does not have is left out here, not passed on as nothing.
  const Value rest =
      manager
          ->LoadInput(
              InputContext({.upstream_output = first,
                            .partition_outputs = {{partition("missing"), second}},
                            .definition_metadata = {{"allow_missing_partitions", true}}}))
          .value();
  ASSERT_EQ(rest.map().size(), 1u);
  EXPECT_EQ(rest.map()[0].first, "2");
}

TEST_F(RoutingTest, ABackendMayRouteToo) {
  const auto inner =
      Manager({.routes = {{"key:held", "hot"}}, .default_backend = "archive"});
  backends_.emplace_back("rest", inner);
  const auto outer = Manager({.default_backend = "rest"});
  const auto output = Output("a"), held = Output("held");
  ASSERT_THAT(outer->HandleOutput(*output, Value::Text("x")), IsOk());
  EXPECT_EQ(output->receipts()[0].base, "lake.rest.archive");
  EXPECT_THAT(Load(*outer, *output), IsOkAndHolds("x"));
  ASSERT_THAT(outer->HandleOutput(*held, Value::Text("y")), IsOk());
  EXPECT_EQ(FindMetadata(held->output_metadata(), "storage_backend")->text(), "rest.hot");
  EXPECT_THAT(Load(*outer, *held), IsOkAndHolds("y"));
}

TEST_F(RoutingTest, ItsInfoTellsThoseOfItsBackends) {
  const auto info = Manager({.default_backend = "hot"})->Info().value();
  EXPECT_EQ(info.kind, "routing");
  EXPECT_TRUE(info.is_lossless);
  EXPECT_TRUE(info.is_volatile);
  EXPECT_EQ(BackendInfo(info.config, "local")->kind, "filesystem");
  EXPECT_THAT(BackendInfo(info.config, "local")->config, HasSubstr("/local"));
  EXPECT_THAT(BackendInfo(info.config, "cold"), FailsWith(ErrorCode::kNotFound));
}

TEST_F(RoutingTest, ADamagedConfigurationIsAnError) {
  for (const std::string config :
       {"", "[]", "3", R"({"backends": 3})", R"({"backends": {"local": 3}})",
        R"({"backends": {"local": {"kind": 3, "config": {}}}})"}) {
    EXPECT_THAT(BackendInfo(config, "local"),
                FailsWith(ErrorCode::kCorrupt, HasSubstr("routing I/O manager")))
        << config;
  }
}

}  // namespace
}  // namespace entrepot
