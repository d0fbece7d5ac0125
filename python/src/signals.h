#pragma once

/// \file python/src/signals.h
/// Python's signals while the core works.

#include <optional>

#include "errors.h"
#include "py_ref.h"

namespace entrepot::python {

/// Lets Python handle its signals from time to time, and keeps what a handler raised
/// until the core has come back. One thread at a time.
class SignalPoll {
 public:
  /// Takes Python's lock; true once a handler has raised.
  bool Poll() {
    const nb::gil_scoped_acquire lock;
    if (!raised_ && PyErr_CheckSignals() != 0) {
      nb::python_error error;
      raised_ = FromPython(error);
    }
    return raised_.has_value();
  }

  /// Throws what a handler raised. Needs Python's lock.
  void Rethrow() const {
    if (raised_) RaisePythonError(*raised_);
  }

 private:
  std::optional<Error> raised_;
};

}  // namespace entrepot::python
