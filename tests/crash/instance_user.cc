#include "instance_user.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "stamped_values.h"

namespace entrepot::testing {
namespace {

constexpr std::int64_t kRunsPerWriter = 1'000'000;

ValueKind NoteKind(std::int64_t number) {
  return number % 2 == 0 ? ValueKind::kText : ValueKind::kJson;
}

Asset StampedAsset(const std::string& key, ValueKind kind, std::int64_t stamp) {
  return Asset(key).Compute([=] { return Stamped(kind, stamp); });
}

/// An asset with the stamp of the one it reads.
Asset CopyOf(const std::string& source, const std::string& key, ValueKind kind) {
  return Asset(key).Reads(source).Compute([=](const Value& read) -> Result<Value> {
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t stamp, StampOf(read));
    return Stamped(kind, stamp);
  });
}

Status Tell(std::int64_t number) {
  if (::write(STDOUT_FILENO, &number, sizeof number) == sizeof number) return {};
  return FromErrno(errno, "telling how far it is");
}

Status Run(const std::shared_ptr<Instance>& instance, const Definitions& definitions) {
  ENTREPOT_ASSIGN_OR_RETURN(const RunResult result,
                            Materialize(definitions, {.instance = instance}));
  return result.ToStatus();
}

bool InputHasEnded() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  char byte = 0;
  return ::poll(&input, 1, 0) > 0 && ::read(STDIN_FILENO, &byte, 1) <= 0;
}

/// Looks at an instance that others write.
class Reader {
 public:
  Reader(std::shared_ptr<Instance> instance, int num_writers)
      : instance_(std::move(instance)), num_writers_(num_writers) {}

  Status Round() {
    for (const char* key : {"shared/table", "shared/note"}) {
      ENTREPOT_RETURN_IF_ERROR(Load(key));
    }
    // A copy first: what it was made of must be there, then, as new or newer.
    const int writer = num_rounds_++ % num_writers_ + 1;
    ENTREPOT_ASSIGN_OR_RETURN(const auto copy, LoadOf(writer, "copy"));
    ENTREPOT_ASSIGN_OR_RETURN(const auto own, LoadOf(writer, "own"));
    if (own < copy) return Corrupt("copy/{0} is {1}, of own/{0} {2}", writer, copy, own);
    return AskLog();
  }

  void PrintWaits() const {
    for (const auto& [what, seconds] : longest_) {
      fmt::print("{} {:.1f} ms; ", what, seconds * 1e3);
    }
    fmt::print("{} rounds\n", num_rounds_);
  }

 private:
  template <typename Call>
  auto Timed(const std::string& what, Call call) {
    const Stopwatch stopwatch;
    auto result = call();
    longest_[what] = std::max(longest_[what], stopwatch.seconds());
    return result;
  }

