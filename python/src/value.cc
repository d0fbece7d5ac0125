#include "value.h"

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/io/memory.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "entrepot/arrow_result.h"
#include "entrepot/codec/registry.h"
#include "entrepot/io/file_handle.h"
#include "json.h"
#include "result_caster.h"

namespace entrepot::python {
namespace {

constexpr const char* kRules = "entrepot._values";

/// Bytes of the core, seen by Python through the buffer protocol.
struct BufferView {
  std::shared_ptr<arrow::Buffer> buffer;
  bool is_writable = false;
};

int GetBuffer(PyObject* self, Py_buffer* view, int flags) {
  const auto* bytes = nb::inst_ptr<BufferView>(self);
  return PyBuffer_FillInfo(view, self, const_cast<std::uint8_t*>(bytes->buffer->data()),
                           bytes->buffer->size(), bytes->is_writable ? 0 : 1, flags);
}

PyType_Slot buffer_slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(GetBuffer)},
                              {0, nullptr}};

/// Keeps a Python buffer (of an ndarray) alive as an Arrow buffer.
class PythonBuffer final : public arrow::Buffer {
 public:
  explicit PythonBuffer(const Py_buffer& view)
      : Buffer(static_cast<const std::uint8_t*>(view.buf), view.len), view_(view) {}
  ~PythonBuffer() override {
    if (IsFinalizing()) return;
    const nb::gil_scoped_acquire lock;
    PyBuffer_Release(&view_);
  }

 private:
  Py_buffer view_;
};

Result<std::shared_ptr<arrow::Buffer>> BufferOf(nb::handle object) {
  Py_buffer view;
  if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_ANY_CONTIGUOUS) != 0) {
    nb::python_error raised;
    return FromPython(raised);
  }
  return std::make_shared<PythonBuffer>(view);
}

Result<Value> TensorOf(nb::handle array, std::string type) {
  ENTREPOT_ASSIGN_OR_RETURN(
      ElementType element,
      ElementType::Parse(nb::cast<std::string>(array.attr("dtype").attr("str"))));
  auto shape = nb::cast<std::vector<std::int64_t>>(array.attr("shape"));
  const bool is_c = nb::cast<bool>(array.attr("flags").attr("c_contiguous"));
  // As bytes: the buffer protocol does not know every dtype (times, float16 strings).
  const nb::object flat =
      is_c ? array.attr("reshape")(-1) : array.attr("T").attr("reshape")(-1);
  ENTREPOT_ASSIGN_OR_RETURN(auto data, BufferOf(flat.attr("view")("u1")));
  ENTREPOT_ASSIGN_OR_RETURN(
      Tensor tensor,
      Tensor::Make(std::move(element), std::move(shape),
                   is_c ? MemoryOrder::kC : MemoryOrder::kFortran, std::move(data)));
  return Value::Tensor(std::move(tensor), std::move(type));
}

/// Takes what entrepot._values.encode returned.
Result<Value> EncodedValue(nb::handle encoded) {
  const auto [kind, payload, type] =
      nb::cast<std::tuple<std::string, nb::object, std::string>>(encoded);
  if (kind == "table" || kind == "stream") {
    ENTREPOT_ASSIGN_OR_RETURN(RecordBatchReaderPtr reader, ImportStream(payload));
    if (kind == "stream") return Value::Stream(std::move(reader), type);
    const nb::gil_scoped_release unlocked;
    ENTREPOT_ASSIGN_OR_RETURN(TablePtr table, reader->ToTable());
    return Value::Table(std::move(table), type);
  }
  if (kind == "tensor") return TensorOf(payload, type);
  if (kind == "json") return Value::Json(nb::cast<std::string>(payload), type);
  if (kind == "text") return Value::Text(nb::cast<std::string>(payload), type);
  if (kind == "file_handle") {
    auto [manager, path] = nb::cast<std::pair<std::string, std::string>>(payload);
    return ToValue(FileHandle{.kind = std::move(manager), .path = std::move(path)});
  }
  if (kind == "bytes") {
    ENTREPOT_ASSIGN_OR_RETURN(auto bytes, BufferOf(payload));
    return Value::Bytes(std::move(bytes), type);
  }
  return Internal("entrepot._values.encode returned kind '{}'", kind);
}

/// Whether `object`, of a type of that name, is a path of this machine.
bool IsPath(nb::handle object, const std::string& type) {
  return type.starts_with("pathlib.") &&
         nb::isinstance(object, Attribute("pathlib", "Path"));
}

/// Returns what is at a path. Needs Python's lock.
Result<Value> FileAt(nb::handle path) {
  const auto bytes = nb::cast<nb::bytes>(Attribute("os", "fsencode")(path));
  std::string text(bytes.c_str(), bytes.size());
  auto value = [&] {
    const nb::gil_scoped_release unlocked;
    return ToValue(FilePath(std::move(text)));
  }();
  if (value) value->set_type("pathlib.Path");
  return value;
}

