#pragma once

/// \file entrepot/cli/run_cli.h
/// The verbs of the command line, for a host that brings definitions or none. A C++
/// program wants run_main.h.

#include <exception>
#include <functional>
#include <iosfwd>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "entrepot/cli/preview.h"
#include "entrepot/clock.h"
#include "entrepot/execution/definitions.h"
#include "entrepot/execution/instance.h"

namespace entrepot {

/// A stream that a command writes to, and what is known of who reads it. Plain data.
struct CliStream {
  std::ostream* stream = nullptr;  ///< Borrowed; never null in use.
  bool is_terminal = false;
  bool use_color = false;  ///< Bold headings, red failures; else no escape codes at all.
  int width = 0;           ///< Columns of the terminal; 0: nothing needs to be cut.
  int descriptor = -1;     ///< Of the process, where it writes to one.
};

/// What `-f FILE` or `-m MODULE` named; exactly one is not empty.
struct DefinitionsSource {
  std::string file{};
  std::string module{};
};

/// The program that the command line belongs to. Plain data; functions are called from
/// the thread that runs RunCli unless they say otherwise, and may be null.
struct CliHost {
  /// As its user starts it, in a shell's words, e.g. "./flights"; for help and for
  /// commands that are suggested.
  std::string program = "entrepot";

  CliStream out{};  ///< Data.
  CliStream err{};  ///< Everything else.

  /// Makes the program's definitions; called at most once, when a verb needs them. May
  /// throw. Null: the program has none.
  std::function<Result<Definitions>()> definitions{};

  /// Makes definitions from what -f or -m names. May throw. Null: both are refused.
  std::function<Result<Definitions>(const DefinitionsSource&)> load_definitions{};

  InstanceOptions instance_options{};

  /// Called before a run begins; what it returns stops the run. For hosts that catch
  /// signals only then, so that the other verbs end at the first one.
  std::function<std::stop_token()> watch_interrupts{};

  /// See MaterializeOptions::poll.
  std::function<bool()> poll{};

  /// Describes, in text for people, a value only the host's language understands.
  std::function<Result<std::string>(const Value&, const PreviewOptions&)>
      preview_foreign{};

  /// Tells more of an exception that user code raised than its message does (Python: the
  /// traceback). Called from any thread, one at a time.
  std::function<std::string(const std::exception_ptr&)> describe_exception{};

  /// Returns the environment's variables: those that begin with ENTREPOT__ configure
  /// runs, and a configuration may refer to any. Null: there are none.
  std::function<std::map<std::string, std::string>()> environment{};

  const Clock* clock = &Clock::System();

  /// Returns a host over the process's standard streams and environment; colours as the
  /// terminals, NO_COLOR and TERM say.
  static CliHost ForProcess(std::string program);
};

/// Returns a function for CliHost::watch_interrupts: from its call on, a first SIGINT or
/// SIGTERM requests the stop of the run and a second one ends the process with 130.
std::function<std::stop_token()> InterruptsFromSignals();

/// Runs the command that `args` (without the program's name) ask for. Nothing is thrown;
/// errors are told on `host.err`. One thread at a time.
///
/// Returns the exit code (docs/cli.md).
int RunCli(CliHost host, std::vector<std::string> args);

}  // namespace entrepot
