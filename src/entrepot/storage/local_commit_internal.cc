/// \file entrepot/storage/local_commit_internal.cc
/// How a local file or folder appears whole or not at all.
///
///   1. open     an unnamed file in the target's folder (O_TMPFILE); where the filesystem
///               has none, a new file under a temporary name. Instead of a copy, a
///               temporary of the writer's own may take the place of the unnamed file, if
///               it can be linked here. A folder is staged under a temporary name
///   2. lock     flock: a temporary name whose file is locked has a living writer
///   3. write    counted and digested; the files of a folder, and the folders in it, are
///               synced (durable stores)
///   4. receipt  as extended attribute "user.entrepot"; it may be refused, but not fail
///   5. sync     the file, or the staged folder (durable stores)
///   6. lock     the folder of the value's files: commits come one after another
///   7. note     a file whose extension is its own is told of in the value's note, and
///               the folder synced (durable stores), so that what stands there is found
///   8. publish  the commit point. An unnamed file is linked, if there is no such file
///               yet; else it gets a temporary name, which is renamed over the target. A
///               folder is renamed where there is none, else the two change places
///   9. sync     the folders (durable stores), before 10: a loss of power may keep any of
///               the changes of a folder that was not synced, also a removal alone. Both
///               that the value may be in: a writer that died may have removed what this
///               one replaces, and not have synced that
///  10. remove   what this one replaces (the same value in another format). A crash just
///               before leaves both; readers take the newer one, which is a guess where
///               attributes are refused: so a store that cannot remove them is no
///               success. A folder is given a temporary name
///  11. sync     the folders from which 10 removed any (durable stores): they must not
///               come back. After that the note is removed, if it tells of nothing any
///               more
///  12. unlock   the folder; where there is nothing to replace, before 9
///  13. remove   folders under temporary names whose writer is gone or has let go
///
/// Giving up before 8 closes the file, which frees it, and removes a temporary name. A
/// failed publication may have taken effect all the same, so its outcome is looked at.
///
/// Without the folder's lock two writers that change the format to and fro could each
/// remove what the other just committed. Only a change of format holds it while syncing.
///
/// The note exists because a value may be a file of any extension, and a folder may hold
/// more names than anyone would list for each store: it tells which extensions beside the
/// usual ones to look for. It is written before a file that it tells of can be there, and
/// removed after; names in it that are not there mean nothing.

#include "entrepot/storage/local_commit_internal.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "entrepot/storage/file_copy_internal.h"
#include "entrepot/storage/temporary_names_internal.h"

namespace entrepot::internal {
namespace {

constexpr size_t kLongestNote = 4096;

bool IsExtension(std::string_view text) {
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ||
           c == '-' || c == '+';
  });
}

}  // namespace

bool IsAttributeRefused(int error_number) {
  switch (error_number) {
    case EOPNOTSUPP:  // By the filesystem,
    case ENOSYS:
    case EPERM:  // by a policy,
    case EACCES:
    case ENOSPC:  // for want of room,
    case EDQUOT:
    case E2BIG:
    case ENODATA:  // or there is none.
      return true;
    default:
      return false;
  }
}

Result<std::optional<std::vector<std::string>>> ReadNote(LocalCalls& calls,
                                                         const std::string& note) {
  using Extensions = std::optional<std::vector<std::string>>;
  const int fd =
      Uninterrupted([&] { return calls.Open(note, O_RDONLY | O_NOFOLLOW, 0); });
  if (fd == -ENOENT || fd == -ENOTDIR) return Extensions();
  if (fd < 0) return FromErrno(-fd, fmt::format("opening '{}'", note));
  const FileDescriptor file(calls, fd);
  std::string text(kLongestNote, '\0');
  size_t size = 0;
  for (;;) {
    const std::span into = std::as_writable_bytes(std::span(text)).subspan(size);
    const auto moved = Uninterrupted(
        [&] { return calls.Read(fd, into, static_cast<std::int64_t>(size)); });
    if (moved < 0)
      return FromErrno(static_cast<int>(-moved), fmt::format("reading '{}'", note));
    if (moved == 0) break;
    size += static_cast<size_t>(moved);
  }
  std::istringstream lines(text.substr(0, size));
  std::vector<std::string> extensions;
  for (std::string line; std::getline(lines, line);) {
    if (IsExtension(line)) extensions.push_back(line);
  }
  return Extensions(std::move(extensions));
}

Status LocalCommit::Check(int result, std::string_view doing) const {
  if (result >= 0) return {};
  return FromErrno(-result, fmt::format("{} '{}'", doing, target_.path()));
}

