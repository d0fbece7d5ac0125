#include "entrepot/storage/local_store.h"

#include <sys/wait.h>

#include <fstream>
#include <thread>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>

#include "entrepot/testing/intercepted_local_calls.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/testing/unprivileged_user.h"

namespace entrepot {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::LocalCall;
using testing::LocalCallKind;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

Status Put(LocalStore& store, const std::string& path, std::string_view text,
           const std::string& attribute = "") {
  ENTREPOT_ASSIGN_OR_RETURN(auto file, store.Create(path));
  if (!file->stream().Write(text.data(), static_cast<int64_t>(text.size())).ok()) {
    return Unavailable("write failed");
  }
  return file->Commit(attribute);
}

Result<std::string> Get(const LocalStore& store, const std::string& path) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto file, store.Open(path));
  ENTREPOT_ASSIGN_OR_RETURN(const auto buffer, file->ReadAll());
  return buffer->ToString();
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.push_back(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  return names;
}

class LocalStoreTest : public ::testing::TestWithParam<bool> {
 protected:
  LocalStore Store(LocalCalls& calls = LocalCalls::System()) {
    return LocalStore(folder_.path() + "/base", {.durable = GetParam(), .calls = &calls});
  }
  TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Durability, LocalStoreTest, ::testing::Values(true, false),
                         [](const auto& info) {
                           return info.param ? "Durable" : "Fast";
                         });

TEST_P(LocalStoreTest, WhatWasPutComesBackWithItsAttribute) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a/b/c.txt", "hello", "receipt"), IsOk());
  EXPECT_THAT(Get(store, "a/b/c.txt"), IsOkAndHolds("hello"));
  EXPECT_EQ(store.Open("a/b/c.txt").value()->attribute(), "receipt");
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a/b/c.txt"));
}

TEST_P(LocalStoreTest, CountsAndDigestsWhatPasses) {
  LocalStore store = Store();
  auto file = store.Create("a", {.sha256 = true}).value();
  const std::string text(200'000, 'x');
  for (size_t i = 0; i < text.size(); i += 30'000) {
    ASSERT_TRUE(file->stream().Write(std::string_view(text).substr(i, 30'000)).ok());
  }
  const Written written = file->written().value();
  EXPECT_EQ(written.size_bytes, 200'000);
  const Digests expected = DigestOf(std::as_bytes(std::span(text)), {.sha256 = true});
  EXPECT_EQ(written.digests.xxh3, expected.xxh3);
  EXPECT_EQ(written.digests.sha256, expected.sha256);
  ASSERT_THAT(file->Commit(""), IsOk());
  EXPECT_THAT(Get(store, "a"), IsOkAndHolds(text));
}

TEST_P(LocalStoreTest, GivingUpLeavesTheOldFileAndNothingElse) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", "old"), IsOk());
  {
    auto file = store.Create("a").value();
    ASSERT_TRUE(file->stream().Write("new", 3).ok());
  }
  EXPECT_THAT(Get(store, "a"), IsOkAndHolds("old"));
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a"));
}

TEST_P(LocalStoreTest, ReadersOfTheOldFileKeepIt) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", "old value"), IsOk());
  const auto old = store.Open("a").value();
  ASSERT_THAT(Put(store, "a", "new"), IsOk());
  EXPECT_EQ(old->ReadAll().value()->ToString(), "old value");
  EXPECT_EQ(old->Map().value()->ToString(), "old value");
  EXPECT_EQ(old->AsRandomAccess()->ReadAt(4, 100).ValueOrDie()->ToString(), "value");
}

TEST_P(LocalStoreTest, MapsAreWritableWithoutChangingTheFile) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", "value"), IsOk());
  const auto buffer = store.Open("a").value()->Map().value();
  buffer->mutable_data()[0] = 'V';
  EXPECT_EQ(buffer->ToString(), "Value");
  EXPECT_THAT(Get(store, "a"), IsOkAndHolds("value"));
}

TEST_P(LocalStoreTest, EmptyFilesAreFiles) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", ""), IsOk());
  EXPECT_EQ(store.Open("a").value()->Map().value()->size(), 0);
}

TEST_P(LocalStoreTest, MissingFilesAreNotFound) {
  LocalStore store = Store();
  EXPECT_THAT(store.Open("a/b"), FailsWith(ErrorCode::kNotFound, HasSubstr("a/b")));
  EXPECT_THAT(store.Exists("a/b"), IsOkAndHolds(false));
}

TEST_P(LocalStoreTest, AFileInTheWayOfAFolderIsAConflict) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", "file"), IsOk());
  EXPECT_THAT(Put(store, "a/b", "x"),
              FailsWith(ErrorCode::kConflict, HasSubstr("base/a'")));
}

TEST_P(LocalStoreTest, MakesAFolderAgainThatSomebodyRemoved) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a/b", "x"), IsOk());
  std::filesystem::remove_all(store.base());
  EXPECT_THAT(Put(store, "a/b", "y"), IsOk());
  EXPECT_THAT(Get(store, "a/b"), IsOkAndHolds("y"));
}

TEST_P(LocalStoreTest, ACommitReplacesTheFilesItWasToldTo) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a.json", "old"), IsOk());
  const ValueNames names{.stem = "a", .extensions = {"json", "npy", "txt"}};
  {
    auto given_up = store.Create(names, "txt").value();
  }
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a.json"));
  auto file = store.Create(names, "txt").value();
  ASSERT_TRUE(file->stream().Write("new", 3).ok());
  ASSERT_THAT(file->Commit(""), IsOk());
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a.txt"));
}

