// Every call of a load fails in every way it can; the load gives the value or says what
// is in its way, and changes nothing.

#include <chrono>
#include <filesystem>
#include <ostream>

#include <arrow/api.h>

#include "entrepot/arrow_result.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/seed.h"
#include "entrepot/testing/temporary_folder.h"
#include "entrepot/testing/value_matchers.h"
#include "entrepot/value/traits.h"
#include "stored_asset.h"

namespace entrepot::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

struct LoadCase {
  std::string name{};
  Value value{};
  LoadRequest request{};

  /// Stored before and still there, as a crash leaves it.
  std::optional<Value> older{};
  FilesystemAbilities abilities{};
};

void PrintTo(const LoadCase& load, std::ostream* out) { *out << load.name; }

std::vector<LoadCase> LoadCases() {
  const Value json = Value::Json(R"({"is":"new"})");
  const Value tensor = ToValue(std::vector<double>{1, 2, 3}).value();
  const std::vector<LoadCase> with_attributes = {
      {"Json", json},
      {"Text", Value::Text(std::string(80'000, 'n'))},
      {"Code", Value::Bytes("code:1")},
      {"Parquet", TableFrom(0)},
      {"ParquetAsStream", TableFrom(0), {.as_stream = true}},
      {"Npy", tensor},
      {"NpyVerified", tensor, {.verify = true}},
      {"File", FileOf("new.vtk", "mesh")},
      {"FileVerified", FileOf("new.vtk", "mesh"), {.verify = true}},
      {"Folder", FolderOf("new", {"x", "deep/y"})},
      {"FolderVerified", FolderOf("new", {"x", "deep/y"}), {.verify = true}},
      {"TheNewerOfTwo", json, {}, Value::Text("old")},
      {"TheNewerOfTwoOfOtherOrder", Value::Text("new"), {}, json}};
  std::vector<LoadCase> cases = with_attributes;
  for (LoadCase load : with_attributes) {
    load.name += "WithoutAttributes";
    load.abilities.keeps_attributes = false;
    cases.push_back(std::move(load));
  }
  return cases;
}

/// Reads a stream, the rest of a load, to its end.
Result<Value> InFull(Result<Value> loaded) {
  if (!loaded || loaded->kind() != ValueKind::kStream) return loaded;
  ENTREPOT_ASSIGN_OR_RETURN(auto table, loaded->stream()->ToTable());
  return Value::Table(std::move(table));
}

class WithoutRemovals final : public InterceptedLocalCalls {
 public:
  using InterceptedLocalCalls::InterceptedLocalCalls;

 protected:
  std::int64_t Do(const LocalCall& call) override {
    return call.kind == LocalCallKind::kRemove ? -EIO : InterceptedLocalCalls::Do(call);
  }
};

class FailingLoadsTest : public ::testing::TestWithParam<LoadCase> {
 protected:
  void SetUp() override {
    sweep_.abilities = GetParam().abilities;
    if (GetParam().older) {
      StoreBeside(*GetParam().older);
    } else {
      ASSERT_THAT(asset_.Store(GetParam().value), IsOk());
    }
  }

  void StoreBeside(const Value& older) {
    ASSERT_THAT(asset_.Store(older), IsOk());
    const std::string file = asset_.base() + "/" + asset_.Files().at(0);
    const auto time = std::filesystem::last_write_time(file);
    std::filesystem::last_write_time(file, time - std::chrono::seconds(1));
    WithoutRemovals calls(GetParam().abilities);
    ASSERT_THAT(asset_.Store(GetParam().value, calls),
                FailsWith(ErrorCode::kOutcomeUnknown, HasSubstr("removing")));
    ASSERT_EQ(asset_.Files().size(), 2u);
  }

  Result<Value> Load(LocalCalls& calls) const {
    return InFull(asset_.Load(calls, GetParam().request));
  }

  SweepCase sweep_;
  TemporaryFolder folder_{SweepFolder()};
  StoredAsset asset_{folder_.path() + "/new/base", sweep_};
};
INSTANTIATE_TEST_SUITE_P(, FailingLoadsTest, ::testing::ValuesIn(LoadCases()),
                         [](const auto& info) { return info.param.name; });

TEST_P(FailingLoadsTest, AFailedCallIsToldOrDoesNotMatter) {
  FaultyLocalCalls counting(std::nullopt, GetParam().abilities);
  ASSERT_THAT(Load(counting), IsOkAndHolds(HasDataOf(GetParam().value)));
  const std::vector<LocalCallKind> calls = counting.calls();
  for (const LocalFault& fault : FailuresOf(calls)) {
    SCOPED_TRACE(TraceOf(fault, calls));
    FaultyLocalCalls faulty(fault, GetParam().abilities);
    const auto loaded = Load(faulty);
    EXPECT_EQ(NumOpenFiles(folder_.path()), 0);
    if (loaded) {
      EXPECT_THAT(*loaded, HasDataOf(GetParam().value));
      continue;
    }
    EXPECT_NE(fault.error, EINTR);
    EXPECT_TRUE(fault.kind != LocalFaultKind::kShorten || fault.lasts);
    EXPECT_EQ(loaded.error().code(), FromErrno(fault.error, "").code());
    EXPECT_THAT(loaded.error().ToString(),
                AllOf(HasSubstr("asset 'a/b'"), HasSubstr(asset_.base())));
  }
}

TEST_P(FailingLoadsTest, AReceiptThatCannotBeReadIsNotTakenForNone) {
  FaultyLocalCalls counting(std::nullopt, GetParam().abilities);
  ASSERT_THAT(Load(counting), IsOk());
  const std::vector<LocalCallKind> calls = counting.calls();
  for (int at = 0; at < static_cast<int>(calls.size()); ++at) {
    if (calls[static_cast<size_t>(at)] != LocalCallKind::kGetAttribute) continue;
    FaultyLocalCalls faulty(LocalFault{.at = at}, GetParam().abilities);
    EXPECT_THAT(Load(faulty),
                FailsWith(ErrorCode::kUnavailable, HasSubstr("reading the receipt")));
  }
}

TEST_P(FailingLoadsTest, ALoadChangesNothing) {
  FaultyLocalCalls counting(std::nullopt, GetParam().abilities);
  ASSERT_THAT(Load(counting), IsOk());
  EXPECT_THAT(counting.calls(),
              ::testing::Each(AnyOf(LocalCallKind::kOpen, LocalCallKind::kClose,
                                    LocalCallKind::kRead, LocalCallKind::kSize,
                                    LocalCallKind::kModified, LocalCallKind::kMap,
                                    LocalCallKind::kGetAttribute, LocalCallKind::kExists,
                                    LocalCallKind::kList, LocalCallKind::kDescribe)));
}

}  // namespace
}  // namespace entrepot::testing
