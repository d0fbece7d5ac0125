// Files and folders as values, through the managers that keep them.

#include <sys/stat.h>
#include <sys/xattr.h>

#include <filesystem>
#include <fstream>

#include <arrow/buffer.h>

#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/local_file_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/value/scratch_folder.h"
#include "entrepot/value/traits.h"

namespace entrepot {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;

std::string TextAt(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Write(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

class Warnings final : public StepLog {
 public:
  void Write(LogLevel, std::string line) override { lines.push_back(std::move(line)); }
  std::vector<std::string> lines;
};

class FileValuesTest : public ::testing::Test {
 protected:
  std::string base() const { return folder_.path() + "/base"; }
  fs::path Here(const std::string& name) const { return fs::path(folder_.path()) / name; }

  static std::shared_ptr<OutputContext> Output() {
    return std::make_shared<OutputContext>(
        OutputContext::Fields{.step_key = "a/mesh",
                              .run_id = "run",
                              .asset_key = AssetKey::Parse("a/mesh").value()});
  }

  /// Stores what is at the path; returns the context.
  std::shared_ptr<OutputContext> Store(const FilePath& path) const {
    const auto output = Output();
    EXPECT_THAT(manager_->HandleOutput(*output, ToValue(path).value()), IsOk());
    return output;
  }

  Result<Value> Load(LoadRequest request = {}) const {
    return manager_->LoadInput(InputContext(
        {.upstream_output = Output(), .log = log_, .request = std::move(request)}));
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(base())) {
      if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), base()));
    }
    return names;
  }

  TemporaryFolder folder_;
  std::shared_ptr<Warnings> log_ = std::make_shared<Warnings>();
  std::shared_ptr<FileSystemIOManager> manager_ =
      FileSystemIOManager::Make({.base_dir = base()}).value();
};

TEST_F(FileValuesTest, AFileKeepsItsExtensionAndHasAReceipt) {
  Write(Here("mesh.vtk"), "vertices");
  const auto output = Store(FilePath(Here("mesh.vtk")));
  ASSERT_EQ(output->receipts().size(), 1u);
  const Receipt& receipt = output->receipts().front();
  EXPECT_EQ(receipt.path, "a/mesh.vtk");
  EXPECT_EQ(receipt.format, "file");
  EXPECT_EQ(receipt.kind, "file");
  EXPECT_EQ(receipt.type, "entrepot::FilePath");
  EXPECT_EQ(receipt.size_bytes, 8);
  EXPECT_EQ(receipt.digest,
            DigestOf(std::as_bytes(std::span(std::string_view("vertices")))).xxh3);
  const auto loaded = FromValue<FilePath>(Load().value()).value();
  EXPECT_EQ(loaded.path(), base() + "/a/mesh.vtk");
  EXPECT_EQ(TextAt(loaded.path()), "vertices");
  EXPECT_TRUE(log_->lines.empty());
}

TEST_F(FileValuesTest, AScratchFileIsKeptItself) {
  const auto scratch = ScratchFolder::Make(folder_.path()).value();
  const FilePath file = scratch->NewFile(".vtk");
  Write(file.path(), "vertices");
  Store(file);
  EXPECT_TRUE(fs::equivalent(file.path(), base() + "/a/mesh.vtk"));
}

TEST_F(FileValuesTest, AScratchFileStoredTwiceIsTwoFiles) {
  const auto scratch = ScratchFolder::Make(folder_.path()).value();
  const FilePath file = scratch->NewFile(".vtk");
  Write(file.path(), "vertices");
  Store(file);
  const auto other = std::make_shared<OutputContext>(OutputContext::Fields{
      .step_key = "b", .run_id = "run", .asset_key = AssetKey::Parse("b").value()});
  ASSERT_THAT(manager_->HandleOutput(*other, ToValue(file).value()), IsOk());
  EXPECT_FALSE(fs::equivalent(base() + "/b.vtk", base() + "/a/mesh.vtk"));
  EXPECT_THAT(Load({.verify = true}), IsOk());
}

TEST_F(FileValuesTest, AFileWithoutAnExtensionGetsOne) {
  Write(Here("Makefile"), "all:");
  EXPECT_EQ(Store(FilePath(Here("Makefile")))->receipts().front().path, "a/mesh.file");
  EXPECT_EQ(Load().value().kind(), ValueKind::kFile);
}

