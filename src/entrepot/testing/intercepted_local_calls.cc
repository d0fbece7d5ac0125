#include "entrepot/testing/intercepted_local_calls.h"

#include <cerrno>

#include <fcntl.h>

namespace entrepot::testing {

using Kind = LocalCallKind;

std::string_view ToString(LocalCallKind kind) {
  switch (kind) {
    case Kind::kOpen:
      return "open";
    case Kind::kClose:
      return "close";
    case Kind::kRead:
      return "read";
    case Kind::kWrite:
      return "write";
    case Kind::kSize:
      return "size";
    case Kind::kModified:
      return "modified";
    case Kind::kDescribe:
      return "describe";
    case Kind::kCopyRange:
      return "copy range";
    case Kind::kMap:
      return "map";
    case Kind::kSetAttribute:
      return "set attribute";
    case Kind::kGetAttribute:
      return "get attribute";
    case Kind::kLock:
      return "lock";
    case Kind::kWaitForLock:
      return "wait for lock";
    case Kind::kUnlock:
      return "unlock";
    case Kind::kSync:
      return "sync";
    case Kind::kLink:
      return "link";
    case Kind::kRename:
      return "rename";
    case Kind::kRenameNew:
      return "rename new";
    case Kind::kExchange:
      return "exchange";
    case Kind::kRemove:
      return "remove";
    case Kind::kMakeFolder:
      return "make folder";
    case Kind::kRemoveFolder:
      return "remove folder";
    case Kind::kList:
      return "list";
    case Kind::kNames:
      return "names";
    case Kind::kExists:
      return "exists";
  }
  return "unknown";
}

bool InterceptedLocalCalls::IsRefused(const LocalCall& call) const {
  switch (call.kind) {
    case Kind::kOpen:
      return !abilities_.has_unnamed_files && (call.flags & O_TMPFILE) == O_TMPFILE;
    case Kind::kSetAttribute:
    case Kind::kGetAttribute:
      return !abilities_.keeps_attributes;
    case Kind::kCopyRange:
      return !abilities_.copies_ranges;
    case Kind::kRenameNew:
    case Kind::kExchange:
      return !abilities_.exchanges_names;
    default:
      return false;
  }
}

std::int64_t InterceptedLocalCalls::Do(const LocalCall& call) {
  if (IsRefused(call)) return -EOPNOTSUPP;
  if (call.kind == Kind::kSync && !abilities_.syncs) return 0;
  return PassOn(call);
}

std::int64_t InterceptedLocalCalls::PassOn(const LocalCall& call) {
  switch (call.kind) {
    case Kind::kOpen:
      return below_.Open(call.path, call.flags, call.mode);
    case Kind::kClose:
      return below_.Close(call.fd);
    case Kind::kRead:
      return below_.Read(call.fd, call.into, call.offset);
    case Kind::kWrite:
      return below_.Write(call.fd, call.bytes);
    case Kind::kSize:
      return below_.Size(call.fd);
    case Kind::kModified:
      return below_.Modified(call.fd);
    case Kind::kDescribe:
      return below_.Describe(call.fd, *call.facts);
    case Kind::kCopyRange:
      return below_.CopyRange(call.fd, call.offset, call.to_fd, call.size);
    case Kind::kMap:
      return below_.Map(call.fd, call.size, call.address);
    case Kind::kSetAttribute:
      return below_.SetAttribute(call.fd, call.attribute, *call.attribute_value);
    case Kind::kGetAttribute:
      return below_.GetAttribute(call.fd, call.attribute, *call.attribute_into);
    case Kind::kLock:
      return below_.Lock(call.fd);
    case Kind::kWaitForLock:
      return below_.WaitForLock(call.fd);
    case Kind::kUnlock:
      return below_.Unlock(call.fd);
    case Kind::kSync:
      return below_.Sync(call.fd);
    case Kind::kLink:
      return below_.Link(call.fd, call.path);
    case Kind::kRename:
      return below_.Rename(call.path, call.to);
    case Kind::kRenameNew:
      return below_.RenameNew(call.path, call.to);
    case Kind::kExchange:
      return below_.Exchange(call.path, call.to);
    case Kind::kRemove:
      return below_.Remove(call.path);
    case Kind::kMakeFolder:
      return below_.MakeFolder(call.path);
    case Kind::kRemoveFolder:
      return below_.RemoveFolder(call.path);
    case Kind::kList:
      return below_.List(call.fd, *call.entries);
    case Kind::kNames:
      return below_.Names(call.path, call.fd);
    case Kind::kExists:
      return below_.Exists(call.path);
  }
  return -ENOSYS;
}

int InterceptedLocalCalls::Open(const std::string& path, int flags, unsigned mode) {
  return static_cast<int>(
      Do({.kind = Kind::kOpen, .path = path, .flags = flags, .mode = mode}));
}

int InterceptedLocalCalls::Close(int fd) {
  return static_cast<int>(Do({.kind = Kind::kClose, .fd = fd}));
}

std::int64_t InterceptedLocalCalls::Read(int fd, std::span<std::byte> into,
                                         std::int64_t offset) {
  return Do({.kind = Kind::kRead, .fd = fd, .offset = offset, .into = into});
}

std::int64_t InterceptedLocalCalls::Write(int fd, std::span<const std::byte> bytes) {
  return Do({.kind = Kind::kWrite, .fd = fd, .bytes = bytes});
}

std::int64_t InterceptedLocalCalls::Size(int fd) {
  return Do({.kind = Kind::kSize, .fd = fd});
}

std::int64_t InterceptedLocalCalls::Modified(int fd) {
  return Do({.kind = Kind::kModified, .fd = fd});
}

int InterceptedLocalCalls::Describe(int fd, FileFacts& facts) {
  return static_cast<int>(Do({.kind = Kind::kDescribe, .fd = fd, .facts = &facts}));
}

std::int64_t InterceptedLocalCalls::CopyRange(int from, std::int64_t offset, int to,
                                              std::int64_t size) {
  return Do({.kind = Kind::kCopyRange,
             .fd = from,
             .to_fd = to,
             .size = size,
             .offset = offset});
}

int InterceptedLocalCalls::Map(int fd, std::int64_t size, void** address) {
  return static_cast<int>(
      Do({.kind = Kind::kMap, .fd = fd, .size = size, .address = address}));
}

std::int64_t InterceptedLocalCalls::SetAttribute(int fd, const char* name,
                                                 const std::string& value) {
  return Do({.kind = Kind::kSetAttribute,
             .fd = fd,
             .attribute = name,
             .attribute_value = &value});
}

std::int64_t InterceptedLocalCalls::GetAttribute(int fd, const char* name,
                                                 std::string& value) {
  return Do({.kind = Kind::kGetAttribute,
             .fd = fd,
             .attribute = name,
             .attribute_into = &value});
}

int InterceptedLocalCalls::Lock(int fd) {
  return static_cast<int>(Do({.kind = Kind::kLock, .fd = fd}));
}

int InterceptedLocalCalls::WaitForLock(int fd) {
  return static_cast<int>(Do({.kind = Kind::kWaitForLock, .fd = fd}));
}

int InterceptedLocalCalls::Unlock(int fd) {
  return static_cast<int>(Do({.kind = Kind::kUnlock, .fd = fd}));
}

int InterceptedLocalCalls::Sync(int fd) {
  return static_cast<int>(Do({.kind = Kind::kSync, .fd = fd}));
}

int InterceptedLocalCalls::Link(int fd, const std::string& path) {
  return static_cast<int>(Do({.kind = Kind::kLink, .fd = fd, .path = path}));
}

int InterceptedLocalCalls::Rename(const std::string& from, const std::string& to) {
  return static_cast<int>(Do({.kind = Kind::kRename, .path = from, .to = to}));
}

int InterceptedLocalCalls::RenameNew(const std::string& from, const std::string& to) {
  return static_cast<int>(Do({.kind = Kind::kRenameNew, .path = from, .to = to}));
}

int InterceptedLocalCalls::Exchange(const std::string& a, const std::string& b) {
  return static_cast<int>(Do({.kind = Kind::kExchange, .path = a, .to = b}));
}

int InterceptedLocalCalls::Remove(const std::string& path) {
  return static_cast<int>(Do({.kind = Kind::kRemove, .path = path}));
}

int InterceptedLocalCalls::MakeFolder(const std::string& path) {
  return static_cast<int>(Do({.kind = Kind::kMakeFolder, .path = path}));
}

int InterceptedLocalCalls::RemoveFolder(const std::string& path) {
  return static_cast<int>(Do({.kind = Kind::kRemoveFolder, .path = path}));
}

int InterceptedLocalCalls::List(int fd, std::vector<FolderEntry>& entries) {
  return static_cast<int>(Do({.kind = Kind::kList, .fd = fd, .entries = &entries}));
}

int InterceptedLocalCalls::Names(const std::string& path, int fd) {
  return static_cast<int>(Do({.kind = Kind::kNames, .fd = fd, .path = path}));
}

int InterceptedLocalCalls::Exists(const std::string& path) {
  return static_cast<int>(Do({.kind = Kind::kExists, .path = path}));
}

}  // namespace entrepot::testing
