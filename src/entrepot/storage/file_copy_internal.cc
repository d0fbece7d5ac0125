#include "entrepot/storage/file_copy_internal.h"

#include <algorithm>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

namespace entrepot::internal {
namespace {

/// As much as is asked of the filesystem at a time: what it copies is still in memory
/// when it is digested.
constexpr std::int64_t kRangeBytes = 8 << 20;

bool CannotCopyRanges(std::int64_t error_number) {
  return error_number == EXDEV || error_number == EOPNOTSUPP || error_number == EINVAL ||
         error_number == ENOSYS;
}

/// Reads files slice by slice. One thread at a time.
class SliceReader {
 public:
  explicit SliceReader(LocalCalls& calls) : calls_(calls) {}

  /// Returns at most `most` bytes at `offset`; none only at the end.
  Result<std::span<const std::byte>> Read(const FileDescriptor& file, std::int64_t offset,
                                          std::int64_t most, const std::string& path) {
    const auto size =
        std::min<std::int64_t>(most, static_cast<std::int64_t>(kSliceBytes));
    const std::span into = std::span(slice_).first(static_cast<size_t>(size));
    const auto moved =
        Uninterrupted([&] { return calls_.Read(file.get(), into, offset); });
    if (moved < 0)
      return FromErrno(static_cast<int>(-moved), fmt::format("reading '{}'", path));
    return std::span<const std::byte>(into.first(static_cast<size_t>(moved)));
  }

 private:
  LocalCalls& calls_;
  std::vector<std::byte> slice_ = std::vector<std::byte>(kSliceBytes);
};

}  // namespace

Result<SourceFile> OpenSource(LocalCalls& calls, const std::string& path, int flags) {
  // Not blocking: the end of a pipe would wait for the other one.
  const int fd =
      Uninterrupted([&] { return calls.Open(path, O_RDONLY | O_NONBLOCK | flags, 0); });
  if (fd < 0) return FromErrno(-fd, fmt::format("opening '{}'", path));
  FileDescriptor file(calls, fd);
  FileFacts facts;
  const int described = calls.Describe(fd, facts);
  if (described < 0) return FromErrno(-described, fmt::format("looking at '{}'", path));
  return SourceFile{std::move(file), path, facts};
}

Status WriteAll(LocalCalls& calls, const FileDescriptor& file,
                std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto moved = Uninterrupted([&] { return calls.Write(file.get(), bytes); });
    if (moved < 0)
      return FromErrno(static_cast<int>(-moved), fmt::format("writing '{}'", path));
    if (moved == 0) return Unavailable("writing '{}': the device takes no more", path);
    bytes = bytes.subspan(static_cast<size_t>(moved));
  }
  return {};
}

Result<Written> CopyFile(LocalCalls& calls, const SourceFile& source,
                         const FileDescriptor& to) {
  Digester digester;
  SliceReader reader(calls);
  std::int64_t size = 0;
  bool by_range = true;
  for (;;) {
    std::int64_t moved = 0;
    if (by_range) {
      moved = Uninterrupted([&] {
        return calls.CopyRange(source.file.get(), size, to.get(), kRangeBytes);
      });
      by_range = moved >= 0 || !CannotCopyRanges(-moved);
      if (by_range && moved < 0) {
        return FromErrno(static_cast<int>(-moved),
                         fmt::format("copying '{}'", source.path));
      }
    }
    if (moved > 0) {
      // What was stored is digested, since the source may change meanwhile.
      for (const std::int64_t end = size + moved; size < end;) {
        ENTREPOT_ASSIGN_OR_RETURN(const auto slice,
                                  reader.Read(to, size, end - size, source.path));
        if (slice.empty()) return Corrupt("the copy of '{}' shrank", source.path);
        digester.Update(slice);
        size += static_cast<std::int64_t>(slice.size());
      }
      continue;
    }
    // The end; or a filesystem that cannot copy, or says nothing of what is in its files.
    ENTREPOT_ASSIGN_OR_RETURN(const auto slice,
                              reader.Read(source.file, size, kRangeBytes, source.path));
    if (slice.empty()) return Written{size, digester.Current()};
    by_range = false;
    digester.Update(slice);
    ENTREPOT_RETURN_IF_ERROR(WriteAll(calls, to, slice, source.path));
    size += static_cast<std::int64_t>(slice.size());
  }
}

Result<Written> DigestFile(LocalCalls& calls, const FileDescriptor& file,
                           const std::string& path) {
  Digester digester;
  SliceReader reader(calls);
  for (std::int64_t size = 0;;) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto slice,
                              reader.Read(file, size, kRangeBytes, path));
    if (slice.empty()) return Written{size, digester.Current()};
    digester.Update(slice);
    size += static_cast<std::int64_t>(slice.size());
  }
}

}  // namespace entrepot::internal
