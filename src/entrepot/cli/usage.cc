#include "entrepot/cli/usage_internal.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/nearest_name.h"

namespace entrepot::internal {
namespace {

constexpr size_t kOptionsWidth = 26;  // Of the help, which is made for 80 columns.

bool CanHaveDefinitions(const Session& session) {
  return session.host().definitions || session.host().load_definitions;
}

/// Returns a command that works in this program, given a file of definitions.
std::string Example(const Session& session, Needs needs, const std::string& arguments) {
  const bool names_file =
      needs == Needs::kDefinitions && session.host().load_definitions != nullptr;
  return fmt::format("  {}{} {}\n", session.host().program,
                     names_file ? " -f flights.py" : "", arguments);
}

/// Refuses -f and -m, before any verb begins, where the host cannot read them.
void CheckSource(Session& session) {
  const DefinitionsSource& source = session.options().source;
  if (session.host().load_definitions || (source.file.empty() && source.module.empty()))
    return;
  if (session.host().definitions) {
    throw ErrorException(
        Invalid("this program has definitions of its own: leave out -f and -m"));
  }
  throw ErrorException(Invalid("{}", kNoDefinitions));
}

void AddGlobalOptions(CLI::App& app, Session& session) {
  auto& options = session.options();
  app.set_help_flag();  // Comes last, below.
  // Always there, so that a program that cannot take them says why; shown where they
  // work.
  const std::string group = session.host().load_definitions ? "Options" : "";
  auto* file = app.add_option("-f,--file", options.source.file,
                              "Python file that has the definitions")
                   ->option_text("FILE")
                   ->check(NotEmpty())
                   ->group(group);
  app.add_option("-m,--module", options.source.module,
                 "Python module that has the definitions")
      ->option_text("MODULE")
      ->check(NotEmpty())
      ->group(group)
      ->excludes(file);
  app.parse_complete_callback([&session] { CheckSource(session); });
  app.add_option("--instance", options.instance,
                 "The instance's folder [$ENTREPOT_HOME, else\n"
                 "entrepot/ in the user's data folder]")
      ->option_text("DIR")
      ->check(NotEmpty());
  app.set_version_flag("--version", "entrepot " ENTREPOT_VERSION,
                       "Print the version and end");
  app.set_help_flag("-h,--help", "Print this help and end");
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

bool HasVerbs(const CLI::App& verb) { return !verb.get_subcommands({}).empty(); }

std::string DescribeUnknownOption(CLI::App& app, const std::string& option) {
  std::vector<std::string> names = OptionNames(app);
  const auto verbs = app.get_subcommands();
  if (!verbs.empty()) {
    const std::vector<std::string> of_verb = OptionNames(*verbs.front());
    if (std::ranges::find(of_verb, option.substr(0, option.find('='))) != of_verb.end()) {
      return fmt::format("'{}' belongs behind the verb '{}'", option,
                         verbs.front()->get_name());
    }
    names.insert(names.begin(), of_verb.begin(), of_verb.end());
  }
  const auto near = NearestNames(option.substr(0, option.find('=')), names, 1);
  return fmt::format(
      "unknown option '{}'{}", option,
      near.empty() ? "" : fmt::format("; did you mean '{}'?", near.front()));
}

/// Says what is wrong with an argument that nothing takes, and what it was meant to be.
/// Where the verb misses one all the same, this one stands before the verb.
std::string DescribeExtra(CLI::App& app, const std::string& extra, bool misses_one) {
  if (extra.starts_with('-')) return DescribeUnknownOption(app, extra);
  const auto verbs = app.get_subcommands();
  if (!verbs.empty() && HasVerbs(*verbs.front())) {
    return fmt::format("unknown verb '{}' of '{}'{}", extra, verbs.front()->get_name(),
                       DidYouMean(extra, VerbNames(*verbs.front())));
  }
  if (verbs.empty() || misses_one) {
    return fmt::format("unknown verb '{}'{}", extra, DidYouMean(extra, VerbNames(app)));
  }
  return fmt::format("'{}' takes no further argument: '{}'", verbs.front()->get_name(),
                     extra);
}

std::string DescribeWrongUsage(CLI::App& app, const CLI::ParseError& error) {
  const std::string message = error.what();
  const std::string option = message.substr(0, message.find(':'));
  const std::vector<std::string> extras = app.remaining(/*recurse=*/true);
  const bool misses_one = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if ((misses_one || has_extras) && !extras.empty()) {
    return DescribeExtra(app, extras.front(), misses_one);
  }
  const auto verbs = app.get_subcommands();
  if (misses_one && !verbs.empty() && HasVerbs(*verbs.front())) {
    const std::string verb = verbs.front()->get_name();
    return fmt::format("'{}' needs a verb of its own{}", verb,
                       DidYouMean("", VerbNames(*verbs.front())));
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return message.ends_with("missing") ? fmt::format("'{}' needs a value", option)
                                        : fmt::format("'{}' is there twice", option);
  }
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    return fmt::format("'{}'{}", option, message.substr(option.size() + 1));
  }
  return message;
}

}  // namespace

CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](const std::string& text) { return text.empty() ? "must not be empty" : ""; },
      "");
}

