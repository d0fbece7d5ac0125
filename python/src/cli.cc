#include <unistd.h>

#include "bindings.h"
#include "entrepot/cli/run_cli.h"
#include "pickle_codec.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// Calls Python for the core, which holds no lock of Python's.
template <typename Call>
auto WithPython(Call call) -> Result<decltype(call())> {
  const nb::gil_scoped_acquire lock;
  try {
    return call();
  } catch (nb::python_error& e) {
    return FromPython(e);
  }
}

/// Returns the exception of user code as Python code raised it.
std::string DescribeException(const PyRef& describe,
                              const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const PythonException& e) {
    const auto text = WithPython(
        [&] { return nb::cast<std::string>(ToObject(describe)(ToObject(e.value()))); });
    return text ? *text : std::string(e.what());
  } catch (const std::exception& e) {
    return e.what();
  }
}

int RunCommand(const std::string& program, std::vector<std::string> arguments,
               nb::handle load_definitions, nb::handle preview, nb::handle describe) {
  const PyRef load = MakePyRef(load_definitions);
  const PyRef show = MakePyRef(preview);
  const PyRef tell = MakePyRef(describe);
  CliHost host = CliHost::ForProcess(program);
  host.instance_options.codecs = PythonCodecs();
  host.load_definitions = [&](const DefinitionsSource& source) -> Result<Definitions> {
    return WithPython([&] {
      return nb::cast<Definitions>(ToObject(load)(source.file, source.module));
    });
  };
  host.preview_foreign = [&](const Value& value,
                             const PreviewOptions&) -> Result<std::string> {
    return WithPython([&] {
      return nb::cast<std::string>(ToObject(show)(ObjectOf(value, nb::none())));
    });
  };
  host.describe_exception = [&](const std::exception_ptr& exception) {
    return DescribeException(tell, exception);
  };
  host.watch_interrupts = InterruptsFromSignals();
  const int exit_code = [&] {
    const nb::gil_scoped_release unlocked;
    return RunCli(std::move(host), std::move(arguments));
  }();
  return exit_code;
}

}  // namespace

void BindCli(nb::module_& m) {
  m.def("run_cli", &RunCommand, "program"_a, "arguments"_a, "load_definitions"_a,
        "preview"_a, "describe"_a,
        nb::sig("def run_cli(program: str, arguments: list[str], load_definitions: "
                "collections.abc.Callable[[str, str], CoreDefinitions], preview: "
                "collections.abc.Callable[[object], str], describe: "
                "collections.abc.Callable[[BaseException], str]) -> int"),
        "Runs the command line; returns the exit code.");
}

}  // namespace entrepot::python
