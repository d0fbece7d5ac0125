#include "entrepot/testing/postgres_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

namespace entrepot::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr unsigned kNobody = 65534;

/// Returns the folder of the newest server's programs; "" for none. Debian keeps them out
/// of the search path, one folder per version.
std::string FindPrograms() {
  std::error_code ignored;
  std::vector<std::string> folders;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored))
    folders.push_back((version.path() / "bin").string());
  std::sort(folders.rbegin(), folders.rend());
  folders.insert(folders.end(), {"/usr/local/bin", "/usr/bin"});
  for (const std::string& folder : folders) {
    if (fs::exists(folder + "/initdb") && fs::exists(folder + "/postgres")) return folder;
  }
  return {};
}

/// Starts a program with its output in `log`; as user "nobody" where we are root, whom
/// the server refuses. It is told to end when we do.
pid_t Spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (::getuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // After setuid, which clears it.
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Status RunToEnd(const std::vector<std::string>& words, const std::string& log) {
  int status = -1;
  if (::waitpid(Spawn(words, log), &status, 0) < 0 || status != 0)
    return Internal("'{}' failed: {}", words.front(), Contents(log));
  return {};
}

}  // namespace

Result<std::unique_ptr<PostgresServer>> PostgresServer::Start() {
  std::string programs = FindPrograms();
  if (programs.empty())
    return NotFound("PostgreSQL is not installed (Debian: postgresql)");
  auto server = std::unique_ptr<PostgresServer>(new PostgresServer(std::move(programs)));
  ENTREPOT_RETURN_IF_ERROR(server->Initialise());
  ENTREPOT_RETURN_IF_ERROR(server->Run());
  return server;
}

PostgresServer::~PostgresServer() {
  if (process_ < 0) return;
  ::kill(process_, SIGQUIT);  // Ends it at once, and nothing is to be kept.
  ::waitpid(process_, nullptr, 0);
}

std::string PostgresServer::uri() const {
  return "postgresql://tester@/postgres?host=" + folder_.path();
}

Status PostgresServer::Initialise() {
  const std::string& folder = folder_.path();
  if (::getuid() == 0 && ::chown(folder.c_str(), kNobody, kNobody) != 0)
    return FromErrno(errno, fmt::format("giving '{}' away", folder));
  return RunToEnd({programs_ + "/initdb", "-D", folder + "/data", "-U", "tester", "-A",
                   "trust", "-E", "UTF8", "--locale=C", "--no-sync"},
                  folder + "/initdb.log");
}

Status PostgresServer::Run() {
  const std::string& folder = folder_.path();
  process_ = Spawn({programs_ + "/postgres", "-D", folder + "/data", "-k", folder, "-c",
                    "listen_addresses=", "-c", "fsync=off", "-c", "timezone=UTC"},
                   folder + "/server.log");
  // It writes into its lock file how far it is.
  for (int i = 0; i < 1500; ++i) {
    if (Contents(folder + "/data/postmaster.pid").find("ready") != std::string::npos)
      return {};
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      break;
    }
    std::this_thread::sleep_for(20ms);
  }
  return Internal("PostgreSQL does not start: {}", Contents(folder + "/server.log"));
}

Status PostgresServer::Execute(const std::string& sql) const {
  return RunToEnd({programs_ + "/psql", "-X", "-q", "-h", folder_.path(), "-U", "tester",
                   "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", sql},
                  folder_.path() + "/psql.log");
}

}  // namespace entrepot::testing
