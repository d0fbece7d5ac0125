#include "entrepot/execution/instance.h"

#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>

#include <arrow/api.h>

#include "entrepot/arrow_result.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::TemporaryFolder;

class InstanceTest : public ::testing::Test {
 protected:
  std::shared_ptr<Instance> Open() {
    return Instance::Open(folder_.path() + "/home").value();
  }
  static std::string DigestOfText(const std::string& text) {
    return Instance::Ephemeral().value()->Store("x", text).value().at(0).digest;
  }
  std::string Stored(const std::string& path) const {
    return folder_.path() + "/home/storage/" + path;
  }
  TemporaryFolder folder_;
};

TEST_F(InstanceTest, StoresAndLoadsWithoutAGraph) {
  {
    const auto instance = Open();
    const auto receipts =
        instance->Store("runs/42/mesh", std::vector<double>{1, 2}).value();
    EXPECT_EQ(receipts.at(0).format, "npy");
    EXPECT_EQ(receipts.at(0).path, "runs/42/mesh.npy");
  }
  const auto instance = Open();
  EXPECT_THAT(instance->Load<std::vector<double>>("runs/42/mesh"),
              IsOkAndHolds(ElementsAre(1, 2)));
  EXPECT_EQ(instance->log().Assets().value().size(), 1u);
}

TEST_F(InstanceTest, AValueThatChangesItsFormatReplacesItsTwin) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("x", std::string("text")), IsOk());
  ASSERT_THAT(instance->Store("x", 42), IsOk());
  EXPECT_THAT(instance->Load<int>("x"), IsOkAndHolds(42));
  EXPECT_FALSE(std::filesystem::exists(Stored("x.txt")));
}

TEST_F(InstanceTest, OfTwoFilesThatACrashLeftTheNewerIsLoaded) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("x", std::string("old")), IsOk());
  std::filesystem::copy(Stored("x.txt"), folder_.path() + "/saved");
  const auto attribute = [&](const std::string& path) {
    std::string value(1024, '\0');
    value.resize(
        static_cast<size_t>(getxattr(path.c_str(), "user.entrepot", value.data(), 1024)));
    return value;
  };
  const std::string receipt = attribute(Stored("x.txt"));
  ASSERT_THAT(instance->Store("x", 42), IsOk());
  std::filesystem::copy(folder_.path() + "/saved", Stored("x.txt"));
  ASSERT_EQ(setxattr(Stored("x.txt").c_str(), "user.entrepot", receipt.data(),
                     receipt.size(), 0),
            0);
  EXPECT_THAT(instance->Load<int>("x"), IsOkAndHolds(42));
  ASSERT_THAT(instance->Store("x", 43), IsOk());
  EXPECT_FALSE(std::filesystem::exists(Stored("x.txt")));
}

TEST_F(InstanceTest, AnUnknownKeyNamesTheInstanceAndTheNearestKey) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("raw/orders", 1), IsOk());
  EXPECT_THAT(
      instance->Load<int>("raw/ordres"),
      FailsWith(ErrorCode::kNotFound, AllOf(HasSubstr("never materialized in instance '"),
                                            HasSubstr("did you mean 'raw/orders'?"))));
}

TEST_F(InstanceTest, ATruncatedFileIsCorrupt) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("x", std::string("some text")), IsOk());
  std::filesystem::resize_file(Stored("x.txt"), 4);
  EXPECT_THAT(
      instance->Load<std::string>("x"),
      FailsWith(ErrorCode::kCorrupt,
                AllOf(HasSubstr("asset 'x'"), HasSubstr("x.txt"), HasSubstr("4 bytes"))));
}

TEST_F(InstanceTest, AnAlteredFileIsCorruptWithBothDigests) {
  const auto instance = Open();
  const auto receipts = instance->Store("x", std::string("some text")).value();
  std::ofstream(Stored("x.txt"), std::ios::in | std::ios::out) << "Some text";
  EXPECT_THAT(
      instance->Load<std::string>("x"),
      FailsWith(ErrorCode::kCorrupt, AllOf(HasSubstr("asset 'x'"), HasSubstr("x.txt"),
                                           HasSubstr(receipts[0].digest),
                                           HasSubstr(DigestOfText("Some text")))));
}

TEST_F(InstanceTest, ATruncatedFileIsCorruptWithBothDigests) {
  const auto instance = Open();
  const auto receipts = instance->Store("x", std::string("some text")).value();
  std::filesystem::resize_file(Stored("x.txt"), 4);
  EXPECT_THAT(
      instance->Load<std::string>("x"),
      FailsWith(ErrorCode::kCorrupt,
                AllOf(HasSubstr("asset 'x'"), HasSubstr("has 4 bytes, but 9"),
                      HasSubstr(receipts[0].digest), HasSubstr(DigestOfText("some")))));
}

