#include "entrepot/io/file_system_io_manager.h"

#include <sys/xattr.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include "entrepot/codec/object_codec.h"
#include "entrepot/io/context.h"
#include "entrepot/io/trailing_receipt.h"
#include "entrepot/testing/intercepted_local_calls.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/testing/unprivileged_user.h"
#include "entrepot/value/traits.h"

namespace entrepot {
namespace {

using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::TemporaryFolder;

/// A stand-in for a format whose loading runs code: bytes that begin with "code:".
class CodeCodec final : public Codec {
 public:
  const CodecInfo& info() const override {
    static constexpr CodecInfo info{.format = "code",
                                    .extension = "code",
                                    .version = 1,
                                    .runs_code = true,
                                    .receipt_may_follow = true};
    return info;
  }
  bool Takes(const Value& value) const override {
    return value.kind() == ValueKind::kBytes &&
           value.bytes()->ToString().starts_with("code:");
  }
  Result<Encoded> Encode(const Value& value, const FileNotes&,
                         arrow::io::OutputStream& out) const override {
    (void)out.Write(value.bytes());
    return Encoded{};
  }
  Result<Decoded> Decode(const DecodeRequest& request) const override {
    const auto size = request.file->GetSize().ValueOrDie();
    return Decoded{Value::Bytes(request.file->ReadAt(0, size).ValueOrDie()), {}};
  }
};

class WarningLog final : public StepLog {
 public:
  void Write(LogLevel level, std::string message) override {
    if (level == LogLevel::kWarning) warnings.push_back(std::move(message));
  }
  std::vector<std::string> warnings;
};

class FileSystemIOManagerTest : public ::testing::Test {
 protected:
  std::shared_ptr<FileSystemIOManager> Manager(FileSystemIOManagerOptions options = {}) {
    options.base_dir = folder_.path() + "/base";
    CodecRegistry codecs;
    // Before bytes, which would take it.
    EXPECT_TRUE(codecs.Register(std::make_shared<CodeCodec>()).has_value());
    const CodecRegistry builtins = CodecRegistry::WithBuiltins();
    for (const auto& codec : builtins.codecs()) {
      EXPECT_TRUE(codecs.Register(codec).has_value());
    }
    return FileSystemIOManager::Make(std::move(options), codecs).value();
  }

  std::shared_ptr<OutputContext> Output(
      std::optional<std::string> partition = std::nullopt,
      std::vector<Receipt> rows = {}) {
    return std::make_shared<OutputContext>(
        OutputContext::Fields{.step_key = "a/b",
                              .run_id = "run-1",
                              .asset_key = AssetKey::Parse("a/b").value(),
                              .partition = std::move(partition),
                              .receipts = std::move(rows)});
  }

  Result<Value> Load(IOManager& manager, std::shared_ptr<OutputContext> upstream,
                     LoadRequest request = {}) {
    return manager.LoadInput(InputContext({.upstream_output = std::move(upstream),
                                           .log = log_,
                                           .request = std::move(request)}));
  }

  std::string Path(const std::string& name) const {
    return folder_.path() + "/base/" + name;
  }

  TemporaryFolder folder_;
  std::shared_ptr<WarningLog> log_ = std::make_shared<WarningLog>();
};

TEST_F(FileSystemIOManagerTest, TheReceiptIsOnTheContextAndOnTheFile) {
  const auto manager = Manager();
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output, ToValue(std::string("hi")).value()), IsOk());
  const Receipt& receipt = output->receipts().at(0);
  EXPECT_EQ(receipt.path, "a/b.txt");
  EXPECT_EQ(receipt.base, "io_manager");
  EXPECT_EQ(receipt.type, "std::string");
  EXPECT_EQ(receipt.run_id, "run-1");
  EXPECT_EQ(receipt.size_bytes, 2);
  EXPECT_EQ(FindMetadata(output->output_metadata(), "path")->text(), Path("a/b.txt"));
  char attribute[1024];
  const auto size = getxattr(Path("a/b.txt").c_str(), "user.entrepot", attribute, 1024);
  ASSERT_GT(size, 0);
  EXPECT_EQ(ReceiptFromJson({attribute, static_cast<size_t>(size)}).value().digest,
            receipt.digest);
}

