/// \file benchmarks/reload/entrepot.cc
/// Loads a tensor or a table of `mb` MB that was stored in a format that can be mapped.
///
///   --kind tensor|table  --mb N  --verify yes|no  --repeats N  --folder DIR
///
/// The value is stored, by a process that finds none, in the instance `<folder>/reload`,
/// which entrepot_python.py loads from, too.

#include "entrepot/entrepot.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/table.h>

#include <numeric>

#include "benchmarks/measurement.h"
#include "entrepot/codec/arrow_ipc_codec.h"
#include "entrepot/codec/npy_codec.h"

namespace ep = entrepot;
using namespace entrepot::benchmarks;

namespace {

/// Element i is i.
ep::Tensor MakeTensor(std::int64_t elements) {
  std::vector<double> numbers(static_cast<size_t>(elements));
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return OrFail(ep::Tensor::FromElements<double>(numbers, {elements}));
}

/// Two columns, "even" of 2 i and "odd" of 2 i + 1.
ep::TablePtr MakeTable(std::int64_t elements) {
  arrow::ArrayVector columns;
  for (const int offset : {0, 1}) {
    arrow::DoubleBuilder builder;
    OrFail(builder.Reserve(elements / 2));
    for (std::int64_t i = 0; i < elements / 2; ++i) {
      builder.UnsafeAppend(static_cast<double>(2 * i + offset));
    }
    columns.push_back(OrFail(builder.Finish()));
  }
  return arrow::Table::Make(arrow::schema({arrow::field("even", arrow::float64()),
                                           arrow::field("odd", arrow::float64())}),
                            columns);
}

double SumOf(const ep::Value& value) {
  double sum = 0;
  if (value.kind() == ep::ValueKind::kTensor) {
    for (const double number : OrFail(value.tensor().Elements<double>())) sum += number;
    return sum;
  }
  for (const auto& column : value.table()->columns()) {
    for (const auto& chunk : column->chunks()) {
      const auto& numbers = static_cast<const arrow::DoubleArray&>(*chunk);
      for (std::int64_t i = 0; i < numbers.length(); ++i) sum += numbers.Value(i);
    }
  }
  return sum;
}

/// The registry without Parquet, which would come first for a table.
ep::CodecRegistry MappedFormats() {
  ep::CodecRegistry codecs;
  OrFail(codecs.Register(ep::MakeArrowIpcCodec()));
  OrFail(codecs.Register(ep::MakeNpyCodec()));
  return codecs;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const int mb = options.Number("mb", 1);
  const std::string kind = options.Text("kind", "tensor");
  const std::string key = fmt::format("{}/{}", kind, mb);
  const std::int64_t elements = std::int64_t{mb} * 1'000'000 / 8;
  const auto instance = OrFail(ep::Instance::Open(
      options.Text("folder", ".") + "/reload",
      {.durability = ep::Durability::kFast, .codecs = MappedFormats()}));
  if (!OrFail(instance->log().Latest(OrFail(ep::AssetKey::Parse(key)), std::nullopt))) {
    if (kind == "tensor") {
      OrFail(instance->Store(key, MakeTensor(elements)));
    } else {
      OrFail(instance->Store(key, MakeTable(elements)));
    }
  }

  const ep::LoadOptions how{.request = {.verify = options.Text("verify") == "yes"}};
  const ep::AssetKey asset = OrFail(ep::AssetKey::Parse(key));
  const int repeats = options.Number("repeats", 20);
  Latencies loads;
  for (int i = 0; i < repeats; ++i) {
    const Timer timer;
    const ep::Value value = OrFail(instance->LoadValue(asset, how));
    loads.Add(timer.seconds());
  }
  // Apart from that: reading all of a large value empties the processor's caches.
  Latencies loads_and_sums;
  const double wanted =
      static_cast<double>(elements) * static_cast<double>(elements - 1) / 2;
  for (int i = 0; i < std::min(repeats, 5); ++i) {
    const Timer timer;
    const double sum = SumOf(OrFail(instance->LoadValue(asset, how)));
    loads_and_sums.Add(timer.seconds());
    Check(std::abs(sum - wanted) <= 1e-9 * wanted, "the sum of the elements");
  }
  Print({{"load_seconds", loads.Median()},
         {"load_and_sum_seconds", loads_and_sums.Median()},
         {"checked", true}});
  return 0;
}