TEST_F(FileValuesTest, AFileIsAFileWhateverItsExtensionMeans) {
  Write(Here("x.json"), R"({"a": 1})");
  Store(FilePath(Here("x.json")));
  EXPECT_EQ(Load().value().kind(), ValueKind::kFile);
  ASSERT_THAT(manager_->HandleOutput(*Output(), Value::Json("{}")), IsOk());
  EXPECT_EQ(Load().value().kind(), ValueKind::kJson);
  EXPECT_THAT(Files(), ElementsAre("a/mesh.json"));
}

TEST_F(FileValuesTest, AChangeOfFormatLeavesTheNewValueOnly) {
  Write(Here("x.vtk"), "mesh");
  Write(Here("tree/deep/y"), "deep");
  ASSERT_THAT(manager_->HandleOutput(*Output(), Value::Text("text")), IsOk());
  Store(FilePath(Here("x.vtk")));
  EXPECT_THAT(Files(), UnorderedElementsAre("a/mesh.vtk", "a/.mesh.file"));
  Store(FilePath(Here("tree")));
  EXPECT_THAT(Files(), ElementsAre("a/mesh/=value/deep/y"));
  ASSERT_THAT(manager_->HandleOutput(*Output(), Value::Text("text")), IsOk());
  EXPECT_THAT(Files(), ElementsAre("a/mesh.txt"));
}

TEST_F(FileValuesTest, AFileIsCheckedBySizeAndOnRequestByDigest) {
  Write(Here("mesh.vtk"), "vertices");
  Store(FilePath(Here("mesh.vtk")));
  std::fstream(base() + "/a/mesh.vtk") << "X";
  EXPECT_THAT(Load(), IsOk());
  EXPECT_THAT(Load({.verify = true}),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("was altered")));
  fs::resize_file(base() + "/a/mesh.vtk", 3);
  EXPECT_THAT(Load(), FailsWith(ErrorCode::kCorrupt, HasSubstr("has 3 bytes, but 8")));
}

TEST_F(FileValuesTest, AFolderHasAReceiptAndIsLoadedAsItIs) {
  Write(Here("run/mesh.vtk"), "vertices");
  Write(Here("run/fields/p"), "1");
  const Receipt receipt = Store(FilePath(Here("run")))->receipts().front();
  EXPECT_EQ(receipt.path, "a/mesh/=value");
  EXPECT_EQ(receipt.format, "folder");
  EXPECT_EQ(receipt.kind, "folder");
  EXPECT_EQ(receipt.size_bytes, 9);
  EXPECT_EQ(receipt.digest.size(), 32u);
  const Value loaded = Load({.verify = true}).value();
  EXPECT_EQ(loaded.kind(), ValueKind::kFolder);
  EXPECT_EQ(loaded.type(), "entrepot::FilePath");
  EXPECT_EQ(loaded.file_path().path(), base() + "/a/mesh/=value");
  EXPECT_EQ(TextAt(loaded.file_path().path() / "fields" / "p"), "1");
}

TEST_F(FileValuesTest, AFolderIsCheckedBySizeAndOnRequestByDigest) {
  Write(Here("run/mesh.vtk"), "vertices");
  Store(FilePath(Here("run")));
  const std::string stored = base() + "/a/mesh/=value";
  fs::rename(stored + "/mesh.vtk", stored + "/other.vtk");
  EXPECT_THAT(Load(), IsOk());
  EXPECT_THAT(Load({.verify = true}),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("was altered")));
  Write(stored + "/more", "x");
  EXPECT_THAT(Load(), FailsWith(ErrorCode::kCorrupt, HasSubstr("have 9 bytes, but 8")));
  fs::create_symlink("/etc/passwd", stored + "/link");
  EXPECT_THAT(Load(),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("/link' is a symbolic link")));
}

TEST_F(FileValuesTest, WithoutReceiptsTheyLoadUnverifiedAndSaySo) {
  Write(Here("x.json"), "{}");
  Write(Here("run/y"), "y");
  const auto without_receipt = [&](const FilePath& path, const std::string& stored) {
    Store(path);
    ASSERT_EQ(::removexattr((base() + stored).c_str(), "user.entrepot"), 0);
    log_->lines.clear();
    EXPECT_EQ(Load().value().file_path().path(), base() + stored);
    ASSERT_EQ(log_->lines.size(), 1u);
    EXPECT_THAT(log_->lines.front(), HasSubstr("loaded unverified"));
  };
  without_receipt(FilePath(Here("x.json")), "/a/mesh.json");
  without_receipt(FilePath(Here("run")), "/a/mesh/=value");
}

