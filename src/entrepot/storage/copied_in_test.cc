// Files and folders that are copied into a store, and what becomes of a value's other
// names.

#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <thread>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "entrepot/storage/local_store.h"
#include "entrepot/testing/intercepted_local_calls.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::InterceptedLocalCalls;
using testing::IsOk;
using testing::LocalCall;
using testing::LocalCallKind;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

const ValueNames kNames{.stem = "a/mesh", .extensions = {"json", "parquet"}};

std::string TextAt(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ino_t NodeOf(const fs::path& path) {
  struct stat info{};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_ino;
}

Written DigestOfText(std::string_view text) {
  return {static_cast<std::int64_t>(text.size()),
          DigestOf(std::as_bytes(std::span(text)))};
}

class CopiedInTest : public ::testing::TestWithParam<bool> {
 protected:
  LocalStore Store(LocalCalls& calls = LocalCalls::System()) const {
    return LocalStore(base(), {.durable = GetParam(), .calls = &calls});
  }

  std::string base() const { return folder_.path() + "/base"; }

  /// Makes a file beside the store.
  std::string Source(const std::string& name, std::string_view text) const {
    const fs::path path = fs::path(folder_.path()) / "source" / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  static Status CopyIn(LocalStore& store, const std::string& extension,
                       const std::string& source, bool may_take = false) {
    ENTREPOT_ASSIGN_OR_RETURN(const CopiedIn copied,
                              store.CopyIn(kNames, extension, source, may_take));
    return copied.write->Commit("receipt");
  }

  static Status PutJson(LocalStore& store) {
    ENTREPOT_ASSIGN_OR_RETURN(const auto file, store.Create(kNames, "json"));
    return file->Commit("");
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(base())) {
      if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), base()));
    }
    return names;
  }

  TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Durability, CopiedInTest, ::testing::Values(true, false),
                         [](const auto& info) {
                           return info.param ? "Durable" : "Fast";
                         });

TEST_P(CopiedInTest, AFileKeepsItsBytesAndItsExtension) {
  LocalStore store = Store();
  const std::string text(20'000'000, 'm');
  const std::string source = Source("mesh.vtk", text);
  const CopiedIn copied = store.CopyIn(kNames, "vtk", source, false).value();
  EXPECT_EQ(copied.path, "a/mesh.vtk");
  const Written written = copied.write->written().value();
  EXPECT_EQ(written.size_bytes, 20'000'000);
  EXPECT_EQ(written.digests.xxh3, DigestOfText(text).digests.xxh3);
  ASSERT_THAT(copied.write->Commit("receipt"), IsOk());
  EXPECT_EQ(TextAt(base() + "/a/mesh.vtk"), text);
  EXPECT_EQ(store.Open("a/mesh.vtk").value()->attribute(), "receipt");
  EXPECT_NE(NodeOf(base() + "/a/mesh.vtk"), NodeOf(source));
}

TEST_P(CopiedInTest, AFileThatMayBeTakenIsNotCopied) {
  LocalStore store = Store();
  const std::string source = Source("mesh.vtk", "mesh");
  const CopiedIn copied = store.CopyIn(kNames, "vtk", source, true).value();
  EXPECT_EQ(copied.write->written().value().digests.xxh3,
            DigestOfText("mesh").digests.xxh3);
  ASSERT_THAT(copied.write->Commit("receipt"), IsOk());
  EXPECT_EQ(NodeOf(base() + "/a/mesh.vtk"), NodeOf(source));
  EXPECT_EQ(store.Open("a/mesh.vtk").value()->attribute(), "receipt");
}

TEST_P(CopiedInTest, AFileWithTwoNamesIsCopiedEvenIfItMayBeTaken) {
  LocalStore store = Store();
  const std::string source = Source("mesh.vtk", "mesh");
  fs::create_hard_link(source, source + ".other");
  ASSERT_THAT(CopyIn(store, "vtk", source, true), IsOk());
  EXPECT_NE(NodeOf(base() + "/a/mesh.vtk"), NodeOf(source));
}

