#include "entrepot/testing/recorded_sqlite_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <random>

#include "entrepot/result.h"

namespace entrepot::testing {
namespace {

using Kind = SqliteFileCallKind;

std::string NameIn(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Decides what is kept of what was not synced.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {
    constexpr double kShares[] = {0.1, 0.5, 0.9};
    share_ = seed < 2 ? seed : kShares[seed % std::size(kShares)];
  }

  bool Keeps() { return std::bernoulli_distribution(share_)(random_); }

 private:
  std::mt19937 random_;
  double share_;
};

void WriteInto(std::string& file, std::int64_t offset, std::string_view bytes) {
  const auto begin = static_cast<size_t>(offset);
  file.resize(std::max(file.size(), begin + bytes.size()));
  file.replace(begin, bytes.size(), bytes);
}

}  // namespace

struct RecordedSqliteDisk::FileHistory {
  std::string synced;
  std::vector<const Change*> pending;  // Since then.

  void Sync() {
    for (const Change* change : pending) {
      if (change->kind == Kind::kWrite) {
        WriteInto(synced, change->offset, change->bytes);
      } else {
        synced.resize(static_cast<size_t>(change->offset));
      }
    }
    pending.clear();
  }

  std::string After(Chance& chance) const {
    std::string content = synced;
    for (const Change* change : pending) {
      if (change->kind == Kind::kWrite) {
        Write(*change, content, chance);
      } else if (chance.Keeps()) {
        content.resize(static_cast<size_t>(change->offset));
      }
    }
    return content;
  }

 private:
  static void Write(const Change& change, std::string& content, Chance& chance) {
    constexpr std::int64_t kPiece = 512;
    const std::string_view bytes = change.bytes;
    const auto end = change.offset + static_cast<std::int64_t>(bytes.size());
    if (std::ssize(content) < end && chance.Keeps()) {
      content.resize(static_cast<size_t>(end));  // Zeros so far.
    }
    for (std::int64_t begin = change.offset; begin < end;) {
      const std::int64_t next = std::min(end, (begin / kPiece + 1) * kPiece);
      if (chance.Keeps()) {
        WriteInto(content, begin,
                  bytes.substr(static_cast<size_t>(begin - change.offset),
                               static_cast<size_t>(next - begin)));
      }
      begin = next;
    }
  }
};

struct RecordedSqliteDisk::History {
  std::map<int, FileHistory> files;
  std::map<std::string, int> synced_names;
  std::vector<const Change*> pending_names;

  void Apply(const Change& change) {
    switch (change.kind) {
      case Kind::kWrite:
      case Kind::kTruncate:
        files[change.file].pending.push_back(&change);
        return;
      case Kind::kSync:
        return files[change.file].Sync();
      case Kind::kSyncFolder:
        for (const Change* name : pending_names) ChangeName(*name, synced_names);
        return pending_names.clear();
      default:
        pending_names.push_back(&change);
    }
  }

  static void ChangeName(const Change& change, std::map<std::string, int>& names) {
    if (change.kind == Kind::kOpen) {
      names[change.name] = change.file;
    } else {
      names.erase(change.name);
    }
  }
};

size_t RecordedSqliteDisk::size() const {
  const std::lock_guard lock(mutex_);
  return changes_.size();
}

int RecordedSqliteDisk::Do(const SqliteFileCall& call) {
  // These two are followed by a "sync folder" before they return.
  if (call.kind == Kind::kSync || call.kind == Kind::kDelete) {
    {
      const std::lock_guard lock(mutex_);
      Record(call);
    }
    return call.make(call);
  }
  const std::lock_guard lock(mutex_);
  const int code = call.make(call);
  if (code == SQLITE_OK) Record(call);
  return code;
}

void RecordedSqliteDisk::Record(const SqliteFileCall& call) {
  const std::string name = NameIn(call.path);
  switch (call.kind) {
    case Kind::kOpen:
      if (!call.creates) return;
      names_[name] = ++num_files_;
      changes_.push_back({.kind = call.kind, .file = num_files_, .name = name});
      return;
    case Kind::kDelete:
      names_.erase(name);
      changes_.push_back({.kind = call.kind, .name = name});
      return;
    case Kind::kWrite:
      changes_.push_back(
          {.kind = call.kind,
           .file = names_.at(name),
           .offset = call.offset,
           .bytes = std::string(reinterpret_cast<const char*>(call.bytes.data()),
                                call.bytes.size())});
      return;
    case Kind::kTruncate:
      changes_.push_back(
          {.kind = call.kind, .file = names_.at(name), .offset = call.size});
      return;
    case Kind::kSync:
      changes_.push_back({.kind = call.kind, .file = names_.at(name)});
      return;
    case Kind::kSyncFolder:
      changes_.push_back({.kind = call.kind});
      return;
    default:
      return;  // Changes nothing.
  }
}

DiskContent RecordedSqliteDisk::AfterPowerLoss(size_t size, std::uint32_t seed) const {
  const std::lock_guard lock(mutex_);
  ENTREPOT_CHECK(size <= changes_.size());
  History history;
  for (size_t i = 0; i < size; ++i) history.Apply(changes_[i]);
  Chance chance(seed);
  auto names = history.synced_names;
  for (const Change* change : history.pending_names) {
    if (chance.Keeps()) History::ChangeName(*change, names);
  }
  DiskContent content;
  for (const auto& [name, file] : names) {
    content.files[name].bytes = history.files[file].After(chance);
  }
  return content;
}

}  // namespace entrepot::testing
