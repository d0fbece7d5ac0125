#include "entrepot/value/traits.h"

#include <map>

#include <arrow/api.h>
#include <arrow/json/from_string.h>

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, x, y)

struct Handle {
  int fd = 0;
};

TablePtr SmallTable() {
  return arrow::Table::Make(
      arrow::schema({arrow::field("n", arrow::int64())}),
      {arrow::json::ArrayFromJSONString(arrow::int64(), "[1, 2, null]").ValueOrDie()});
}

template <typename T>
void ExpectComesBack(const T& object, ValueKind kind) {
  const Value value = ToValue(object).value();
  EXPECT_EQ(value.kind(), kind);
  EXPECT_THAT(FromValue<T>(value), IsOkAndHolds(object));
}

TEST(ValueTraitsTest, CommonTypesComeBack) {
  ExpectComesBack(std::string("héllo"), ValueKind::kText);
  ExpectComesBack(std::vector<double>{1, 2.5}, ValueKind::kTensor);
  ExpectComesBack(std::vector<std::int32_t>{1, -2}, ValueKind::kTensor);
  ExpectComesBack(42, ValueKind::kJson);
  ExpectComesBack(true, ValueKind::kJson);
  ExpectComesBack(0.1, ValueKind::kJson);
  ExpectComesBack(std::map<std::string, int>{{"a", 1}}, ValueKind::kJson);
  ExpectComesBack(std::vector<std::string>{"a", "b"}, ValueKind::kJson);
  ExpectComesBack(nlohmann::json{{"a", {1, 2}}}, ValueKind::kJson);
  ExpectComesBack(Point{1, 2}, ValueKind::kJson);
}

TEST(ValueTraitsTest, TablesComeBackAsTableBatchOrStream) {
  const Value value = ToValue(SmallTable()).value();
  EXPECT_EQ(value.kind(), ValueKind::kTable);
  EXPECT_TRUE(FromValue<TablePtr>(value).value()->Equals(*SmallTable()));
  EXPECT_EQ(FromValue<std::shared_ptr<arrow::RecordBatch>>(value).value()->num_rows(), 3);
  EXPECT_EQ(
      FromValue<RecordBatchReaderPtr>(value).value()->ToTable().ValueOrDie()->num_rows(),
      3);
}

TEST(ValueTraitsTest, OtherTypesFlowThroughMemoryOnly) {
  const Value value = ToValue(Handle{7}).value();
  EXPECT_EQ(value.kind(), ValueKind::kForeign);
  EXPECT_EQ(FromValue<Handle>(value).value().fd, 7);
  EXPECT_THAT(value.foreign()->ToStorable(),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("Handle'; specialise")));
}

TEST(ValueTraitsTest, WrongTypesAreErrorsThatNameBoth) {
  const Value value = ToValue(std::string("x")).value();
  EXPECT_THAT(
      FromValue<TablePtr>(value),
      FailsWith(ErrorCode::kInvalid, HasSubstr("table from a value of kind 'text'")));
  EXPECT_THAT(FromValue<Handle>(value),
              FailsWith(ErrorCode::kInvalid, HasSubstr("Handle")));
  EXPECT_THAT(FromValue<int>(Value()),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no value")));
  using Map = std::map<std::string, int>;
  EXPECT_THAT(FromValue<Map>(ToValue(1).value()), FailsWith(ErrorCode::kInvalid));
}

TEST(ValueTraitsTest, JsonRefusesWhatItCannotHold) {
  EXPECT_THAT(ToValue(std::numeric_limits<double>::infinity()),
              FailsWith(ErrorCode::kInvalid, HasSubstr("infinity")));
  EXPECT_THAT(ToValue(nlohmann::json{{"a", {std::nan("")}}}),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(ToValue(nlohmann::json("\xff")), FailsWith(ErrorCode::kInvalid));
}

TEST(ValueTraitsTest, NullPointersAreErrors) {
  EXPECT_THAT(ToValue(TablePtr()), FailsWith(ErrorCode::kInvalid, HasSubstr("null")));
  EXPECT_THAT(ToValue(RecordBatchReaderPtr()), FailsWith(ErrorCode::kInvalid));
}

}  // namespace
}  // namespace entrepot
