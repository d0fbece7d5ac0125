#include "step_log.h"

#include <fmt/format.h>

#include "bindings.h"
#include "entrepot/io/step_log.h"

namespace entrepot::python {
namespace {

/// Returns the line that a message and its arguments make, as Python's logging does. What
/// does not fit together is a line, too: no step fails by what it logs.
std::string LineOf(nb::handle message, const nb::args& args) {
  const nb::object text = nb::str(message);
  if (args.size() == 0) return nb::cast<std::string>(text);
  const bool is_by_name = args.size() == 1 &&
                          PyMapping_Check(nb::object(args[0]).ptr()) &&
                          nb::isinstance<nb::dict>(args[0]);
  const nb::object values = is_by_name ? nb::object(args[0]) : nb::object(args);
  const nb::object line = nb::steal(PyUnicode_Format(text.ptr(), values.ptr()));
  if (line.is_valid()) return nb::cast<std::string>(line);
  const nb::python_error error;
  return fmt::format("{} {} (not formatted: {})", nb::cast<std::string>(text),
                     nb::cast<std::string>(nb::repr(values)),
                     nb::cast<std::string>(nb::str(error.value())));
}

void WriteLine(StepLog& log, LogLevel level, std::string line) {
  const nb::gil_scoped_release unlocked;
  log.Write(level, std::move(line));
}

template <LogLevel kLevel>
void WriteAt(StepLog& log, nb::handle message, const nb::args& args) {
  WriteLine(log, kLevel, LineOf(message, args));
}

/// Writes the line, and below it the traceback of the exception that is being handled.
void WriteException(StepLog& log, nb::handle message, const nb::args& args) {
  const auto traceback = nb::cast<std::string>(Attribute("traceback", "format_exc")());
  WriteLine(log, LogLevel::kError, LineOf(message, args) + "\n" + traceback);
}

/// Takes the numbers of Python's logging: 10 for debug, 20, 30, 40 and above.
void WriteAtNumber(StepLog& log, int level, nb::handle message, const nb::args& args) {
  const LogLevel ours = level < 20   ? LogLevel::kDebug
                        : level < 30 ? LogLevel::kInfo
                        : level < 40 ? LogLevel::kWarning
                                     : LogLevel::kError;
  WriteLine(log, ours, LineOf(message, args));
}

}  // namespace

std::function<void(const std::string& step_key, LogLevel, const std::string&)>
LogForwarder() {
  return [](const std::string& step_key, LogLevel level, const std::string& message) {
    const nb::gil_scoped_acquire lock;
    try {
      Attribute("entrepot._logging", "forward")(step_key, std::string(ToString(level)),
                                                message);
    } catch (nb::python_error& e) {
      // A handler that raises must not end the step whose line it was given.
      e.discard_as_unraisable("entrepot: passing a line of a step to Python's logging");
    }
  };
}

void BindStepLog(nb::module_& m) {
  nb::class_<StepLog>(
      m, "StepLog", "Takes lines for the event log, and for Python's logger 'entrepot'.")
      .def("debug", &WriteAt<LogLevel::kDebug>, "message"_a, "args"_a)
      .def("info", &WriteAt<LogLevel::kInfo>, "message"_a, "args"_a)
      .def("warning", &WriteAt<LogLevel::kWarning>, "message"_a, "args"_a)
      .def("warn", &WriteAt<LogLevel::kWarning>, "message"_a, "args"_a)
      .def("error", &WriteAt<LogLevel::kError>, "message"_a, "args"_a)
      .def("critical", &WriteAt<LogLevel::kError>, "message"_a, "args"_a,
           "As error: the event log has no level above it.")
      .def("exception", &WriteException, "message"_a, "args"_a,
           "As error, with the traceback of the exception that is being handled.")
      .def("log", &WriteAtNumber, "level"_a, "message"_a, "args"_a,
           "Takes the numbers of Python's logging.");
}

}  // namespace entrepot::python
