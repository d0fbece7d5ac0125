// What runs tell I/O managers, and what they record of them.

#include <atomic>

#include <arrow/api.h>

#include "entrepot/execution/asset_value_loader.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/io/context.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ContainsRegex;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;

AssetKey Key(std::string_view text) { return AssetKey::Parse(text).value(); }

TablePtr Table(int64_t rows) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < rows; ++i) (void)builder.Append(i);
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

// Keeps tables; says nothing of them.
class ShelfIOManager final : public IOManager {
 public:
  Status HandleOutput(OutputContext& context, const Value& value) override {
    TablePtr table;
    if (value.kind() == ValueKind::kStream) {
      table = value.stream()->ToTable().ValueOrDie();
    } else {
      ENTREPOT_ASSIGN_OR_RETURN(table, FromValue<TablePtr>(value));
    }
    const std::lock_guard lock(mutex_);
    tables_[context.asset_key()->ToUserString()] = std::move(table);
    return {};
  }
  Result<Value> LoadInput(const InputContext& context) override {
    const std::lock_guard lock(mutex_);
    last_instance_ = context.instance();
    last_label_ = context.resources().Get<std::string>("label").value();
    return Value::Table(tables_.at(context.asset_key()->ToUserString()));
  }

  std::weak_ptr<Instance> last_instance_;
  std::shared_ptr<std::string> last_label_;

 private:
  std::mutex mutex_;
  std::map<std::string, TablePtr> tables_;
};

/// A table, kept by `manager`, and the number of its rows.
Definitions TableAndRows(std::shared_ptr<IOManager> manager) {
  Definitions defs;
  defs.Add(Asset("table").IOManagerKey("keeper").Compute([] { return Table(1000); }));
  defs.Add(Asset("rows").Reads("table").Compute(
      [](const TablePtr& table) { return table->num_rows(); }));
  if (!manager) return defs;
  defs.Bind("keeper", std::move(manager));
  defs.Bind("label", std::make_shared<std::string>("green tea"));
  return defs;
}

void ExpectPlausible(double seconds) {
  EXPECT_GT(seconds, 0);
  EXPECT_LT(seconds, 60);
}

TEST(ManagersInRunsTest, BytesRowsAndSecondsOfFilesAreKnownWithoutAsking) {
  const auto instance = Instance::Ephemeral().value();
  Definitions defs = TableAndRows(nullptr);
  defs.Bind("keeper", FileSystemIOManagerFactory());
  ASSERT_TRUE(Materialize(defs, {.instance = instance}).value().success());
  // Alone, so that its input is loaded and not handed over.
  ASSERT_TRUE(
      Materialize(defs, {.instance = instance, .select = "rows"}).value().success());
  const auto size = static_cast<std::int64_t>(
      std::filesystem::file_size(instance->storage_folder() + "/table.parquet"));
  const Materialization stored = instance->log().Latest(Key("table"), {}).value().value();
  EXPECT_EQ(stored.store.size_bytes, size);
  EXPECT_EQ(stored.store.rows, 1000);
  ExpectPlausible(stored.store.seconds);
  ExpectPlausible(stored.compute_seconds);
  const Materialization read = instance->log().Latest(Key("rows"), {}).value().value();
  EXPECT_FALSE(read.inputs.at(0).handed_over);
  EXPECT_EQ(read.inputs.at(0).load.size_bytes, size);
  EXPECT_EQ(read.inputs.at(0).load.rows, 1000);
  ExpectPlausible(read.inputs.at(0).load.seconds);
  EXPECT_EQ(read.store.size_bytes, 4);  // "1000"
  EXPECT_EQ(read.store.rows, std::nullopt);
}

