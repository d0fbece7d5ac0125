#include "entrepot/testing/recorded_disk.h"

#include <algorithm>

#include <fcntl.h>

#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr int kCreate = O_CREAT | O_EXCL | O_RDWR;

class RecordedDiskTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  void Write(int fd, std::string_view text) {
    ASSERT_EQ(disk_.Write(fd, std::as_bytes(std::span(text))),
              static_cast<std::int64_t>(text.size()));
  }

  void SyncRoot() {
    const int root = disk_.Open(folder_.path(), O_RDONLY | O_DIRECTORY, 0);
    ASSERT_EQ(disk_.Sync(root), 0);
    disk_.Close(root);
  }

  /// A synced file.
  void Put(const std::string& name, std::string_view text) {
    const int fd = disk_.Open(Path(name), kCreate, 0666);
    Write(fd, text);
    ASSERT_EQ(disk_.Sync(fd), 0);
    disk_.Close(fd);
  }

  std::vector<DiskContent> States() const { return disk_.AfterPowerLoss(disk_.size()); }

  /// What each state has at `name`, "-" for nothing.
  std::vector<std::string> Outcomes(const std::string& name) const {
    std::vector<std::string> outcomes;
    for (const DiskContent& state : States()) {
      const auto found = state.files.find(name);
      outcomes.push_back(found == state.files.end() ? "-" : found->second.bytes);
    }
    std::ranges::sort(outcomes);
    outcomes.erase(std::unique(outcomes.begin(), outcomes.end()), outcomes.end());
    return outcomes;
  }

  TemporaryFolder folder_;
  RecordedDisk disk_{folder_.path()};
};

TEST_F(RecordedDiskTest, WhatWasSyncedStays) {
  Put("a", "text");
  SyncRoot();
  ASSERT_EQ(States().size(), 1u);
  EXPECT_THAT(Outcomes("a"), ElementsAre("text"));
}

TEST_F(RecordedDiskTest, ASyncedFileWhoseNameWasNotSyncedMayBeGone) {
  Put("a", "text");
  EXPECT_THAT(Outcomes("a"), ElementsAre("-", "text"));
}

TEST_F(RecordedDiskTest, UnsyncedBytesMayBeThereOrLostOrCutOrZeros) {
  const int fd = disk_.Open(Path("a"), kCreate, 0666);
  SyncRoot();
  Write(fd, "text");
  EXPECT_THAT(Outcomes("a"),
              UnorderedElementsAre("", "te", "text", std::string(4, '\0')));
  ASSERT_EQ(disk_.Sync(fd), 0);
  Write(fd, "more");
  EXPECT_THAT(Outcomes("a"), UnorderedElementsAre("text", "textmo", "textmore",
                                                  "text" + std::string(4, '\0')));
  disk_.Close(fd);
}

TEST_F(RecordedDiskTest, UnsyncedAttributesMayBeLost) {
  const int fd = disk_.Open(Path("a"), kCreate, 0666);
  ASSERT_EQ(disk_.Sync(fd), 0);
  SyncRoot();
  if (disk_.SetAttribute(fd, "user.entrepot", "receipt") < 0) GTEST_SKIP();
  EXPECT_EQ(States().size(), 2u);
  ASSERT_EQ(disk_.Sync(fd), 0);
  disk_.Close(fd);
  ASSERT_EQ(States().size(), 1u);
  EXPECT_EQ(States()[0].files.at("a").attributes.at("user.entrepot"), "receipt");
}

TEST_F(RecordedDiskTest, ARenameIsAtomicAndMayPrecedeTheLinkBeforeIt) {
  Put("a", "old");
  SyncRoot();
  Put("temporary", "new");
  ASSERT_EQ(disk_.Rename(Path("temporary"), Path("a")), 0);
  std::vector<std::string> kept;
  for (const DiskContent& state : States()) {
    std::string names;
    for (const auto& [name, file] : state.files) names += name + "=" + file.bytes + " ";
    kept.push_back(names);
  }
  EXPECT_THAT(kept, UnorderedElementsAre("a=old ", "a=old temporary=new ", "a=new ",
                                         "a=new temporary=new "));
}

TEST_F(RecordedDiskTest, ARemovalMayComeBeforeWhatPrecededIt) {
  Put("old", "1");
  SyncRoot();
  Put("new", "2");
  ASSERT_EQ(disk_.Remove(Path("old")), 0);
  const auto states = States();
  EXPECT_TRUE(std::ranges::any_of(
      states, [](const DiskContent& state) { return state.files.empty(); }));
  EXPECT_EQ(states.size(), 4u);
}

TEST_F(RecordedDiskTest, WhatIsInALostFolderIsLost) {
  ASSERT_EQ(disk_.MakeFolder(Path("folder")), 0);
  Put("folder/a", "text");
  const int folder = disk_.Open(Path("folder"), O_RDONLY | O_DIRECTORY, 0);
  ASSERT_EQ(disk_.Sync(folder), 0);
  disk_.Close(folder);
  EXPECT_THAT(Outcomes("folder/a"), ElementsAre("-", "text"));
}