TEST_P(CopiedInTest, AFileThatCannotHaveAReceiptIsCopied) {
  LocalStore store = Store();
  const std::string source = Source("mesh.vtk", "mesh");
  fs::permissions(source, fs::perms::owner_read);
  ASSERT_THAT(CopyIn(store, "vtk", source, true), IsOk());
  EXPECT_NE(NodeOf(base() + "/a/mesh.vtk"), NodeOf(source));
  EXPECT_EQ(store.Open("a/mesh.vtk").value()->attribute(), "receipt");
}

TEST_P(CopiedInTest, AFileOfAnotherFilesystemIsCopied) {
  class WithoutLinks final : public InterceptedLocalCalls {
   protected:
    std::int64_t Do(const LocalCall& call) override {
      const bool is_source =
          call.kind == LocalCallKind::kLink && call.path.ends_with(".tmp");
      return is_source ? -EXDEV : InterceptedLocalCalls::Do(call);
    }
  } calls;
  LocalStore store = Store(calls);
  ASSERT_THAT(CopyIn(store, "vtk", Source("mesh.vtk", "mesh"), true), IsOk());
  EXPECT_EQ(TextAt(base() + "/a/mesh.vtk"), "mesh");
}

TEST_P(CopiedInTest, GivingUpLeavesTheOldValueTheSourceAndNothingElse) {
  LocalStore store = Store();
  ASSERT_THAT(CopyIn(store, "vtk", Source("old.vtk", "old")), IsOk());
  const std::string file = Source("new.vtk", "new");
  const std::string folder = fs::path(Source("folder/x", "x")).parent_path();
  (void)store.CopyIn(kNames, "vtk", file, true).value();
  (void)store.CopyIn(kNames, "", folder, true).value();
  EXPECT_EQ(TextAt(base() + "/a/mesh.vtk"), "old");
  EXPECT_EQ(TextAt(file), "new");
  EXPECT_EQ(TextAt(folder + "/x"), "x");
  EXPECT_THAT(Files(), UnorderedElementsAre("a/mesh.vtk", "a/.mesh.file"));
}