Status LocalCommit::SetReceipt(const FileDescriptor& written,
                               const std::string& attribute) const {
  if (attribute.empty()) return {};
  const auto set = Uninterrupted(
      [&] { return calls_.SetAttribute(written.get(), kReceiptAttribute, attribute); });
  const int result = static_cast<int>(set);
  // The log and the formats know more.
  if (result < 0 && IsAttributeRefused(-result)) return {};
  return Check(result, "writing the receipt of");
}

Status LocalCommit::Run(const FileDescriptor& written, const std::string& attribute,
                        const std::function<Status(bool)>& publish) {
  ENTREPOT_RETURN_IF_ERROR(SetReceipt(written, attribute));
  if (durable_) {
    const int synced = Uninterrupted([&] { return calls_.Sync(written.get()); });
    ENTREPOT_RETURN_IF_ERROR(Check(synced, "syncing"));
  }
  ENTREPOT_ASSIGN_OR_RETURN(const FileDescriptor locked,
                            OpenFolder(calls_, target_.locked_folder));
  // Where folders cannot be locked, a change of format has the race told above.
  const bool is_locked =
      Uninterrupted([&] { return calls_.WaitForLock(locked.get()); }) >= 0;
  const Status committed = PublishAndReplace(locked, is_locked, publish);
  // Explicitly: a forked process may keep the folder open.
  if (is_locked) (void)calls_.Unlock(locked.get());
  RemoveDeadFolders();
  return committed;
}

/// Steps 7 to 12.
Status LocalCommit::PublishAndReplace(const FileDescriptor& locked, bool is_locked,
                                      const std::function<Status(bool)>& publish) {
  std::optional<std::vector<std::string>> noted;
  if (!target_.note.empty()) {
    ENTREPOT_ASSIGN_OR_RETURN(noted, ReadNote(calls_, target_.note));
  }
  const std::vector<std::string> extensions = noted.value_or(std::vector<std::string>());
  const bool is_note_needed = !target_.noted_extension.empty();
  if (is_note_needed) ENTREPOT_RETURN_IF_ERROR(NoteExtension(locked, extensions));
  ENTREPOT_RETURN_IF_ERROR(publish(is_locked));
  if (!target_.note.empty()) RemoveIfDead(calls_, TemporaryNote());
  const Replaced replaced = FindReplaced(extensions);
  const bool removes_note = noted.has_value() && !is_note_needed;
  const bool is_all = replaced.empty() && !removes_note;
  if (is_locked && is_all) (void)calls_.Unlock(locked.get());
  ENTREPOT_RETURN_IF_ERROR(SyncNames(target_.locked_folder, locked));
  if (HasStem()) ENTREPOT_RETURN_IF_ERROR(SyncNames(target_.value_stem, locked));
  if (is_all) return {};
  ENTREPOT_RETURN_IF_ERROR(Remove(replaced));
  if (!replaced.files.empty()) {
    ENTREPOT_RETURN_IF_ERROR(SyncNames(target_.locked_folder, locked));
  }
  if (replaced.has_folder) {
    ENTREPOT_RETURN_IF_ERROR(SyncNames(target_.value_stem, locked));
  }
  // One that stays tells of nothing, and the next store removes it.
  if (removes_note) (void)calls_.Remove(target_.note);
  return {};
}

std::string LocalCommit::TemporaryNote() const {
  return fmt::format("{}/.{}.note.tmp", target_.locked_folder, target_.value_name);
}

std::string LocalCommit::FileOf(const std::string& extension) const {
  return fmt::format("{}/{}.{}", target_.locked_folder, target_.value_name, extension);
}

Status LocalCommit::CheckPublished(int result, const FileDescriptor& written,
                                   std::string_view doing) const {
  if (result >= 0) return {};
  const int is_there = calls_.Names(target_.path(), written.get());
  if (is_there == 1) return {};
  const Status failed = Check(result, doing);
  if (is_there == 0) return failed;
  return Error(ErrorCode::kOutcomeUnknown,
               fmt::format("'{}' may be the new or the old one: {}", target_.path(),
                           failed.error().message()));
}