TEST(ManagersInRunsTest, OfAManagerThatLeavesNoReceiptTheValueItselfIsMeasured) {
  const auto instance = Instance::Ephemeral().value();
  const auto shelf = std::make_shared<ShelfIOManager>();
  ASSERT_TRUE(Materialize(TableAndRows(shelf), {.instance = instance}).value().success());
  const std::int64_t size = Value::Table(Table(1000)).size_bytes();
  ASSERT_GE(size, 8000);
  const Materialization stored = instance->log().Latest(Key("table"), {}).value().value();
  EXPECT_TRUE(stored.receipts.empty());
  EXPECT_EQ(stored.store.size_bytes, size);
  EXPECT_EQ(stored.store.rows, 1000);
  ExpectPlausible(stored.store.seconds);
  const Materialization read = instance->log().Latest(Key("rows"), {}).value().value();
  EXPECT_EQ(read.inputs.at(0).load.size_bytes, size);
  EXPECT_EQ(read.inputs.at(0).load.rows, 1000);
  ExpectPlausible(read.inputs.at(0).load.seconds);
}

TEST(ManagersInRunsTest, AManagerIsToldOfInstanceAndResourcesWheneverItLoads) {
  const auto instance = Instance::Ephemeral().value();
  const auto shelf = std::make_shared<ShelfIOManager>();
  Definitions defs = TableAndRows(shelf);
  defs.Add(Asset("stream").IOManagerKey("keeper").Compute([]() -> RecordBatchReaderPtr {
    return std::make_shared<arrow::TableBatchReader>(Table(10));
  }));
  const auto expect_told = [&] {
    EXPECT_EQ(shelf->last_instance_.lock(), instance);
    EXPECT_EQ(*std::exchange(shelf->last_label_, nullptr), "green tea");
  };
  const RunResult run = Materialize(defs, {.instance = instance}).value();
  ASSERT_TRUE(run.success());
  expect_told();
  // In a later run, whose input is no step's, and by the result, which kept no stream.
  ASSERT_TRUE(
      Materialize(defs, {.instance = instance, .select = "rows"}).value().success());
  expect_told();
  EXPECT_EQ(run.Output<TablePtr>("stream").value()->num_rows(), 10);
  expect_told();
}

TEST(ManagersInRunsTest, MetadataOfADefinitionReachesItsManagers) {
  Definitions defs;
  defs.Add(Asset("word")
               .WithMetadata({{"colour", "red"}, {"parts", 2}})
               .IOManagerKey("recording")
               .Compute([] { return std::string("hello"); }));
  defs.Add(Asset("copy").Reads("word").Compute([](std::string word) { return word; }));
  class Recording final : public IOManager {
   public:
    Status HandleOutput(OutputContext& context, const Value&) override {
      stored_with = context.asset().metadata;
      return {};
    }
    Result<Value> LoadInput(const InputContext& context) override {
      loaded_with = context.upstream_output().asset().metadata;
      return ToValue(std::string("hello"));
    }
    Metadata stored_with, loaded_with;
  };
  const auto recording = std::make_shared<Recording>();
  defs.Bind("recording", std::shared_ptr<IOManager>(recording));
  ASSERT_THAT(Materialize(defs).value().ToStatus(), IsOk());
  const Metadata expected = {{"colour", "red"}, {"parts", 2}};
  EXPECT_EQ(recording->stored_with, expected);
  EXPECT_EQ(recording->loaded_with, expected);
}

// Throws at what it is told to, and keeps nothing.
class ThrowingIOManager final : public IOManager {
 public:
  explicit ThrowingIOManager(std::string at) : at_(std::move(at)) {}
  Status HandleOutput(OutputContext&, const Value&) override {
    ThrowAt("storing");
    return {};
  }
  Result<Value> LoadInput(const InputContext&) override {
    ThrowAt("loading");
    return NotFound("kept nothing");
  }
  Result<bool> Has(const OutputContext&) override {
    ThrowAt("looking");
    return true;
  }
  std::optional<IOManagerInfo> Info() const override {
    ThrowAt("telling");
    return std::nullopt;
  }

 private:
  void ThrowAt(std::string_view place) const {
    if (at_ == place) throw std::out_of_range("shelf 7");
  }

  std::string at_;
};

TEST(ManagersInRunsTest, WhatAManagerThrowsFailsItsStepAlone) {
  for (const std::string at : {"storing", "loading"}) {
    Definitions defs = TableAndRows(std::make_shared<ThrowingIOManager>(at));
    defs.Add(Asset("other").Compute([] { return 1; }));
    const RunResult run = Materialize(defs).value();
    EXPECT_THAT(run.ToStatus(), FailsWith(ErrorCode::kUserCode,
                                          ContainsRegex(at + ".*'table'.*: shelf 7")));
    EXPECT_EQ(run.Output<int>("other").value(), 1) << at;
  }
}

