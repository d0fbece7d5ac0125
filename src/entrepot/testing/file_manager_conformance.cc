#include "entrepot/testing/file_manager_conformance.h"

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>

#include "entrepot/testing/conformance_suite_internal.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot::testing {
namespace {

namespace fs = std::filesystem;
using Subject = FileManagerUnderTest;
using ::testing::HasSubstr;

std::vector<std::string> Samples() {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  std::string large;
  while (large.size() < 3'000'000) large += all_bytes;
  return {"", "one line\n", "größer", all_bytes, large};
}

Result<std::string> TextOf(FileManager& manager, const FileHandle& handle) {
  ENTREPOT_ASSIGN_OR_RETURN(const auto bytes, ReadData(manager, handle));
  return bytes->ToString();
}

std::string TextAt(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Yields some bytes and then fails.
class BreakingStream final : public arrow::io::InputStream {
 public:
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<std::int64_t> Tell() const override { return 0; }
  arrow::Result<std::int64_t> Read(std::int64_t, void*) override {
    return arrow::Status::IOError("the source broke");
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t) override {
    if (num_reads_++ > 0) return arrow::Status::IOError("the source broke");
    return arrow::Buffer::FromString("some bytes");
  }

 private:
  int num_reads_ = 0;
};

void GivesBackWhatWasWritten(const Subject& subject) {
  const auto manager = subject.make();
  for (const std::string& text : Samples()) {
    const auto handle = WriteData(*manager, text);
    ASSERT_THAT(handle, IsOk());
    EXPECT_THAT(TextOf(*manager, *handle), IsOkAndHolds(text));
  }
}

void ReadsInParts(const Subject& subject) {
  const auto manager = subject.make();
  const auto handle = WriteData(*manager, "0123456789");
  ASSERT_THAT(handle, IsOk());
  const auto file = manager->Read(*handle);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ((*file)->Read(4).ValueOrDie()->ToString(), "0123");
  EXPECT_EQ((*file)->Read(100).ValueOrDie()->ToString(), "456789");
  EXPECT_EQ((*file)->Read(100).ValueOrDie()->size(), 0);
  EXPECT_EQ((*file)->ReadAt(2, 3).ValueOrDie()->ToString(), "234");
}

void EachWriteMakesAnotherFile(const Subject& subject) {
  const auto manager = subject.make();
  const auto first = WriteData(*manager, "first", "txt");
  const auto second = WriteData(*manager, "second", "txt");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_FALSE(*first == *second);
  EXPECT_THAT(TextOf(*manager, *first), IsOkAndHolds("first"));
  EXPECT_THAT(TextOf(*manager, *second), IsOkAndHolds("second"));
}

void KeepsExtensionsWithOneDot(const Subject& subject) {
  const auto manager = subject.make();
  for (const char* extension : {"txt", ".txt"}) {
    const auto handle = WriteData(*manager, "x", extension);
    ASSERT_THAT(handle, IsOk());
    const fs::path path(handle->path);
    EXPECT_EQ(path.extension(), ".txt") << extension;
    EXPECT_EQ(path.stem().extension(), "") << extension;
  }
  const auto plain = WriteData(*manager, "x");
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(fs::path(plain->path).extension(), "");
}

void AnExtensionThatIsNoneIsRefused(const Subject& subject) {
  const auto manager = subject.make();
  EXPECT_THAT(WriteData(*manager, "x", "../escaped"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("../escaped")));
}

void CopiesALocalFileInWithItsExtension(const Subject& subject) {
  const auto manager = subject.make();
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/config.json") << "{}";
  const auto handle = CopyIn(*manager, folder.path() + "/config.json");
  ASSERT_THAT(handle, IsOk());
  EXPECT_EQ(fs::path(handle->path).extension(), ".json");
  EXPECT_THAT(TextOf(*manager, *handle), IsOkAndHolds("{}"));
  EXPECT_THAT(CopyIn(*manager, folder.path() + "/none"),
              FailsWith(ErrorCode::kNotFound, HasSubstr("/none")));
  EXPECT_THAT(CopyIn(*manager, folder.path()),
              FailsWith(ErrorCode::kInvalid, HasSubstr("not a file")));
}

void ASourceThatBreaksIsAnError(const Subject& subject) {
  const auto manager = subject.make();
  BreakingStream stream;
  const auto handle = manager->Write(stream);
  ASSERT_FALSE(handle);
  EXPECT_THAT(handle.error().ToString(), HasSubstr("the source broke"));
}

void AHandleToNothingIsNotFound(const Subject& subject) {
  const auto manager = subject.make();
  auto handle = WriteData(*manager, "x", "txt");
  ASSERT_THAT(handle, IsOk());
  handle->path += "x";
  EXPECT_THAT(manager->Read(*handle),
              FailsWith(ErrorCode::kNotFound, HasSubstr(handle->path)));
  EXPECT_THAT(manager->CopyHandleToLocalTemp(*handle),
              FailsWith(ErrorCode::kNotFound, HasSubstr(handle->path)));
}

void AHandleOfAnotherKindIsRefused(const Subject& subject) {
  const auto manager = subject.make();
  const FileHandle handle{.kind = "no such kind", .path = "nowhere"};
  EXPECT_THAT(manager->Read(handle),
              FailsWith(ErrorCode::kInvalid, HasSubstr("no such kind")));
}

void HandlesAreReadByALaterManager(const Subject& subject) {
  const auto manager = subject.make();
  const auto handle = WriteData(*manager, "kept", "txt");
  ASSERT_THAT(handle, IsOk());
  const auto value = ToValue(*handle);
  ASSERT_THAT(value, IsOk());
  const auto again = FromValue<FileHandle>(*value);
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(*again == *handle);
  EXPECT_THAT(TextOf(*subject.reopen(*manager), *again), IsOkAndHolds("kept"));
}

void LocalCopiesAreCopies(const Subject& subject) {
  const auto manager = subject.make();
  const auto handle = WriteData(*manager, "kept", "txt");
  ASSERT_THAT(handle, IsOk());
  const auto copy = manager->CopyHandleToLocalTemp(*handle);
  const auto other = manager->CopyHandleToLocalTemp(*handle);
  ASSERT_THAT(copy, IsOk());
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(fs::path(*copy).extension(), ".txt");
  EXPECT_EQ(TextAt(*copy), "kept");
  std::ofstream(*copy) << "changed";
  EXPECT_EQ(TextAt(*other), "kept");
  EXPECT_THAT(TextOf(*manager, *handle), IsOkAndHolds("kept"));
}

void LocalCopiesAreDeletedOnRequestAndAtTheEnd(const Subject& subject) {
  auto manager = subject.make();
  const auto handle = WriteData(*manager, "kept");
  ASSERT_THAT(handle, IsOk());
  const auto first = manager->CopyHandleToLocalTemp(*handle);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(manager->DeleteLocalTemp(), IsOk());
  EXPECT_FALSE(fs::exists(*first));
  EXPECT_THAT(manager->DeleteLocalTemp(), IsOk());
  EXPECT_THAT(TextOf(*manager, *handle), IsOkAndHolds("kept"));
  const auto second = manager->CopyHandleToLocalTemp(*handle);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(TextAt(*second), "kept");
  manager.reset();
  EXPECT_FALSE(fs::exists(*second));
}

void ManyWritersAtOnceKeepTheirOwn(const Subject& subject) {
  const auto manager = subject.make();
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 20; ++i) {
        const std::string text = fmt::format("{} {}", w, i);
        const auto handle = WriteData(*manager, text, "txt");
        ASSERT_THAT(handle, IsOk());
        EXPECT_THAT(TextOf(*manager, *handle), IsOkAndHolds(text));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
}

constexpr internal::Behaviour<Subject> kBehaviours[] = {
    {"GivesBackWhatWasWritten", GivesBackWhatWasWritten},
    {"ReadsInParts", ReadsInParts},
    {"EachWriteMakesAnotherFile", EachWriteMakesAnotherFile},
    {"KeepsExtensionsWithOneDot", KeepsExtensionsWithOneDot},
    {"AnExtensionThatIsNoneIsRefused", AnExtensionThatIsNoneIsRefused},
    {"CopiesALocalFileInWithItsExtension", CopiesALocalFileInWithItsExtension},
    {"ASourceThatBreaksIsAnError", ASourceThatBreaksIsAnError},
    {"AHandleToNothingIsNotFound", AHandleToNothingIsNotFound},
    {"AHandleOfAnotherKindIsRefused", AHandleOfAnotherKindIsRefused},
    {"HandlesAreReadByALaterManager", HandlesAreReadByALaterManager},
    {"LocalCopiesAreCopies", LocalCopiesAreCopies},
    {"LocalCopiesAreDeletedOnRequestAndAtTheEnd",
     LocalCopiesAreDeletedOnRequestAndAtTheEnd},
    {"ManyWritersAtOnceKeepTheirOwn", ManyWritersAtOnceKeepTheirOwn},
};

}  // namespace

void RegisterFileManagerConformance(FileManagerUnderTest subject) {
  const auto shared = std::make_shared<const Subject>(std::move(subject));
  internal::RegisterBehaviours("FileManagerConformance",
                               std::span<const internal::Behaviour<Subject>>(kBehaviours),
                               shared);
}

}  // namespace entrepot::testing
