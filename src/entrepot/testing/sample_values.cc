#include "entrepot/testing/sample_values.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <span>
#include <string>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/chunked_array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

using arrow::json::ArrayFromJSONString;

TablePtr MakeTable(const arrow::FieldVector& fields,
                   const std::vector<std::string>& columns) {
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < fields.size(); ++i) {
    arrays.push_back(ArrayFromJSONString(fields[i]->type(), columns[i]).ValueOrDie());
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

TablePtr Orders() {
  return MakeTable(
      {arrow::field("id", arrow::int64(), /*nullable=*/false),
       arrow::field("name", arrow::utf8()), arrow::field("price", arrow::float64()),
       arrow::field("at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
       arrow::field("tags", arrow::list(arrow::utf8()))},
      {"[1, -9223372036854775808, 9223372036854775807]",
       "[\"a\", null, \"\\u00e9\\u0000\"]", "[0.1, null, NaN]",
       "[0, 1700000000000000, null]", "[[\"x\", null], [], null]"});
}

/// A table in two chunks, of which one is empty.
TablePtr Chunked() {
  const auto type = arrow::int32();
  const auto column = std::make_shared<arrow::ChunkedArray>(
      arrow::ArrayVector{ArrayFromJSONString(type, "[]").ValueOrDie(),
                         ArrayFromJSONString(type, "[1, 2, 3]").ValueOrDie(),
                         ArrayFromJSONString(type, "[null]").ValueOrDie()});
  return arrow::Table::Make(arrow::schema({arrow::field("n", type)}), {column});
}

TablePtr WithoutRows() {
  return MakeTable({arrow::field("id", arrow::int64()), arrow::field("s", arrow::utf8())},
                   {"[]", "[]"});
}

template <typename T>
Value TensorOf(const std::vector<T>& elements, std::vector<std::int64_t> shape) {
  return Value::Tensor(
      Tensor::FromElements(std::span<const T>(elements), std::move(shape)).value(),
      "numpy.ndarray");
}

Value FortranMatrix() {
  const std::vector<std::int16_t> elements = {1, 2, 3, 4, 5, 6};
  const auto bytes = std::as_bytes(std::span(elements));
  return Value::Tensor(
      Tensor::Make(ElementType::Of<std::int16_t>(), {2, 3}, MemoryOrder::kFortran,
                   arrow::Buffer::FromString(
                       {reinterpret_cast<const char*>(bytes.data()), bytes.size()}))
          .value(),
      "numpy.ndarray");
}

class BreakingReader final : public arrow::RecordBatchReader {
 public:
  explicit BreakingReader(TablePtr table) : table_(std::move(table)), rows_(*table_) {}
  std::shared_ptr<arrow::Schema> schema() const override { return table_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_RETURN_NOT_OK(rows_.ReadNext(batch));
    return *batch ? arrow::Status::OK() : arrow::Status::IOError("the source broke");
  }

 private:
  TablePtr table_;
  arrow::TableBatchReader rows_;
};

}  // namespace

std::vector<Value> SampleValues() {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  return {
      Value::Text("an ordinary line\n", "str"),
      Value::Text("", "str"),
      Value::Text(std::string("\xc3\xa9 \xe4\xbe\xa1\xe6\xa0\xbc \0 \r\n\t", 15), "str"),
      Value::Json(R"({"b": [1, 2.50, null, true], "a": {"": "\u00e9"}})", "dict"),
      Value::Json("null", "NoneType"),
      Value::Bytes(std::string("\0\xff\r\n\x1a", 5), "bytes"),
      Value::Bytes(std::string(), "bytes"),
      Value::Bytes(std::string(100'000, '\x7f'), "bytes"),
      Value::Table(Orders(), "pyarrow.Table"),
      Value::Table(Chunked(), "pyarrow.Table"),
      Value::Table(WithoutRows(), "pyarrow.Table"),
      TensorOf<double>({1.5, -0.0, kNaN, INFINITY, 0, 1e-310}, {2, 3}),
      TensorOf<std::int64_t>({std::numeric_limits<std::int64_t>::min()}, {}),
      TensorOf<float>({}, {0, 4}),
      FortranMatrix(),
  };
}

std::vector<Value> SampleFiles() {
  static const TemporaryFolder folder;
  const std::filesystem::path root = folder.path();
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(root / name, std::ios::binary) << bytes;
    return Value::File(FilePath(root / name), "entrepot::FilePath");
  };
  std::vector<Value> values = {
      write("mesh.vtk", "# vtk DataFile Version 3.0\n"), write("empty", ""),
      write("a table.json", R"({"not":"a JSON value"})"),
      write("volume.nii.gz", std::string(300'000, '\x1f') + std::string(3, '\0'))};
  write("run/mesh.vtk", "mesh");
  write("run/fields/p.bin", std::string("\0\1", 2));
  std::filesystem::create_directories(root / "run/none");
  std::filesystem::create_directories(root / "nothing");
  for (const char* name : {"run", "nothing"}) {
    values.push_back(Value::Folder(FilePath(root / name), "entrepot::FilePath"));
  }
  return values;
}

std::vector<Value> OfKind(const std::vector<Value>& values, ValueKind kind) {
  std::vector<Value> found;
  std::ranges::copy_if(values, std::back_inserter(found),
                       [&](const Value& value) { return value.kind() == kind; });
  return found;
}

Value StreamOf(const TablePtr& table, std::int64_t batch_rows) {
  auto reader = std::make_shared<arrow::TableBatchReader>(table);
  reader->set_chunksize(batch_rows);
  return Value::Stream(std::move(reader), "pyarrow.RecordBatchReader");
}

Value BreakingStreamOf(const TablePtr& table) {
  return Value::Stream(std::make_shared<BreakingReader>(table),
                       "pyarrow.RecordBatchReader");
}

}  // namespace entrepot::testing
