#include "entrepot/testing/faulty_local_calls.h"

#include <string.h>

#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>

namespace entrepot::testing {
namespace {

using Kind = LocalFaultKind;

/// The errors that a call of a kind may return on a local filesystem.
std::vector<int> ErrorsOf(LocalCallKind kind) {
  switch (kind) {
    case LocalCallKind::kOpen:
      return {EIO, EACCES, EINTR, EMFILE, ENOSPC, EDQUOT, EROFS};
    case LocalCallKind::kClose:
      return {EIO, EINTR};
    case LocalCallKind::kRead:
      return {EIO, EINTR};
    case LocalCallKind::kWrite:
      return {EIO, EINTR, ENOSPC, EDQUOT, EFBIG};
    case LocalCallKind::kSize:
    case LocalCallKind::kModified:
    case LocalCallKind::kDescribe:
      return {EIO};
    case LocalCallKind::kCopyRange:
      return {EIO, EINTR, ENOSPC, EDQUOT, EXDEV};
    case LocalCallKind::kMap:
      return {ENOMEM, EACCES, EAGAIN, ENODEV};
    case LocalCallKind::kSetAttribute:
      return {EIO, ENOSPC, EDQUOT, EPERM, EOPNOTSUPP};
    case LocalCallKind::kGetAttribute:
      return {EIO, ENODATA, EACCES, EOPNOTSUPP};
    case LocalCallKind::kLock:
    case LocalCallKind::kWaitForLock:
    case LocalCallKind::kUnlock:
      return {EIO, EINTR, ENOLCK};
    case LocalCallKind::kSync:
      return {EIO, EINTR, ENOSPC, EDQUOT};
    case LocalCallKind::kLink:
    case LocalCallKind::kMakeFolder:
      return {EIO, EACCES, ENOSPC, EDQUOT, EMLINK, EROFS};
    case LocalCallKind::kRename:
    case LocalCallKind::kRenameNew:
    case LocalCallKind::kExchange:
      return {EIO, EACCES, ENOSPC, EDQUOT, EBUSY, EROFS};
    case LocalCallKind::kRemove:
    case LocalCallKind::kRemoveFolder:
      return {EIO, EACCES, EBUSY, EROFS};
    case LocalCallKind::kList:
      return {EIO, EACCES, EMFILE};
    case LocalCallKind::kNames:
    case LocalCallKind::kExists:
      return {EIO, EACCES};
  }
  return {};
}

bool MovesBytes(LocalCallKind kind) {
  return kind == LocalCallKind::kRead || kind == LocalCallKind::kWrite ||
         kind == LocalCallKind::kCopyRange;
}

bool ChangesTheDisk(LocalCallKind kind) {
  switch (kind) {
    case LocalCallKind::kOpen:
    case LocalCallKind::kWrite:
    case LocalCallKind::kSetAttribute:
    case LocalCallKind::kSync:
    case LocalCallKind::kLink:
    case LocalCallKind::kCopyRange:
    case LocalCallKind::kRename:
    case LocalCallKind::kRenameNew:
    case LocalCallKind::kExchange:
    case LocalCallKind::kRemove:
    case LocalCallKind::kMakeFolder:
    case LocalCallKind::kRemoveFolder:
      return true;
    default:
      return false;
  }
}

LocalCall Halved(LocalCall call) {
  call.into = call.into.first((call.into.size() + 1) / 2);
  call.bytes = call.bytes.first((call.bytes.size() + 1) / 2);
  call.size = (call.size + 1) / 2;
  return call;
}

}  // namespace

std::string Describe(const LocalFault& fault, LocalCallKind call) {
  const std::string which = fmt::format("call {} ({})", fault.at, ToString(call));
  switch (fault.kind) {
    case Kind::kFail:
    case Kind::kFailAfter:
      return fmt::format("{} fails{} with {}{}", which,
                         fault.kind == Kind::kFailAfter ? " after its effect" : "",
                         strerrorname_np(fault.error),
                         fault.lasts ? ", and all later ones" : "");
    case Kind::kShorten:
      return fmt::format("{} is cut short{}", which,
                         fault.lasts ? fmt::format(", and all later ones fail with {}",
                                                   strerrorname_np(fault.error))
                                     : "");
    case Kind::kKillBefore:
      return "killed before " + which;
    case Kind::kKillWithin:
      return "killed within " + which;
    case Kind::kKillAfter:
      return "killed after " + which;
  }
  return which;
}

std::vector<LocalFault> FailuresOf(const std::vector<LocalCallKind>& calls) {
  std::vector<LocalFault> faults;
  for (int at = 0; at < static_cast<int>(calls.size()); ++at) {
    const LocalCallKind call = calls[static_cast<size_t>(at)];
    for (const int error : ErrorsOf(call)) {
      faults.push_back({.at = at, .error = error});
      // One that lasts would be tried for ever.
      if (error != EINTR) faults.push_back({.at = at, .error = error, .lasts = true});
    }
    if (MovesBytes(call)) {
      faults.push_back({.at = at, .kind = Kind::kShorten});
      faults.push_back(
          {.at = at, .kind = Kind::kShorten, .error = ENOSPC, .lasts = true});
    }
    if (ChangesTheDisk(call)) faults.push_back({.at = at, .kind = Kind::kFailAfter});
  }
  return faults;
}

std::vector<LocalFault> KillsOf(const std::vector<LocalCallKind>& calls) {
  std::vector<LocalFault> faults;
  for (int at = 0; at < static_cast<int>(calls.size()); ++at) {
    const LocalCallKind call = calls[static_cast<size_t>(at)];
    faults.push_back({.at = at, .kind = Kind::kKillBefore});
    if (call == LocalCallKind::kWrite || call == LocalCallKind::kCopyRange) {
      faults.push_back({.at = at, .kind = Kind::kKillWithin});
    }
    if (ChangesTheDisk(call)) faults.push_back({.at = at, .kind = Kind::kKillAfter});
  }
  return faults;
}

std::vector<LocalCallKind> FaultyLocalCalls::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

/// Returns the call's number.
int FaultyLocalCalls::Count(LocalCallKind kind) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(kind);
  return static_cast<int>(calls_.size()) - 1;
}

