#include "json.h"

#include <nanobind/stl/string.h>

#include <cmath>

namespace entrepot::python {
namespace {

constexpr int kMaxDepth = 100;  // Far below where Python's own reader gives up.

void WriteText(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(begin, i - begin);
    if (c == '"' || c == '\\') {
      out += {'\\', static_cast<char>(c)};
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    }
    begin = i + 1;
  }
  out += text.substr(begin);
  out += '"';
}

bool WriteString(PyObject* object, std::string& out) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(object, &size);
  if (text == nullptr) {
    PyErr_Clear();  // Lone surrogates.
    return false;
  }
  WriteText({text, static_cast<size_t>(size)}, out);
  return true;
}

bool WriteInt(PyObject* object, std::string& out) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow != 0) return false;
  out += std::to_string(value);
  return true;
}

bool WriteFloat(PyObject* object, std::string& out) {
  const double value = PyFloat_AS_DOUBLE(object);
  if (!std::isfinite(value)) return false;
  char* text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
  if (text == nullptr) {
    PyErr_Clear();
    return false;
  }
  out += text;
  PyMem_Free(text);
  return true;
}

bool Write(PyObject* object, int depth, std::string& out);

bool WriteList(PyObject* object, int depth, std::string& out) {
  out += '[';
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(object); ++i) {
    if (i > 0) out += ',';
    if (!Write(PyList_GET_ITEM(object, i), depth + 1, out)) return false;
  }
  out += ']';
  return true;
}

bool WriteDict(PyObject* object, int depth, std::string& out) {
  out += '{';
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  bool is_first = true;
  for (Py_ssize_t at = 0; PyDict_Next(object, &at, &key, &value);) {
    if (!is_first) out += ',';
    is_first = false;
    if (!PyUnicode_CheckExact(key) || !WriteString(key, out)) return false;
    out += ':';
    if (!Write(value, depth + 1, out)) return false;
  }
  out += '}';
  return true;
}

bool Write(PyObject* object, int depth, std::string& out) {
  if (object == Py_None) return out += "null", true;
  if (object == Py_True) return out += "true", true;
  if (object == Py_False) return out += "false", true;
  if (PyUnicode_CheckExact(object)) return WriteString(object, out);
  if (PyLong_CheckExact(object)) return WriteInt(object, out);
  if (PyFloat_CheckExact(object)) return WriteFloat(object, out);
  if (depth >= kMaxDepth) return false;
  if (PyList_CheckExact(object)) return WriteList(object, depth, out);
  if (PyDict_CheckExact(object)) return WriteDict(object, depth, out);
  return false;
}

}  // namespace

std::optional<std::string> ToExactJson(nb::handle object) {
  std::string text;
  if (!Write(object.ptr(), 0, text)) return std::nullopt;
  return text;
}

nb::object FromJson(const std::string& text) { return Attribute("json", "loads")(text); }

}  // namespace entrepot::python
