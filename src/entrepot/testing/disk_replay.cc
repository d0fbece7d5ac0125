#include "entrepot/testing/disk_replay_internal.h"

#include <sys/xattr.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>

#include "entrepot/result.h"

namespace entrepot::testing {
namespace {

void SetAttributes(const std::string& path,
                   const std::map<std::string, std::string>& attributes) {
  for (const auto& [name, value] : attributes) {
    ENTREPOT_CHECK(
        ::setxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) == 0);
  }
}

}  // namespace

void DiskContent::WriteTo(const std::string& folder, bool folders_are_newer) const {
  for (const std::string& path : folders) {
    std::filesystem::create_directory(folder + "/" + path);
  }
  for (const auto& [path, attributes] : folder_attributes) {
    SetAttributes(folder + "/" + path, attributes);
  }
  const auto time = std::filesystem::file_time_type::clock::now();
  for (const auto& [path, file] : files) {
    const std::string full = folder + "/" + path;
    std::ofstream(full, std::ios::binary) << file.bytes;
    SetAttributes(full, file.attributes);
    std::filesystem::last_write_time(full, time);
  }
  const auto of_folders = time + std::chrono::seconds(folders_are_newer ? 1 : -1);
  for (const std::string& path : folders)
    std::filesystem::last_write_time(folder + "/" + path, of_folders);
}

namespace internal {
namespace {

struct FileHistory {
  std::string bytes;
  size_t num_synced = 0;  // Of the bytes.
  std::map<std::string, std::string> attributes;
  std::map<std::string, std::string> synced_attributes;
};

struct FolderHistory {
  std::map<std::string, int> synced;
  std::vector<const DiskChange*> pending;  // Since then.
};

void ChangeNames(const DiskChange& change, std::map<std::string, int>& names) {
  switch (change.kind) {
    case DiskChangeKind::kMakeFolder:
    case DiskChangeKind::kLink:
      names[change.name] = change.named;
      return;
    case DiskChangeKind::kRename:
      names.erase(change.name);
      names[change.content] = change.named;
      return;
    case DiskChangeKind::kExchange:
      names[change.name] = change.exchanged;
      names[change.content] = change.named;
      return;
    default:
      names.erase(change.name);
  }
}

/// What was written and what of it was synced.
struct History {
  explicit History(std::span<const DiskChange> changes) {
    folders[0];
    for (const DiskChange& change : changes) Apply(change);
  }

  std::map<int, FileHistory> files;  // By node.
  std::map<int, FolderHistory> folders;

 private:
  void Apply(const DiskChange& change);
  void Sync(int node);
};

void History::Apply(const DiskChange& change) {
  switch (change.kind) {
    case DiskChangeKind::kWrite:
      files[change.node].bytes += change.content;
      return;
    case DiskChangeKind::kAttribute:
      files[change.node].attributes[change.name] = change.content;
      return;
    case DiskChangeKind::kSync:
      return Sync(change.node);
    case DiskChangeKind::kMakeFolder:
      folders[change.named];
      break;
    default:
      break;
  }
  folders.at(change.node).pending.push_back(&change);
}

void History::Sync(int node) {
  if (const auto folder = folders.find(node); folder != folders.end()) {
    for (const DiskChange* change : folder->second.pending) {
      ChangeNames(*change, folder->second.synced);
    }
    folder->second.pending.clear();
    // A folder has attributes, too.
    if (!files.contains(node)) return;
  }
  FileHistory& file = files[node];
  file.num_synced = file.bytes.size();
  file.synced_attributes = file.attributes;
}

/// What chance decides, one question after the other. Walks through all sequences of
/// answers, of which the first are all 0; or draws them.
class Chance {
 public:
  /// Returns a number below `count`.
  int Pick(int count) {
    if (count == 1) return 0;
    if (random_) return std::uniform_int_distribution(0, count - 1)(*random_);
    if (num_asked_ == answers_.size()) answers_.push_back({0, count});
    return answers_[num_asked_++].value;
  }

  /// Goes on to the next sequence; false: there is none.
  bool Next() {
    num_asked_ = 0;
    while (!answers_.empty() && ++answers_.back().value == answers_.back().count) {
      answers_.pop_back();
    }
    return !answers_.empty();
  }

  void DrawFrom(std::uint32_t seed) { random_.emplace(seed); }

