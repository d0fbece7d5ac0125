#include "entrepot/testing/faulty_sqlite_files.h"

#include <sqlite3.h>

#include <cerrno>
#include <csignal>

#include <fmt/format.h>

namespace entrepot::testing {
namespace {

using Call = SqliteFileCallKind;
using Kind = SqliteFaultKind;

/// The errors that SQLite's own VFS returns for a kind of call.
std::vector<int> CodesOf(SqliteFileCallKind kind) {
  switch (kind) {
    case Call::kOpen:
      return {SQLITE_CANTOPEN};
    case Call::kDelete:
      return {SQLITE_IOERR_DELETE};
    case Call::kExists:
      return {SQLITE_IOERR_ACCESS};
    case Call::kRead:
      return {SQLITE_IOERR_READ};
    case Call::kWrite:
      return {SQLITE_FULL, SQLITE_IOERR_WRITE};
    case Call::kTruncate:
      return {SQLITE_IOERR_TRUNCATE};
    case Call::kSync:
      return {SQLITE_IOERR_FSYNC};
    case Call::kSyncFolder:
      return {};
    case Call::kSize:
      return {SQLITE_IOERR_FSTAT};
    case Call::kLock:
      return {SQLITE_IOERR_LOCK};
    case Call::kIsLocked:
      return {SQLITE_IOERR_CHECKRESERVEDLOCK};
    case Call::kMapIndex:
      return {SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMMAP};
    case Call::kLockIndex:
      return {SQLITE_IOERR_SHMLOCK};
  }
  return {};
}

bool ChangesTheDisk(SqliteFileCallKind kind) {
  switch (kind) {
    case Call::kOpen:
    case Call::kDelete:
    case Call::kWrite:
    case Call::kTruncate:
    case Call::kSync:
    case Call::kSyncFolder:
    case Call::kMapIndex:
      return true;
    default:
      return false;
  }
}

int ErrnoOf(int code) {
  switch (code) {
    case SQLITE_FULL:
      return ENOSPC;
    case SQLITE_CANTOPEN:
      return EMFILE;
    default:
      return EIO;
  }
}

SqliteFileCall Halved(SqliteFileCall call) {
  call.bytes = call.bytes.first(call.bytes.size() / 2);
  return call;
}

}  // namespace

std::string Describe(const SqliteFault& fault, SqliteFileCallKind call) {
  const std::string which = fmt::format("call {} ({})", fault.at, ToString(call));
  const auto fails = [&](std::string_view after) {
    return fmt::format("{} fails{} with {} ({}){}", which, after,
                       sqlite3_errstr(fault.code), fault.code,
                       fault.lasts ? ", and all later ones" : "");
  };
  switch (fault.kind) {
    case Kind::kFail:
      return fails("");
    case Kind::kFailWithin:
      return fails(" half done");
    case Kind::kFailAfter:
      return fails(" after its effect");
    case Kind::kKillBefore:
      return "killed before " + which;
    case Kind::kKillWithin:
      return "killed within " + which;
    case Kind::kKillAfter:
      return "killed after " + which;
  }
  return which;
}

std::vector<SqliteFault> FailuresOf(const std::vector<SqliteFileCallKind>& calls) {
  std::vector<SqliteFault> faults;
  for (int at = 0; at < static_cast<int>(calls.size()); ++at) {
    const Call call = calls[static_cast<size_t>(at)];
    for (const int code : CodesOf(call)) {
      faults.push_back({.at = at, .kind = Kind::kFail, .code = code});
      faults.push_back({.at = at, .kind = Kind::kFail, .code = code, .lasts = true});
      // An open that fails has opened nothing.
      if (!ChangesTheDisk(call) || call == Call::kOpen) continue;
      faults.push_back({.at = at, .kind = Kind::kFailAfter, .code = code});
      if (call != Call::kWrite) continue;
      faults.push_back({.at = at, .kind = Kind::kFailWithin, .code = code});
    }
  }
  return faults;
}

std::vector<SqliteFault> KillsOf(const std::vector<SqliteFileCallKind>& calls) {
  std::vector<SqliteFault> faults;
  for (int at = 0; at < static_cast<int>(calls.size()); ++at) {
    const Call call = calls[static_cast<size_t>(at)];
    faults.push_back({.at = at, .kind = Kind::kKillBefore});
    if (call == Call::kWrite) faults.push_back({.at = at, .kind = Kind::kKillWithin});
    if (ChangesTheDisk(call)) faults.push_back({.at = at, .kind = Kind::kKillAfter});
  }
  return faults;
}

std::vector<SqliteFileCallKind> FaultySqliteFiles::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void FaultySqliteFiles::Heal() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
}

/// Counts a call and says what becomes of it.
FaultySqliteFiles::Turn FaultySqliteFiles::TurnOf(SqliteFileCallKind kind) {
  const std::lock_guard lock(mutex_);
  const int number = static_cast<int>(calls_.size());
  calls_.push_back(kind);
  if (!fault_ || number < fault_->at) return Turn::kPass;
  if (number == fault_->at) return Turn::kGoWrong;
  const bool is_same_kind = kind == calls_[static_cast<size_t>(fault_->at)];
  return fault_->lasts && is_same_kind ? Turn::kFail : Turn::kPass;
}

int FaultySqliteFiles::Do(const SqliteFileCall& call) {
  switch (TurnOf(call.kind)) {
    case Turn::kPass:
      return Make(call);
    case Turn::kGoWrong:
      return GoWrong(call);
    case Turn::kFail:
      return Fail();
  }
  return SQLITE_INTERNAL;  // Not reached.
}

int FaultySqliteFiles::Make(const SqliteFileCall& call) {
  if (call.kind == Call::kSync) return SQLITE_OK;
  return InterceptedSqliteFiles::Do(call);
}

int FaultySqliteFiles::Fail() {
  errno = ErrnoOf(fault_->code);
  return fault_->code;
}

int FaultySqliteFiles::GoWrong(const SqliteFileCall& call) {
  switch (fault_->kind) {
    case Kind::kFail:
      return Fail();
    case Kind::kFailWithin:
      Make(Halved(call));
      return Fail();
    case Kind::kFailAfter:
      Make(call);
      return Fail();
    case Kind::kKillBefore:
      break;
    case Kind::kKillWithin:
      Make(Halved(call));
      break;
    case Kind::kKillAfter:
      Make(call);
      break;
  }
  std::raise(SIGKILL);
  return SQLITE_INTERNAL;  // Not reached.
}

}  // namespace entrepot::testing