TEST_F(RecordedDiskTest, AFileWithoutANameIsNowhere) {
  const int fd = disk_.Open(folder_.path(), O_TMPFILE | O_RDWR, 0666);
  if (fd < 0) GTEST_SKIP() << "no unnamed files here";
  Write(fd, "text");
  ASSERT_EQ(States().size(), 1u);
  ASSERT_EQ(disk_.Sync(fd), 0);
  ASSERT_EQ(disk_.Link(fd, Path("a")), 0);
  disk_.Close(fd);
  EXPECT_THAT(Outcomes("a"), ElementsAre("-", "text"));
}

TEST_F(RecordedDiskTest, TooManyStatesAreDrawnAlikeFromTheSameSeed) {
  for (int i = 0; i < 20; ++i) Put(std::to_string(i), "text");
  const auto describe = [&](std::uint32_t seed) {
    std::vector<std::string> how;
    for (const auto& state :
         disk_.AfterPowerLoss(disk_.size(), {.most = 50, .seed = seed})) {
      how.push_back(state.how);
    }
    return how;
  };
  EXPECT_EQ(describe(1).size(), 50u);
  EXPECT_EQ(describe(1), describe(1));
  EXPECT_NE(describe(1), describe(2));
}

TEST_F(RecordedDiskTest, AStateCanBeWrittenAndReadBack) {
  ASSERT_EQ(disk_.MakeFolder(Path("folder")), 0);
  Put("folder/a", "text");
  const TemporaryFolder other;
  States().front().WriteTo(other.path());
  std::string text(4, ' ');
  const int fd = LocalCalls::System().Open(other.path() + "/folder/a", O_RDONLY, 0);
  LocalCalls::System().Read(fd, std::as_writable_bytes(std::span(text)), 0);
  LocalCalls::System().Close(fd);
  EXPECT_EQ(text, "text");
}

TEST_F(RecordedDiskTest, FoldersThatChangePlacesDoSoAsAWhole) {
  for (const char* folder : {"a", "b"}) {
    ASSERT_EQ(disk_.MakeFolder(Path(folder)), 0);
    Put(std::string(folder) + "/file", folder);
    const int fd = disk_.Open(Path(folder), O_RDONLY | O_DIRECTORY, 0);
    ASSERT_EQ(disk_.Sync(fd), 0);
    disk_.Close(fd);
  }
  SyncRoot();
  ASSERT_EQ(disk_.Exchange(Path("a"), Path("b")), 0);
  EXPECT_THAT(Outcomes("a/file"), ElementsAre("a", "b"));
  for (const DiskContent& state : States()) {
    EXPECT_NE(state.files.at("a/file").bytes, state.files.at("b/file").bytes);
  }
  SyncRoot();
  EXPECT_THAT(Outcomes("a/file"), ElementsAre("b"));
}

TEST_F(RecordedDiskTest, AFoldersAttributesAreSafeOnceItIsSynced) {
  ASSERT_EQ(disk_.MakeFolder(Path("a")), 0);
  SyncRoot();
  const int fd = disk_.Open(Path("a"), O_RDONLY | O_DIRECTORY, 0);
  ASSERT_GE(disk_.SetAttribute(fd, "user.x", "kept"), 0);
  const auto attributes = [&] {
    std::vector<size_t> counts;
    for (const DiskContent& state : States()) {
      counts.push_back(state.folder_attributes.at("a").count("user.x"));
    }
    return counts;
  };
  EXPECT_THAT(attributes(), UnorderedElementsAre(0u, 1u));
  ASSERT_EQ(disk_.Sync(fd), 0);
  EXPECT_THAT(attributes(), ElementsAre(1u));
  disk_.Close(fd);
  const TemporaryFolder replayed;
  States().front().WriteTo(replayed.path());
  const int again = disk_.Open(replayed.path() + "/a", O_RDONLY | O_DIRECTORY, 0);
  std::string value;
  EXPECT_GE(disk_.GetAttribute(again, "user.x", value), 0);
  EXPECT_EQ(value, "kept");
  disk_.Close(again);
}

TEST_F(RecordedDiskTest, WhatWasCopiedIsAsSafeAsWhatWasWritten) {
  Put("a", "text");
  SyncRoot();
  const int from = disk_.Open(Path("a"), O_RDONLY, 0);
  const int to = disk_.Open(Path("b"), kCreate, 0666);
  SyncRoot();
  ASSERT_EQ(disk_.CopyRange(from, 2, to, 100), 2);
  EXPECT_THAT(Outcomes("b"), UnorderedElementsAre("", "x", "xt", std::string(2, '\0')));
  ASSERT_EQ(disk_.Sync(to), 0);
  EXPECT_THAT(Outcomes("b"), ElementsAre("xt"));
  disk_.Close(from);
  disk_.Close(to);
}

}  // namespace
}  // namespace entrepot::testing