  /// Returns an asset's stamp; 0 where it was never materialized.
  Result<std::int64_t> Load(const std::string& key) {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey parsed, AssetKey::Parse(key));
    const auto value = Timed("load", [&] { return instance_->LoadValue(parsed); });
    if (!value &&
        value.error().message().find("never materialized") != std::string::npos) {
      return 0;
    }
    if (!value) return value.error().While("loading " + key);
    auto stamp = StampOf(*value);
    if (!stamp) return stamp.error().While("loading " + key);
    return stamp;
  }

  /// Loads what only one writer makes, so that it only ever becomes newer.
  Result<std::int64_t> LoadOf(int writer, std::string_view what) {
    const std::string key = fmt::format("{}/{}", what, writer);
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t stamp, Load(key));
    std::int64_t& newest = newest_[key];
    if (stamp != 0 && stamp / kRunsPerWriter != writer) {
      return Corrupt("{} of '{}' is not its writer's", stamp, key);
    }
    if (stamp < newest)
      return Corrupt("'{}' went back from {} to {}", key, newest, stamp);
    return newest = stamp;
  }

  Status AskLog() {
    EventLog& log = instance_->log();
    ENTREPOT_ASSIGN_OR_RETURN(const auto runs,
                              Timed("runs", [&] { return log.Runs({.limit = 20}); }));
    if (!runs.empty()) {
      const std::string& run_id = runs[runs.size() / 2].run_id;
      ENTREPOT_RETURN_IF_ERROR(Timed("steps", [&] { return log.Steps(run_id); }));
    }
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey shared, AssetKey::Parse("shared/table"));
    ENTREPOT_ASSIGN_OR_RETURN(const auto history, Timed("history", [&] {
                                return log.Materializations({.key = shared, .limit = 20});
                              }));
    for (const Materialization& one : history) {
      if (one.receipts.size() == 1 && one.receipts[0].run_id == one.run_id) continue;
      return Corrupt("materialization {} has not the receipt of its run", one.id);
    }
    return CheckLineage(log);
  }

  Status CheckLineage(EventLog& log) {
    ENTREPOT_ASSIGN_OR_RETURN(const AssetKey copy, AssetKey::Parse("copy/1"));
    ENTREPOT_ASSIGN_OR_RETURN(const auto latest,
                              Timed("latest", [&] { return log.Latest(copy, {}); }));
    if (!latest) return {};
    ENTREPOT_ASSIGN_OR_RETURN(const auto upstream, Timed("lineage", [&] {
                                return log.Lineage(latest->id,
                                                   LineageDirection::kUpstream);
                              }));
    if (upstream.size() == 1 && upstream[0].run_id == latest->run_id) return {};
    return Corrupt("materialization {} does not know what it read", latest->id);
  }

  std::shared_ptr<Instance> instance_;
  int num_writers_;
  int num_rounds_ = 0;
  std::map<std::string, std::int64_t> newest_;
  std::map<std::string, double> longest_;
};

}  // namespace

Definitions GrowingAssets(std::int64_t stamp) {
  Definitions definitions;
  definitions.Add(StampedAsset("table", ValueKind::kTable, stamp));
  definitions.Add(CopyOf("table", "tensor", ValueKind::kTensor));
  definitions.Add(StampedAsset("note", NoteKind(stamp), stamp));
  return definitions;
}

std::vector<std::string> FilesOfGrowingAssets(std::int64_t stamp) {
  return {stamp % 2 == 0 ? "note.txt" : "note.json", "table.parquet", "tensor.npy"};
}

Definitions AssetsOfWriter(int writer, int run) {
  const std::int64_t stamp = writer * kRunsPerWriter + run;
  const std::string own = fmt::format("own/{}", writer);
  Definitions definitions;
  definitions.Add(StampedAsset(own, ValueKind::kTable, stamp));
  definitions.Add(CopyOf(own, fmt::format("copy/{}", writer), ValueKind::kTensor));
  definitions.Add(StampedAsset("shared/table", ValueKind::kTable, stamp));
  definitions.Add(StampedAsset("shared/note", NoteKind(writer), stamp));
  return definitions;
}

Status Grow(const std::string& home, Durability durability, std::int64_t first) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance,
                            Instance::Open(home, {.durability = durability}));
  ENTREPOT_RETURN_IF_ERROR(Tell(0));
  for (std::int64_t stamp = first;; ++stamp) {
    ENTREPOT_RETURN_IF_ERROR(Run(instance, GrowingAssets(stamp)));
    ENTREPOT_RETURN_IF_ERROR(Tell(stamp));
  }
}

Status Write(const std::string& home, int writer, int num_runs) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto instance, Instance::Open(home));
  for (int run = 1; run <= num_runs; ++run) {
    ENTREPOT_RETURN_IF_ERROR(Run(instance, AssetsOfWriter(writer, run)));
  }
  return {};
}

Status Read(const std::string& home, int num_writers, int num_rounds) {
  ENTREPOT_ASSIGN_OR_RETURN(auto instance, Instance::Open(home));
  Reader reader(std::move(instance), num_writers);
  for (int round = 0; round < num_rounds || !InputHasEnded(); ++round) {
    ENTREPOT_RETURN_IF_ERROR(reader.Round());
  }
  reader.PrintWaits();
  return {};
}

}  // namespace entrepot::testing
