#include "errors.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <iterator>

#include "conversions.h"
#include "entrepot/result.h"

namespace entrepot::python {
namespace {

// In the order of ErrorCode; kUserCode without an exception is our own fault.
constexpr const char* kClassNames[] = {
    "InvalidError",     "NotFoundError",    "ConflictError",       "CorruptError",
    "PermissionDenied", "UnavailableError", "OutcomeUnknownError", "UnsupportedError",
    "InternalError",    "CancelledError",   "InternalError",
};

/// Returns the code of an exception: its own for one of ours.
ErrorCode CodeOf(nb::python_error& raised) {
  if (raised.matches(PyExc_KeyboardInterrupt)) return ErrorCode::kCancelled;
  if (!raised.matches(Attribute("entrepot.errors", "EntrepotError")))
    return ErrorCode::kUserCode;
  const auto name = nb::cast<std::string>(nb::handle(raised.value()).attr("code"));
  for (size_t code = 0; code < std::size(kClassNames); ++code) {
    if (ToString(static_cast<ErrorCode>(code)) == name)
      return static_cast<ErrorCode>(code);
  }
  return ErrorCode::kUserCode;
}

/// Returns the exception's text; behind its type's name where it is not one of ours.
std::string TextOf(nb::handle value, ErrorCode code) {
  const nb::object type_name = nb::handle(value.type()).attr("__qualname__");
  std::string text = nb::cast<std::string>(type_name);
  PyObject* shown = PyObject_Str(value.ptr());
  if (shown == nullptr) {
    PyErr_Clear();  // An exception whose __str__ raises still has a type.
    return text;
  }
  const std::string message = nb::cast<std::string>(nb::steal(shown));
  if (message.empty()) return text;
  const bool is_ours = code != ErrorCode::kUserCode && code != ErrorCode::kCancelled;
  return is_ours ? message : text + ": " + message;
}

void SetException(nb::handle value) noexcept {
  PyObject* traceback = PyException_GetTraceback(value.ptr());
  Py_INCREF(value.ptr());
  Py_INCREF(value.type().ptr());
  PyErr_Restore(value.type().ptr(), value.ptr(), traceback);
}

/// Returns what a Failure or a RetryRequested says beside its text.
FailureDetails DetailsOf(nb::handle failure, bool is_retry) {
  if (!is_retry) {
    return {.metadata = MetadataFrom(failure.attr("metadata")),
            .allow_retries = nb::cast<bool>(failure.attr("allow_retries"))};
  }
  return {.retry = RetryRequest{.max_retries = nb::cast<int>(failure.attr("max_retries")),
                                .wait = std::chrono::duration<double>(
                                    nb::cast<double>(failure.attr("seconds_to_wait")))}};
}

/// Returns the error of a Failure or RetryRequested. In the end users get the exception
/// that made them ask for another try, if there is one.
Error FailureFrom(nb::handle failure, bool is_retry) {
  const nb::object cause =
      is_retry ? nb::object(failure.attr("__cause__")) : nb::object(nb::none());
  const nb::object value = cause.is_none() ? nb::borrow(failure) : cause;
  std::string text = TextOf(value, ErrorCode::kUserCode);
  auto exception = std::make_exception_ptr(
      PythonFailure(MakePyRef(value), text, DetailsOf(failure, is_retry)));
  return Error::FromException(std::move(exception), std::move(text));
}

}  // namespace

Error FromPython(nb::python_error& raised) {
  const nb::object value = nb::borrow(raised.value());
  if (raised.traceback().is_valid()) {
    PyException_SetTraceback(value.ptr(), raised.traceback().ptr());
  }
  if (raised.matches(Attribute("entrepot._failures", "Failure")))
    return FailureFrom(value, false);
  if (raised.matches(Attribute("entrepot._failures", "RetryRequested")))
    return FailureFrom(value, true);
  const ErrorCode code = CodeOf(raised);
  std::string text = TextOf(value, code);
  auto exception = std::make_exception_ptr(PythonException(MakePyRef(value), text));
  return Error::FromException(std::move(exception), std::move(text), code);
}

void SetPythonError(const Error& error) noexcept {
  try {
    if (error.exception()) std::rethrow_exception(error.exception());
    const nb::object type =
        Attribute("entrepot.errors", kClassNames[static_cast<size_t>(error.code())]);
    const nb::object value = type(error.ToString());
    value.attr("code") = std::string(ToString(error.code()));
    value.attr("context") = error.context();
    SetException(value);
  } catch (const PythonException& e) {
    SetException(e.value().get());
  } catch (nb::python_error& e) {
    e.restore();
  } catch (...) {
    PyErr_SetString(PyExc_RuntimeError, error.ToString().c_str());
  }
}

void RaisePythonError(const Error& error) {
  SetPythonError(error);
  throw nb::python_error();
}

void RaiseInapplicable(const std::string& message) {
  const nb::object type = Attribute("entrepot.errors", "ContextAttributeError");
  PyErr_SetString(type.ptr(), message.c_str());
  throw nb::python_error();
}

}  // namespace entrepot::python
