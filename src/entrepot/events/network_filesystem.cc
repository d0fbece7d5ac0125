#include "entrepot/events/network_filesystem_internal.h"

#include <sys/vfs.h>

#include <cerrno>

namespace entrepot {

std::optional<std::string_view> NetworkFilesystemName(std::uint64_t type) {
  // From linux/magic.h and statfs(2). The field is signed on some machines, so the upper
  // half may be filled with ones.
  switch (type & 0xFFFF'FFFF) {
    case 0x6969:
      return "NFS";
    case 0x517B:
      return "SMB";
    case 0xFF534D42:
      return "CIFS";
    case 0xFE534D42:
      return "SMB2";
    case 0x01021997:
      return "9P";
    case 0x5346414F:
      return "AFS";
    case 0x00C36400:
      return "Ceph";
    case 0x0BD00BD0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    default:
      return std::nullopt;
  }
}

Status CheckIsLocal(const std::string& folder) {
  struct statfs facts{};
  if (statfs(folder.c_str(), &facts) != 0) {
    return FromErrno(errno, fmt::format("looking at folder '{}'", folder));
  }
  const auto name = NetworkFilesystemName(static_cast<std::uint64_t>(facts.f_type));
  if (!name) return {};
  return Unsupported(
      "an event log cannot lie on a network filesystem ('{}' is on {}); put it on a "
      "local disk",
      folder, *name);
}

}  // namespace entrepot
