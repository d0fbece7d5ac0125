// The resources of runs: when they are made, for what, and how they end.

#include "entrepot/execution/resource.h"

#include "entrepot/execution/asset_value_loader.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAndHolds;

/// Notes what happens to resources, in order.
class ResourceTest : public ::testing::Test {
 protected:
  /// A resource that notes its making and its teardown.
  ResourceBinding Noting(std::vector<std::string> required_keys = {},
                         const Status& made = {}, const Status& torn_down = {}) {
    return {.make = [=, this](const ResourceContext& context) -> Result<MadeResource> {
              notes_.push_back("make " + context.key);
              ENTREPOT_RETURN_IF_ERROR(made);
              auto tear_down = [=, this, key = context.key] {
                notes_.push_back("end " + key);
                return torn_down;
              };
              return MadeResource{.resource = std::make_shared<std::string>(context.key),
                                  .teardown = tear_down};
            },
            .required_keys = std::move(required_keys)};
  }

  /// An asset that notes its computing.
  Definitions OneAsset() {
    Definitions defs;
    defs.Add(Asset("word").Compute([this] {
      notes_.push_back("compute");
      return std::string("hello");
    }));
    return defs;
  }

  std::vector<RunRecord> Runs() { return instance_->log().Runs({}).value(); }

  std::vector<std::string> notes_;
  std::shared_ptr<Instance> instance_ = Instance::Ephemeral().value();
};

TEST_F(ResourceTest, AreMadeOnceBeforeTheFirstStepAndTornDownInReverseOrder) {
  Definitions defs = OneAsset();
  defs.Bind("a_client", Noting({"pool", "settings"}));
  defs.Bind("pool", Noting({"settings"}));
  defs.Bind("settings", Noting());
  ASSERT_THAT(Materialize(defs).value().ToStatus(), IsOk());
  EXPECT_THAT(notes_, ElementsAre("make settings", "make pool", "make a_client",
                                  "compute", "end a_client", "end pool", "end settings"));
}

TEST_F(ResourceTest, GetTheResourcesThatTheyRequireAndNoOthers) {
  Definitions defs = OneAsset();
  defs.Bind("host", std::make_shared<std::string>("localhost"));
  defs.Bind("port", std::make_shared<int>(80));
  defs.Bind("address",
            [](const ResourceContext& context) -> Result<std::shared_ptr<std::string>> {
              EXPECT_THAT(
                  context.resources.Get<int>("port"),
                  FailsWith(ErrorCode::kInvalid, HasSubstr("no resource 'port'")));
              ENTREPOT_ASSIGN_OR_RETURN(const auto host,
                                        context.resources.Get<std::string>("host"));
              return std::make_shared<std::string>("http://" + *host);
            },
            {"host"});
  defs.Add(Asset("place").Compute(
      [](StepContext& step) { return *step.resource<std::string>("address").value(); }));
  const RunResult run = Materialize(defs).value();
  EXPECT_THAT(run.Output<std::string>("place"), IsOkAndHolds("http://localhost"));
}

TEST_F(ResourceTest, AFailingSetupFailsTheRunBeforeItsFirstStepAndEndsTheOthers) {
  Definitions defs = OneAsset();
  defs.Bind("broken", Noting({"pool"}, Unavailable("no answer")));
  defs.Bind("pool", Noting());
  EXPECT_THAT(Materialize(defs, {.instance = instance_}),
              FailsWith(ErrorCode::kUnavailable,
                        HasSubstr("making resource 'broken': no answer")));
  EXPECT_THAT(notes_, ElementsAre("make pool", "make broken", "end pool"));
  ASSERT_EQ(Runs().size(), 1);
  EXPECT_EQ(Runs()[0].status, RunStatus::kFailure);
  EXPECT_THAT(Runs()[0].error, HasSubstr("'broken'"));
}

TEST_F(ResourceTest, AnExceptionOfASetupIsItsError) {
  Definitions defs = OneAsset();
  defs.Bind("broken", [](const ResourceContext&) -> Result<std::shared_ptr<int>> {
    throw std::runtime_error("out of luck");
  });
  EXPECT_THAT(Materialize(defs),
              FailsWith(ErrorCode::kUserCode, HasSubstr("out of luck")));
}