/// Lets a Ctrl-C that came while we were about something unimportant be seen again.
void KeepInterrupt(nb::python_error& raised) {
  if (raised.matches(PyExc_KeyboardInterrupt)) PyErr_SetInterrupt();
}

/// Without Python's lock too: the type of a builtin value never changes.
bool IsScalar(PyObject* object) {
  return object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) ||
         PyFloat_CheckExact(object) || PyUnicode_CheckExact(object) ||
         PyBytes_CheckExact(object);
}

/// Whether the root of the buffer is a private map (or memory) that may be written to.
bool IsWritable(const arrow::Buffer& buffer) {
  const arrow::Buffer* root = &buffer;
  while (root->parent()) root = root->parent().get();
  return root->is_mutable();
}

nb::object ArrayOf(const Tensor& tensor) {
  const nb::module_ numpy = nb::module_::import_("numpy");
  const nb::object dtype = numpy.attr("dtype")(tensor.type().ToString());
  const char* order = tensor.order() == MemoryOrder::kC ? "C" : "F";
  const nb::object shape = nb::steal(PyList_AsTuple(nb::cast(tensor.shape()).ptr()));
  if (tensor.data()->size() == 0) return numpy.attr("empty")(shape, dtype, order);
  const nb::object bytes =
      nb::cast(BufferView{tensor.data(), IsWritable(*tensor.data())});
  const nb::object flat = numpy.attr("frombuffer")(bytes, "u1").attr("view")(dtype);
  return flat.attr("reshape")(shape, nb::arg("order") = order);
}

nb::object PathObject(const FilePath& file) {
  const std::string text = file.string();
  const nb::object decoded = nb::steal(PyUnicode_DecodeFSDefaultAndSize(
      text.data(), static_cast<Py_ssize_t>(text.size())));
  return Attribute("pathlib", "Path")(decoded);
}

nb::object FileHandleObject(const Value& value, nb::handle wanted) {
  auto handle = FromValue<FileHandle>(value);
  if (!handle) RaisePythonError(handle.error());
  const nb::object object =
      Attribute("entrepot._files", "handle_of")(handle->kind, handle->path);
  return wanted.is_none() ? object : Attribute(kRules, "convert")(object, wanted);
}

nb::object BytesObject(const arrow::Buffer& buffer) {
  return nb::bytes(buffer.data(), static_cast<size_t>(buffer.size()));
}

void ReleaseCapsule(PyObject* capsule) {
  auto* stream =
      static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
  if (stream->release != nullptr) stream->release(stream);
  delete stream;
}

}  // namespace

PythonObject::PythonObject(nb::handle object) : object_(MakePyRef(object)) {
  PyObject* o = object.ptr();
  if (IsScalar(o) || PyList_CheckExact(o) || PyDict_CheckExact(o)) {
    type_ = Py_TYPE(o)->tp_name;
  } else {
    type_ = nb::cast<std::string>(Attribute(kRules, "type_name")(object));
  }
}

Result<Value> PythonObject::ToStorable() const {
  const nb::gil_scoped_acquire lock;
  try {
    PyObject* o = object_.get();
    if (PyUnicode_CheckExact(o)) {
      Py_ssize_t size = 0;
      if (const char* text = PyUnicode_AsUTF8AndSize(o, &size)) {
        return Value::Text(std::string(text, static_cast<size_t>(size)), type_);
      }
      PyErr_Clear();  // Lone surrogates: pickle keeps them.
      return Value::Foreign(std::make_shared<PythonObject>(o));
    }
    if (PyBytes_CheckExact(o)) {
      ENTREPOT_ASSIGN_OR_RETURN(auto bytes, BufferOf(o));
      return Value::Bytes(std::move(bytes), type_);
    }
    if (auto json = ToExactJson(o)) return Value::Json(*std::move(json), type_);
    if (IsPath(o, type_)) return FileAt(o);
    if (!IsScalar(o)) {
      const nb::object encoded = Attribute(kRules, "encode")(nb::handle(o));
      if (!encoded.is_none()) return EncodedValue(encoded);
    }
    return Value::Foreign(std::make_shared<PythonObject>(o));
  } catch (nb::python_error& e) {
    return FromPython(e);
  } catch (const std::exception& e) {
    return Internal("entrepot._values.encode: {}", e.what());
  }
}

