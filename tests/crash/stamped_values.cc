#include "stamped_values.h"

#include <cstdlib>
#include <cstring>
#include <vector>

#include <arrow/api.h>

#include "entrepot/arrow_result.h"
#include "entrepot/value/traits.h"

namespace entrepot::testing {
namespace {

size_t SizeFor(std::int64_t stamp) { return static_cast<size_t>(200 + stamp % 50 * 40); }

TablePtr TableOf(std::int64_t stamp) {
  arrow::Int64Builder builder;
  const std::vector<std::int64_t> numbers(SizeFor(stamp), stamp);
  ENTREPOT_CHECK(builder.AppendValues(numbers).ok());
  return arrow::Table::Make(arrow::schema({arrow::field("stamp", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

std::string TextOf(std::int64_t stamp) {
  std::string text;
  for (size_t i = 0; i < SizeFor(stamp); ++i) text += std::to_string(stamp) + ' ';
  return text;
}

/// The number at a value's beginning.
std::int64_t FirstOf(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kTable: {
      if (value.table()->num_rows() == 0) return 0;
      const auto first = value.table()->column(0)->GetScalar(0).ValueOrDie();
      return std::strtoll(first->ToString().c_str(), nullptr, 10);
    }
    case ValueKind::kTensor: {
      const auto elements = value.tensor().Elements<std::int64_t>();
      return elements && !elements->empty() ? elements->front() : 0;
    }
    case ValueKind::kText:
      return std::strtoll(value.text().c_str(), nullptr, 10);
    case ValueKind::kJson:
      return std::strtoll(value.json().c_str() + 1, nullptr, 10);
    default:
      return 0;
  }
}

bool IsSame(const Value& a, const Value& b) {
  switch (a.kind()) {
    case ValueKind::kTable:
      return a.table()->Equals(*b.table());
    case ValueKind::kTensor:
      return a.tensor().data()->Equals(*b.tensor().data());
    case ValueKind::kText:
      return a.text() == b.text();
    case ValueKind::kJson:
      return a.json() == b.json();
    default:
      return false;
  }
}

}  // namespace

Value Stamped(ValueKind kind, std::int64_t stamp) {
  switch (kind) {
    case ValueKind::kTable:
      return Value::Table(TableOf(stamp));
    case ValueKind::kTensor:
      return ToValue(std::vector<std::int64_t>(SizeFor(stamp), stamp)).value();
    case ValueKind::kJson:
      return Value::Json("[" + std::to_string(stamp) + "]");
    default:
      return Value::Text(TextOf(stamp));
  }
}

Result<std::int64_t> StampOf(const Value& value) {
  const std::int64_t stamp = FirstOf(value);
  if (stamp > 0 && IsSame(value, Stamped(value.kind(), stamp))) return stamp;
  return Corrupt("a value of kind '{}' that begins with {} is torn or mixed",
                 ToString(value.kind()), stamp);
}

}  // namespace entrepot::testing
