#include "entrepot/codec/leaves_internal.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/checked_cast.h>

namespace entrepot {
namespace {

using arrow::internal::checked_cast;
using ArrayPtr = std::shared_ptr<arrow::Array>;

// Definition and repetition levels, two bytes each.
constexpr std::int64_t kLevelBytes = 4;

template <typename ListType>
ArrayPtr CoveredValues(const arrow::Array& array) {
  const auto& list = checked_cast<const ListType&>(array);
  if (list.length() == 0) return list.values()->Slice(0, 0);
  const std::int64_t begin = list.value_offset(0);
  return list.values()->Slice(begin, list.value_offset(list.length()) - begin);
}

// The rows of a view may refer to any values, in any order; as many of them will do.
template <typename ListViewType>
ArrayPtr AsManyValues(const arrow::Array& array) {
  const auto& list = checked_cast<const ListViewType&>(array);
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < list.length(); ++i) count += list.value_length(i);
  return list.values()->Slice(0, std::min(count, list.values()->length()));
}

template <typename ArrayType>
std::int64_t ViewedBytes(const arrow::Array& array) {
  const auto& views = checked_cast<const ArrayType&>(array);
  std::int64_t size_bytes = 0;
  for (std::int64_t i = 0; i < views.length(); ++i) {
    size_bytes +=
        static_cast<std::int64_t>(views.IsNull(i) ? 0 : views.GetView(i).size());
  }
  return size_bytes;
}

bool HasDictionary(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) return true;
  if (type.id() == arrow::Type::EXTENSION) {
    return HasDictionary(*checked_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  return std::ranges::any_of(
      type.fields(), [](const auto& field) { return HasDictionary(*field->type()); });
}

std::int64_t LeafBytes(const arrow::Array& leaf) {
  switch (leaf.type_id()) {
    case arrow::Type::BINARY:
    case arrow::Type::STRING:
      return checked_cast<const arrow::BinaryArray&>(leaf).total_values_length() +
             4 * leaf.length();
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::LARGE_STRING:
      return checked_cast<const arrow::LargeBinaryArray&>(leaf).total_values_length() +
             4 * leaf.length();
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING_VIEW:
      return ViewedBytes<arrow::BinaryViewArray>(leaf) + 4 * leaf.length();
    default:
      break;
  }
  if (!arrow::is_fixed_width(leaf.type_id())) return leaf.length();
  return checked_cast<const arrow::FixedWidthType&>(*leaf.type()).bit_width() *
             leaf.length() / 8 +
         1;
}

}  // namespace

int CountLeaves(const arrow::DataType& type) {
  if (type.id() == arrow::Type::EXTENSION) {
    return CountLeaves(*checked_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  if (!arrow::is_nested(type.id())) return 1;
  int count = 0;
  for (const auto& field : type.fields()) count += CountLeaves(*field->type());
  return count;
}

bool HasDictionary(const arrow::Schema& schema) {
  return std::ranges::any_of(
      schema.fields(), [](const auto& field) { return HasDictionary(*field->type()); });
}

void VisitLeaves(const ArrayPtr& array,
                 const std::function<void(const ArrayPtr&)>& visit) {
  switch (array->type_id()) {
    case arrow::Type::EXTENSION:
      return VisitLeaves(checked_cast<const arrow::ExtensionArray&>(*array).storage(),
                         visit);
    case arrow::Type::STRUCT:
      for (int i = 0; i < array->num_fields(); ++i) {
        VisitLeaves(checked_cast<const arrow::StructArray&>(*array).field(i), visit);
      }
      return;
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return VisitLeaves(CoveredValues<arrow::ListArray>(*array), visit);
    case arrow::Type::LARGE_LIST:
      return VisitLeaves(CoveredValues<arrow::LargeListArray>(*array), visit);
    case arrow::Type::FIXED_SIZE_LIST:
      return VisitLeaves(CoveredValues<arrow::FixedSizeListArray>(*array), visit);
    case arrow::Type::LIST_VIEW:
      return VisitLeaves(AsManyValues<arrow::ListViewArray>(*array), visit);
    case arrow::Type::LARGE_LIST_VIEW:
      return VisitLeaves(AsManyValues<arrow::LargeListViewArray>(*array), visit);
    default:
      return visit(array);
  }
}

std::int64_t ValueBytes(const ArrayPtr& array) {
  std::int64_t size_bytes = 0;
  VisitLeaves(array, [&](const ArrayPtr& leaf) { size_bytes += LeafBytes(*leaf); });
  return size_bytes;
}

std::int64_t EncodingBytes(const arrow::RecordBatch& batch) {
  std::int64_t size_bytes = 0;
  for (const auto& column : batch.columns()) {
    const bool has_levels = arrow::is_nested(column->type_id());
    VisitLeaves(column, [&](const ArrayPtr& leaf) {
      size_bytes += LeafBytes(*leaf) + (has_levels ? kLevelBytes * leaf->length() : 0);
    });
  }
  return size_bytes;
}

}  // namespace entrepot
