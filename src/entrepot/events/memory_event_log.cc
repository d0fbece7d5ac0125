#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

#include "entrepot/events/event_rules_internal.h"

namespace entrepot {
namespace {

using Partition = std::optional<std::string>;

/// Finds text without making a std::string of it.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

template <typename T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// A step and where its events are. What concerns the whole run is kept in one called "".
struct Step {
  StepRecord record;
  EventId first_change = 0;  // 0: it has logged lines only, and so is no step yet.
  std::vector<EventId> events;
};

/// A run and where its events are. Things of "no run" are kept in one of these, too.
struct Run {
  RunRecord record;
  std::deque<Step> steps;
  TextMap<size_t> step_of;  // By step key; an index of `steps`.
  std::vector<EventId> events;
  std::vector<EventId> materializations;
};

/// Where the materializations of an asset are.
struct AssetHistory {
  std::vector<EventId> all;
  std::map<Partition, std::vector<EventId>> of_partition;
};

void Apply(const StepChange& change, StepRecord& step) {
  step.status = change.status;
  step.attempts = std::max(step.attempts, change.attempt);
  if (step.started == 0) step.started = change.started;
  step.finished = change.finished;
  step.error = change.error;
}

/// Ids count from 1 in the order of appending. Safe for concurrent use.
class MemoryEventLog final : public EventLog {
 public:
  Status Append(std::vector<Event> events) override {
    for (const Event& event : events) ENTREPOT_RETURN_IF_ERROR(CheckEvent(event));
    const std::lock_guard lock(mutex_);
    ENTREPOT_RETURN_IF_ERROR(CheckRuns(events));
    for (Event& event : events) Add(std::move(event));
    return {};  // What is left of `events` dies after the lock is gone.
  }

  Status Flush() override { return {}; }

  Result<std::vector<RunRecord>> Runs(const RunQuery& query) override {
    std::vector<RunRecord> found;
    const std::lock_guard lock(mutex_);
    if (query.run_id) {
      const auto run = run_of_.find(*query.run_id);
      if (run != run_of_.end() && query.limit > 0 &&
          IsWanted(run->second->record, query)) {
        found.push_back(run->second->record);
      }
      return found;
    }
    for (auto run = runs_.rbegin(); run != runs_.rend() && Fits(found, query.limit);
         ++run) {
      if (IsWanted(run->record, query)) found.push_back(run->record);
    }
    return found;
  }

  Result<std::vector<StepRecord>> Steps(const std::string& run_id) override {
    std::vector<std::pair<EventId, StepRecord>> changed;
    {
      const std::lock_guard lock(mutex_);
      const auto run = run_of_.find(run_id);
      if (run == run_of_.end()) return std::vector<StepRecord>();
      for (const Step& step : run->second->steps) {
        if (step.first_change != 0) changed.emplace_back(step.first_change, step.record);
      }
    }
    std::ranges::sort(changed, {}, &std::pair<EventId, StepRecord>::first);
    std::vector<StepRecord> found;
    for (auto& [first_change, record] : changed) found.push_back(std::move(record));
    return found;
  }

  Result<std::vector<EventRecord>> Events(const EventQuery& query) override {
    std::vector<EventRecord> found;
    const std::lock_guard lock(mutex_);
    const std::vector<EventId>* ids = EventsOf(query);
    if (ids == nullptr) return found;
    auto id = std::upper_bound(ids->begin(), ids->end(), query.after);
    for (; id != ids->end() && Fits(found, query.limit); ++id) {
      found.push_back({.id = *id, .event = At(*id)});
    }
    return found;
  }

  Result<std::vector<Materialization>> Materializations(
      const MaterializationQuery& query) override {
    ENTREPOT_RETURN_IF_ERROR(CheckQuery(query));
    std::vector<Materialization> found;
    const std::lock_guard lock(mutex_);
    const std::vector<EventId>* ids = MaterializationsOf(query);
    if (ids == nullptr) return found;
    const auto begin = std::upper_bound(ids->begin(), ids->end(), query.after);
    auto end = ids->end();
    if (query.before > 0) end = std::lower_bound(begin, end, query.before);
    const auto num_ids = std::distance(begin, end);
    for (std::ptrdiff_t i = 0; i < num_ids && Fits(found, query.limit); ++i) {
      const EventId id = query.oldest_first ? begin[i] : end[-1 - i];
      const Event& event = At(id);
      if (query.run_id && event.run_id != *query.run_id) continue;
      found.push_back(ToMaterialization(id, event));
    }
    return found;
  }

