#include "stored_asset.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
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

std::string NameOf(const SweepCase& sweep) {
  std::string name = sweep.scenario.name;
  name += sweep.durability == Durability::kFull ? "Durable" : "Fast";
  if (!sweep.abilities.keeps_attributes) name += "WithoutAttributes";
  if (!sweep.abilities.has_unnamed_files) name += "WithoutUnnamedFiles";
  return name;
}

}  // namespace

std::string NameOf(const ::testing::TestParamInfo<SweepCase>& info) {
  return NameOf(info.param);
}

void PrintTo(const SweepCase& sweep, std::ostream* out) { *out << NameOf(sweep); }

std::vector<SweepCase> SweepCases(const std::vector<Durability>& durabilities) {
  std::vector<SweepCase> cases;
  for (const StoreScenario& scenario : StoreScenarios()) {
    for (const Durability durability : durabilities) {
      for (const bool keeps_attributes : {true, false}) {
        for (const bool has_unnamed_files : {true, false}) {
          cases.push_back({scenario,
                           durability,
                           {.keeps_attributes = keeps_attributes,
                            .has_unnamed_files = has_unnamed_files}});
        }
      }
    }
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
                                SweepCodecs(), calls));
  const auto output = Output();
  const Status stored = manager->HandleOutput(*output, value);
  EXPECT_EQ(output->receipts().size(), stored ? 1u : 0u);
  if (!stored) return stored.error();
  return output->receipts().at(0);
}

Result<Value> StoredAsset::Load(LocalCalls& calls, LoadRequest request) const {
  ENTREPOT_ASSIGN_OR_RETURN(
      const auto manager,
      FileSystemIOManager::Make({.base_dir = base_}, SweepCodecs(), calls));
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

void StoredAsset::ExpectNextStoreCleansUp() const {
  const Value third = Value::Json(R"({"is":"third"})");
  EXPECT_THAT(Store(third), IsOk());
  EXPECT_THAT(Load(), IsOkAndHolds(HasDataOf(third)));
  EXPECT_THAT(Files(), ElementsAre("a/b.json"));
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

int NumOpenFiles() {
  return static_cast<int>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace entrepot::testing
