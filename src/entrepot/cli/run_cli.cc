#include "entrepot/cli/run_cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

using internal::Session;

constexpr int kUsageError = 2;

CliStream StreamFor(std::ostream& stream, int descriptor) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  CliStream described{.stream = &stream};
  described.is_terminal = ::isatty(descriptor) == 1 && variable("TERM") != "dumb";
  described.use_color = described.is_terminal && variable("NO_COLOR").empty();
  winsize size{};
  if (described.is_terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    described.width = size.ws_col;
  }
  return described;
}

/// Refuses -f and -m, before any verb begins, where the host cannot read them.
void CheckSource(const Session& session, const DefinitionsSource& source) {
  if (session.host().load_definitions || (source.file.empty() && source.module.empty()))
    return;
  if (session.host().definitions) {
    throw ErrorException(
        Invalid("this program has definitions of its own: leave out -f and -m"));
  }
  throw ErrorException(Invalid("{}", internal::kNoDefinitions));
}

void AddGlobalOptions(CLI::App& app, Session& session) {
  auto& options = session.options();
  app.add_option("--instance", options.instance,
                 "The instance's folder [$ENTREPOT_HOME, else entrepot/ in the\nuser's "
                 "data folder]")
      ->option_text("DIR");
  // Always there, so that a program that cannot take them says why; shown where they
  // work.
  const std::string group = session.host().load_definitions ? "Options" : "";
  auto* file = app.add_option("-f,--file", options.source.file,
                              "Python file that has the definitions")
                   ->option_text("FILE")
                   ->group(group);
  app.add_option("-m,--module", options.source.module,
                 "Python module that has the definitions")
      ->option_text("MODULE")
      ->group(group)
      ->excludes(file);
  app.parse_complete_callback([&] { CheckSource(session, options.source); });
  app.set_version_flag("--version", "entrepot " ENTREPOT_VERSION,
                       "Print the version and end");
  app.get_help_ptr()->description("Print this help and end");
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> VerbNames(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  return names;
}

/// Says what is wrong with arguments that nothing takes, and what they were meant to be.
std::string DescribeExtra(CLI::App& app, const std::string& extra) {
  const auto verbs = app.get_subcommands();
  if (extra.starts_with('-')) {
    std::vector<std::string> names = OptionNames(app);
    if (!verbs.empty()) {
      const auto more = OptionNames(*verbs.front());
      names.insert(names.begin(), more.begin(), more.end());
    }
    const auto near = NearestNames(extra, names, 1);
    return fmt::format(
        "unknown option '{}'{}", extra,
        near.empty() ? "" : fmt::format("; did you mean '{}'?", near.front()));
  }
  if (verbs.empty()) {
    return fmt::format("unknown verb '{}'{}", extra, DidYouMean(extra, VerbNames(app)));
  }
  return fmt::format("'{}' takes no further argument: '{}'", verbs.front()->get_name(),
                     extra);
}

/// Reports what CLI11 found wrong with the arguments.
void ReportUsage(CLI::App& app, const CLI::ParseError& error, Session& session) {
  std::string message = error.what();
  const std::vector<std::string> extras = app.remaining(/*recurse=*/true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
    message = DescribeExtra(app, extras.front());
  }
  session.Report("", Invalid("{}", message));
  const auto verbs = app.get_subcommands();
  const std::string verb = verbs.empty() ? "" : verbs.front()->get_name() + " ";
  session.err() << fmt::format("run '{} {}--help' for what there is\n",
                               session.host().program, verb);
  session.set_exit_code(kUsageError);
}

void Parse(CLI::App& app, std::vector<std::string> args, Session& session) {
  std::ranges::reverse(args);  // As CLI11 takes them.
  try {
    app.parse(std::move(args));
    if (app.get_subcommands().empty()) {
      session.err() << app.help();
      session.set_exit_code(kUsageError);
    }
  } catch (const CLI::CallForVersion& version) {
    session.out() << version.what() << '\n';
  } catch (const CLI::Success&) {
    session.out() << app.help();
  } catch (const CLI::ParseError& error) {
    ReportUsage(app, error, session);
  }
}

}  // namespace

CliHost CliHost::ForProcess(std::string program) {
  CliHost host;
  host.program = std::move(program);
  host.out = StreamFor(std::cout, STDOUT_FILENO);
  host.err = StreamFor(std::cerr, STDERR_FILENO);
  return host;
}

int RunCli(CliHost host, std::vector<std::string> args) {
  Session session(std::move(host));
  try {
    CLI::App app("Computes, keeps and shows the assets of a data pipeline.",
                 session.host().program);
    app.require_subcommand(0, 1);
    app.fallthrough();  // Inherited by the verbs: global options may follow them.
    app.get_formatter()->label("SUBCOMMAND", "VERB");
    app.get_formatter()->label("Positionals", "Arguments");
    app.footer(fmt::format(
        "Examples:\n  {0} ls\n  {0} show raw/flights --rows 5\n\n"
        "'{0} VERB --help' tells more of a verb; the options above may follow it, too. "
        "Data "
        "goes to\nthe standard output, everything else to the standard error. Exit "
        "codes: 0 "
        "done, 1 a\nstep's own code failed, 2 wrong usage or definitions, 3 not found, 5 "
        "damaged, 130\ninterrupted; docs/cli.md has all.",
        session.host().program));
    AddGlobalOptions(app, session);
    internal::AddMaterializeCommand(app, session);
    internal::AddLsCommand(app, session);
    internal::AddShowCommand(app, session);
    internal::AddHistoryCommand(app, session);
    internal::AddRunsCommand(app, session);
    Parse(app, std::move(args), session);
  } catch (const ErrorException& e) {
    session.Finish(e.error());
  } catch (const std::exception& e) {
    session.Finish(Internal("{}", e.what()));
  }
  session.out().flush();
  session.err().flush();
  if (!session.out()) session.Finish(Unavailable("the output could not be written"));
  return session.exit_code();
}

}  // namespace entrepot