TEST_F(FileSystemIOManagerTest, AFileOfAnotherProgramThatHasTheKeysNameIsLeftAlone) {
  std::filesystem::create_directories(Path("a"));
  std::ofstream(Path("a/b")) << "not ours";  // Where a value could be a folder.
  const auto output = Output();
  EXPECT_THAT(Manager()->HandleOutput(*output, Value::Json("1")), IsOk());
  EXPECT_EQ(std::filesystem::file_size(Path("a/b")), 8);
}

TEST_F(FileSystemIOManagerTest, LayoutsPlacePartitions) {
  ASSERT_THAT(Manager()->HandleOutput(*Output("2024"), ToValue(1).value()), IsOk());
  EXPECT_TRUE(std::filesystem::exists(Path("a/b/partition=2024/value.json")));
  const auto plain = Manager({.layout = PathLayout::kPlain});
  ASSERT_THAT(plain->HandleOutput(*Output("2024"), ToValue(2).value()), IsOk());
  EXPECT_TRUE(std::filesystem::exists(Path("a/b/2024.json")));
  EXPECT_EQ(Load(*plain, Output("2024")).value().json(), "2");
}

TEST_F(FileSystemIOManagerTest, OpOutputsAreFoundByRunStepAndName) {
  const auto manager = Manager();
  const auto output = std::make_shared<OutputContext>(
      OutputContext::Fields{.name = "out", .step_key = "step", .run_id = "run-1"});
  ASSERT_THAT(manager->HandleOutput(*output, ToValue(1).value()), IsOk());
  EXPECT_TRUE(std::filesystem::exists(Path(".runs/run-1/step/out.json")));
  EXPECT_EQ(Load(*manager, output).value().json(), "1");
}

TEST_F(FileSystemIOManagerTest, AStreamIsReadInPartsAndAMappedFileIsMapped) {
  const auto manager = Manager();
  arrow::Int64Builder builder;
  for (int i = 0; i < 10'000; ++i) (void)builder.Append(i);
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                         {builder.Finish().ValueOrDie()});
  ASSERT_THAT(manager->HandleOutput(*Output(), ToValue(table).value()), IsOk());
  const Value stream = Load(*manager, Output(), {.as_stream = true}).value();
  ASSERT_EQ(stream.kind(), ValueKind::kStream);
  EXPECT_EQ(stream.stream()->ToTable().ValueOrDie()->num_rows(), 10'000);
}

TEST_F(FileSystemIOManagerTest, AFileWithoutAReceiptLoadsWithAWarning) {
  const auto manager = Manager();
  ASSERT_THAT(manager->HandleOutput(*Output(), ToValue(1).value()), IsOk());
  removexattr(Path("a/b.json").c_str(), "user.entrepot");
  EXPECT_EQ(Load(*manager, Output()).value().json(), "1");
  ASSERT_EQ(log_->warnings.size(), 1u);
  EXPECT_THAT(log_->warnings[0], HasSubstr("loaded unverified"));
}

TEST_F(FileSystemIOManagerTest, AParquetFileWithoutAReceiptIsCheckedAgainstItsRow) {
  const auto manager = Manager();
  arrow::Int64Builder builder;
  (void)builder.AppendValues({1, 2, 3});
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                         {builder.Finish().ValueOrDie()});
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output, Value::Table(table, "my.Type")), IsOk());
  removexattr(Path("a/b.parquet").c_str(), "user.entrepot");
  const Value value = Load(*manager, Output({}, output->receipts())).value();
  EXPECT_EQ(value.type(), "my.Type");
  EXPECT_TRUE(log_->warnings.empty());
  Receipt other = output->receipts()[0];
  other.digest = std::string(32, '0');
  EXPECT_THAT(Load(*manager, Output({}, {other})), FailsWith(ErrorCode::kCorrupt));
}