 private:
  struct Answer {
    int value;
    int count;
  };
  std::vector<Answer> answers_;
  size_t num_asked_ = 0;
  std::optional<std::mt19937> random_;
};

/// Makes one of the states that a history may leave.
class StateMaker {
 public:
  StateMaker(const History& history, Chance& chance)
      : history_(history), chance_(chance) {}

  DiskContent Make() {
    AddFolder("", 0);
    return std::move(content_);
  }

 private:
  std::map<std::string, int> NamesIn(const FolderHistory& folder);
  void AddFolder(const std::string& path, int node);
  void AddFolderAttributes(const std::string& path, int node);
  std::map<std::string, std::string> AttributesOf(const FileHistory& file);
  void AddFile(const std::string& path, int node);
  std::string BytesOf(const FileHistory& file, std::string& how);

  const History& history_;
  Chance& chance_;
  DiskContent content_;
};

std::map<std::string, int> StateMaker::NamesIn(const FolderHistory& folder) {
  std::vector<const DiskChange*> kept;
  for (const DiskChange* change : folder.pending) {
    if (chance_.Pick(2) == 0) kept.push_back(change);
  }
  if (kept.size() > 1 && chance_.Pick(2) == 1) std::ranges::reverse(kept);
  std::map<std::string, int> names = folder.synced;
  for (const DiskChange* change : kept) ChangeNames(*change, names);
  return names;
}

void StateMaker::AddFolder(const std::string& path, int node) {
  for (const auto& [name, named] : NamesIn(history_.folders.at(node))) {
    const std::string inner = path.empty() ? name : path + "/" + name;
    if (history_.folders.contains(named)) {
      content_.folders.push_back(inner);
      content_.how += fmt::format("{}/ {}", inner, named);
      AddFolderAttributes(inner, named);
      content_.how += "; ";
      AddFolder(inner, named);
    } else {
      AddFile(inner, named);
    }
  }
}

std::map<std::string, std::string> StateMaker::AttributesOf(const FileHistory& file) {
  const bool are_lost = file.attributes != file.synced_attributes && chance_.Pick(2) == 1;
  if (are_lost) content_.how += ", attributes lost";
  return are_lost ? file.synced_attributes : file.attributes;
}

void StateMaker::AddFolderAttributes(const std::string& path, int node) {
  const auto found = history_.files.find(node);
  if (found == history_.files.end()) return;
  content_.folder_attributes[path] = AttributesOf(found->second);
}

std::string StateMaker::BytesOf(const FileHistory& file, std::string& how) {
  const size_t all = file.bytes.size();
  const size_t synced = file.num_synced;
  size_t num_kept = all;
  size_t num_zeros = 0;
  switch (chance_.Pick(synced == all ? 1 : 4)) {
    case 1:
      num_kept = synced;
      break;
    case 2:
      num_kept = synced + (all - synced) / 2;
      break;
    case 3:
      num_kept = synced;
      num_zeros = all - synced;
      break;
    default:
      break;
  }
  how += fmt::format("{} of {} bytes and {} zeros", num_kept, all, num_zeros);
  return file.bytes.substr(0, num_kept) + std::string(num_zeros, '\0');
}

void StateMaker::AddFile(const std::string& path, int node) {
  static const FileHistory kEmpty;
  const auto found = history_.files.find(node);
  const FileHistory& file = found == history_.files.end() ? kEmpty : found->second;
  content_.how += fmt::format("{}: file {}, ", path, node);
  DiskContent::File kept{.bytes = BytesOf(file, content_.how),
                         .attributes = AttributesOf(file)};
  content_.how += "; ";
  content_.files[path] = std::move(kept);
}

}  // namespace

std::vector<DiskContent> StatesAfter(std::span<const DiskChange> changes,
                                     StateBounds bounds) {
  const History history(changes);
  Chance chance;
  std::vector<DiskContent> states;
  std::set<std::string> seen;
  const auto add = [&] {
    DiskContent state = StateMaker(history, chance).Make();
    if (seen.insert(state.how).second) states.push_back(std::move(state));
  };
  for (size_t i = 0; i < bounds.most; ++i) {
    add();
    if (!chance.Next()) return states;
  }
  states.clear();
  seen.clear();
  chance.DrawFrom(bounds.seed);
  for (size_t i = 0; i < bounds.most; ++i) add();
  return states;
}

}  // namespace internal
}  // namespace entrepot::testing
