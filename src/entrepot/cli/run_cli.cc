#include "entrepot/cli/run_cli.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "entrepot/cli/commands_internal.h"
#include "entrepot/cli/stream_internal.h"
#include "entrepot/cli/usage_internal.h"

namespace entrepot {
namespace {

using internal::Session;

std::map<std::string, std::string> VariablesOfProcess() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

void FinishOutput(Session& session) {
  session.out().flush();
  session.err().flush();
  if (session.out()) return;
  const Error failure = Unavailable("the output could not be written");
  if (internal::IsReaderGone(session.host().out)) {  // Nothing to complain of.
    session.set_exit_code(ExitCodeFor(failure.code()));
  } else {
    session.Finish(failure);
  }
}

void Parse(CLI::App& app, std::vector<std::string> args, Session& session) {
  std::ranges::reverse(args);  // As CLI11 takes them.
  try {
    app.parse(std::move(args));
    if (app.get_subcommands().empty()) {
      session.err() << app.help();
      session.set_exit_code(ExitCodeFor(ErrorCode::kInvalid));
    }
  } catch (const CLI::CallForVersion& version) {
    session.out() << version.what() << '\n';
  } catch (const CLI::Success&) {
    session.out() << app.help();
  } catch (const CLI::ParseError& error) {
    internal::ReportUsage(app, error, session);
  }
}

}  // namespace

CliHost CliHost::ForProcess(std::string program) {
  CliHost host;
  host.program = std::move(program);
  host.out = internal::DescribeStream(std::cout, STDOUT_FILENO);
  host.err = internal::DescribeStream(std::cerr, STDERR_FILENO);
  host.environment = VariablesOfProcess;
  return host;
}

int RunCli(CliHost host, std::vector<std::string> args) {
  Session session(std::move(host));
  try {
    CLI::App app("Computes, keeps and shows the assets of a data pipeline.\n",
                 session.host().program);
    app.require_subcommand(0, 1);
    app.fallthrough();  // Inherited by the verbs: global options may follow them.
    internal::DescribeProgram(app, session);
    internal::AddMaterializeCommand(app, session);
    internal::AddLsCommand(app, session);
    internal::AddShowCommand(app, session);
    internal::AddHistoryCommand(app, session);
    internal::AddRunsCommand(app, session);
    internal::AddConfigCommand(app, session);
    Parse(app, std::move(args), session);
  } catch (const ErrorException& e) {
    session.Finish(e.error());
  } catch (const std::exception& e) {
    session.Finish(Internal("{}", e.what()));
  }
  FinishOutput(session);
  return session.exit_code();
}

}  // namespace entrepot