TEST_F(FileSystemIOManagerTest, CodeOfUnknownOriginIsRefused) {
  const auto manager = Manager();
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output,
                                    ToValue(arrow::Buffer::FromString("code:1")).value()),
              IsOk());
  EXPECT_EQ(output->receipts().at(0).sha256.size(), 64u);
  EXPECT_EQ(Load(*manager, Output()).value().bytes()->ToString(), "code:1");
  // A receipt behind the end vouches where attributes are lost.
  removexattr(Path("a/b.code").c_str(), "user.entrepot");
  EXPECT_EQ(Load(*manager, Output()).value().bytes()->ToString(), "code:1");
  std::ofstream(Path("a/b.code")) << "code:2";
  EXPECT_THAT(Load(*manager, Output()),
              FailsWith(ErrorCode::kUnsupported,
                        AllOf(HasSubstr("SHA-256"), HasSubstr("trust"))));
  EXPECT_EQ(Load(*manager, Output(), {.trust = true}).value().bytes()->ToString(),
            "code:2");
}

TEST_F(FileSystemIOManagerTest, WithoutPickleNoCodeIsWrittenOrRead) {
  ASSERT_THAT(Manager()->HandleOutput(
                  *Output(), ToValue(arrow::Buffer::FromString("code:1")).value()),
              IsOk());
  const auto manager = Manager({.allow_pickle = false});
  EXPECT_THAT(Load(*manager, Output()), FailsWith(ErrorCode::kNotFound));
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output,
                                    ToValue(arrow::Buffer::FromString("code:1")).value()),
              IsOk());
  EXPECT_EQ(output->receipts().at(0).format, "bytes");
}

TEST_F(FileSystemIOManagerTest, AFormatOfALaterVersionIsRefused) {
  const auto manager = Manager();
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output, ToValue(std::string("hi")).value()), IsOk());
  Receipt receipt = output->receipts().at(0);
  const int known = receipt.codec_version++;
  const std::string attribute = ReceiptToAttribute(receipt);
  ASSERT_EQ(setxattr(Path("a/b.txt").c_str(), "user.entrepot", attribute.data(),
                     attribute.size(), 0),
            0);
  EXPECT_THAT(
      Load(*manager, output),
      FailsWith(ErrorCode::kUnsupported,
                AllOf(HasSubstr("a/b.txt' was written by a newer version of entrepot"),
                      HasSubstr(fmt::format("(text version {}, this program knows {})",
                                            known + 1, known)))));
}

TEST_F(FileSystemIOManagerTest, AValueThatNoCodecTakesLeavesTheOldOne) {
  const auto manager = Manager();
  struct Handle {};
  ASSERT_THAT(manager->HandleOutput(*Output(), ToValue(1).value()), IsOk());
  EXPECT_THAT(manager->HandleOutput(*Output(), ToValue(Handle{}).value()),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("storing asset 'a/b'")));
  EXPECT_EQ(Load(*manager, Output()).value().json(), "1");
}

TEST_F(FileSystemIOManagerTest, AVersionThatIsNotExpectedIsAConflict) {
  const auto manager = Manager();
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output, ToValue(1).value()), IsOk());
  EXPECT_THAT(
      Load(*manager, Output(), {.expected_version = output->receipts()[0].version}),
      IsOk());
  EXPECT_THAT(Load(*manager, Output(), {.expected_version = "another"}),
              FailsWith(ErrorCode::kConflict, HasSubstr("replaced")));
}

// Lets somebody else store just after it was found that there is no Parquet file.
class LateStore final : public testing::InterceptedLocalCalls {
 public:
  std::function<void()> store;