  Result<std::optional<Materialization>> Latest(const AssetKey& key,
                                                const Partition& partition) override {
    const std::lock_guard lock(mutex_);
    const std::vector<EventId>* ids = HistoryOf(key, partition);
    if (ids == nullptr) return std::nullopt;
    return ToMaterialization(ids->back(), At(ids->back()));
  }

  Result<std::vector<Materialization>> Lineage(EventId id,
                                               LineageDirection direction) override {
    std::vector<Materialization> found;
    const std::lock_guard lock(mutex_);
    for (const EventId other :
         direction == LineageDirection::kUpstream ? SourcesOf(id) : ReadersOf(id)) {
      found.push_back(ToMaterialization(other, At(other)));
    }
    return found;
  }

  Result<std::vector<AssetRecord>> Assets() override {
    std::map<AssetKey, std::map<Partition, EventId>> sorted;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [key, history] : assets_) {
        for (const auto& [partition, ids] : history.of_partition) {
          sorted[key][partition] = ids.back();
        }
      }
    }
    std::vector<AssetRecord> found;
    for (const auto& [key, partitions] : sorted) {
      for (const auto& [partition, id] : partitions) {
        found.push_back({.key = key, .partition = partition, .latest = id});
      }
    }
    return found;
  }

 private:
  template <typename T>
  static bool Fits(const std::vector<T>& found, int limit) {
    return static_cast<std::int64_t>(found.size()) < limit;
  }

  const Event& At(EventId id) const { return events_[static_cast<size_t>(id - 1)]; }

  // Nothing is logged of an Append that names an unknown run.
  Status CheckRuns(const std::vector<Event>& events) const {
    for (auto event = events.begin(); event != events.end(); ++event) {
      if (event->run_id.empty() || run_of_.contains(event->run_id)) continue;
      if (std::holds_alternative<RunStarted>(event->data)) continue;
      const bool starts = std::any_of(events.begin(), event, [&](const Event& earlier) {
        return earlier.run_id == event->run_id &&
               std::holds_alternative<RunStarted>(earlier.data);
      });
      if (!starts) return UnknownRun(event->run_id);
    }
    return {};
  }

  bool IsOutdated(const Event& event) const {
    if (!event.on_behalf_of) return false;
    const auto run = run_of_.find(event.run_id);
    return run == run_of_.end() ||
           !IsUnfinishedRunOf(*event.on_behalf_of, run->second->record);
  }

  void Add(Event event) {
    if (IsOutdated(event)) return;
    event.on_behalf_of.reset();
    const auto id = static_cast<EventId>(events_.size() + 1);
    Run& run = RunOf(event);
    run.events.push_back(id);
    AddToStep(id, event, run);
    if (auto* data = std::get_if<Materialized>(&event.data))
      AddMaterialized(id, *data, run);
    events_.push_back(std::move(event));
  }

  Run& RunOf(const Event& event) {
    if (event.run_id.empty()) return no_run_;
    if (last_run_ == nullptr || last_run_->record.run_id != event.run_id) {
      auto [entry, is_new] = run_of_.try_emplace(event.run_id, nullptr);
      if (is_new) entry->second = &runs_.emplace_back();
      last_run_ = entry->second;
      last_run_->record.run_id = event.run_id;
    }
    RunRecord& record = last_run_->record;
    if (const auto* started = std::get_if<RunStarted>(&event.data)) {
      record.status = RunStatus::kStarted;
      if (record.started == 0) record.started = event.time;
      record.finished = 0;
      record.num_steps = started->num_steps;
      record.host = started->host;
      record.pid = started->pid;
      record.process_start = started->process_start;
      record.error.clear();
    } else if (const auto* finished = std::get_if<RunFinished>(&event.data)) {
      record.status = finished->status;
      record.finished = event.time;
      record.error = finished->error;
    }
    return *last_run_;
  }

