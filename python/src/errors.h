#pragma once

/// \file python/src/errors.h
/// Errors across the language border, both ways.

#include "entrepot/error.h"
#include "entrepot/execution/step_failure.h"
#include "py_ref.h"

namespace entrepot::python {

/// An exception that Python code raised, on its way through C++. Safe for concurrent use.
class PythonException : public std::exception {
 public:
  PythonException(PyRef value, std::string text)
      : value_(std::move(value)), text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }
  const PyRef& value() const { return value_; }

 private:
  PyRef value_;
  std::string text_;
};

/// One that says how the step failed: entrepot.Failure, RetryRequested.
class PythonFailure final : public PythonException, public FailureDetails {
 public:
  PythonFailure(PyRef value, std::string text, FailureDetails details)
      : PythonException(std::move(value), std::move(text)),
        FailureDetails(std::move(details)) {}
};

/// Turns a caught Python exception into an error: kCancelled for KeyboardInterrupt, what
/// an error of ours was for one of ours, else kUserCode. Needs Python's lock.
Error FromPython(nb::python_error& raised);

/// Sets Python's error indicator: to the original exception, traceback included, where
/// user code raised it; else to the class of entrepot.errors for its code. Needs Python's
/// lock.
void SetPythonError(const Error& error) noexcept;

/// Throws, for functions that return no Result. Needs Python's lock.
[[noreturn]] void RaisePythonError(const Error& error);

/// Raises a ContextAttributeError, which is also an AttributeError, so that hasattr and
/// getattr with a default work on what does not apply. Needs Python's lock.
[[noreturn]] void RaiseInapplicable(const std::string& message);

}  // namespace entrepot::python
