#include "entrepot/execution/asset_value_loader.h"

#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"

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