TEST_F(ResourceTest, AFailingTeardownFailsTheRunAndTheOthersEndNevertheless) {
  Definitions defs = OneAsset();
  defs.Bind("pool", Noting());
  defs.Bind("stuck", Noting({"pool"}, {}, Unavailable("still busy")));
  const RunResult run = Materialize(defs, {.instance = instance_}).value();
  EXPECT_FALSE(run.success());
  EXPECT_THAT(run.ToStatus(),
              FailsWith(ErrorCode::kUnavailable,
                        HasSubstr("tearing down resource 'stuck': still busy")));
  EXPECT_THAT(notes_,
              ElementsAre("make pool", "make stuck", "compute", "end stuck", "end pool"));
  EXPECT_THAT(run.Output<std::string>("word"), IsOkAndHolds("hello"));
  EXPECT_EQ(Runs().at(0).status, RunStatus::kFailure);
  EXPECT_THAT(Runs().at(0).error, HasSubstr("'stuck'"));
}

TEST_F(ResourceTest, ATeardownThatCannotBeLoggedIsStillTheErrorAndTheOthersEnd) {
  Definitions defs = OneAsset();
  defs.Bind("pool", Noting());
  defs.Bind("stuck", Noting({"pool"}, {}, Unavailable("still busy")));
  const auto run =
      Materialize(defs, {.on_log = [](const std::string&, LogLevel, const std::string&) {
                    throw std::runtime_error("the terminal is gone");
                  }});
  ASSERT_THAT(run, IsOk());
  EXPECT_THAT(run->ToStatus(), FailsWith(ErrorCode::kUnavailable, HasSubstr("'stuck'")));
  EXPECT_EQ(notes_.back(), "end pool");
}

TEST_F(ResourceTest, AreTornDownAfterAStepThatFails) {
  Definitions defs;
  defs.Bind("pool", Noting());
  defs.Add(Asset("word").Compute([]() -> Result<std::string> { return Invalid("no"); }));
  EXPECT_FALSE(Materialize(defs).value().success());
  EXPECT_THAT(notes_, ElementsAre("make pool", "end pool"));
}

TEST_F(ResourceTest, ManagersAreMadeWhenARunUsesThem) {
  const auto binding = [this] {
    ResourceBinding binding = Noting({"pool"});
    binding.kind = ResourceKind::kIOManager;
    binding.make = [inner = binding.make](const ResourceContext& context) {
      auto made = inner(context);
      made->resource = std::shared_ptr<IOManager>(std::make_shared<MemoryIOManager>());
      return made;
    };
    return binding;
  };
  Definitions defs = OneAsset();
  defs.Bind("pool", Noting());
  defs.Bind("unused", binding());
  defs.Bind("io_manager", binding());
  ASSERT_THAT(Materialize(defs).value().ToStatus(), IsOk());
  EXPECT_THAT(notes_, ElementsAre("make pool", "make io_manager", "compute",
                                  "end io_manager", "end pool"));
}

TEST_F(ResourceTest, AManagerThatEndsWithItsRunIsNotRememberedByTheInstance) {
  Definitions defs = OneAsset();
  defs.Bind("pool", Noting());
  class Shelf final : public IOManager {
    Status HandleOutput(OutputContext&, const Value&) override { return {}; }
    Result<Value> LoadInput(const InputContext&) override {
      return ToValue(std::string("hello"));
    }
  };
  defs.Bind("io_manager",
            [](const ResourceContext&) -> Result<std::shared_ptr<IOManager>> {
              return std::make_shared<Shelf>();
            },
            {"pool"});
  ASSERT_THAT(Materialize(defs, {.instance = instance_}).value().ToStatus(), IsOk());
  EXPECT_THAT(instance_->Load<std::string>("word"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("definitions")));
  EXPECT_THAT(AssetValueLoader(instance_, defs).Load<std::string>("word"),
              IsOkAndHolds("hello"));
}

TEST_F(ResourceTest, ALoaderMakesThemOnceAndTearsThemDown) {
  Definitions defs = OneAsset();
  defs.Bind("pool", Noting());
  ASSERT_THAT(Materialize(defs, {.instance = instance_}).value().ToStatus(), IsOk());
  notes_.clear();
  {
    const AssetValueLoader loader(instance_, defs);
    EXPECT_THAT(notes_, IsEmpty());
    EXPECT_THAT(loader.Load<std::string>("word"), IsOkAndHolds("hello"));
    EXPECT_THAT(loader.Load<std::string>("word"), IsOkAndHolds("hello"));
    EXPECT_THAT(notes_, ElementsAre("make pool"));
    EXPECT_THAT(loader.Close(), IsOk());
    EXPECT_THAT(notes_, ElementsAre("make pool", "end pool"));
  }
  EXPECT_THAT(notes_, ElementsAre("make pool", "end pool"));
}

