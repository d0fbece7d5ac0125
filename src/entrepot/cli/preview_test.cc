#include "entrepot/cli/preview.h"

#include <sstream>

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "entrepot/cli/display_width_internal.h"
#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

template <typename Builder, typename T>
std::shared_ptr<arrow::Array> ArrayOf(
    const std::vector<std::optional<T>>& cells,
    std::shared_ptr<arrow::DataType> type = arrow::CTypeTraits<T>::type_singleton()) {
  Builder builder(type, arrow::default_memory_pool());
  for (const auto& cell : cells) {
    EXPECT_TRUE((cell ? builder.Append(*cell) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

TablePtr Flights() {
  auto carrier =
      ArrayOf<arrow::StringBuilder, std::string>({"UA", std::nullopt, "東京\n航空"});
  auto delay = ArrayOf<arrow::DoubleBuilder, double>({2.5, 1.0 / 3, std::nullopt});
  auto time = ArrayOf<arrow::TimestampBuilder, std::int64_t>(
      {1'356'998'400'000, 1'356'998'400'500, std::nullopt},
      arrow::timestamp(arrow::TimeUnit::MILLI));
  return arrow::Table::Make(arrow::schema({arrow::field("carrier", carrier->type()),
                                           arrow::field("dep_delay", delay->type()),
                                           arrow::field("at", time->type())}),
                            {carrier, delay, time});
}

std::string Printed(const Value& value, const PreviewOptions& options = {}) {
  std::ostringstream out;
  const Status status = PrintPreview(out, value, options);
  EXPECT_THAT(status, IsOk());
  return out.str();
}

nlohmann::json Json(const Value& value, const PreviewOptions& options = {}) {
  return nlohmann::json::parse(PreviewJson(value, options).value());
}

template <typename T>
Value TensorOf(std::vector<std::int64_t> shape) {
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  std::vector<T> elements;
  for (std::int64_t i = 0; i < size; ++i) elements.push_back(static_cast<T>(i));
  return Value::Tensor(Tensor::FromElements<T>(elements, std::move(shape)).value());
}

Value TensorOfType(const char* descr, std::string_view bytes) {
  auto type = ElementType::Parse(descr).value();
  const std::int64_t count = static_cast<std::int64_t>(bytes.size()) / type.size_bytes();
  return Value::Tensor(Tensor::Make(type, {count}, MemoryOrder::kC,
                                    arrow::Buffer::FromString(std::string(bytes)))
                           .value());
}

// ---- Tables
// -------------------------------------------------------------------------------

TEST(TablePreviewTest, AlignsNumbersRightAndShowsNulls) {
  EXPECT_EQ(Printed(Value::Table(Flights())),
            "3 rows × 3 columns\n"
            "carrier     dep_delay  at\n"
            "string         double  timestamp[ms]\n"
            "UA                2.5  2013-01-01 00:00:00\n"
            "null         0.333333  2013-01-01 00:00:00.5\n"
            "東京\\n航空       null  null\n");
}

TEST(TablePreviewTest, SaysHowMuchIsLeft) {
  EXPECT_THAT(Printed(Value::Table(Flights()), {.rows = 1}),
              HasSubstr("… 2 more rows\n"));
  EXPECT_THAT(Printed(Value::Table(Flights()), {.rows = 0}),
              HasSubstr("… 3 more rows\n"));
}

TEST(TablePreviewTest, LeavesOutColumnsThatDoNotFitTheTerminal) {
  const std::string text = Printed(Value::Table(Flights()), {.rows = 2, .width = 32});
  EXPECT_THAT(text, HasSubstr("… 1 more row, 1 more column: at\n"));
  EXPECT_THAT(text, Not(HasSubstr("2013")));
}

TEST(TablePreviewTest, ShowsOneColumnHoweverNarrowTheTerminal) {
  EXPECT_THAT(Printed(Value::Table(Flights()), {.width = 4}), HasSubstr("car…\n"));
}

TEST(TablePreviewTest, KeepsEveryLineWithinTheTerminal) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (int i = 0; i < 12; ++i) {
    fields.push_back(arrow::field(fmt::format("a_long_name_{}", i), arrow::int64()));
  }
  const TablePtr table =
      arrow::Table::MakeEmpty(arrow::schema(std::move(fields))).ValueOrDie();
  for (const int width : {30, 60, 100}) {
    for (const bool schema_only : {false, true}) {
      std::istringstream lines(
          Printed(Value::Table(table), {.schema_only = schema_only, .width = width}));
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(internal::DisplayWidth(line), static_cast<size_t>(width)) << line;
      }
    }
  }
}

TEST(TablePreviewTest, PicksColumnsInTheOrderGiven) {
  const PreviewOptions options{.rows = 1, .columns = {"dep_delay", "carrier"}};
  EXPECT_EQ(Json(Value::Table(Flights()), options)["data"],
            nlohmann::json({{2.5, "UA"}}));
  std::ostringstream out;
  EXPECT_THAT(PrintPreview(out, Value::Table(Flights()), {.columns = {"carier"}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'carrier'?")));
  EXPECT_THAT(PrintPreview(out, Value::Text("x"), {.columns = {"a"}}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no columns")));
}

TEST(TablePreviewTest, ReadsNoMoreOfAStreamThanItShows) {
  const TablePtr flights = Flights();
  const auto stream = [&] {
    return Value::Stream(std::make_shared<arrow::TableBatchReader>(flights));
  };
  EXPECT_EQ(Printed(stream()), Printed(Value::Table(flights)));
  EXPECT_THAT(Printed(stream(), {.rows = 1, .total_rows = 336'776}),
              HasSubstr("336,776 rows × 3 columns\n"));
  EXPECT_THAT(Printed(stream(), {.rows = 1}), HasSubstr("… more rows\n"));
  EXPECT_EQ(Json(stream(), {.rows = 1})["rows"], nullptr) << "nobody knows";
}

TEST(TablePreviewTest, DescribesTheSchema) {
  EXPECT_EQ(Printed(Value::Table(Flights()), {.schema_only = true}),
            "3 rows × 3 columns\n"
            "COLUMN     TYPE           NULLS\n"
            "carrier    string         allowed\n"
            "dep_delay  double         allowed\n"
            "at         timestamp[ms]  allowed\n");
  EXPECT_FALSE(Json(Value::Table(Flights()), {.schema_only = true}).contains("data"));
}

TEST(TablePreviewTest, ShowsNestedAndEncodedCells) {
  auto items = std::make_shared<arrow::Int32Builder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), items);
  ASSERT_TRUE(lists.Append().ok());
  ASSERT_TRUE(items->AppendValues(std::vector<int>(20, 7)).ok());
  const auto list = lists.Finish().ValueOrDie();
  arrow::StringDictionaryBuilder origins;
  ASSERT_TRUE(origins.Append("JFK").ok());
  const auto origin = origins.Finish().ValueOrDie();
  const auto pair =
      arrow::StructArray::Make({origin}, std::vector<std::string>{"from"}).ValueOrDie();
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("l", list->type()), arrow::field("d", origin->type()),
                     arrow::field("s", pair->type())}),
      {list, origin, pair});
  const std::string text = Printed(Value::Table(table));
  EXPECT_THAT(text, HasSubstr("[7, 7, 7, 7, 7, 7, 7, 7, …]"));
  EXPECT_THAT(text, HasSubstr("dictionary<string>"));
  EXPECT_THAT(text, HasSubstr("JFK"));
  EXPECT_THAT(text, HasSubstr("{from: JFK}"));
  const auto row = Json(Value::Table(table))["data"][0];
  EXPECT_EQ(row[0].size(), 20u);
  EXPECT_EQ(row[1], "JFK");
  EXPECT_EQ(row[2], nlohmann::json({{"from", "JFK"}}));
}

TEST(TablePreviewTest, ShowsNoMoreRowsOfATableWithoutColumnsThanItHas) {
  const auto table = [](std::int64_t num_rows) {
    return Value::Table(arrow::Table::Make(
        arrow::schema({}), std::vector<std::shared_ptr<arrow::Array>>{}, num_rows));
  };
  EXPECT_EQ(Json(table(0))["data"], nlohmann::json::array());
  EXPECT_EQ(Json(table(2))["data"].size(), 2u);
}

TEST(TablePreviewTest, WritesNumbersThatJsonLacksAsText) {
  const auto column =
      ArrayOf<arrow::DoubleBuilder, double>({std::numeric_limits<double>::quiet_NaN(),
                                             -std::numeric_limits<double>::infinity()});
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("x", arrow::float64())}), {column});
  EXPECT_EQ(Json(Value::Table(table))["data"],
            nlohmann::json::parse(R"([["nan"], ["-inf"]])"));
}

// ---- Tensors
// ------------------------------------------------------------------------------

TEST(TensorPreviewTest, PrintsACornerAsAGrid) {
  EXPECT_EQ(Printed(TensorOf<double>({3, 2}), {.rows = 2}),
            "tensor 3 × 2 of float64\n"
            "     [0]  [1]\n"
            "[0]    0    1\n"
            "[1]    2    3\n"
            "… 1 more row\n");
  EXPECT_THAT(Printed(TensorOf<double>({2, 90}), {.width = 30}),
              HasSubstr("more columns\n"));
}

TEST(TensorPreviewTest, ReadsEveryMemoryOrderAlike) {
  const Value c = TensorOf<int>({2, 3});
  const std::vector<int> columns_first = {0, 3, 1, 4, 2, 5};
  const Value fortran =
      Value::Tensor(Tensor::Make(ElementType::Of<int>(), {2, 3}, MemoryOrder::kFortran,
                                 arrow::Buffer::FromVector(columns_first))
                        .value());
  EXPECT_EQ(Printed(c), Printed(fortran));
  EXPECT_EQ(Json(fortran)["values"], nlohmann::json::parse("[[0, 1, 2], [3, 4, 5]]"));
}

TEST(TensorPreviewTest, LeadsLinesOfOneDimensionWithTheirIndex) {
  EXPECT_EQ(Printed(TensorOf<int>({5}), {.rows = 2, .width = 12}),
            "tensor 5 of int32\n"
            "[0]  0  1  2\n"
            "[3]  3  4\n");
  EXPECT_THAT(Printed(TensorOf<int>({5}), {.rows = 1, .width = 12}),
              HasSubstr("… 2 more elements\n"));
}

TEST(TensorPreviewTest, PrintsTheFirstSlicesOfMoreDimensions) {
  const std::string text = Printed(TensorOf<int>({2, 3, 2, 2}));
  EXPECT_THAT(text, HasSubstr("tensor 2 × 3 × 2 × 2 of int32\n[0, 0, :, :]\n"));
  EXPECT_THAT(text, HasSubstr("[0, 2, :, :]\n"));
  EXPECT_THAT(text, HasSubstr("… 3 more slices\n"));
}

TEST(TensorPreviewTest, PrintsScalarsAndEmptyTensors) {
  EXPECT_EQ(Printed(TensorOf<int>({})), "scalar of int32\n0\n");
  EXPECT_EQ(Printed(TensorOf<int>({0, 3})), "tensor 0 × 3 of int32\n");
}

TEST(TensorPreviewTest, ReadsElementsOfEveryKind) {
  using std::string_literals::operator""s;
  const auto values = [](const char* descr, std::string_view bytes) {
    return Json(TensorOfType(descr, bytes))["values"].dump();
  };
  EXPECT_EQ(values("|b1", "\x00\x01"s), "[false,true]");
  EXPECT_EQ(values(">i4", "\x00\x00\x00\x05"s), "[5]");
  EXPECT_EQ(values("<u8", "\xff\xff\xff\xff\xff\xff\xff\xff"s), "[18446744073709551615]");
  EXPECT_EQ(values("<f2", "\x00\x3e"s), "[1.5]");
  EXPECT_EQ(values("<c8", "\x00\x00\x80\x3f\x00\x00\x00\x40"s), "[[1.0,2.0]]");
  EXPECT_EQ(values("<M8[D]", "\x01\x00\x00\x00\x00\x00\x00\x00"s), R"(["1970-01-02"])");
  EXPECT_EQ(values("<M8[ns]", "\xff\xff\xff\xff\xff\xff\xff\xff"s),
            R"(["1969-12-31T23:59:59.999999999"])");
  EXPECT_EQ(values("<m8[s]", "\x02\x00\x00\x00\x00\x00\x00\x00"s), R"(["2 s"])");
  EXPECT_EQ(values("<M8[s]", "\x00\x00\x00\x00\x00\x00\x00\x80"s), R"(["NaT"])");
  EXPECT_EQ(values("<U2", "\x71\x67\x00\x00\x00\x00\x00\x00"s), R"(["東"])");
  EXPECT_EQ(values("|S3", "ab\0"s), R"(["ab"])");
  EXPECT_EQ(values("|V2", "\x01\xff"s), R"(["0x01ff"])");
}

TEST(TensorPreviewTest, LeavesLargeTensorsOutOfJson) {
  const auto json = Json(TensorOf<float>({200, 100}));
  EXPECT_EQ(json["shape"], nlohmann::json({200, 100}));
  EXPECT_EQ(json["truncated"], true);
  EXPECT_EQ(json["values"], nullptr);
}

// ---- The rest
// -----------------------------------------------------------------------------

TEST(PreviewTest, IndentsJsonInItsOwnOrder) {
  EXPECT_EQ(Printed(Value::Json(R"({"b":1.0,"a":[true]})")),
            "{\n  \"b\": 1.0,\n  \"a\": [\n    true\n  ]\n}\n");
  EXPECT_EQ(Json(Value::Json("[1]"))["value"], nlohmann::json({1}));
}

TEST(PreviewTest, LeavesJsonAloneWhoseNumbersItCannotHold) {
  EXPECT_EQ(Printed(Value::Json("[1e999]")), "[1e999]\n");
}

TEST(PreviewTest, PrintsTextAsItIs) {
  EXPECT_EQ(Printed(Value::Text("a\n  b")), "a\n  b\n");
  EXPECT_EQ(Printed(Value::Text("a\n")), "a\n");
}

TEST(PreviewTest, DumpsTheHeadOfBytes) {
  const std::string bytes = "\x01hello" + std::string(20, 'x');
  EXPECT_EQ(
      Printed(Value::Bytes(bytes), {.rows = 1}),
      "26 bytes\n"
      "00000000  01 68 65 6c 6c 6f 78 78  78 78 78 78 78 78 78 78  |.helloxxxxxxxxxx|\n"
      "… 10 more bytes\n");
  EXPECT_EQ(Json(Value::Bytes("\x01z"))["head"], "017a");
}

TEST(PreviewTest, DumpsFewerBytesToALineOfANarrowTerminal) {
  const Value bytes = Value::Bytes("0123456789ab");
  EXPECT_EQ(Printed(bytes, {.rows = 1, .width = 60}),
            "12 bytes\n"
            "00000000  30 31 32 33 34 35 36 37  |01234567|\n"
            "… 4 more bytes\n");
  EXPECT_THAT(Printed(bytes, {.rows = 1, .width = 40}),
              HasSubstr("00000000  30 31 32 33  |0123|\n"));
}

TEST(PreviewTest, UsesEscapeCodesOnlyWhereAskedTo) {
  EXPECT_THAT(Printed(Value::Table(Flights())), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Printed(Value::Table(Flights()), {.use_color = true}),
              HasSubstr("\x1b[1mcarrier\x1b[0m"));
}

}  // namespace
}  // namespace entrepot