TEST_F(InstanceTest, AnAlteredFileReadAsAStreamIsCorruptWithBothDigests) {
  const auto instance = Open();
  arrow::DoubleBuilder values;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(values.Append(0.37 * i).ok());
  const TablePtr table =
      arrow::Table::Make(arrow::schema({arrow::field("x", arrow::float64())}),
                         {values.Finish().ValueOrDie()});
  const auto receipts = instance->Store("x", table).value();
  {
    std::fstream file(Stored("x.parquet"),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5'000);
    file.write("altered!", 8);
  }
  const auto stream = instance->Load<RecordBatchReaderPtr>("x").value();
  const auto read = stream->ToTable();
  ASSERT_FALSE(read.ok());
  const Error error = FromArrow(read.status());
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.ToString(), AllOf(HasSubstr("asset 'x'"), HasSubstr("x.parquet"),
                                      HasSubstr(receipts[0].digest)));
}

TEST_F(InstanceTest, AnEqualSizedChangeOfAMappedFileIsFoundWhenAskedFor) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("x", std::vector<double>{1, 2, 3}), IsOk());
  {
    std::fstream file(Stored("x.npy"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x01');
  }
  EXPECT_THAT(instance->Load<std::vector<double>>("x"), IsOk());
  EXPECT_THAT(instance->Load<std::vector<double>>("x", {.request = {.verify = true}}),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("altered")));
}

TEST_F(InstanceTest, AFileRemovedBehindOurBackIsSaidToBe) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("x", 1), IsOk());
  std::filesystem::remove(Stored("x.json"));
  EXPECT_THAT(
      instance->Load<int>("x"),
      FailsWith(ErrorCode::kNotFound, AllOf(HasSubstr("x.json"), HasSubstr("is gone"))));
}

TEST_F(InstanceTest, AForeignFileLoadsByItsExtension) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("x", 1), IsOk());
  std::filesystem::remove(Stored("x.json"));
  std::ofstream(Stored("x.json")) << "[1, 2]";
  EXPECT_THAT(instance->Load<std::vector<std::string>>("x"),
              FailsWith(ErrorCode::kInvalid));
  EXPECT_THAT(instance->Load<nlohmann::json>("x"), IsOkAndHolds(nlohmann::json{1, 2}));
}

TEST_F(InstanceTest, AMovedHomeStillLoads) {
  ASSERT_THAT(Open()->Store("x", 7), IsOk());
  std::filesystem::rename(folder_.path() + "/home", folder_.path() + "/moved");
  EXPECT_THAT(Instance::Open(folder_.path() + "/moved").value()->Load<int>("x"),
              IsOkAndHolds(7));
}

TEST_F(InstanceTest, AForkedChildMayGoOn) {
  const auto instance = Open();
  ASSERT_THAT(instance->Store("parent", 1), IsOk());
  const pid_t child = fork();
  if (child == 0) {
    const bool stored = instance->Store("child", 2).has_value();
    const bool loaded = instance->Load<int>("parent").value_or(0) == 1;
    _exit(stored && loaded ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_THAT(instance->Load<int>("child"), IsOkAndHolds(2));
  EXPECT_THAT(instance->Store("parent", 3), IsOk());
}

TEST_F(InstanceTest, AnEphemeralInstanceLeavesNothingBehind) {
  std::string home;
  {
    const auto instance = Instance::Ephemeral().value();
    home = instance->home();
    ASSERT_THAT(instance->Store("x", 1), IsOk());
    EXPECT_TRUE(std::filesystem::exists(home));
  }
  EXPECT_FALSE(std::filesystem::exists(home));
}

TEST_F(InstanceTest, AwkwardKeysComeBack) {
  const auto instance = Open();
  for (const std::string part :
       {"..", ".hidden", "a/b", "a=b", "tab\t", "a.parquet", "é"}) {
    const AssetKey key = AssetKey::Make({"awkward", part}).value();
    ASSERT_THAT(instance->StoreValue(key, ToValue(part).value()), IsOk());
    EXPECT_EQ(instance->LoadValue(key).value().text(), part);
  }
  EXPECT_THAT(instance->Store(std::string(300, 'x'), 1),
              FailsWith(ErrorCode::kInvalid, HasSubstr("too long")));
}

TEST(InstanceOpenTest, HomeComesFromTheEnvironment) {
  setenv("ENTREPOT_HOME", "/somewhere", 1);
  EXPECT_THAT(Instance::HomeFromEnvironment(), IsOkAndHolds("/somewhere"));
  unsetenv("ENTREPOT_HOME");
  setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_THAT(Instance::HomeFromEnvironment(), IsOkAndHolds("/data/entrepot"));
  unsetenv("XDG_DATA_HOME");
  setenv("HOME", "/home/me", 1);
  EXPECT_THAT(Instance::HomeFromEnvironment(),
              IsOkAndHolds("/home/me/.local/share/entrepot"));
}

}  // namespace
}  // namespace entrepot
