#include "entrepot/testing/value_matchers.h"

#include <ostream>

#include <arrow/buffer.h>
#include <arrow/compare.h>
#include <arrow/table.h>
#include <fmt/ranges.h>

namespace entrepot {

void PrintTo(const Value& value, std::ostream* out) { *out << testing::Describe(value); }

namespace testing {
namespace {

std::string ShapeOf(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kTable:
      return fmt::format(" of {} rows × {} columns", value.table()->num_rows(),
                         value.table()->num_columns());
    case ValueKind::kTensor:
      return fmt::format(" of shape [{}], elements '{}'",
                         fmt::join(value.tensor().shape(), ", "),
                         value.tensor().type().ToString());
    case ValueKind::kText:
      return fmt::format(" '{}'", value.text().substr(0, 40));
    case ValueKind::kJson:
      return fmt::format(" {}", value.json().substr(0, 40));
    case ValueKind::kBytes:
      return fmt::format(" of {} bytes", value.bytes()->size());
    default:
      return "";
  }
}

bool HaveSameElements(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && a.shape() == b.shape() && a.order() == b.order() &&
         a.data()->Equals(*b.data());
}

}  // namespace

std::string Describe(const Value& value) {
  const std::string type = value.type().empty() ? "" : fmt::format(" ({})", value.type());
  return fmt::format("{}{}{}", ToString(value.kind()), type, ShapeOf(value));
}

bool HaveSameData(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::kNothing:
      return true;
    case ValueKind::kBytes:
      return a.bytes()->Equals(*b.bytes());
    case ValueKind::kText:
      return a.text() == b.text();
    case ValueKind::kJson:
      return a.json() == b.json();
    case ValueKind::kTable:
      return a.table()->Equals(
          *b.table(), /*check_metadata=*/true,
          arrow::EqualOptions().nans_equal(true).signed_zeros_equal(false));
    case ValueKind::kStream:
      return a.stream() == b.stream();
    case ValueKind::kTensor:
      return HaveSameElements(a.tensor(), b.tensor());
    case ValueKind::kForeign:
      return a.foreign() == b.foreign();
  }
  return false;
}

}  // namespace testing
}  // namespace entrepot