TEST_F(ResourceTest, ACircleOfRequirementsIsAFaultWithItsPath) {
  Definitions defs = OneAsset();
  defs.Bind("a", Noting({"b"}));
  defs.Bind("b", Noting({"c"}));
  defs.Bind("c", Noting({"b"}));
  EXPECT_THAT(defs.Validate(),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("resources require each other: b -> c -> b")));
}

TEST_F(ResourceTest, ARequiredResourceThatIsNotBoundIsAFaultThatListsThoseThatAre) {
  Definitions defs = OneAsset();
  defs.Bind("client", Noting({"databse", "io_manager"}));
  defs.Bind("database", Noting());
  EXPECT_THAT(
      defs.Validate(),
      FailsWith(ErrorCode::kInvalid,
                HasSubstr("resource 'client' requires resource 'databse', which is not "
                          "bound; did you mean 'database'?; there are: client, "
                          "database")));
}

/// A manager that notes its making and its teardown.
class UnnamedManagerTest : public ResourceTest {
 protected:
  ResourceBinding NotingManager(const Status& made = {}) {
    ResourceBinding binding = Noting({}, made);
    binding.kind = ResourceKind::kIOManager;
    binding.make = [make = binding.make](const ResourceContext& context) {
      auto noted = make(context);
      if (noted) noted->resource = std::shared_ptr<IOManager>(new MemoryIOManager);
      return noted;
    };
    return binding;
  }
};

TEST_F(UnnamedManagerTest, IsMadeWhenAStepFirstAsksForItAndTornDownWithTheOthers) {
  Definitions defs;
  defs.Bind("shelf", NotingManager());
  defs.Bind("pool", Noting());
  for (const std::string key : {"first", "second"}) {
    defs.Add(Asset(key).Compute([](StepContext& step) {
      return std::string(step.resource<IOManager>("shelf") ? "there" : "missing");
    }));
  }
  const RunResult run = Materialize(defs, {.max_workers = 1}).value();
  EXPECT_THAT(run.Output<std::string>("first"), IsOkAndHolds("there"));
  EXPECT_THAT(run.Output<std::string>("second"), IsOkAndHolds("there"));
  EXPECT_THAT(notes_, ElementsAre("make pool", "make shelf", "end shelf", "end pool"));
}

TEST_F(UnnamedManagerTest, ThatNobodyAsksForIsNotMade) {
  Definitions defs = OneAsset();
  defs.Bind("shelf", NotingManager());
  ASSERT_THAT(Materialize(defs).value().ToStatus(), IsOk());
  EXPECT_THAT(notes_, ElementsAre("compute"));
}

TEST_F(UnnamedManagerTest, ThatCannotBeMadeIsToldToWhoAsks) {
  Definitions defs = OneAsset();
  defs.Bind("shelf", NotingManager(Unavailable("no answer")));
  defs.Add(Asset("asks").Compute([](StepContext& step) -> Result<std::string> {
    ENTREPOT_RETURN_IF_ERROR(step.resource<IOManager>("shelf"));
    return "there";
  }));
  const RunResult run = Materialize(defs).value();
  EXPECT_THAT(run.ToStatus(),
              FailsWith(ErrorCode::kUnavailable,
                        HasSubstr("making I/O manager 'shelf': no answer")));
  EXPECT_THAT(run.Output<std::string>("word"), IsOkAndHolds("hello"));
}

TEST_F(UnnamedManagerTest, CannotBeMadeAfterItsRun) {
  std::shared_ptr<StepContext> kept;
  {
    Definitions defs;
    defs.Bind("shelf", NotingManager());
    defs.Bind("pool", Noting());
    defs.Add(Asset("keeps").Compute([&](StepContext& step) {
      kept = step.shared_from_this();
      return 1.0;
    }));
    ASSERT_THAT(Materialize(defs).value().ToStatus(), IsOk());
  }
  EXPECT_THAT(kept->resource<std::string>("pool"), IsOk());
  EXPECT_THAT(kept->resource<IOManager>("shelf"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'shelf'")));
  EXPECT_THAT(kept->resource<IOManager>("shelff"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'shelf'")));
  EXPECT_THAT(notes_, ElementsAre("make pool", "end pool"));
}

}  // namespace
}  // namespace entrepot
