#include "python_codec.h"

#include <map>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "bindings.h"
#include "entrepot/arrow_result.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// The Python object behind a value, or null.
const PythonObject* ObjectIn(const Value& value) {
  if (value.kind() != ValueKind::kForeign) return nullptr;
  return dynamic_cast<const PythonObject*>(value.foreign().get());
}

/// Whether the object behind a value is an instance of `cls`.
bool IsInstance(const Value& value, const PyRef& cls) {
  const PythonObject* object = ObjectIn(value);
  if (object == nullptr) return false;
  const nb::gil_scoped_acquire lock;
  const int is_instance = PyObject_IsInstance(object->object().get(), cls.get());
  if (is_instance < 0)
    PyErr_Clear();  // A class whose own check raises knows no instances.
  return is_instance == 1;
}

/// The class as a type of values: by isinstance, or by name where a value is no object.
ValueType TypeOf(nb::handle cls) {
  ValueType type = ValueType::Named(
      nb::cast<std::string>(Attribute("entrepot._values.type_names", "class_name")(cls)));
  type.has = [named = std::move(type.has), cls = MakePyRef(cls)](const Value& value) {
    return ObjectIn(value) != nullptr ? IsInstance(value, cls) : named(value);
  };
  return type;
}

/// Adapts an entrepot.Codec. Safe for concurrent use as far as the object is.
class PythonCodec final : public Codec {
 public:
  explicit PythonCodec(nb::handle codec)
      : codec_(MakePyRef(codec)),
        format_(nb::cast<std::string>(codec.attr("format"))),
        extension_(nb::cast<std::string>(codec.attr("extension"))),
        info_{.format = format_,
              .extension = extension_,
              .version = nb::cast<int>(codec.attr("version")),
              .runs_code = nb::cast<bool>(codec.attr("runs_code"))} {}

  /// Takes objects of that class too; before the codec is used.
  void AddClass(nb::handle cls) { classes_.push_back(MakePyRef(cls)); }

  const CodecInfo& info() const override { return info_; }

  bool Takes(const Value& value) const override {
    for (const PyRef& cls : classes_) {
      if (IsInstance(value, cls)) return true;
    }
    return false;
  }

  Result<Encoded> Encode(const Value& value, const FileNotes&,
                         arrow::io::OutputStream& out) const override {
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object encoded =
          ToObject(codec_).attr("encode")(ToObject(ObjectIn(value)->object()));
      if (!nb::isinstance<nb::bytes>(encoded)) {
        return Invalid("the codec of format '{}' must encode to bytes, not to a '{}'",
                       format_, Py_TYPE(encoded.ptr())->tp_name);
      }
      const auto bytes = nb::cast<nb::bytes>(encoded);
      const nb::gil_scoped_release unlocked;
      ENTREPOT_RETURN_IF_ERROR(
          out.Write(bytes.c_str(), static_cast<std::int64_t>(bytes.size())));
    } catch (nb::python_error& e) {
      return FromPython(e).While(fmt::format("encoding as '{}'", format_));
    }
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, request.file->GetSize());
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, request.file->ReadAt(0, size));
    const nb::gil_scoped_acquire lock;
    try {
      const nb::bytes data(bytes->data(), static_cast<size_t>(bytes->size()));
      return Decoded{.value = ValueOf(ToObject(codec_).attr("decode")(data)),
                     .notes = {}};
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  }

 private:
  const PyRef codec_;
  const std::string format_;
  const std::string extension_;
  const CodecInfo info_;  // Refers to the names.
  std::vector<PyRef> classes_;
};

}  // namespace

Status AssignCodecs(CodecRegistry& codecs, nb::handle pairs) {
  std::map<PyObject*, std::shared_ptr<PythonCodec>> made;
  for (nb::handle pair : pairs) {
    const nb::object cls = pair[0], codec = pair[1];
    if (nb::isinstance<nb::str>(codec)) {
      ENTREPOT_RETURN_IF_ERROR(codecs.Assign(TypeOf(cls), nb::cast<std::string>(codec)));
      continue;
    }
    auto& adapter = made[codec.ptr()];
    if (!adapter) adapter = std::make_shared<PythonCodec>(codec);
    adapter->AddClass(cls);
    ENTREPOT_RETURN_IF_ERROR(
        codecs.Assign(TypeOf(cls), std::shared_ptr<const Codec>(adapter)));
  }
  return {};
}

}  // namespace entrepot::python
