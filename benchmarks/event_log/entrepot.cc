/// \file benchmarks/event_log/entrepot.cc
/// A SQLite event log with `count` materializations: what one more costs, and what the
/// questions cost that people ask of it.
///
///   --count N  --queries N  --folder DIR

#include "entrepot/entrepot.h"

#include "benchmarks/event_log/long_history.h"
#include "benchmarks/measurement.h"

namespace ep = entrepot;
using namespace entrepot::benchmarks;

namespace {

constexpr ep::UnixMicros kBegin = 1'770'000'000'000'000;

std::string RunOf(std::int64_t pass) { return fmt::format("run-{:08}", pass); }

ep::AssetKey KeyOf(std::int64_t number) {
  return OrFail(ep::AssetKey::Parse(LongHistory::KeyOf(LongHistory::AssetOf(number))));
}

/// What the executor logs of an asset that the filesystem manager has stored. The number
/// is the value's size, so that answers tell which materialization they are.
ep::Materialized MaterializedOf(std::int64_t number,
                                const std::vector<ep::EventIdRef>& ids) {
  const std::string path = LongHistory::PathOf(number);
  const std::string run = RunOf(LongHistory::PassOf(number));
  ep::Materialized data{
      .key = KeyOf(number),
      .partition = LongHistory::PartitionOf(number),
      .id = ids[static_cast<size_t>(LongHistory::AssetOf(number))],
      .receipts = {{.base = "io_manager",
                    .path = path,
                    .format = "parquet",
                    .codec_version = 1,
                    .kind = "table",
                    .type = "pandas.DataFrame",
                    .size_bytes = number,
                    .digest = "00112233445566778899aabbccddeeff",
                    .rows = number,
                    .schema = "id: int64\nname: string\nprice: double",
                    .version = fmt::format("019c1b2e4c007000{:016x}", number),
                    .run_id = run}},
      .metadata = {{"path", ep::MetadataValue::Path("/data/warehouse/" + path)}},
      .code_version = "1",
      .io_manager = {"io_manager", "filesystem", R"({"base_dir":"/data/warehouse"})"},
      .compute_seconds = 0.5,
      .store = {.seconds = 0.125, .size_bytes = number, .rows = number}};
  for (const std::int64_t source : LongHistory::Sources(number)) {
    data.inputs.push_back(
        {.name = "source",
         .key = KeyOf(source),
         .partition = LongHistory::PartitionOf(source),
         .source = ids[static_cast<size_t>(LongHistory::AssetOf(source))],
         .load = {.seconds = 0.1, .size_bytes = source}});
  }
  return data;
}

/// Appends one run, as the executor does: step by step.
void AppendPass(ep::EventLog& log, std::int64_t pass) {
  const std::string run = RunOf(pass);
  const ep::UnixMicros time = kBegin + pass * 1'000'000;
  std::vector<ep::EventIdRef> ids(LongHistory::kAssets);
  for (ep::EventIdRef& id : ids) id = ep::MakeEventIdRef();
  OrFail(log.Append({{time, run, "",
                      ep::RunStarted{.host = "h",
                                     .pid = 1,
                                     .process_start = 1,
                                     .num_steps = LongHistory::kAssets}}}));
  for (std::int64_t asset = 0; asset < LongHistory::kAssets; ++asset) {
    ep::Materialized data = MaterializedOf(pass * LongHistory::kAssets + asset, ids);
    const std::string step =
        data.key.ToUserString() + (data.partition ? "[" + *data.partition + "]" : "");
    OrFail(log.Append({{time, run, step, ep::StepStarted{}}}));
    OrFail(log.Append({{time, run, step, std::move(data)}}));
  }
  OrFail(log.Append({{time, run, "", ep::RunFinished{}}}));
}

/// What one event costs that has to be durable before anything else happens.
Latencies AppendOneByOne(ep::EventLog& log, int amount) {
  Latencies latencies;
  for (int i = 0; i < amount; ++i) {
    const Timer timer;
    OrFail(log.Append({{kBegin, "", "", ep::Logged{.message = "one more line"}}}));
    OrFail(log.Flush());
    latencies.Add(timer.seconds());
  }
  return latencies;
}

std::int64_t NumberOf(const ep::Materialization& found) {
  return found.receipts.at(0).size_bytes;
}

std::vector<std::int64_t> NumbersOf(const std::vector<ep::Materialization>& found) {
  std::vector<std::int64_t> numbers;
  for (const ep::Materialization& one : found) numbers.push_back(NumberOf(one));
  return numbers;
}

/// Measures `ask(subject)` for each; `is_right(subject, answer)` is not timed.
template <typename Subject, typename Ask, typename IsRight>
Latencies Measure(const std::vector<Subject>& subjects, Ask ask, IsRight is_right) {
  Latencies latencies;
  for (const Subject& subject : subjects) {
    const Timer timer;
    const auto answer = OrFail(ask(subject));
    latencies.Add(timer.seconds());
    Check(is_right(subject, answer), "an answer of the log");
  }
  return latencies;
}

/// A question about an asset (partition), and the number it is drawn by.
struct Question {
  std::int64_t number;
  ep::AssetKey key;
  std::optional<std::string> partition;
};

std::vector<Question> SomeQuestions(const LongHistory& history, int amount) {
  std::vector<Question> questions;
  for (const std::int64_t number : history.Sample(amount)) {
    questions.push_back({number, KeyOf(number), LongHistory::PartitionOf(number)});
  }
  return questions;
}

/// Materializations as the log names them: any of the newest page of a partition.
std::vector<ep::Materialization> SomeMaterializations(
    ep::EventLog& log, const std::vector<Question>& questions) {
  std::vector<ep::Materialization> some;
  for (const auto& [number, key, partition] : questions) {
    const auto page = OrFail(log.Materializations({.key = key, .partition = partition}));
    some.push_back(page[static_cast<size_t>(number) % page.size()]);
  }
  return some;
}

void Ask(ep::EventLog& log, const LongHistory& history, int amount,
         nlohmann::ordered_json& result) {
  const std::vector<Question> questions = SomeQuestions(history, amount);
  Measure(
      questions, [&](const Question& q) { return log.Latest(q.key, q.partition); },
      [&](const Question& q, const auto& latest) {
        return latest && NumberOf(*latest) == history.NewestOfPartition(q.number)[0];
      })
      .Put(result, "latest");
  Measure(
      questions, [&](const Question& q) { return log.Materializations({.key = q.key}); },
      [&](const Question& q, const auto& page) {
        return NumbersOf(page) == history.NewestOfAsset(q.number);
      })
      .Put(result, "history_of_asset");
  Measure(
      questions,
      [&](const Question& q) {
        return log.Materializations({.key = q.key, .partition = q.partition});
      },
      [&](const Question& q, const auto& page) {
        return NumbersOf(page) == history.NewestOfPartition(q.number);
      })
      .Put(result, "history_of_partition");

  const auto some = SomeMaterializations(log, questions);
  Measure(
      some,
      [&](const auto& one) {
        return log.Lineage(one.id, ep::LineageDirection::kUpstream);
      },
      [](const auto& one, const auto& sources) {
        return NumbersOf(sources) == LongHistory::Sources(NumberOf(one));
      })
      .Put(result, "upstream");
  Measure(
      some,
      [&](const auto& one) {
        return log.Lineage(one.id, ep::LineageDirection::kDownstream);
      },
      [](const auto& one, const auto& readers) {
        return NumbersOf(readers) == LongHistory::Readers(NumberOf(one));
      })
      .Put(result, "downstream");
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const LongHistory history{.count = options.Number("count", 100'000)};
  const std::string path =
      FreshFolder(options.Text("folder", "."), "event_log") + "/log.db";
  auto log = OrFail(ep::OpenSqliteEventLog(path));

  const Timer appending;
  for (std::int64_t pass = 0; pass < LongHistory::PassOf(history.count); ++pass) {
    AppendPass(*log, pass);
  }
  OrFail(log->Flush());
  nlohmann::ordered_json result{
      {"append_seconds", appending.seconds() / static_cast<double>(history.count)}};
  Ask(*log, history, options.Number("queries", 2000), result);
  // As in sqlite_floor.cc after the questions, when the disk has taken in what was
  // appended.
  AppendOneByOne(*log, 200).Put(result, "append_one");
  log.reset();  // Moves what is left in the write-ahead log into the file.
  result["bytes_per_materialization"] =
      static_cast<double>(std::filesystem::file_size(path)) /
      static_cast<double>(history.count);
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
  result["checked"] = true;
  Print(result);
  return 0;
}