std::int64_t FaultyLocalCalls::Do(const LocalCall& call) {
  const int number = Count(call.kind);
  if (!fault_ || number < fault_->at) return InterceptedLocalCalls::Do(call);
  if (number == fault_->at) return GoWrong(call);
  if (fault_->lasts) return Fail(call);
  return InterceptedLocalCalls::Do(call);
}

std::int64_t FaultyLocalCalls::Fail(const LocalCall& call) {
  // The operating system closes a file whatever it returns.
  if (call.kind == LocalCallKind::kClose) InterceptedLocalCalls::Do(call);
  return -fault_->error;
}

std::int64_t FaultyLocalCalls::FailAfter(const LocalCall& call) {
  const std::int64_t result = InterceptedLocalCalls::Do(call);
  if (call.kind == LocalCallKind::kOpen && result >= 0) {
    InterceptedLocalCalls::Do(
        {.kind = LocalCallKind::kClose, .fd = static_cast<int>(result)});
  }
  return -fault_->error;
}

std::int64_t FaultyLocalCalls::GoWrong(const LocalCall& call) {
  switch (fault_->kind) {
    case Kind::kFail:
      return Fail(call);
    case Kind::kFailAfter:
      return FailAfter(call);
    case Kind::kShorten:
      return InterceptedLocalCalls::Do(Halved(call));
    case Kind::kKillBefore:
      break;
    case Kind::kKillWithin:
      InterceptedLocalCalls::Do(Halved(call));
      break;
    case Kind::kKillAfter:
      InterceptedLocalCalls::Do(call);
      break;
  }
  std::raise(SIGKILL);
  return -EINTR;  // Not reached.
}

}  // namespace entrepot::testing