std::optional<Value> PythonObject::HandedOver() const {
  const nb::gil_scoped_acquire lock;
  PyObject* o = object_.get();
  if (IsScalar(o)) return ValueOf(o);
  if (PyList_CheckExact(o) || PyDict_CheckExact(o)) return std::nullopt;
  try {
    const nb::object copy = Attribute(kRules, "hand_over")(nb::handle(o));
    if (copy.is_none()) return std::nullopt;
    return ValueOf(copy);
  } catch (nb::python_error& e) {
    KeepInterrupt(e);
    return std::nullopt;  // What cannot be copied is read back: this was only a shortcut.
  }
}

std::int64_t PythonObject::size_bytes() const {
  PyObject* o = object_.get();
  if (PyUnicode_CheckExact(o)) return PyUnicode_GET_LENGTH(o);
  if (PyBytes_CheckExact(o)) return PyBytes_GET_SIZE(o);
  if (IsScalar(o)) return 32;
  const nb::gil_scoped_acquire lock;
  try {
    return nb::cast<std::int64_t>(Attribute(kRules, "size_of")(nb::handle(o)));
  } catch (nb::python_error& e) {
    KeepInterrupt(e);
    return 0;  // An estimate only.
  }
}

std::optional<std::int64_t> PythonObject::num_rows() const {
  PyObject* o = object_.get();
  if (IsScalar(o) || PyList_CheckExact(o) || PyDict_CheckExact(o)) return std::nullopt;
  const nb::gil_scoped_acquire lock;
  try {
    return nb::cast<std::optional<std::int64_t>>(
        Attribute(kRules, "num_rows")(nb::handle(o)));
  } catch (nb::python_error& e) {
    KeepInterrupt(e);
    return std::nullopt;  // Told of a store, not needed by it.
  }
}

Value ValueOf(nb::handle object) {
  auto wrapped = std::make_shared<PythonObject>(object);
  // Read once: whoever gets it twice must know.
  if (wrapped->type().starts_with("pyarrow.") &&
      nb::cast<bool>(Attribute(kRules, "is_stream")(object))) {
    auto stream = ImportStream(object);
    if (!stream) RaisePythonError(stream.error());
    return Value::Stream(*std::move(stream), "pyarrow.RecordBatchReader");
  }
  // One to nothing is the object itself, which only managers that store files refuse.
  if (IsPath(object, wrapped->type())) {
    if (auto file = FileAt(object)) return *std::move(file);
  }
  return Value::Foreign(std::move(wrapped));
}

nb::object ObjectOf(const Value& value, nb::handle wanted) {
  const auto decode = [&](const char* kind, nb::object payload) {
    return Attribute(kRules, "decode")(kind, payload, value.type(), wanted);
  };
  switch (value.kind()) {
    case ValueKind::kNothing:
      return nb::none();
    case ValueKind::kFile:
    case ValueKind::kFolder:
      return PathObject(value.file_path());
    case ValueKind::kMap: {
      nb::dict dict;
      for (const auto& [key, each] : value.map())
        dict[nb::cast(key)] = ObjectOf(each, nb::none());
      return dict;
    }
    case ValueKind::kForeign: {
      const auto* ours = dynamic_cast<const PythonObject*>(value.foreign().get());
      if (ours == nullptr) {
        RaisePythonError(Unsupported("an object of C++ type '{}' cannot be had in Python",
                                     value.type()));
      }
      const nb::object object = ToObject(ours->object());
      return wanted.is_none() ? object : Attribute(kRules, "convert")(object, wanted);
    }
    case ValueKind::kText:
      if (wanted.is_none()) return nb::str(value.text().data(), value.text().size());
      return decode("text", nb::str(value.text().data(), value.text().size()));
    case ValueKind::kJson:
      if (IsFileHandle(value)) return FileHandleObject(value, wanted);
      if (wanted.is_none()) return FromJson(value.json());
      return decode("json", FromJson(value.json()));
    case ValueKind::kBytes:
      if (wanted.is_none()) return BytesObject(*value.bytes());
      return decode("bytes", BytesObject(*value.bytes()));
    case ValueKind::kTensor:
      return decode("tensor", ArrayOf(value.tensor()));
    case ValueKind::kTable:
      return decode("table", nb::cast(ArrowData(value.table())));
    case ValueKind::kStream:
      return decode("stream", nb::cast(ArrowData(value.stream())));
  }
  return nb::none();
}