 protected:
  std::int64_t Do(const testing::LocalCall& call) override {
    const std::int64_t result = InterceptedLocalCalls::Do(call);
    if (call.kind == testing::LocalCallKind::kExists && call.path.ends_with(".parquet") &&
        store) {
      std::exchange(store, nullptr)();
    }
    return result;
  }
};

TEST_F(FileSystemIOManagerTest, AFormatThatChangesDuringALoadLosesNoValue) {
  ASSERT_THAT(Manager()->HandleOutput(*Output(), ToValue(1).value()), IsOk());
  arrow::Int64Builder builder;
  (void)builder.Append(2);
  const Value table =
      Value::Table(arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                                      {builder.Finish().ValueOrDie()}));
  LateStore calls;
  const auto manager = FileSystemIOManager::Make({.base_dir = folder_.path() + "/base"},
                                                 CodecRegistry::WithBuiltins(), {}, calls)
                           .value();
  const auto store_table = [&] {
    ASSERT_THAT(Manager()->HandleOutput(*Output(), table), IsOk());
  };
  calls.store = store_table;
  EXPECT_EQ(Load(*manager, Output()).value().kind(), ValueKind::kTable);

  ASSERT_THAT(Manager()->HandleOutput(*Output(), ToValue(1).value()), IsOk());
  calls.store = store_table;
  EXPECT_TRUE(manager->Has(*Output()).value());
}

// Fails every write with a full disk.
class FullDisk final : public testing::InterceptedLocalCalls {
 protected:
  std::int64_t Do(const testing::LocalCall& call) override {
    if (call.kind == testing::LocalCallKind::kWrite) return -ENOSPC;
    return InterceptedLocalCalls::Do(call);
  }
};

TEST_F(FileSystemIOManagerTest, AFullDiskLeavesTheOldValue) {
  ASSERT_THAT(Manager()->HandleOutput(*Output(), ToValue(1).value()), IsOk());
  FullDisk disk;
  const auto full = FileSystemIOManager::Make({.base_dir = folder_.path() + "/base"},
                                              CodecRegistry::WithBuiltins(), {}, disk)
                        .value();
  EXPECT_THAT(full->HandleOutput(*Output(), ToValue(2).value()),
              FailsWith(ErrorCode::kUnavailable, AllOf(HasSubstr("storing asset 'a/b'"),
                                                       HasSubstr("No space left"))));
  EXPECT_EQ(Load(*Manager(), Output()).value().json(), "1");
}

TEST_F(FileSystemIOManagerTest, AFolderThatCannotBeWrittenLeavesTheOldValue) {
  ASSERT_THAT(Manager()->HandleOutput(*Output(), ToValue(1).value()), IsOk());
  using std::filesystem::perms;
  const auto for_all = perms::group_all | perms::others_all;
  std::filesystem::permissions(folder_.path(), perms::owner_all | for_all);
  for (const std::string& folder : {Path(""), Path("a")}) {
    std::filesystem::permissions(
        folder, perms::group_write | perms::others_write | perms::owner_write,
        std::filesystem::perm_options::remove);
    std::filesystem::permissions(folder, perms::others_read | perms::others_exec,
                                 std::filesystem::perm_options::add);
  }
  {
    const testing::UnprivilegedUser nobody;
    EXPECT_THAT(Manager()->HandleOutput(*Output(), ToValue(2).value()),
                FailsWith(ErrorCode::kPermission, AllOf(HasSubstr("storing asset 'a/b'"),
                                                        HasSubstr("Permission denied"))));
    EXPECT_EQ(Load(*Manager(), Output()).value().json(), "1");
  }
}