TEST_P(CopiedInTest, RangesAreCopiedByHandWhereTheFilesystemCannot) {
  InterceptedLocalCalls calls({.copies_ranges = false});
  LocalStore store = Store(calls);
  const std::string text(700'000, 'm');
  const CopiedIn copied =
      store.CopyIn(kNames, "vtk", Source("mesh.vtk", text), false).value();
  EXPECT_EQ(copied.write->written().value().digests.xxh3,
            DigestOfText(text).digests.xxh3);
  ASSERT_THAT(copied.write->Commit(""), IsOk());
  EXPECT_EQ(TextAt(base() + "/a/mesh.vtk"), text);
}

TEST_P(CopiedInTest, AFolderIsKeptWithAllThatIsInIt) {
  LocalStore store = Store();
  const std::string source = fs::path(Source("tree/deep/er/x.txt", "text"))
                                 .parent_path()
                                 .parent_path()
                                 .parent_path();
  Source("tree/empty.bin", "");
  fs::create_directory(source + "/no files");
  const CopiedIn copied = store.CopyIn(kNames, "", source, false).value();
  EXPECT_EQ(copied.path, "a/mesh/=value");
  EXPECT_EQ(copied.write->written().value().size_bytes, 4);
  ASSERT_THAT(copied.write->Commit("receipt"), IsOk());
  EXPECT_THAT(Files(), UnorderedElementsAre("a/mesh/=value/deep/er/x.txt",
                                            "a/mesh/=value/empty.bin"));
  EXPECT_EQ(TextAt(base() + "/a/mesh/=value/deep/er/x.txt"), "text");
  EXPECT_TRUE(fs::is_directory(base() + "/a/mesh/=value/no files"));
  EXPECT_EQ(store.OpenFolder("a/mesh/=value").value()->attribute(), "receipt");
}

TEST_P(CopiedInTest, TheDigestOfAFolderIsThatOfItsListing) {
  LocalStore store = Store();
  const std::string source = fs::path(Source("tree/b", "bee")).parent_path();
  Source("tree/a/c", "");
  Source("tree/a-b", "x");
  // As docs/formats/folder.md has it.
  std::string listing;
  const auto add = [&](const std::string& line) { listing += line + '\0'; };
  add("folder a");
  add("file 0 " + DigestOfText("").digests.xxh3 + " a/c");
  add("file 1 " + DigestOfText("x").digests.xxh3 + " a-b");
  add("file 3 " + DigestOfText("bee").digests.xxh3 + " b");
  const CopiedIn copied = store.CopyIn(kNames, "", source, false).value();
  EXPECT_EQ(copied.write->written().value().digests.xxh3,
            DigestOfText(listing).digests.xxh3);
  ASSERT_THAT(copied.write->Commit(""), IsOk());
  const auto stored = store.OpenFolder("a/mesh/=value").value();
  EXPECT_EQ(stored->Measure(true).value().digests.xxh3,
            DigestOfText(listing).digests.xxh3);
  EXPECT_EQ(stored->Measure(false).value().size_bytes, 4);
}

TEST_P(CopiedInTest, FilesOfAFolderThatMayBeTakenAreNotCopied) {
  LocalStore store = Store();
  const std::string file = Source("tree/x", "x");
  ASSERT_THAT(CopyIn(store, "", fs::path(file).parent_path(), true), IsOk());
  EXPECT_EQ(NodeOf(base() + "/a/mesh/=value/x"), NodeOf(file));
}

TEST_P(CopiedInTest, AnotherFolderReplacesTheFirstAsAWhole) {
  LocalStore store = Store();
  ASSERT_THAT(CopyIn(store, "", fs::path(Source("one/x", "x")).parent_path()), IsOk());
  ASSERT_THAT(CopyIn(store, "", fs::path(Source("two/y", "y")).parent_path()), IsOk());
  EXPECT_THAT(Files(), ElementsAre("a/mesh/=value/y"));
}

TEST_P(CopiedInTest, SymbolicLinksAndSpecialFilesInAFolderAreRefusedByName) {
  LocalStore store = Store();
  const std::string source =
      fs::path(Source("tree/deep/x", "x")).parent_path().parent_path();
  fs::create_symlink("x", source + "/deep/link");
  EXPECT_THAT(CopyIn(store, "", source),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("'" + source + "/deep/link' is a symbolic link")));
  fs::remove(source + "/deep/link");
  ASSERT_EQ(::mkfifo((source + "/pipe").c_str(), 0600), 0);
  EXPECT_THAT(CopyIn(store, "", source),
              FailsWith(ErrorCode::kInvalid,
                        HasSubstr("'" + source + "/pipe' is a special file")));
  EXPECT_THAT(CopyIn(store, "x", source + "/pipe"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("neither a file nor a folder")));
  EXPECT_TRUE(Files().empty());
}

TEST_P(CopiedInTest, AFolderCannotBeKeptInItself) {
  LocalStore store = Store();
  ASSERT_THAT(PutJson(store), IsOk());
  EXPECT_THAT(CopyIn(store, "", base()),
              FailsWith(ErrorCode::kInvalid, HasSubstr("cannot be kept in itself")));
}

TEST_P(CopiedInTest, WhatIsNotThereIsNotFound) {
  LocalStore store = Store();
  EXPECT_THAT(CopyIn(store, "vtk", folder_.path() + "/no.vtk"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("/no.vtk")));
}

TEST_P(CopiedInTest, EveryChangeOfFormatLeavesOneName) {
  LocalStore store = Store();
  const std::string vtk = Source("m.vtk", "vtk");
  const std::string stl = Source("m.stl", "stl");
  const std::string tree = fs::path(Source("tree/x", "x")).parent_path();
  const std::vector<std::pair<std::string, std::function<Status()>>> ways = {
      {"a/mesh.vtk", [&] { return CopyIn(store, "vtk", vtk); }},
      {"a/mesh.stl", [&] { return CopyIn(store, "stl", stl); }},
      {"a/mesh.json", [&] { return CopyIn(store, "json", stl); }},
      {"a/mesh/=value", [&] { return CopyIn(store, "", tree); }},
      {"a/mesh.json", [&] { return PutJson(store); }}};
  for (const auto& [from, store_from] : ways) {
    for (const auto& [to, store_to] : ways) {
      ASSERT_THAT(store_from(), IsOk());
      ASSERT_THAT(store_to(), IsOk());
      const auto names = store.Names(kNames).value();
      ASSERT_EQ(names.size(), 1u) << from << " to " << to;
      EXPECT_EQ(names.front().path, to);
      const bool is_noted = names.front().is_noted;
      EXPECT_EQ(Files().size(), is_noted ? 2u : 1u) << from << " to " << to;
    }
  }
}