Result<RecordBatchReaderPtr> ImportStream(nb::handle object) {
  const nb::object capsule = object.attr("__arrow_c_stream__")();
  auto* stream = static_cast<ArrowArrayStream*>(
      PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
  if (stream == nullptr) throw nb::python_error();
  return FromArrow(arrow::ImportRecordBatchReader(stream));
}

namespace {

/// Keeps the error that its readers will see as text only.
class ErrorKeepingReader final : public arrow::RecordBatchReader {
 public:
  ErrorKeepingReader(RecordBatchReaderPtr stream,
                     std::shared_ptr<std::optional<Error>> error)
      : stream_(std::move(stream)), error_(std::move(error)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return stream_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const arrow::Status status = stream_->ReadNext(batch);
    if (const Error* ours = OurErrorIn(status)) *error_ = *ours;
    return status;
  }
  arrow::Status Close() override { return stream_->Close(); }

 private:
  RecordBatchReaderPtr stream_;
  std::shared_ptr<std::optional<Error>> error_;
};

}  // namespace

void ArrowData::RaiseError() const {
  if (*error_) RaisePythonError(**error_);
}

nb::object ArrowData::ArrowCStream(nb::handle) {
  RecordBatchReaderPtr reader;
  if (table_) {
    reader = std::make_shared<arrow::TableBatchReader>(table_);
  } else {
    reader = std::exchange(stream_, nullptr);
    if (!reader)
      RaisePythonError(Invalid("this stream was read already; streams are read once"));
    reader = std::make_shared<ErrorKeepingReader>(std::move(reader), error_);
  }
  auto exported = std::make_unique<ArrowArrayStream>();
  if (const auto status =
          arrow::ExportRecordBatchReader(std::move(reader), exported.get());
      !status.ok()) {
    RaisePythonError(FromArrow(status));
  }
  return nb::steal(
      PyCapsule_New(exported.release(), "arrow_array_stream", ReleaseCapsule));
}

nb::object ArrowData::ArrowCSchema() const {
  if (!table_ && !stream_) {
    RaisePythonError(Invalid("this stream was read already; streams are read once"));
  }
  auto exported = std::make_unique<ArrowSchema>();
  const auto& schema = table_ ? table_->schema() : stream_->schema();
  if (const auto status = arrow::ExportSchema(*schema, exported.get()); !status.ok()) {
    RaisePythonError(FromArrow(status));
  }
  return nb::steal(
      PyCapsule_New(exported.release(), "arrow_schema", [](PyObject* capsule) {
        auto* schema =
            static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule, "arrow_schema"));
        if (schema->release != nullptr) schema->release(schema);
        delete schema;
      }));
}

namespace {

/// Encodes a table in memory by the codec that would store it, and decodes it again.
Result<ArrowData> RoundTripTable(nb::handle object) {
  ENTREPOT_ASSIGN_OR_RETURN(const RecordBatchReaderPtr reader, ImportStream(object));
  const nb::gil_scoped_release unlocked;
  ENTREPOT_ASSIGN_OR_RETURN(TablePtr table, reader->ToTable());
  static const CodecRegistry codecs = CodecRegistry::WithBuiltins();
  const Value value = Value::Table(std::move(table));
  ENTREPOT_ASSIGN_OR_RETURN(const auto codec, codecs.ForValue(value));
  ENTREPOT_ASSIGN_OR_RETURN(const auto out, arrow::io::BufferOutputStream::Create());
  ENTREPOT_RETURN_IF_ERROR(codec->Encode(value, {}, *out));
  ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, out->Finish());
  ENTREPOT_ASSIGN_OR_RETURN(
      const Decoded decoded,
      codec->Decode({.file = std::make_shared<arrow::io::BufferReader>(bytes)}));
  return ArrowData(decoded.value.table());
}

}  // namespace

void BindValue(nb::module_& m) {
  nb::class_<BufferView>(m, "BufferView", nb::type_slots(buffer_slots),
                         "Bytes of a stored value, by the buffer protocol.");
  nb::class_<ArrowData>(m, "ArrowData",
                        "A table or stream, by the Arrow PyCapsule interface.")
      .def("__arrow_c_stream__", &ArrowData::ArrowCStream,
           nb::arg("requested_schema") = nb::none(), "Exports the data, without copies.")
      .def("raise_error", &ArrowData::RaiseError,
           "Raises what reading the exported stream failed with, if it did.")
      .def("__arrow_c_schema__", &ArrowData::ArrowCSchema, "Exports the schema.");
  m.def("round_trip_table", &RoundTripTable, nb::arg("data"),
        "Encodes a table as it would be stored, in memory, and decodes it again.");
}

nb::object InputObject(const Value& value, nb::handle consumer) {
  if (consumer.is_none()) return ObjectOf(value, nb::none());
  if (value.kind() != ValueKind::kMap)
    return ObjectOf(value, nb::object(consumer.attr("wanted")));
  const nb::object wanted = consumer.attr("wanted_of_each");
  if (nb::cast<bool>(consumer.attr("is_list"))) {
    nb::list list;
    for (const auto& [key, each] : value.map()) list.append(ObjectOf(each, wanted));
    return list;
  }
  nb::dict dict;
  for (const auto& [key, each] : value.map())
    dict[nb::cast(key)] = ObjectOf(each, wanted);
  return dict;
}

}  // namespace entrepot::python
