#include "entrepot/codec/growing_dictionaries_internal.h"

#include <algorithm>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include "entrepot/arrow_result.h"

namespace entrepot {

namespace {

using arrow::internal::checked_cast;

const arrow::DictionaryArray& ColumnOf(const arrow::RecordBatch& batch, int index) {
  return checked_cast<const arrow::DictionaryArray&>(*batch.column(index));
}

}  // namespace

GrowingDictionaries::GrowingDictionaries(const arrow::Schema& schema) {
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (schema.field(i)->type()->id() == arrow::Type::DICTIONARY)
      columns_.emplace_back(i);
  }
}

bool GrowingDictionaries::Changes(const arrow::RecordBatch& batch) const {
  return std::ranges::any_of(columns_, [&](const Column& column) {
    const auto& dictionary = ColumnOf(batch, column.index).data()->dictionary;
    return column.grown && column.grown->data() != dictionary;
  });
}

arrow::Status GrowingDictionaries::Merge(const std::shared_ptr<arrow::Array>& dictionary,
                                         const arrow::DictionaryType& type,
                                         Column& column) {
  std::shared_ptr<arrow::Array> grown;
  if (!column.unifier) {
    ARROW_ASSIGN_OR_RAISE(column.unifier,
                          arrow::DictionaryUnifier::Make(type.value_type()));
    ARROW_RETURN_NOT_OK(column.unifier->Unify(*column.grown));
    ARROW_RETURN_NOT_OK(
        column.unifier->GetResultWithIndexType(type.index_type(), &grown));
    // The first batch is written; its repeated values cannot be dropped any more.
    if (grown->length() != column.grown->length()) {
      return arrow::Status::Invalid("the first one repeats values");
    }
  }
  ARROW_RETURN_NOT_OK(column.unifier->Unify(*dictionary, &column.moved));
  ARROW_RETURN_NOT_OK(column.unifier->GetResultWithIndexType(type.index_type(), &grown));
  // The same object while nothing was added: the writer need not compare.
  if (grown->length() > column.grown->length()) column.grown = std::move(grown);
  column.given = dictionary;
  return arrow::Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatch>> GrowingDictionaries::Grow(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  std::shared_ptr<arrow::RecordBatch> result = batch;
  for (Column& column : columns_) {
    const auto& array = ColumnOf(*batch, column.index);
    const auto& type = checked_cast<const arrow::DictionaryType&>(*array.type());
    const auto& dictionary = array.dictionary();
    if (!column.given) column.given = column.grown = dictionary;
    const bool is_new =
        column.given->data() != dictionary->data() && !column.given->Equals(*dictionary);
    const arrow::Status merged =
        is_new ? Merge(dictionary, type, column) : arrow::Status::OK();
    if (!merged.ok()) {
      return Unsupported(
          "column '{}' has different dictionaries in different batches, "
          "which cannot be merged: {}",
          batch->schema()->field(column.index)->name(), merged.message());
    }
    if (column.grown->data() == dictionary->data()) continue;
    std::shared_ptr<arrow::Array> grown = std::make_shared<arrow::DictionaryArray>(
        array.type(), array.indices(), column.grown);
    if (column.moved) {
      const auto* moved = reinterpret_cast<const std::int32_t*>(column.moved->data());
      ENTREPOT_ASSIGN_OR_RETURN(grown,
                                array.Transpose(array.type(), column.grown, moved));
    }
    ENTREPOT_ASSIGN_OR_RETURN(
        result,
        result->SetColumn(column.index, batch->schema()->field(column.index), grown));
  }
  return result;
}

}  // namespace entrepot