TEST(ManagersInRunsTest, WhatAManagerThrowsBeforeTheFirstStepFailsTheRun) {
  for (const char* at : {"looking", "telling"}) {
    const auto instance = Instance::Ephemeral().value();
    const Definitions defs = TableAndRows(std::make_shared<ThrowingIOManager>(at));
    EXPECT_THAT(Materialize(defs, {.instance = instance, .select = "rows"}),
                FailsWith(ErrorCode::kUserCode, HasSubstr("shelf 7")))
        << at;
    const RunRecord logged = instance->log().Runs({}).value().at(0);
    EXPECT_EQ(logged.status, RunStatus::kFailure) << at;
    EXPECT_THAT(logged.error, HasSubstr("shelf 7")) << at;
  }
}

TEST(ManagersInRunsTest, WhatAManagerThrowsIsTheErrorOfAStoreOrLoadWithoutAGraph) {
  auto instance = Instance::Ephemeral().value();
  const auto throwing = [](const char* at) {
    return std::make_shared<ThrowingIOManager>(at);
  };
  EXPECT_THAT(instance->StoreValue(Key("x"), ToValue(1).value(),
                                   {.io_manager = throwing("storing")}),
              FailsWith(ErrorCode::kUserCode, "storing asset 'x': shelf 7"));
  EXPECT_THAT(instance->StoreValue(Key("x"), ToValue(1).value(),
                                   {.io_manager = throwing("telling")}),
              FailsWith(ErrorCode::kUserCode,
                        "asking what I/O manager 'io_manager' is: shelf 7"));
  ASSERT_THAT(instance->Store("x", 1), IsOk());
  EXPECT_THAT(instance->LoadValue(Key("x"), {.io_manager = throwing("loading")}),
              FailsWith(ErrorCode::kUserCode, "loading asset 'x': shelf 7"));
}

TEST(ManagersInRunsTest, WhatAManagerThrowsIsTheErrorOfALoaderOfDefinitions) {
  const auto instance = Instance::Ephemeral().value();
  ASSERT_THAT(instance->Store("table", Table(1)), IsOk());
  const AssetValueLoader loader(
      instance, TableAndRows(std::make_shared<ThrowingIOManager>("telling")));
  EXPECT_THAT(
      loader.LoadValue(Key("table")),
      FailsWith(ErrorCode::kUserCode, "asking what I/O manager 'keeper' is: shelf 7"));
}

TEST(ManagersInRunsTest, AStepLoadsAnotherAssetByTheManagerThatTheDefinitionsSay) {
  const auto shelf = std::make_shared<ShelfIOManager>();
  Definitions defs;
  defs.Bind("label", std::make_shared<std::string>("a label"));
  // Of no use after its run, so the instance cannot remember it.
  defs.Bind(
      "keeper",
      ResourceBinding{.kind = ResourceKind::kIOManager,
                      .make = [shelf](const ResourceContext&) -> Result<MadeResource> {
                        return MadeResource{.resource = std::shared_ptr<IOManager>(shelf),
                                            .teardown = [] { return Status(); }};
                      }});
  defs.Add(Asset("table").IOManagerKey("keeper").Compute([] { return Table(3); }));
  defs.Add(Asset("rows").Compute([](StepContext& step) -> Result<std::int64_t> {
    ENTREPOT_ASSIGN_OR_RETURN(const TablePtr table, step.Load<TablePtr>("table"));
    return table->num_rows();
  }));
  const auto instance = Instance::Ephemeral().value();
  for (const std::string asset : {"table", "rows"}) {
    const auto run = Materialize(defs, {.instance = instance, .select = {asset}});
    ASSERT_THAT(run.value().ToStatus(), IsOk());
  }
  EXPECT_THAT(instance->Load<std::int64_t>("rows"), IsOkAndHolds(3));
}

}  // namespace
}  // namespace entrepot
