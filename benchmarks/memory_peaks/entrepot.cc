/// \file benchmarks/memory_peaks/entrepot.cc
/// The most memory that one store, or one load, takes.
///
///   --what stream|tensor|json|bytes|text  --mb N  --part store|load  --folder DIR
///
/// Loading needs that a process has stored before, in the same folder.

#include "entrepot/entrepot.h"

#include <arrow/buffer.h>

#include <numeric>

#include "benchmarks/measurement.h"
#include "benchmarks/memory_peaks/long_stream.h"

namespace ep = entrepot;
using namespace entrepot::benchmarks;

namespace {

/// Element i is i.
ep::Tensor MakeTensor(std::int64_t bytes) {
  std::vector<double> numbers(static_cast<size_t>(bytes / 8));
  std::iota(numbers.begin(), numbers.end(), 0.0);
  const auto elements = static_cast<std::int64_t>(numbers.size());
  return OrFail(ep::Tensor::FromElements<double>(numbers, {elements}));
}

bool AreEqual(const ep::Tensor& a, const ep::Tensor& b) {
  return a.type() == b.type() && a.shape() == b.shape() && a.data()->Equals(*b.data());
}

/// A list of objects, each of about 40 bytes as text.
nlohmann::json MakeJson(std::int64_t bytes) {
  nlohmann::json list = nlohmann::json::array();
  for (std::int64_t i = 0; i < bytes / 40; ++i) {
    list.push_back({{"id", i}, {"name", LongStream::NameOf(i)}, {"price", 0.5}});
  }
  return list;
}

bool AreEqual(const nlohmann::json& a, const nlohmann::json& b) { return a == b; }

std::string MakeText(std::int64_t bytes) {
  std::string text(static_cast<size_t>(bytes), ' ');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('0' + i * 31 % 71);
  return text;
}

bool AreEqual(const std::string& a, const std::string& b) { return a == b; }

std::shared_ptr<arrow::Buffer> MakeBytes(std::int64_t bytes) {
  return arrow::Buffer::FromString(MakeText(bytes));
}

bool AreEqual(const std::shared_ptr<arrow::Buffer>& a,
              const std::shared_ptr<arrow::Buffer>& b) {
  return a->Equals(*b);
}

nlohmann::ordered_json Taken(const std::string& part, const PeakMemory& peak) {
  return {{part + "_above_bytes", peak.above_bytes()}};
}

/// Stores or loads what `make()` returns. The value is there before it is stored; what is
/// above it is what storing takes.
template <typename Make>
nlohmann::ordered_json Run(ep::Instance& instance, const std::string& key, bool is_store,
                           Make make) {
  using T = std::invoke_result_t<Make>;
  if (is_store) {
    T made = make();
    const PeakMemory peak;
    OrFail(instance.Store(key, std::move(made)));
    const auto result = Taken("store", peak);
    Check(AreEqual(OrFail(instance.Load<T>(key)), make()), "the stored value");
    return result;
  }
  const PeakMemory peak;
  const T loaded = OrFail(instance.Load<T>(key));
  const auto result = Taken("load", peak);
  Check(AreEqual(loaded, make()), "the loaded value");
  return result;
}

/// A stream is not kept by anybody, so that all of the process's memory counts; loading
/// it means reading it all.
nlohmann::ordered_json RunStream(ep::Instance& instance, const std::string& key,
                                 bool is_store, std::int64_t bytes) {
  const std::int64_t rows = bytes / LongStream::kBytesOfRow;
  const PeakMemory peak;
  if (is_store) {
    const ep::RecordBatchReaderPtr stream = std::make_shared<LongStream>(rows);
    OrFail(instance.Store(key, stream));
    const nlohmann::ordered_json result{{"store_process_bytes", peak.peak_bytes()}};
    CheckStream(*OrFail(instance.Load<ep::RecordBatchReaderPtr>(key)), rows);
    return result;
  }
  CheckStream(*OrFail(instance.Load<ep::RecordBatchReaderPtr>(key)), rows);
  return {{"load_process_bytes", peak.peak_bytes()}};
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const std::string what = options.Text("what");
  const std::string key = "peaks/" + what;
  const bool is_store = options.Text("part") == "store";
  const std::int64_t bytes = std::int64_t{options.Number("mb", 100)} * 1'000'000;
  const auto instance =
      OrFail(ep::Instance::Open(options.Text("folder", ".") + "/memory_peaks",
                                {.durability = ep::Durability::kFast}));
  nlohmann::ordered_json result;
  if (what == "stream") {
    result = RunStream(*instance, key, is_store, bytes);
  } else if (what == "tensor") {
    result = Run(*instance, key, is_store, [&] { return MakeTensor(bytes); });
  } else if (what == "json") {
    result = Run(*instance, key, is_store, [&] { return MakeJson(bytes); });
  } else if (what == "text") {
    result = Run(*instance, key, is_store, [&] { return MakeText(bytes); });
  } else {
    Check(what == "bytes", "unknown --what " + what);
    result = Run(*instance, key, is_store, [&] { return MakeBytes(bytes); });
  }
  result["checked"] = true;
  Print(result);
  return 0;
}
