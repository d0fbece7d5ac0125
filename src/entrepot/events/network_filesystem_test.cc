#include "entrepot/events/network_filesystem_internal.h"

#include "entrepot/testing/matchers.h"

namespace entrepot {
namespace {

using ::testing::Optional;

TEST(NetworkFilesystemTest, KnowsNetworkFilesystems) {
  EXPECT_THAT(NetworkFilesystemName(0x6969), Optional(std::string_view("NFS")));
  EXPECT_THAT(NetworkFilesystemName(0xFF534D42), Optional(std::string_view("CIFS")));
  EXPECT_THAT(NetworkFilesystemName(0xFFFF'FFFF'FF53'4D42),
              Optional(std::string_view("CIFS")));
  EXPECT_THAT(NetworkFilesystemName(0x01021997), Optional(std::string_view("9P")));
}

TEST(NetworkFilesystemTest, KnowsLocalOnes) {
  for (const std::uint64_t ext4_btrfs_xfs_tmpfs_overlay :
       {0xEF53u, 0x9123683Eu, 0x58465342u, 0x01021994u, 0x794C7630u}) {
    EXPECT_EQ(NetworkFilesystemName(ext4_btrfs_xfs_tmpfs_overlay), std::nullopt);
  }
}

TEST(NetworkFilesystemTest, TemporaryFoldersAreLocal) {
  EXPECT_THAT(CheckIsLocal(::testing::TempDir()), testing::IsOk());
}

TEST(NetworkFilesystemTest, MissingFoldersAreNotFound) {
  EXPECT_THAT(
      CheckIsLocal("/no/such/folder"),
      testing::FailsWith(ErrorCode::kNotFound, ::testing::HasSubstr("/no/such/folder")));
}

}  // namespace
}  // namespace entrepot
