#pragma once

/// \file python/src/value.h
/// Python objects as values, and values as Python objects. Rules beyond builtins are in
/// entrepot/_values.py.

#include <optional>

#include <arrow/type_fwd.h>

#include "entrepot/value/value.h"
#include "py_ref.h"

namespace entrepot::python {

/// A Python object flowing through the core. Safe for concurrent use.
class PythonObject final : public ForeignObject {
 public:
  /// Needs Python's lock.
  explicit PythonObject(nb::handle object);

  std::string type() const override { return type_; }
  std::type_index identity() const override { return typeid(PythonObject); }
  Result<Value> ToStorable() const override;
  std::optional<Value> HandedOver() const override;
  std::int64_t size_bytes() const override;
  std::optional<std::int64_t> num_rows() const override;

  const PyRef& object() const { return object_; }

 private:
  PyRef object_;
  std::string type_;
};

/// Wraps an object; one that is read once becomes a stream. Needs Python's lock; throws
/// what taking a stream raises.
Value ValueOf(nb::handle object);

/// Returns the object of a value: of the type it was stored as, or, if `wanted` is not
/// None, of the type that it names (entrepot._values.wanted_type). Needs Python's lock;
/// throws what the conversion raises.
nb::object ObjectOf(const Value& value, nb::handle wanted);

/// Returns the value as a consumer (entrepot._steps.Consumer, or None) wants it; several
/// partitions as a dict by key, several outputs as a list.
nb::object InputObject(const Value& value, nb::handle consumer);

/// A table or stream for Python, by the Arrow PyCapsule interface. Without copies. A
/// stream can be exported once. The interface knows errors as text only, so the last one
/// of the stream is kept here. One thread at a time.
class ArrowData {
 public:
  explicit ArrowData(TablePtr table) : table_(std::move(table)) {}
  explicit ArrowData(RecordBatchReaderPtr stream) : stream_(std::move(stream)) {}

  nb::object ArrowCStream(nb::handle requested_schema);
  nb::object ArrowCSchema() const;

  /// Raises what reading the exported stream failed with; does nothing if it did not, or
  /// if the error is not one of ours.
  void RaiseError() const;

 private:
  TablePtr table_;
  RecordBatchReaderPtr stream_;
  std::shared_ptr<std::optional<Error>> error_ = std::make_shared<std::optional<Error>>();
};

/// Imports anything with __arrow_c_stream__, without copies. Needs Python's lock.
Result<RecordBatchReaderPtr> ImportStream(nb::handle object);

void BindValue(nb::module_& m);

}  // namespace entrepot::python
