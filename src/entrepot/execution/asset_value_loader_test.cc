#include "entrepot/execution/asset_value_loader.h"

#include <filesystem>

#include "entrepot/execution/materialize.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/routing_io_manager.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;

/// What the shelves of a test hold, and what the last load was told.
struct Shop {
  std::map<std::string, std::string> texts;
  std::optional<InputContext> told;
};

/// Keeps texts on a shelf of the shop.
class ShelfIOManager final : public IOManager {
 public:
  explicit ShelfIOManager(Shop& shop) : shop_(shop) {}

  Status HandleOutput(OutputContext& context, const Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(shop_.texts[context.asset_key()->ToUserString()],
                              FromValue<std::string>(value));
    return {};
  }
  Result<Value> LoadInput(const InputContext& context) override {
    shop_.told.emplace(context);
    return ToValue(shop_.texts.at(context.asset_key()->ToUserString()));
  }

 private:
  Shop& shop_;
};

class AssetValueLoaderTest : public ::testing::Test {
 protected:
  std::shared_ptr<IOManager> Shelf() { return std::make_shared<ShelfIOManager>(shop_); }

  /// One asset, "word", stored by what is bound as its manager.
  template <typename ManagerOrFactory>
  static Definitions WordKeptBy(ManagerOrFactory manager) {
    Definitions defs;
    defs.Add(Asset("word").Group("words").WithMetadata({{"colour", "red"}}).Compute([] {
      return std::string("hello");
    }));
    defs.Bind("io_manager", std::move(manager));
    defs.Bind("limit", std::make_shared<int>(3));
    return defs;
  }

  void Make(const Definitions& defs) {
    ASSERT_THAT(Materialize(defs, {.instance = instance_}).value().ToStatus(), IsOk());
  }

  Shop shop_;
  std::shared_ptr<Instance> instance_ = Instance::Ephemeral().value();
};

TEST_F(AssetValueLoaderTest, TellsAManagerWhatTheDefinitionsSay) {
  const auto shelf = Shelf();
  Make(WordKeptBy(shelf));
  const AssetValueLoader loader(instance_, WordKeptBy(shelf));
  EXPECT_THAT(loader.Load<std::string>("word"), IsOkAndHolds("hello"));
  const OutputContext& upstream = shop_.told->upstream_output();
  EXPECT_EQ(upstream.asset().group, "words");
  EXPECT_EQ(upstream.asset().metadata, (Metadata{{"colour", "red"}}));
  EXPECT_EQ(*upstream.resources().Get<int>("limit").value(), 3);
  EXPECT_EQ(*shop_.told->resources().Get<int>("limit").value(), 3);
  EXPECT_EQ(shop_.told->resources().Get<IOManager>("io_manager").value(), shelf);
  EXPECT_EQ(shop_.told->instance(), instance_);
}

TEST_F(AssetValueLoaderTest, LoadsWithTheManagerOfItsOwnDefinitions) {
  Shop another;
  Make(WordKeptBy(Shelf()));
  another.texts["word"] = "elsewhere";
  const std::shared_ptr<IOManager> shelf = std::make_shared<ShelfIOManager>(another);
  EXPECT_THAT(AssetValueLoader(instance_, WordKeptBy(shelf)).Load<std::string>("word"),
              IsOkAndHolds("elsewhere"));
}

TEST_F(AssetValueLoaderTest, MakesAManagerOnce) {
  int made = 0;
  const Definitions defs = WordKeptBy(
      IOManagerFactory([&](const ResourceContext&) -> Result<std::shared_ptr<IOManager>> {
        ++made;
        return Shelf();
      }));
  Make(defs);
  ASSERT_EQ(made, 1);
  const AssetValueLoader loader(instance_, defs);
  EXPECT_THAT(loader.Load<std::string>("word"), IsOkAndHolds("hello"));
  EXPECT_THAT(loader.LoadValue(AssetKey::Parse("word").value()), IsOk());
  EXPECT_EQ(made, 2);
}

TEST_F(AssetValueLoaderTest, TellsWhichManagerCouldNotBeMade) {
  Make(WordKeptBy(Shelf()));
  const Definitions defs = WordKeptBy(
      IOManagerFactory([](const ResourceContext&) -> Result<std::shared_ptr<IOManager>> {
        return Unavailable("no shelf");
      }));
  EXPECT_THAT(
      AssetValueLoader(instance_, defs).Load<std::string>("word"),
      FailsWith(ErrorCode::kUnavailable, HasSubstr("making I/O manager 'io_manager'")));
}