TEST(FileSystemIOManagerFieldsTest, TyposAreNamed) {
  EXPECT_THAT(FileSystemIOManagerFields().Read(R"({"base_dri": "/x"})"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("did you mean 'base_dir'?")));
  EXPECT_THAT(FileSystemIOManagerFields().Read(R"({"durability": "some"})"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'full' or 'fast'")));
}

/// An object that only its own codec can store.
struct Mesh {
  std::string points;
};

class TypedFilesTest : public FileSystemIOManagerTest {
 protected:
  TypedFilesTest() {
    EXPECT_THAT(codecs_.Assign(ValueType::Of<Mesh>(), MakeObjectCodec<Mesh>(format_)),
                IsOk());
    EXPECT_THAT(codecs_.Assign(ValueType::Named("report"), "json"), IsOk());
  }
  std::shared_ptr<FileSystemIOManager> Typed() const {
    return FileSystemIOManager::Make({.base_dir = folder_.path() + "/base"}, codecs_)
        .value();
  }

  ObjectFormat<Mesh> format_ = {
      .format = "mesh",
      .extension = "mesh",
      .encode = [](const Mesh& mesh) -> Result<std::string> { return mesh.points; },
      .decode = [](std::string_view bytes) -> Result<Mesh> {
        return Mesh{std::string(bytes)};
      }};
  CodecRegistry codecs_ = CodecRegistry::WithBuiltins();
};

TEST_F(TypedFilesTest, AnObjectIsStoredByTheCodecOfItsType) {
  const auto output = Output();
  ASSERT_THAT(Typed()->HandleOutput(*output, ToValue(Mesh{"0 0"}).value()), IsOk());
  EXPECT_EQ(output->receipts()[0].format, "mesh");
  EXPECT_THAT(output->receipts()[0].path, ::testing::EndsWith(".mesh"));
  EXPECT_EQ(FromValue<Mesh>(Load(*Typed(), Output()).value())->points, "0 0");
  // Each manager has codecs of its own.
  EXPECT_THAT(Manager()->HandleOutput(*Output(), ToValue(Mesh{"0 0"}).value()),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("Mesh")));
}

TEST_F(TypedFilesTest, ARegisteredCodecTakesObjectsThatNoOtherCan) {
  CodecRegistry codecs = CodecRegistry::WithBuiltins();
  ASSERT_THAT(codecs.Register(MakeObjectCodec<Mesh>(format_)), IsOk());
  const auto manager =
      FileSystemIOManager::Make({.base_dir = folder_.path() + "/base"}, codecs).value();
  ASSERT_THAT(manager->HandleOutput(*Output(), ToValue(Mesh{"0 0"}).value()), IsOk());
  EXPECT_EQ(FromValue<Mesh>(Load(*manager, Output()).value())->points, "0 0");
}

TEST_F(TypedFilesTest, WhatTheAssignedCodecDoesNotTakeIsRefused) {
  EXPECT_THAT(Typed()->HandleOutput(*Output(), Value::Text("x", "report")),
              FailsWith(ErrorCode::kUnsupported,
                        HasSubstr("values of type 'report' are to be stored as 'json'")));
  EXPECT_THAT(Typed()->HandleOutput(*Output(), Value::Json("{}", "report")), IsOk());
  EXPECT_THAT(Typed()->HandleOutput(*Output(), Value::Text("x")), IsOk());
}

TEST_F(TypedFilesTest, ACodecThatRunsCodeNeedsPickleAllowed) {
  CodecRegistry codecs;
  ASSERT_THAT(codecs.Assign(ValueType::Named("thing"), std::make_shared<CodeCodec>()),
              IsOk());
  EXPECT_THAT(FileSystemIOManager::Make({.base_dir = "x", .allow_pickle = false}, codecs),
              FailsWith(ErrorCode::kInvalid, HasSubstr("allow_pickle is off")));
}

TEST_F(FileSystemIOManagerTest, ABaseIsAFolderOfThisMachine) {
  EXPECT_THAT(FileSystemIOManager::Make({.base_dir = "s3://bucket/lake"}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("'file:///data/lake'")));
  EXPECT_EQ(
      FileSystemIOManager::Make({.base_dir = "file:///data/lake"}).value()->base_dir(),
      "/data/lake");
}

}  // namespace
}  // namespace entrepot
