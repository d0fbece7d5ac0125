// The calls of the filesystem manager go wrong while an instance with a log in SQLite
// stores or materializes: the log names no value that is not there.

#include <ostream>

#include "entrepot/execution/materialize.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "stored_asset.h"

namespace entrepot::testing {
namespace {

using ::testing::AnyOf;

constexpr char kOld[] = "old";  // As text;
constexpr int kNew = 2;         // as JSON.

/// How the asset is stored.
enum class Way { kStore, kMaterialize };

struct InstanceCase {
  std::string name{};
  Way way = Way::kStore;
  bool is_first = false;
};

void PrintTo(const InstanceCase& instance, std::ostream* out) { *out << instance.name; }

class InstanceUnderFaultsTest : public ::testing::TestWithParam<InstanceCase> {
 protected:
  struct Home {
    TemporaryFolder folder{SweepFolder()};

    /// No power is lost: the log need not sync.
    std::shared_ptr<Instance> Open() const {
      return Instance::Open(folder.path() + "/home", {.durability = Durability::kFast})
          .value();
    }
  };

  static void StoreOld(const Home& home) {
    if (!GetParam().is_first) {
      ASSERT_THAT(home.Open()->Store("a/b", std::string(kOld)), IsOk());
    }
  }

  /// Stores the new value as another process would: with an instance of its own.
  static Status StoreNew(const Home& home, LocalCalls& calls) {
    const auto instance = home.Open();
    const auto manager =
        FileSystemIOManager::Make({.base_dir = instance->storage_folder()},
                                  instance->options().codecs, {}, calls)
            .value();
    if (GetParam().way == Way::kMaterialize) return Materialized(instance, manager);
    const auto stored = instance->Store("a/b", kNew, {.io_manager = manager});
    if (!stored) return stored.error();
    return {};
  }

  static Status Materialized(const std::shared_ptr<Instance>& instance,
                             const std::shared_ptr<IOManager>& manager) {
    Definitions definitions;
    definitions.Add(Asset("a/b").Compute([] { return kNew; }));
    definitions.Bind("io_manager", manager);
    ENTREPOT_ASSIGN_OR_RETURN(const RunResult result,
                              Materialize(definitions, {.instance = instance}));
    return result.ToStatus();
  }

  static std::vector<LocalCallKind> Calls() {
    const Home home;
    StoreOld(home);
    FaultyLocalCalls calls(std::nullopt, WithoutSyncs({}));
    EXPECT_THAT(StoreNew(home, calls), IsOk());
    return calls.calls();
  }

  static void ExpectLogAndValueAgree(const Home& home, bool is_acknowledged) {
    const auto instance = home.Open();
    const AssetKey key = AssetKey::Parse("a/b").value();
    const auto row = instance->log().Latest(key, std::nullopt).value();
    const auto loaded = instance->LoadValue(key);
    const std::string found =
        loaded ? loaded->kind() == ValueKind::kText ? loaded->text() : loaded->json()
               : std::string(ToString(loaded.error().code()));
    const std::string format = row ? row->receipts.at(0).format : "none";
    if (is_acknowledged || format == "json") {
      EXPECT_EQ(format, "json");
      EXPECT_EQ(found, "2");
    } else if (GetParam().is_first) {
      EXPECT_EQ(format, "none");
      EXPECT_EQ(found, "not found");
    } else {
      EXPECT_EQ(format, "text");
      EXPECT_THAT(found, AnyOf(kOld, "2"));
    }
  }

  static void ExpectNextStoreIsFine(const Home& home) {
    const auto instance = home.Open();
    ASSERT_THAT(instance->Store("a/b", 3), IsOk());
    EXPECT_THAT(instance->Load<int>("a/b"), IsOkAndHolds(3));
  }
};
INSTANTIATE_TEST_SUITE_P(, InstanceUnderFaultsTest,
                         ::testing::Values(InstanceCase{"Store", Way::kStore},
                                           InstanceCase{"FirstStore", Way::kStore, true},
                                           InstanceCase{"Materialize", Way::kMaterialize},
                                           InstanceCase{"FirstMaterialize",
                                                        Way::kMaterialize, true}),
                         [](const auto& info) { return info.param.name; });

TEST_P(InstanceUnderFaultsTest, AFailedCallLeavesLogAndValueInAgreement) {
  const std::vector<LocalCallKind> calls = Calls();
  for (const LocalFault& fault : Sample(FailuresOf(calls), 25)) {
    SCOPED_TRACE(TraceOf(fault, calls));
    const Home home;
    StoreOld(home);
    FaultyLocalCalls faulty(fault, WithoutSyncs({}));
    const Status stored = StoreNew(home, faulty);
    ExpectLogAndValueAgree(home, /*is_acknowledged=*/stored.has_value());
    ExpectNextStoreIsFine(home);
  }
}

TEST_P(InstanceUnderFaultsTest, AKillLeavesLogAndValueInAgreement) {
  const std::vector<LocalCallKind> calls = Calls();
  for (const LocalFault& fault : Sample(KillsOf(calls), 15)) {
    SCOPED_TRACE(TraceOf(fault, calls));
    const Home home;
    StoreOld(home);
    ASSERT_TRUE(IsKilledDoing([&] {
      FaultyLocalCalls deadly(fault, WithoutSyncs({}));
      (void)StoreNew(home, deadly);
    }));
    ExpectLogAndValueAgree(home, /*is_acknowledged=*/false);
    ExpectNextStoreIsFine(home);
  }
}

}  // namespace
}  // namespace entrepot::testing
