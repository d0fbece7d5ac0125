#pragma once

/// \file entrepot/storage/local_commit_internal.h
/// How what was written becomes the value, and the only one; the protocol is in the .cc.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "entrepot/storage/file_descriptor_internal.h"
#include "entrepot/storage/local_store.h"

namespace entrepot::internal {

/// The name of the extended attribute that carries a receipt.
inline constexpr char kReceiptAttribute[] = "user.entrepot";

/// Whether setting or getting an attribute failed because the file can have none or has
/// none, and not because its place is in trouble.
bool IsAttributeRefused(int error_number);

/// Where a file or folder will appear, and what it replaces. Paths are absolute. Plain
/// data.
struct CommitTarget {
  std::string folder{};  ///< In which the name appears; must exist.
  std::string name{};

  /// Whose lock commits of one value take: the files of the value are in it.
  std::string locked_folder{};
  std::vector<std::string> replaced_files{};
  std::string note{};             ///< Tells of more such files; "": there is no note.
  std::string value_name{};       ///< Of all such files, without their extensions.
  std::string noted_extension{};  ///< Of the file that is to be told of; "": of none.
  std::string value_stem{};       ///< In which the value may be a folder; "": it cannot.

  std::string path() const { return folder + "/" + name; }
};

/// Returns the extensions that a value's note tells of; nullopt: there is no note. What
/// is no extension is left out: notes of fast stores may be damaged.
Result<std::optional<std::vector<std::string>>> ReadNote(LocalCalls& calls,
                                                         const std::string& note);

/// Carries out commits. Borrows the calls. One thread at a time.
class LocalCommit {
 public:
  LocalCommit(const LocalStoreOptions& options, CommitTarget target)
      : calls_(*options.calls), durable_(options.durable), target_(std::move(target)) {}

  const CommitTarget& target() const { return target_; }

  /// Steps 4 to 13. `publish` makes `written` appear under its name, told whether the
  /// folder is locked.
  Status Run(const FileDescriptor& written, const std::string& attribute,
             const std::function<Status(bool)>& publish);

  /// Checks the call at the commit point. Errors that do not say otherwise mean that
  /// nothing was published.
  Status CheckPublished(int result, const FileDescriptor& written,
                        std::string_view doing) const;

  /// Returns the error of a failed call about the target.
  Status Check(int result, std::string_view doing) const;

 private:
  /// What a commit replaces.
  struct Replaced {
    std::vector<std::string> files;
    bool has_folder = false;
    bool empty() const { return files.empty() && !has_folder; }
  };

  Status SetReceipt(const FileDescriptor& written, const std::string& attribute) const;
  Status PublishAndReplace(const FileDescriptor& locked, bool is_locked,
                           const std::function<Status(bool)>& publish);
  Status NoteExtension(const FileDescriptor& locked,
                       std::vector<std::string> extensions) const;
  Status WriteNote(const std::vector<std::string>& extensions) const;
  Replaced FindReplaced(const std::vector<std::string>& noted) const;
  Status Remove(const Replaced& replaced) const;
  std::string TemporaryNote() const;
  std::string FileOf(const std::string& extension) const;
  Status SyncNames(const std::string& folder, const FileDescriptor& locked) const;

  /// Whether value_stem is a folder, or nobody can tell.
  bool HasStem() const;
  void RemoveDeadFolders() const;

  LocalCalls& calls_;
  bool durable_;
  CommitTarget target_;
};

}  // namespace entrepot::internal