/// Step 7. The note goes on to tell of what is still there.
Status LocalCommit::NoteExtension(const FileDescriptor& locked,
                                  std::vector<std::string> extensions) const {
  const std::string& extension = target_.noted_extension;
  if (std::ranges::find(extensions, extension) != extensions.end()) return {};
  std::erase_if(extensions, [&](const std::string& other) {
    return calls_.Exists(FileOf(other)) == 0;
  });
  extensions.push_back(extension);
  ENTREPOT_RETURN_IF_ERROR(WriteNote(extensions));
  if (!durable_) return {};
  const int synced = Uninterrupted([&] { return calls_.Sync(locked.get()); });
  return Check(synced, "syncing the folder of");
}

Status LocalCommit::WriteNote(const std::vector<std::string>& extensions) const {
  const std::string temporary = TemporaryNote();
  const auto create = [&] {
    return Uninterrupted([&] {
      return calls_.Open(temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0666);
    });
  };
  int fd = create();
  if (fd == -EEXIST) {  // Left by a dead writer: the folder is ours.
    (void)calls_.Remove(temporary);
    fd = create();
  }
  ENTREPOT_RETURN_IF_ERROR(Check(fd, "creating the note of"));
  const FileDescriptor file(calls_, fd);
  const std::string text = fmt::format("{}\n", fmt::join(extensions, "\n"));
  const auto write = [&]() -> Status {
    ENTREPOT_RETURN_IF_ERROR(
        WriteAll(calls_, file, std::as_bytes(std::span(text)), temporary));
    if (durable_) {
      const int synced = Uninterrupted([&] { return calls_.Sync(fd); });
      ENTREPOT_RETURN_IF_ERROR(Check(synced, "syncing the note of"));
    }
    return Check(calls_.Rename(temporary, target_.note), "writing the note of");
  };
  Status written = write();
  if (!written) (void)calls_.Remove(temporary);  // Else the next store does.
  return written;
}

/// What is there and that the target replaces.
LocalCommit::Replaced LocalCommit::FindReplaced(
    const std::vector<std::string>& noted) const {
  Replaced replaced;
  const auto add = [&](const std::string& file) {
    const bool is_known = file == target_.path() ||
                          std::ranges::find(replaced.files, file) != replaced.files.end();
    if (!is_known && calls_.Exists(file) != 0) replaced.files.push_back(file);
  };
  for (const std::string& file : target_.replaced_files) add(file);
  for (const std::string& extension : noted) add(FileOf(extension));
  const std::string folder = target_.value_stem + "/" + kValueFolder;
  replaced.has_folder = !target_.value_stem.empty() && folder != target_.path() &&
                        calls_.Exists(folder) != 0;
  return replaced;
}

Status LocalCommit::Remove(const Replaced& replaced) const {
  const auto remains = [&](const Error& failed) {
    return Error(ErrorCode::kOutcomeUnknown,
                 fmt::format("'{}' is there, but so is what it replaces: {}",
                             target_.path(), failed.message()));
  };
  for (const std::string& file : replaced.files) {
    const int removed = calls_.Remove(file);
    if (removed >= 0 || removed == -ENOENT) continue;
    return remains(FromErrno(-removed, fmt::format("removing '{}'", file)));
  }
  if (!replaced.has_folder) return {};
  const Status renamed = RenameToTemporary(
      calls_, target_.value_stem + "/" + kValueFolder, target_.value_stem, kValueFolder);
  if (!renamed) return remains(renamed.error());
  return {};
}

/// Syncs a folder after the commit point.
Status LocalCommit::SyncNames(const std::string& folder,
                              const FileDescriptor& locked) const {
  if (!durable_) return {};
  const auto sync = [&]() -> Status {
    if (folder != target_.locked_folder) return SyncFolder(calls_, folder);
    const int synced = Uninterrupted([&] { return calls_.Sync(locked.get()); });
    if (synced < 0) return FromErrno(-synced, "syncing its folder");
    return {};
  };
  const Status synced = sync();
  if (synced) return {};
  return Error(ErrorCode::kOutcomeUnknown,
               fmt::format("'{}' is there, but may not survive a loss of power: {}",
                           target_.path(), synced.error().message()));
}

bool LocalCommit::HasStem() const {
  if (target_.value_stem.empty()) return false;
  const int fd = Uninterrupted(
      [&] { return calls_.Open(target_.value_stem, O_RDONLY | O_DIRECTORY, 0); });
  if (fd >= 0) (void)FileDescriptor(calls_, fd);  // Closes it.
  return fd != -ENOENT && fd != -ENOTDIR;  // Another program's file may have its name.
}

/// Step 13.
void LocalCommit::RemoveDeadFolders() const {
  if (HasStem()) RemoveDead(calls_, target_.value_stem, kValueFolder, kSlots);
}

}  // namespace entrepot::internal