TEST_F(FileValuesTest, AVersionThatIsNotExpectedIsAConflict) {
  Write(Here("run/y"), "y");
  const std::string version = Store(FilePath(Here("run")))->receipts().front().version;
  EXPECT_THAT(Load({.expected_version = version}), IsOk());
  EXPECT_THAT(Load({.expected_version = "another"}),
              FailsWith(ErrorCode::kConflict, HasSubstr("it was replaced since")));
}

TEST_F(FileValuesTest, AFileThatIsGoneBeforeItIsStoredIsNamed) {
  Write(Here("mesh.vtk"), "x");
  const Value value = ToValue(FilePath(Here("mesh.vtk"))).value();
  fs::remove(Here("mesh.vtk"));
  EXPECT_THAT(manager_->HandleOutput(*Output(), value),
              FailsWith(ErrorCode::kNotFound, HasSubstr("/mesh.vtk")));
}

TEST(FileValuesInMemoryTest, ATemporaryOutlivesItsStepAndOtherPathsStayWhatTheyAre) {
  MemoryIOManager manager;
  OutputContext output({.step_key = "m", .asset_key = AssetKey::Parse("m").value()});
  const auto load = [&] {
    const auto upstream = std::make_shared<OutputContext>(
        OutputContext::Fields{.asset_key = AssetKey::Parse("m").value()});
    return FromValue<FilePath>(
               manager.LoadInput(InputContext({.upstream_output = upstream})).value())
        .value();
  };
  fs::path kept;
  {
    const auto scratch = ScratchFolder::Make().value();
    const FilePath temporary = scratch->NewFile(".vtk");
    Write(temporary.path(), "mine");
    kept = temporary.path();
    ASSERT_THAT(manager.HandleOutput(output, ToValue(temporary).value()), IsOk());
  }
  EXPECT_EQ(load().path(), kept);
  EXPECT_EQ(TextAt(kept), "mine");

  const TemporaryFolder folder;
  const fs::path path = fs::path(folder.path()) / "mesh.vtk";
  Write(path, "vertices");
  ASSERT_THAT(manager.HandleOutput(output, ToValue(FilePath(path)).value()), IsOk());
  EXPECT_EQ(load().path(), path);
  EXPECT_FALSE(fs::exists(kept));
}

class HandleFilesTest : public FileValuesTest {
 protected:
  Status StoreHandle(const FileHandle& handle) const {
    return keeping_->HandleOutput(*Output(), ToValue(handle).value());
  }

  std::shared_ptr<LocalFileManager> files_ =
      LocalFileManager::Make({.base_dir = folder_.path() + "/files"}).value();
  std::shared_ptr<FileSystemIOManager> keeping_ =
      FileSystemIOManager::Make({.base_dir = base()}, CodecRegistry::WithBuiltins(),
                                {.file_of_handle = FilesOf(files_)})
          .value();
};

TEST_F(HandleFilesTest, TheFileOfAHandleIsCopiedUnderTheAssetsPath) {
  const FileHandle handle = WriteData(*files_, "vertices", "vtk").value();
  ASSERT_THAT(StoreHandle(handle), IsOk());
  fs::remove(handle.path);
  // Whoever loads it needs no file manager.
  const auto loaded = FromValue<FileHandle>(Load().value()).value();
  EXPECT_EQ(loaded, (FileHandle{.kind = "local", .path = base() + "/a/mesh.vtk"}));
  EXPECT_EQ((*ReadData(*files_, loaded))->ToString(), "vertices");
  EXPECT_FALSE(fs::exists(base() + "/.scratch"));
}

TEST_F(HandleFilesTest, AHandleToNothingIsNotFoundAndTheOldFileStays) {
  ASSERT_THAT(StoreHandle(WriteData(*files_, "old", "vtk").value()), IsOk());
  EXPECT_THAT(StoreHandle({.kind = "local", .path = "/no/such.vtk"}),
              FailsWith(ErrorCode::kNotFound, HasSubstr("'/no/such.vtk' names nothing")));
  EXPECT_EQ(TextAt(FromValue<FileHandle>(Load().value())->path), "old");
}

TEST_F(HandleFilesTest, OtherValuesAreKeptAsEver) {
  ASSERT_THAT(keeping_->HandleOutput(*Output(), Value::Text("text")), IsOk());
  EXPECT_EQ(Load().value().text(), "text");
}

TEST_F(HandleFilesTest, WithoutAFileManagerTheHandleItselfIsKept) {
  const FileHandle handle = WriteData(*files_, "vertices", "vtk").value();
  ASSERT_THAT(manager_->HandleOutput(*Output(), ToValue(handle).value()), IsOk());
  EXPECT_EQ(FromValue<FileHandle>(Load().value()).value(), handle);
}

}  // namespace
}  // namespace entrepot