CLI::Validator AtLeast(int least) {
  const auto check = [least](const std::string& text) -> std::string {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    if (failure == std::errc() && rest == end && number >= least) return "";
    return fmt::format("must be a whole number of at least {}, not '{}'", least, text);
  };
  return CLI::Validator(check, "");
}

CLI::Validator EitherOf(std::string one, std::string other) {
  const auto check = [one, other](const std::string& text) -> std::string {
    if (text == one || text == other) return "";
    return fmt::format("must be '{}' or '{}', not '{}'", one, other, text);
  };
  return CLI::Validator(check, "");
}

void AddPartitionOption(CLI::App& verb, std::optional<std::string>& partition,
                        const std::string& description) {
  verb.add_option("--partition", partition, description)
      ->option_text("KEY")
      ->check(NotEmpty());
}

void DescribeProgram(CLI::App& app, Session& session) {
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("Positionals", "Arguments");
  app.get_formatter()->column_width(kOptionsWidth);
  AddGlobalOptions(app, session);
  std::string examples;
  if (CanHaveDefinitions(session)) {
    examples = Example(session, Needs::kDefinitions, "materialize");
  }
  examples += Example(session, Needs::kInstance, "ls") +
              Example(session, Needs::kInstance, "show raw/flights --rows 5");
  app.footer(fmt::format(
      "Examples:\n{}\n"
      "{} VERB --help\n"
      "tells more of a verb. The options above may stand behind the verb, too.\n\n"
      "Data goes to the standard output, everything else to the standard error.\n\n"
      "Exit codes: 0 done, 1 user code failed, 2 wrong usage or definitions, 3 not\n"
      "found, 5 corrupt, 6 permission refused, 7 unavailable, 9 unsupported,\n"
      "130 interrupted; docs/cli.md has all.",
      examples, session.host().program));
}

void DescribeVerb(CLI::App& verb, const Session& session, Needs needs,
                  const std::string& arguments) {
  const bool can_work = needs == Needs::kInstance || CanHaveDefinitions(session);
  verb.group(can_work ? "Verbs" : "");
  verb.footer(
      can_work
          ? fmt::format("Example:\n{}\n{} --help\nhas the options of all verbs, such "
                        "as --instance.",
                        Example(session, needs, arguments), session.host().program)
          : kNoDefinitions);
}

void ReportUsage(CLI::App& app, const CLI::ParseError& error, Session& session) {
  session.Report("", Invalid("{}", DescribeWrongUsage(app, error)));
  const auto verbs = app.get_subcommands();
  const std::string verb = verbs.empty() ? "" : verbs.front()->get_name() + " ";
  session.err() << fmt::format("run '{} {}--help' for what there is\n",
                               session.host().program, verb);
  session.set_exit_code(ExitCodeFor(ErrorCode::kInvalid));
}

}  // namespace entrepot::internal
