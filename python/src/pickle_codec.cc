#include "pickle_codec.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <nanobind/stl/string.h>

#include "entrepot/arrow_result.h"
#include "errors.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// Returns which part of an object cannot be pickled, and why. Needs Python's lock.
std::string WhatFails(const PyRef& object) {
  return nb::cast<std::string>(
      Attribute("entrepot._unpicklable", "describe")(ToObject(object)));
}

class PickleCodec final : public Codec {
 public:
  const CodecInfo& info() const override {
    static constexpr CodecInfo info{.format = "pickle",
                                    .extension = "pkl",
                                    .version = 1,
                                    .runs_code = true,
                                    .receipt_may_follow = true};
    return info;
  }

  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kForeign &&
           value.foreign()->identity() == typeid(PythonObject);
  }

  Result<Encoded> Encode(const Value& value, const FileNotes&,
                         arrow::io::OutputStream& out) const override {
    const auto& object = static_cast<const PythonObject&>(*value.foreign());
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object pickled =
          Attribute("entrepot._pickle", "dumps")(ToObject(object.object()));
      char* bytes = nullptr;
      Py_ssize_t size = 0;
      if (PyBytes_AsStringAndSize(pickled.ptr(), &bytes, &size) != 0)
        throw nb::python_error();
      const nb::gil_scoped_release unlocked;
      ENTREPOT_RETURN_IF_ERROR(out.Write(bytes, size));
    } catch (nb::python_error& e) {
      if (!e.matches(PyExc_Exception)) return FromPython(e);
      return Unsupported(
          "no codec for a value of type '{}', and it cannot be pickled ({}); return "
          "something that can be stored, leave that part out (__getstate__), give the "
          "type "
          "a codec (TypedIOManager), or keep it with mem_io_manager",
          object.type(), WhatFails(object.object()));
    }
    return Encoded{};
  }

  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, request.file->GetSize());
    ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, request.file->ReadAt(0, size));
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object view = nb::steal(PyMemoryView_FromMemory(
          reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes->data())),
          bytes->size(), PyBUF_READ));
      const nb::object object = Attribute("entrepot._pickle", "loads")(view);
      return Decoded{.value = ValueOf(object), .notes = {}};
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  }
};

}  // namespace

std::shared_ptr<const Codec> MakePickleCodec() { return std::make_shared<PickleCodec>(); }

CodecRegistry PythonCodecs() {
  CodecRegistry codecs = CodecRegistry::WithBuiltins();
  const Status registered = codecs.Register(MakePickleCodec());
  ENTREPOT_CHECK(registered.has_value());
  return codecs;
}

}  // namespace entrepot::python
