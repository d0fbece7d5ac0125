#include "entrepot/execution/process_identity.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace entrepot {
namespace {

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// What /proc/<pid>/stat (proc(5)) says of a process.
struct ProcessFacts {
  std::string state{};
  std::int64_t num_threads = 0;
  std::int64_t start = 0;

  /// Dead, but not yet waited for by its parent. (In a process whose first thread alone
  /// has ended, others are left.)
  bool is_zombie() const { return (state == "Z" || state == "X") && num_threads <= 1; }
};

/// Returns nothing where there is no such process, or no /proc that shows it.
std::optional<ProcessFacts> FactsOf(std::int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  // The name of the program, in parentheses, may hold anything; the fields follow it.
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  const std::vector<std::string> fields(std::istream_iterator<std::string>(rest), {});
  constexpr size_t kState = 0, kNumThreads = 17, kStart = 19;  // Fields 3, 20 and 22.
  if (fields.size() <= kStart) return std::nullopt;
  return ProcessFacts{.state = fields[kState],
                      .num_threads = std::stoll(fields[kNumThreads]),
                      .start = std::stoll(fields[kStart])};
}

bool Exists(std::int64_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
}

}  // namespace

ProcessIdentity ThisProcess() {
  const auto facts = FactsOf(::getpid());
  return {.host = HostName(), .pid = ::getpid(), .start = facts ? facts->start : 0};
}

bool HasEnded(const ProcessIdentity& process) {
  if (process.pid <= 0 || process.host.empty() || process.host != HostName())
    return false;
  const auto facts = FactsOf(process.pid);
  if (!facts) return !Exists(process.pid);
  if (process.start != 0 && facts->start != process.start) return true;
  return facts->is_zombie();
}

}  // namespace entrepot
