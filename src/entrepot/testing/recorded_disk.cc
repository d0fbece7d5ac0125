#include "entrepot/testing/recorded_disk.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>

#include "entrepot/result.h"
#include "entrepot/testing/disk_replay_internal.h"

namespace entrepot::testing {

using internal::DiskChange;
using internal::DiskChangeKind;

RecordedDisk::RecordedDisk(std::string root, FilesystemAbilities abilities,
                           LocalCalls& below)
    : InterceptedLocalCalls(abilities, below), root_(std::move(root)) {
  ENTREPOT_CHECK(std::filesystem::is_empty(root_));
  NewNode();
}

size_t RecordedDisk::size() const {
  const std::lock_guard lock(mutex_);
  return changes_.size();
}

std::vector<DiskContent> RecordedDisk::AfterPowerLoss(size_t size,
                                                      StateBounds bounds) const {
  const std::lock_guard lock(mutex_);
  ENTREPOT_CHECK(size <= changes_.size());
  return internal::StatesAfter(std::span(changes_).first(size), bounds);
}

std::int64_t RecordedDisk::Do(const LocalCall& call) {
  const std::lock_guard lock(mutex_);
  const std::int64_t result = InterceptedLocalCalls::Do(call);
  if (result >= 0) Record(call, result);
  return result;
}

void RecordedDisk::Record(const LocalCall& call, std::int64_t result) {
  const auto open = open_.find(call.fd);
  const bool is_known = open != open_.end();
  switch (call.kind) {
    case LocalCallKind::kOpen:
      return RecordOpen(call, static_cast<int>(result));
    case LocalCallKind::kClose:
      open_.erase(call.fd);
      return;
    case LocalCallKind::kWrite: {
      if (!is_known) return;
      const auto* bytes = reinterpret_cast<const char*>(call.bytes.data());
      changes_.push_back({.kind = DiskChangeKind::kWrite,
                          .node = open->second,
                          .content = std::string(bytes, static_cast<size_t>(result))});
      return;
    }
    case LocalCallKind::kCopyRange:
      return RecordCopy(call, result);
    case LocalCallKind::kSetAttribute:
      if (!is_known) return;
      changes_.push_back({.kind = DiskChangeKind::kAttribute,
                          .node = open->second,
                          .name = call.attribute,
                          .content = *call.attribute_value});
      return;
    case LocalCallKind::kSync:
      if (!is_known) return;
      changes_.push_back({.kind = DiskChangeKind::kSync, .node = open->second});
      return;
    case LocalCallKind::kLink:
      if (is_known) RecordName(DiskChangeKind::kLink, call.path, open->second);
      return;
    case LocalCallKind::kMakeFolder:
      return RecordName(DiskChangeKind::kMakeFolder, call.path, NewNode());
    case LocalCallKind::kRename:
    case LocalCallKind::kRenameNew:
      return RecordRename(call.path, call.to);
    case LocalCallKind::kExchange:
      return RecordExchange(call.path, call.to);
    case LocalCallKind::kRemove:
    case LocalCallKind::kRemoveFolder:
      return RecordRemove(call.path);
    default:
      return;  // Changes nothing.
  }
}

void RecordedDisk::RecordOpen(const LocalCall& call, int fd) {
  ENTREPOT_CHECK((call.flags & (O_TRUNC | O_APPEND)) == 0);  // Never used; not modelled.
  open_.erase(fd);
  if ((call.flags & O_TMPFILE) == O_TMPFILE) {
    if (NodeAt(call.path) >= 0) open_[fd] = NewNode();
    return;
  }
  int node = NodeAt(call.path);
  if (node < 0 && PlaceOf(call.path).folder >= 0) {
    ENTREPOT_CHECK((call.flags & O_CREAT) != 0);  // Else it was there unrecorded.
    node = NewNode();
    RecordName(DiskChangeKind::kLink, call.path, node);
  }
  if (node >= 0) open_[fd] = node;
}

void RecordedDisk::RecordName(DiskChangeKind kind, const std::string& path, int node) {
  const Place place = PlaceOf(path);
  if (place.folder < 0) return;
  names_[static_cast<size_t>(place.folder)][place.name] = node;
  changes_.push_back(
      {.kind = kind, .node = place.folder, .name = place.name, .named = node});
}

/// Records what was copied as if it had been written.
void RecordedDisk::RecordCopy(const LocalCall& call, std::int64_t size) {
  const auto to = open_.find(call.to_fd);
  if (to == open_.end()) return;
  std::string bytes(static_cast<size_t>(size), '\0');
  const std::span into = std::as_writable_bytes(std::span(bytes));
  const std::int64_t read = InterceptedLocalCalls::Do(
      {.kind = LocalCallKind::kRead, .fd = call.fd, .offset = call.offset, .into = into});
  ENTREPOT_CHECK(read == size);
  changes_.push_back(
      {.kind = DiskChangeKind::kWrite, .node = to->second, .content = std::move(bytes)});
}

void RecordedDisk::RecordRename(const std::string& from, const std::string& to) {
  const Place place = PlaceOf(from);
  const Place target = PlaceOf(to);
  if (place.folder < 0 && target.folder < 0) return;
  ENTREPOT_CHECK(place.folder == target.folder);  // Across folders: not modelled.
  auto& names = names_[static_cast<size_t>(place.folder)];
  const int node = names.at(place.name);
  names.erase(place.name);
  names[target.name] = node;
  changes_.push_back({.kind = DiskChangeKind::kRename,
                      .node = place.folder,
                      .name = place.name,
                      .content = target.name,
                      .named = node});
}

void RecordedDisk::RecordExchange(const std::string& a, const std::string& b) {
  const Place place = PlaceOf(a);
  const Place other = PlaceOf(b);
  if (place.folder < 0 && other.folder < 0) return;
  ENTREPOT_CHECK(place.folder == other.folder);  // Across folders: not modelled.
  auto& names = names_[static_cast<size_t>(place.folder)];
  std::swap(names.at(place.name), names.at(other.name));
  changes_.push_back({.kind = DiskChangeKind::kExchange,
                      .node = place.folder,
                      .name = place.name,
                      .content = other.name,
                      .named = names.at(other.name),
                      .exchanged = names.at(place.name)});
}

void RecordedDisk::RecordRemove(const std::string& path) {
  const Place place = PlaceOf(path);
  if (place.folder < 0) return;
  ENTREPOT_CHECK(names_[static_cast<size_t>(place.folder)].erase(place.name) == 1);
  changes_.push_back(
      {.kind = DiskChangeKind::kRemove, .node = place.folder, .name = place.name});
}

/// Returns the node of a file or folder at or below the root; -1: there is none.
int RecordedDisk::NodeAt(const std::string& path) const {
  if (path == root_) return 0;
  const Place place = PlaceOf(path);
  if (place.folder < 0) return -1;
  const auto& names = names_[static_cast<size_t>(place.folder)];
  const auto found = names.find(place.name);
  return found == names.end() ? -1 : found->second;
}

/// Returns folder and name of a path below the root, whose folder must be known.
RecordedDisk::Place RecordedDisk::PlaceOf(const std::string& path) const {
  if (!path.starts_with(root_ + "/")) return {};
  const size_t slash = path.rfind('/');
  const int folder = NodeAt(path.substr(0, slash));
  ENTREPOT_CHECK(folder >= 0);
  return {folder, path.substr(slash + 1)};
}

int RecordedDisk::NewNode() {
  names_.emplace_back();
  return static_cast<int>(names_.size()) - 1;
}

}  // namespace entrepot::testing
