#include "stored_asset.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <ostream>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>

#include "entrepot/arrow_result.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/testing/value_matchers.h"

namespace entrepot::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

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
    ENTREPOT_RETURN_IF_ERROR(out.Write(value.bytes()));
    return Encoded{};
  }
  Result<Decoded> Decode(const DecodeRequest& request) const override {
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, request.file->GetSize());
    ENTREPOT_ASSIGN_OR_RETURN(auto bytes, request.file->ReadAt(0, size));
    return Decoded{Value::Bytes(std::move(bytes)), {}};
  }
};

std::shared_ptr<OutputContext> Output() {
  return std::make_shared<OutputContext>(OutputContext::Fields{
      .step_key = "a/b", .run_id = "run-1", .asset_key = AssetKey::Parse("a/b").value()});
}

std::vector<StoreScenario> FileScenarios() {
  const Value json = Value::Json(R"({"is":"old"})");
  const Value new_json = Value::Json(R"({"is":"new"})");
  const Value vtk = FileOf("old.vtk", std::string(300'000, 'o'));
  const Value new_vtk = FileOf("new.vtk", std::string(310'000, 'n'));
  const Value new_stl = FileOf("new.stl", "new");
  const Value folder = FolderOf("old", {"x", "deep/y"});
  const Value new_folder = FolderOf("new", {"deep/y", "z"});
  return {{"FirstFile", std::nullopt, new_vtk},
          {"OverwriteFile", vtk, new_vtk},
          {"FileByATemporary", vtk, new_vtk, true},
          {"JsonToTemporaryFile", json, new_vtk, true},
          {"FileToJson", vtk, new_json},
          {"FileToOtherFile", vtk, new_stl},
          {"FirstFolder", std::nullopt, new_folder},
          {"OverwriteFolder", folder, new_folder},
          {"FolderByATemporary", FolderOf("1", {"deep/y"}), FolderOf("2", {"z"}), true},
          {"JsonToFolder", json, new_folder},
          {"FolderToJson", folder, new_json},
          {"FileToFolder", vtk, new_folder},
          {"FolderToFile", folder, new_vtk}};
}

std::vector<StoreScenario> StoreScenarios() {
  const Value json = Value::Json(R"({"is":"old"})");
  // More than is gathered before it is written.
  const Value text = Value::Text(std::string(70'000, 'o'));
  const Value new_json = Value::Json(R"({"is":"new"})");
  const Value new_text = Value::Text(std::string(80'000, 'n'));
  return {
      {"FirstStore", std::nullopt, new_json},  {"Overwrite", text, new_text},
      {"JsonToParquet", json, TableFrom(100)}, {"ParquetToJson", TableFrom(0), new_json},
      {"JsonToText", json, new_text},          {"TextToJson", text, new_json}};
}

bool IsFile(const Value& value) {
  return value.kind() == ValueKind::kFile || value.kind() == ValueKind::kFolder;
}

std::string NameOf(const SweepCase& sweep) {
  std::string name = sweep.scenario.name;
  name += sweep.durability == Durability::kFull ? "Durable" : "Fast";
  if (!sweep.abilities.keeps_attributes) name += "WithoutAttributes";
  if (!sweep.abilities.has_unnamed_files) name += "WithoutUnnamedFiles";
  return name;
}

}  // namespace

bool StoreScenario::HasFiles() const { return IsFile(next) || (old && IsFile(*old)); }

std::string NameOf(const ::testing::TestParamInfo<SweepCase>& info) {
  return NameOf(info.param);
}

void PrintTo(const SweepCase& sweep, std::ostream* out) { *out << NameOf(sweep); }

std::vector<SweepCase> SweepCases(const std::vector<Durability>& durabilities) {
  std::vector<SweepCase> cases;
  const auto add = [&](const StoreScenario& scenario, FilesystemAbilities abilities) {
    for (const Durability durability : durabilities) {
      cases.push_back({scenario, durability, abilities});
    }
  };
  for (const StoreScenario& scenario : StoreScenarios()) {
    for (const bool keeps_attributes : {true, false}) {
      for (const bool has_unnamed_files : {true, false}) {
        add(scenario, {.keeps_attributes = keeps_attributes,
                       .has_unnamed_files = has_unnamed_files});
      }
    }
  }
  for (const StoreScenario& scenario : FileScenarios()) {
    add(scenario, {});
    add(scenario,
        {.keeps_attributes = false, .has_unnamed_files = false, .copies_ranges = false});
  }
  return cases;
}

FilesystemAbilities WithoutSyncs(FilesystemAbilities abilities) {
  abilities.syncs = false;
  return abilities;
}

Value TableFrom(std::int64_t first) {
  arrow::Int64Builder builder;
  for (std::int64_t i = 0; i < 100; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
  return Value::Table(
      arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                         {builder.Finish().ValueOrDie()}));
}

Value FileOf(const std::string& name, const std::string& bytes) {
  static const TemporaryFolder folder(SweepFolder());
  const fs::path path = fs::path(folder.path()) / name;
  std::ofstream(path, std::ios::binary) << bytes;
  return Value::File(FilePath(path));
}

Value FolderOf(const std::string& name, const std::vector<std::string>& files) {
  static const TemporaryFolder folder(SweepFolder());
  const fs::path path = fs::path(folder.path()) / name;
  for (const std::string& file : files) {
    fs::create_directories((path / file).parent_path());
    std::ofstream(path / file, std::ios::binary) << name << "'s " << file;
  }
  return Value::Folder(FilePath(path));
}

CodecRegistry SweepCodecs() {
  CodecRegistry codecs;
  // Before bytes, which would take its values.
  EXPECT_THAT(codecs.Register(std::make_shared<CodeCodec>()), IsOk());
  const CodecRegistry builtins = CodecRegistry::WithBuiltins();
  for (const auto& codec : builtins.codecs()) {
    EXPECT_THAT(codecs.Register(codec), IsOk());
  }
  return codecs;
}

Result<Receipt> StoredAsset::Store(const Value& value, LocalCalls& calls) const {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto manager,
      FileSystemIOManager::Make({.base_dir = base_, .durability = sweep_.durability},
                                SweepCodecs(), {}, calls));
  const auto output = Output();
  const Status stored = manager->HandleOutput(*output, WithTemporary(value));
  EXPECT_EQ(output->receipts().size(), stored ? 1u : 0u);
  if (!stored) return stored.error();
  return output->receipts().at(0);
}

Result<Value> StoredAsset::Load(LocalCalls& calls, LoadRequest request) const {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto manager,
      FileSystemIOManager::Make({.base_dir = base_}, SweepCodecs(), {}, calls));
  return manager->LoadInput(
      InputContext({.upstream_output = Output(), .request = std::move(request)}));
}

Result<Receipt> StoredAsset::Store(const Value& value) const {
  InterceptedLocalCalls healthy(WithoutSyncs(sweep_.abilities));
  return Store(value, healthy);
}

Result<Value> StoredAsset::Load(LoadRequest request) const {
  InterceptedLocalCalls healthy(sweep_.abilities);
  return Load(healthy, std::move(request));
}

Status StoredAsset::StoreOld(LocalCalls& calls) const {
  if (!sweep_.scenario.old) return {};
  const auto stored = Store(*sweep_.scenario.old, calls);
  if (!stored) return stored.error();
  return {};
}

Status StoredAsset::StoreOld() const {
  InterceptedLocalCalls healthy(WithoutSyncs(sweep_.abilities));
  return StoreOld(healthy);
}

bool StoredAsset::ExpectOldOrNew(bool is_acknowledged) const {
  const auto& old = sweep_.scenario.old;
  const auto found = Load();
  const bool is_new = found && HaveSameData(*found, sweep_.scenario.next);
  const bool is_old = old ? found && HaveSameData(*found, *old)
                          : !found && found.error().code() == ErrorCode::kNotFound;
  EXPECT_TRUE(is_new || (is_old && !is_acknowledged))
      << "there is " << (found ? Describe(*found) : found.error().ToString())
      << (is_old ? ", the old one" : "")
      << (is_acknowledged ? ", and the new value was acknowledged" : "");
  return is_new;
}

void StoredAsset::ExpectNextStoreWorks() const {
  const Value third = Value::Json(R"({"is":"third"})");
  EXPECT_THAT(Store(third), IsOk());
  EXPECT_THAT(Load(), IsOkAndHolds(HasDataOf(third)));
}

void StoredAsset::ExpectNextStoreCleansUp() const {
  ExpectNextStoreWorks();
  EXPECT_THAT(Files(), ElementsAre("a/b.json"));
}

/// Returns a file or folder as a new temporary where the scenario says so.
Value StoredAsset::WithTemporary(const Value& value) const {
  if (!sweep_.scenario.are_temporaries || !IsFile(value)) return value;
  const fs::path scratch = fs::path(base_).parent_path().parent_path() / "scratch";
  const fs::path source = value.file_path().path();
  if (making_.Exists(scratch) == 0) {
    making_.MakeFolder(scratch);
    SyncNames(scratch.parent_path());
  }
  static int num_made = 0;
  const fs::path path = scratch / fmt::format("{}-{}{}", ::getpid(), ++num_made,
                                              source.extension().string());
  const FilePath temporary(path, std::make_shared<int>());
  if (value.kind() == ValueKind::kFile) {
    MakeTemporary(path, source);
    SyncNames(scratch);
    return Value::File(temporary);
  }
  making_.MakeFolder(path);
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    const fs::path inner = path / entry.path().lexically_relative(source);
    if (entry.is_directory()) {
      making_.MakeFolder(inner);
    } else {
      MakeTemporary(inner, entry.path());
    }
  }
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    if (entry.is_directory()) SyncNames(path / entry.path().lexically_relative(source));
  }
  SyncNames(path);
  SyncNames(scratch);
  return Value::Folder(temporary);
}

/// So that the names of temporaries are none of what a loss of power may change; their
/// bytes are.
void StoredAsset::SyncNames(const std::string& folder) const {
  const int fd = making_.Open(folder, O_RDONLY | O_DIRECTORY, 0);
  making_.Sync(fd);
  making_.Close(fd);
}

void StoredAsset::MakeTemporary(const std::string& path,
                                const std::string& source) const {
  std::ifstream in(source, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  const int fd = making_.Open(path, O_CREAT | O_EXCL | O_RDWR, 0666);
  std::span<const std::byte> left = std::as_bytes(std::span(bytes));
  while (!left.empty()) {
    left = left.subspan(static_cast<size_t>(making_.Write(fd, left)));
  }
  making_.Close(fd);
}

std::vector<std::string> StoredAsset::Files() const {
  std::vector<std::string> names;
  if (!fs::exists(base_)) return names;
  for (const auto& entry : fs::recursive_directory_iterator(base_)) {
    if (entry.is_directory()) continue;
    names.push_back(fs::relative(entry.path(), base_).string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<LocalCallKind> CallsOfStore(const SweepCase& sweep) {
  const TemporaryFolder folder(SweepFolder());
  const StoredAsset asset(folder.path() + "/new/base", sweep);
  EXPECT_THAT(asset.StoreOld(), IsOk());
  FaultyLocalCalls calls(std::nullopt, WithoutSyncs(sweep.abilities));
  EXPECT_THAT(asset.Store(sweep.scenario.next, calls), IsOk());
  return calls.calls();
}

std::string TraceOf(const LocalFault& fault, const std::vector<LocalCallKind>& calls) {
  return fmt::format("{}; ENTREPOT_SEED={}",
                     Describe(fault, calls.at(static_cast<size_t>(fault.at))), Seed());
}

bool IsKilledDoing(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

const std::string& SweepFolder() {
  static const std::string memory = "/dev/shm";
  static const std::string disk = fs::temp_directory_path().string();
  return KeepsAttributes(memory) ? memory : disk;
}

bool KeepsAttributes(const std::string& folder) {
  LocalCalls& calls = LocalCalls::System();
  const int fd = calls.Open(folder, O_TMPFILE | O_RDWR, 0600);
  if (fd < 0) return false;
  const bool keeps = calls.SetAttribute(fd, "user.entrepot", "x") >= 0;
  calls.Close(fd);
  return keeps;
}

int NumOpenFiles(const std::string& folder) {
  int num_open = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code closed_meanwhile;
    const fs::path file = fs::read_symlink(entry.path(), closed_meanwhile);
    num_open += !closed_meanwhile && file.string().starts_with(folder + "/") ? 1 : 0;
  }
  return num_open;
}

}  // namespace entrepot::testing
