// Power is lost at each moment of a log's life, and the disk keeps what it likes of what
// was not synced.

#include <set>

#include "entrepot/testing/faulty_sqlite_files.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/recorded_sqlite_disk.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "log_workload.h"

namespace entrepot::testing {
namespace {

using ::testing::IsEmpty;

/// Returns how many states of each moment to look at: all and nothing kept, and some.
std::uint32_t NumStates() { return IsSoak() ? 40 : 6; }

/// Identifies a state.
std::string Digest(const DiskContent& content) {
  std::string all;
  for (const auto& [name, file] : content.files) {
    all += fmt::format("{}:{};{:x};", name, file.bytes.size(),
                       std::hash<std::string>{}(file.bytes));
  }
  return all;
}

/// What was durable, by Flush, after how many changes of the disk.
struct Acknowledgement {
  size_t num_changes = 0;
  int num_events = 0;
};

class LogPowerLossTest : public ::testing::TestWithParam<Durability> {
 protected:
  void Record(RecordedSqliteDisk& disk, const std::string& path) {
    const auto result = RunLogWorkload(path, GetParam(), 0, [&](int num_events) {
      acknowledged_.push_back({disk.size(), num_events});
    });
    EXPECT_THAT(result.errors, IsEmpty());
  }

  int NumAcknowledged(size_t num_changes) const {
    int num_events = 0;
    for (const Acknowledgement& one : acknowledged_) {
      if (one.num_changes <= num_changes) num_events = one.num_events;
    }
    return num_events;
  }

  /// Opens the log of `state` and returns how many of the history's events it has.
  int Check(const DiskContent& state, int num_acknowledged) {
    const TemporaryFolder folder;
    state.WriteTo(folder.path());
    const std::string path = folder.path() + "/log.db";
    int num_events = 0;
    {
      const auto log = OpenLog(path, GetParam());
      EXPECT_THAT(log, IsOk());
      if (!log) return 0;
      const bool is_kept = GetParam() == Durability::kFull;
      num_events = ExpectBeginningOfHistory(**log, is_kept ? num_acknowledged : 0);
      const Event line{.time = 1, .data = Logged{.message = "goes on"}};
      EXPECT_THAT((*log)->Append({line}), IsOk());
      EXPECT_THAT((*log)->Flush(), IsOk());
    }
    ExpectWhole(path);
    return num_events;
  }

  std::vector<Acknowledgement> acknowledged_;
};
INSTANTIATE_TEST_SUITE_P(, LogPowerLossTest,
                         ::testing::Values(Durability::kFull, Durability::kFast),
                         [](const auto& info) {
                           return info.param == Durability::kFull ? "Durable" : "Fast";
                         });

TEST_P(LogPowerLossTest, ALogIsABeginningOfItsHistoryAndADurableOneLosesNothing) {
  const TemporaryFolder folder;
  std::vector<DiskContent> states;
  std::vector<std::pair<size_t, std::uint32_t>> chosen_by;
  size_t num_changes = 0;
  {
    RecordedSqliteDisk disk;
    Record(disk, folder.path() + "/log.db");
    num_changes = disk.size();
    std::set<std::string> seen;
    for (size_t size = 0; size <= num_changes; ++size) {
      for (std::uint32_t n = 0; n < NumStates(); ++n) {
        const std::uint32_t seed = n < 2 ? n : Seed() + n;
        DiskContent state = disk.AfterPowerLoss(size, seed);
        // The same content may be allowed at one moment and not at the next.
        const std::string id = Digest(state) + std::to_string(NumAcknowledged(size));
        if (!seen.insert(id).second) continue;
        states.push_back(std::move(state));
        chosen_by.emplace_back(size, seed);
      }
    }
  }
  const FaultySqliteFiles without_syncs(std::nullopt);
  int num_with_losses = 0;
  for (size_t i = 0; i < states.size(); ++i) {
    const auto [size, seed] = chosen_by[i];
    SCOPED_TRACE(fmt::format("after change {} of {}, state {}; ENTREPOT_SEED={}", size,
                             num_changes, seed, Seed()));
    const int num_acknowledged = NumAcknowledged(size);
    if (Check(states[i], num_acknowledged) < num_acknowledged) ++num_with_losses;
    if (HasFailure()) return;
  }
  fmt::print("{} states, {} of which had lost something\n", states.size(),
             num_with_losses);
  if (GetParam() == Durability::kFast) {
    EXPECT_GT(num_with_losses, 0) << "else it would be as durable as the other";
  }
}

}  // namespace
}  // namespace entrepot::testing