TEST_P(CopiedInTest, TheNoteTellsOfFilesOfUnusualExtensions) {
  LocalStore store = Store();
  ASSERT_THAT(CopyIn(store, "vtk", Source("m.vtk", "x")), IsOk());
  EXPECT_EQ(TextAt(base() + "/a/.mesh.file"), "vtk\n");
  const auto names = store.Names(kNames).value();
  ASSERT_EQ(names.size(), 1u);
  EXPECT_TRUE(names.front().is_noted);
  EXPECT_EQ(names.front().extension, "vtk");
}

TEST_P(CopiedInTest, WhatIsNoExtensionInANoteIsIgnored) {
  LocalStore store = Store();
  ASSERT_THAT(CopyIn(store, "vtk", Source("m.vtk", "x")), IsOk());
  const std::string other = Source("precious", "x");
  std::ofstream(base() + "/a/.mesh.file") << "vtk\n../../source/precious\n\n.hidden\n"
                                          << std::string(3, '\0') << "\n";
  EXPECT_EQ(store.Names(kNames).value().size(), 1u);
  ASSERT_THAT(PutJson(store), IsOk());
  EXPECT_TRUE(fs::exists(other));
  EXPECT_THAT(Files(), ElementsAre("a/mesh.json"));
}

TEST_P(CopiedInTest, LeftoversOfDeadWritersOfFoldersAreRemovedAndThoseOfTheLivingKept) {
  LocalStore store = Store();
  const std::string tree = fs::path(Source("tree/x", "x")).parent_path();
  const std::string dead = base() + "/a/mesh/.=value.03.tmp";
  fs::create_directories(dead + "/deep");
  std::ofstream(dead + "/deep/file") << "left over";
  const CopiedIn living = store.CopyIn(kNames, "", tree, false).value();
  ASSERT_THAT(PutJson(store), IsOk());
  EXPECT_FALSE(fs::exists(dead));
  ASSERT_THAT(living.write->Commit(""), IsOk());
  EXPECT_THAT(Files(), ElementsAre("a/mesh/=value/x"));
}

TEST_P(CopiedInTest, AFolderIsRefusedWhereNamesCannotBeExchanged) {
  InterceptedLocalCalls calls({.exchanges_names = false});
  LocalStore store = Store(calls);
  ASSERT_THAT(PutJson(store), IsOk());
  const std::string tree = fs::path(Source("tree/x", "x")).parent_path();
  EXPECT_THAT(CopyIn(store, "", tree),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("cannot exchange names")));
  EXPECT_THAT(Files(), ElementsAre("a/mesh.json"));
}

TEST_P(CopiedInTest, WritersOfAllFormatsAtOnceLeaveOneWholeValue) {
  const std::string vtk = Source("m.vtk", std::string(100'000, 'v'));
  const std::string one = fs::path(Source("one/x", "1")).parent_path();
  const std::string two = fs::path(Source("two/x", "2")).parent_path();
  LocalStore store = Store();
  const std::vector<std::function<Status()>> writers = {
      [&] { return CopyIn(store, "vtk", vtk); }, [&] { return CopyIn(store, "", one); },
      [&] { return CopyIn(store, "", two); }, [&] { return PutJson(store); }};
  std::vector<std::thread> threads;
  for (const auto& write : writers) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_THAT(write(), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store.Names(kNames).value().size(), 1u);
  ASSERT_THAT(PutJson(store), IsOk());
  EXPECT_THAT(Files(), ElementsAre("a/mesh.json"));
}

}  // namespace
}  // namespace entrepot
