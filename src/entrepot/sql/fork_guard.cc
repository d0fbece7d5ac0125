// What goes wrong when a process with open SQLite connections forks, and what is done
// here.
//
// 1. Another thread may hold one of SQLite's global mutexes (allocator, open files) at
// that
//    moment; in the child it stays locked for ever. So a fork waits until none of our
//    threads is inside SQLite, and none enters until it is done.
//
// 2. SQLite keeps one table of open files per process, found by (device, inode), that
// says
//    which locks the process holds, since POSIX locks belong to processes. The child
//    inherits the table but not the locks: a connection it opens to the same file takes
//    no lock, "because the process has it already". Another process that closes the file
//    then believes to be the last one and deletes the WAL, and what the child has
//    committed since is gone (seen with 3.40; fork_guard_test.cc). So SQLite sees another
//    device number in each generation of processes, and the child's connections get
//    entries, and locks, of their own. In a process that was never forked nothing
//    changes.

#include "entrepot/sql/fork_guard.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "entrepot/error.h"
#include "entrepot/result.h"

namespace entrepot {
namespace {

std::atomic<std::uint64_t> generation = 0;
std::atomic<int> threads_inside = 0;
std::atomic<int> forking = 0;
std::mutex fork_mutex;  // Two threads may fork at once.

void BeforeFork() {
  fork_mutex.lock();
  forking = 1;
  while (threads_inside != 0) std::this_thread::yield();
}

void AfterForkInParent() {
  forking = 0;
  forking.notify_all();
  fork_mutex.unlock();
}

void AfterForkInChild() {
  ++generation;
  AfterForkInParent();
}

void SetApart(struct stat& facts) {
  // Any odd number spreads the generations; zero leaves the device alone.
  facts.st_dev ^= static_cast<dev_t>(generation * 0x9E3779B97F4A7C15u);
}

extern "C" int EntrepotStat(const char* path, struct stat* facts) {
  const int status = stat(path, facts);
  if (status == 0) SetApart(*facts);
  return status;
}

extern "C" int EntrepotFstat(int fd, struct stat* facts) {
  const int status = fstat(fd, facts);
  if (status == 0) SetApart(*facts);
  return status;
}

}  // namespace

std::uint64_t ForkGeneration() { return generation.load(std::memory_order_relaxed); }

void InstallForkGuard() {
  static std::once_flag once;
  std::call_once(once, [] {
    ENTREPOT_CHECK(pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild) == 0);
    sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
    if (vfs == nullptr || vfs->iVersion < 3 || vfs->xSetSystemCall == nullptr) return;
    const auto set = [&](const char* name, auto function) {
      vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(function));
    };
    set("stat", EntrepotStat);
    set("fstat", EntrepotFstat);
  });
}

void SqliteCall::Enter() {
  while (true) {
    ++threads_inside;
    if (forking == 0) return;
    --threads_inside;
    forking.wait(1);
  }
}

void SqliteCall::Leave() { --threads_inside; }

}  // namespace entrepot