TEST_P(LocalStoreTest, WritersThatReplaceEachOtherNeverLoseTheLastValue) {
  LocalStore store = Store();
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 100; ++i) {
        auto file =
            store.Create({.stem = "a", .extensions = {"x", "y"}}, w == 0 ? "x" : "y");
        ASSERT_THAT(file, IsOk());
        ASSERT_THAT((*file)->Commit(""), IsOk());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(FilesIn(store.base()).size(), 1u);
}

TEST_P(LocalStoreTest, RemovesLeftoversOfTheDeadAndKeepsThoseOfTheLiving) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", "x"), IsOk());
  std::ofstream(store.base() + "/.a.00.tmp") << "dead";
  std::ofstream(store.base() + "/.b.00.tmp") << "another asset's";
  ASSERT_THAT(Put(store, "a", "y"), IsOk());
  EXPECT_THAT(FilesIn(store.base()), UnorderedElementsAre("a", ".b.00.tmp"));
  std::ofstream(store.base() + "/.a.00.tmp") << "living";
  LocalCalls& calls = LocalCalls::System();
  const int living = calls.Open(store.base() + "/.a.00.tmp", 0, 0);
  ASSERT_EQ(calls.Lock(living), 0);
  ASSERT_THAT(Put(store, "a", "z"), IsOk());
  EXPECT_THAT(FilesIn(store.base()), UnorderedElementsAre("a", ".a.00.tmp", ".b.00.tmp"));
  EXPECT_THAT(Get(store, "a"), IsOkAndHolds("z"));
  calls.Close(living);
}

TEST_P(LocalStoreTest, RemovesLeftoversOfStoresInAnotherFormat) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a.json", "x"), IsOk());
  std::filesystem::copy(store.base() + "/a.json", store.base() + "/.a.00.tmp");
  ASSERT_THAT(Put(store, "a.txt", "y"), IsOk());
  EXPECT_THAT(FilesIn(store.base()), UnorderedElementsAre("a.json", "a.txt"));
}

// Knows no unnamed files and no extended attributes, and moves a few bytes at a time.
class OldFilesystem final : public testing::InterceptedLocalCalls {
 public:
  OldFilesystem()
      : InterceptedLocalCalls({.keeps_attributes = false, .has_unnamed_files = false}) {}

 protected:
  std::int64_t Do(const LocalCall& given) override {
    LocalCall call = given;
    call.into = call.into.first(std::min<size_t>(call.into.size(), 3));
    call.bytes = call.bytes.first(std::min<size_t>(call.bytes.size(), 2));
    if (call.kind == LocalCallKind::kWrite && ++writes_ % 2 == 1) return -EINTR;
    return InterceptedLocalCalls::Do(call);
  }

 private:
  int writes_ = 0;
};

TEST_P(LocalStoreTest, WorksWithoutUnnamedFilesAndAttributes) {
  OldFilesystem calls;
  LocalStore store = Store(calls);
  ASSERT_THAT(Put(store, "a/b", "old", "receipt"), IsOk());
  ASSERT_THAT(Put(store, "a/b", "a longer value", "receipt"), IsOk());
  EXPECT_THAT(Get(store, "a/b"), IsOkAndHolds("a longer value"));
  EXPECT_EQ(store.Open("a/b").value()->attribute(), "");
  {
    auto given_up = store.Create("a/b").value();
  }
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a/b"));
}

TEST_P(LocalStoreTest, ManyWritersOfOneNameLeaveOneWholeValue) {
  LocalStore store = Store();
  std::vector<std::thread> writers;
  std::atomic<int> failures = 0;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 25; ++i) {
        if (!Put(store, "a", std::string(100'000, static_cast<char>('a' + w))))
          ++failures;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failures, 0);
  const std::string value = Get(store, "a").value();
  EXPECT_EQ(value, std::string(100'000, value[0]));
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a"));
}

TEST_P(LocalStoreTest, AKilledWriterLeavesTheOldValue) {
  LocalStore store = Store();
  ASSERT_THAT(Put(store, "a", "old"), IsOk());
  const pid_t child = fork();
  if (child == 0) {
    auto file = store.Create("a").value();
    (void)file->stream().Write("new", 3);
    _exit(0);  // As good as killed: no destructor runs.
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_THAT(Get(store, "a"), IsOkAndHolds("old"));
  EXPECT_THAT(FilesIn(store.base()), ElementsAre("a"));
}

constexpr auto kAllMayEnter = std::filesystem::perms::owner_exec |
                              std::filesystem::perms::group_exec |
                              std::filesystem::perms::others_exec;

TEST_P(LocalStoreTest, AFolderThatCannotBeWrittenIsAPermissionError) {
  using std::filesystem::perms;
  std::filesystem::permissions(folder_.path(), perms::owner_all | kAllMayEnter);
  std::filesystem::create_directory(folder_.path() + "/base");
  std::filesystem::permissions(folder_.path() + "/base",
                               perms::owner_read | kAllMayEnter);
  LocalStore store = Store();
  const testing::UnprivilegedUser nobody;
  EXPECT_THAT(Put(store, "a", "x"),
              FailsWith(ErrorCode::kPermission, HasSubstr("base'")));
}

TEST_P(LocalStoreTest, AFolderAboveTheBaseNeedNotBeReadable) {
  using std::filesystem::perms;
  const std::string shared = folder_.path() + "/shared";
  std::filesystem::create_directories(shared + "/home");
  std::filesystem::permissions(shared + "/home", perms::all);
  std::filesystem::permissions(folder_.path(), perms::owner_all | kAllMayEnter);
  std::filesystem::permissions(shared, perms::owner_write | kAllMayEnter);
  {
    const testing::UnprivilegedUser nobody;
    LocalStore store(shared + "/home/new/base", {.durable = GetParam()});
    EXPECT_THAT(Put(store, "a", "x"), IsOk());
  }
  std::filesystem::permissions(shared, perms::owner_all);
}

}  // namespace
}  // namespace entrepot