TEST_F(AssetValueLoaderTest, AValueInMemoryIsLoadedFromTheRunThatKeepsIt) {
  const Definitions defs = WordKeptBy(MemoryIOManagerFactory());
  const RunResult run = Materialize(defs, {.instance = instance_}).value();
  EXPECT_THAT(AssetValueLoader(instance_, defs).Load<std::string>("word"),
              IsOkAndHolds("hello"));
}

TEST_F(AssetValueLoaderTest, LoadsWhatNoDefinitionMentionsAsTheInstanceDoes) {
  ASSERT_THAT(instance_->Store("limits/silk", 7), IsOk());
  EXPECT_THAT(AssetValueLoader(instance_).Load<int>("limits/silk"), IsOkAndHolds(7));
  const AssetValueLoader loader(instance_, WordKeptBy(Shelf()));
  EXPECT_THAT(loader.Load<int>("limits/silk"), IsOkAndHolds(7));
  EXPECT_THAT(loader.Load<std::string>("word"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("never materialized")));
}

TEST_F(AssetValueLoaderTest, LoadsSeveralInTheOrderOfTheirKeys) {
  std::vector<AssetKey> keys;
  for (int i = 0; i < 20; ++i) {
    keys.push_back(AssetKey::Make({"n", std::to_string(i)}).value());
    ASSERT_THAT(instance_->StoreValue(keys.back(), ToValue(i).value()), IsOk());
  }
  const AssetValueLoader loader(instance_);
  const auto values = loader.LoadValues(keys).value();
  ASSERT_EQ(values.size(), keys.size());
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(FromValue<int>(values[static_cast<size_t>(i)]), IsOkAndHolds(i));
  keys.push_back(AssetKey::Parse("n/missing").value());
  EXPECT_THAT(loader.LoadValues(keys),
              FailsWith(ErrorCode::kNotFound, HasSubstr("n/missing")));
}

TEST_F(AssetValueLoaderTest, AnotherProcessFindsTheBackendOfARoutingManager) {
  const testing::TemporaryFolder folder;
  const auto files = [&](const std::string& name) {
    return FileSystemIOManager::Make({.base_dir = folder.path() + "/" + name}).value();
  };
  const std::shared_ptr<IOManager> routing =
      RoutingIOManager::Make(
          {{"near", files("near")}, {"far", files("far")}},
          {.routes = {{"group:words", "far"}}, .default_backend = "near"})
          .value();
  const std::string home = folder.path() + "/home";
  ASSERT_THAT(Materialize(WordKeptBy(routing), {.instance = Instance::Open(home).value()})
                  .value()
                  .ToStatus(),
              IsOk());
  EXPECT_TRUE(std::filesystem::exists(folder.path() + "/far/word.txt"));
  // One that remembers no manager, and is told of no definitions.
  EXPECT_THAT(AssetValueLoader(Instance::Open(home).value()).Load<std::string>("word"),
              IsOkAndHolds("hello"));
}

TEST_F(AssetValueLoaderTest, ABackendInTheHomeMovesWithIt) {
  const testing::TemporaryFolder folder;
  const std::string home = folder.path() + "/home", moved = folder.path() + "/moved";
  {
    const auto instance = Instance::Open(home).value();
    const std::shared_ptr<IOManager> routing =
        RoutingIOManager::Make({{"home", instance->DefaultIOManager().value()}},
                               {.default_backend = "home"})
            .value();
    const auto run = Materialize(WordKeptBy(routing), {.instance = instance}).value();
    ASSERT_THAT(run.ToStatus(), IsOk());
  }
  std::filesystem::rename(home, moved);
  EXPECT_THAT(AssetValueLoader(Instance::Open(moved).value()).Load<std::string>("word"),
              IsOkAndHolds("hello"));
}

TEST_F(AssetValueLoaderTest, WhatAManagerWasToldKeepsNoInstanceAlive) {
  const auto shelf = Shelf();
  Make(WordKeptBy(shelf));
  ASSERT_THAT(AssetValueLoader(instance_, WordKeptBy(shelf)).Load<std::string>("word"),
              IsOk());
  instance_.reset();
  EXPECT_EQ(shop_.told->instance(), nullptr);
}

}  // namespace
}  // namespace entrepot