  void AddToStep(EventId id, const Event& event, Run& run) {
    const auto [entry, is_new] =
        run.step_of.try_emplace(event.step_key, run.steps.size());
    if (is_new) run.steps.emplace_back();
    Step& step = run.steps[entry->second];
    step.events.push_back(id);
    if (const auto change = StepChangeOf(event)) {
      step.record.run_id = event.run_id;
      step.record.step_key = event.step_key;
      if (step.first_change == 0) step.first_change = id;
      Apply(*change, step.record);
    }
  }

  void AddMaterialized(EventId id, Materialized& data, Run& run) {
    run.materializations.push_back(id);
    materializations_.push_back(id);
    AssetHistory& history = assets_[data.key];
    history.all.push_back(id);
    history.of_partition[data.partition].push_back(id);
    for (InputRead& input : data.inputs) {
      const EventId source = input.source ? input.source->load() : 0;
      if (source == 0) {
        input.source.reset();  // What gets an id later was not what this one read.
        continue;
      }
      std::vector<EventId>& readers = readers_of_[source];
      if (readers.empty() || readers.back() != id) readers.push_back(id);
    }
    if (!data.id) data.id = MakeEventIdRef();
    data.id->store(id);
  }

  const std::vector<EventId>* EventsOf(const EventQuery& query) const {
    const Run* run = &no_run_;
    if (!query.run_id.empty()) {
      const auto found = run_of_.find(query.run_id);
      if (found == run_of_.end()) return nullptr;
      run = found->second;
    }
    if (!query.step_key) return &run->events;
    const auto step = run->step_of.find(*query.step_key);
    return step == run->step_of.end() ? nullptr : &run->steps[step->second].events;
  }

  const std::vector<EventId>* MaterializationsOf(
      const MaterializationQuery& query) const {
    if (query.key) {
      if (query.partition) return HistoryOf(*query.key, query.partition);
      const auto asset = assets_.find(*query.key);
      return asset == assets_.end() ? nullptr : &asset->second.all;
    }
    if (!query.run_id) return &materializations_;
    if (query.run_id->empty()) return &no_run_.materializations;
    const auto run = run_of_.find(*query.run_id);
    return run == run_of_.end() ? nullptr : &run->second->materializations;
  }

  const std::vector<EventId>* HistoryOf(const AssetKey& key,
                                        const Partition& partition) const {
    const auto asset = assets_.find(key);
    if (asset == assets_.end()) return nullptr;
    const auto found = asset->second.of_partition.find(partition);
    return found == asset->second.of_partition.end() ? nullptr : &found->second;
  }

  bool IsMaterialization(EventId id) const {
    return std::binary_search(materializations_.begin(), materializations_.end(), id);
  }

  std::vector<EventId> SourcesOf(EventId id) const {
    std::vector<EventId> sources;
    if (!IsMaterialization(id)) return sources;
    for (const InputRead& input : std::get<Materialized>(At(id).data).inputs) {
      const EventId source = input.source ? input.source->load() : 0;
      const bool is_new = std::ranges::find(sources, source) == sources.end();
      if (is_new && IsMaterialization(source)) sources.push_back(source);
    }
    return sources;
  }

  std::vector<EventId> ReadersOf(EventId id) const {
    const auto readers = readers_of_.find(id);
    return readers == readers_of_.end() ? std::vector<EventId>() : readers->second;
  }

  std::mutex mutex_;
  std::deque<Event> events_;  // Event `id` at id - 1.
  std::deque<Run> runs_;      // In the order of their starts.
  TextMap<Run*> run_of_;
  Run* last_run_ = nullptr;  // Most events belong to the run of the one before.
  Run no_run_;
  std::unordered_map<AssetKey, AssetHistory> assets_;
  std::vector<EventId> materializations_;
  std::unordered_map<EventId, std::vector<EventId>> readers_of_;
};

}  // namespace

std::unique_ptr<EventLog> MakeMemoryEventLog() {
  return std::make_unique<MemoryEventLog>();
}

}  // namespace entrepot
