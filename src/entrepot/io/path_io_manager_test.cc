#include "entrepot/io/path_io_manager.h"

#include <fstream>
#include <stdexcept>

#include "entrepot/io/context.h"
#include "entrepot/testing/faulty_local_calls.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace entrepot {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::TemporaryFolder;

std::string TextAt(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// An object that only the user's functions can write.
struct Mesh {
  std::string points;
};

void WriteMesh(const Mesh& mesh, const fs::path& path) {
  if (mesh.points == "bad") throw std::runtime_error("cannot write this mesh");
  if (mesh.points != "none") std::ofstream(path) << mesh.points;
}
Mesh ReadMesh(const fs::path& path) { return {TextAt(path)}; }

class PathIOManagerTest : public ::testing::Test {
 protected:
  std::shared_ptr<PathIOManager> Manager(
      PathFormat format = PathFormatOf<Mesh>("vtk", WriteMesh, ReadMesh)) {
    return PathIOManager::Make({.base_dir = base()}, std::move(format)).value();
  }
  std::string base() const { return folder_.path() + "/base"; }

  static std::shared_ptr<OutputContext> Output(
      std::optional<std::string> partition = std::nullopt) {
    return std::make_shared<OutputContext>(
        OutputContext::Fields{.asset_key = AssetKey::Parse("a/mesh").value(),
                              .partition = std::move(partition)});
  }
  static Result<std::string> Load(IOManager& manager, LoadRequest request = {}) {
    ENTREPOT_ASSIGN_OR_RETURN(
        const Value value,
        manager.LoadInput(
            InputContext({.upstream_output = Output(), .request = std::move(request)})));
    ENTREPOT_ASSIGN_OR_RETURN(const Mesh mesh, FromValue<Mesh>(value));
    return mesh.points;
  }
  static Status Store(IOManager& manager, std::string points) {
    return manager.HandleOutput(*Output(), ToValue(Mesh{std::move(points)}).value());
  }

  TemporaryFolder folder_;
};

TEST_F(PathIOManagerTest, AnObjectIsTheFileThatTheFunctionWrote) {
  const auto manager = Manager();
  const auto output = Output();
  ASSERT_THAT(manager->HandleOutput(*output, ToValue(Mesh{"0 0"}).value()), IsOk());
  EXPECT_EQ(TextAt(base() + "/a/mesh.vtk"), "0 0");
  EXPECT_THAT(Load(*manager), IsOkAndHolds("0 0"));
  ASSERT_EQ(output->receipts().size(), 1u);
  EXPECT_EQ(output->receipts()[0].path, "a/mesh.vtk");
  EXPECT_EQ(output->receipts()[0].kind, "foreign");
  EXPECT_THAT(output->receipts()[0].type, HasSubstr("Mesh"));
  EXPECT_THAT(manager->Has(*Output()), IsOkAndHolds(true));
}

TEST_F(PathIOManagerTest, WhatTheFunctionThrowsLeavesTheOldValueAndNoTemporaries) {
  const auto manager = Manager();
  ASSERT_THAT(Store(*manager, "old"), IsOk());
  EXPECT_THAT(Store(*manager, "bad"),
              FailsWith(ErrorCode::kUserCode,
                        AllOf(HasSubstr("asset 'a/mesh'"), HasSubstr("cannot write"))));
  EXPECT_THAT(Load(*manager), IsOkAndHolds("old"));
  EXPECT_FALSE(fs::exists(base() + "/.scratch"));
}

TEST_F(PathIOManagerTest, AFunctionThatWritesNothingIsAnError) {
  EXPECT_THAT(Store(*Manager(), "none"),
              FailsWith(ErrorCode::kInvalid, HasSubstr("nothing was written")));
}

TEST_F(PathIOManagerTest, AFolderIsAValueToo) {
  const auto dump = [](const Mesh& mesh, const fs::path& path) -> Status {
    fs::create_directory(path);
    std::ofstream(path / "points") << mesh.points;
    return {};
  };
  const auto load = [](const fs::path& path) -> Result<Mesh> {
    return Mesh{TextAt(path / "points")};
  };
  const auto manager = Manager(PathFormatOf<Mesh>("", dump, load));
  ASSERT_THAT(Store(*manager, "0 0"), IsOk());
  ASSERT_THAT(Store(*manager, "1 1"), IsOk());
  EXPECT_THAT(Load(*manager), IsOkAndHolds("1 1"));
}

TEST_F(PathIOManagerTest, AnAlteredFileIsNotGivenToTheFunction) {
  const auto manager = Manager();
  ASSERT_THAT(Store(*manager, "0 0"), IsOk());
  std::ofstream(base() + "/a/mesh.vtk", std::ios::in | std::ios::out) << "0 1";
  EXPECT_THAT(Load(*manager, {.verify = true}),
              FailsWith(ErrorCode::kCorrupt, HasSubstr("altered")));
  fs::resize_file(base() + "/a/mesh.vtk", 1);
  EXPECT_THAT(Load(*manager), FailsWith(ErrorCode::kCorrupt, HasSubstr("1 bytes")));
}

TEST_F(PathIOManagerTest, SeveralPartitionsComeByKeyAndMissingOnesMayBeLeftOut) {
  const auto manager = Manager();
  for (const std::string key : {"b", "a"}) {
    ASSERT_THAT(manager->HandleOutput(*Output(key), ToValue(Mesh{key}).value()), IsOk());
  }
  InputContext::Fields fields{
      .upstream_output = Output("b"),
      .partition_outputs = {{Output("b"), Output("missing"), Output("a")}}};
  EXPECT_THAT(manager->LoadInput(InputContext(fields)), FailsWith(ErrorCode::kNotFound));
  fields.definition_metadata = {{"allow_missing_partitions", true}};
  const Value loaded = manager->LoadInput(InputContext(fields)).value();
  ASSERT_EQ(loaded.map().size(), 2u);
  EXPECT_EQ(loaded.map()[0].first, "b");
  EXPECT_EQ(FromValue<Mesh>(loaded.map()[0].second)->points, "b");
  EXPECT_EQ(FromValue<Mesh>(loaded.map()[1].second)->points, "a");
}

TEST_F(PathIOManagerTest, TheUserMayChooseThePath) {
  PathFormat format = PathFormatOf<Mesh>(".csv.gz", WriteMesh, ReadMesh);
  std::optional<std::string> chosen = "meshes/day=2024/x";
  format.path_of = [&](const OutputContext&) { return chosen; };
  const auto manager = Manager(std::move(format));
  ASSERT_THAT(Store(*manager, "0 0"), IsOk());
  EXPECT_EQ(TextAt(base() + "/meshes/day=2024/x.csv.gz"), "0 0");
  EXPECT_THAT(Load(*manager), IsOkAndHolds("0 0"));
  for (const std::string bad :
       {"/etc/x", "../x", "a//b", "", "a/", "a/.hidden", "x.csv", "a/=value"}) {
    chosen = bad;
    EXPECT_THAT(Store(*manager, "0 0"),
                FailsWith(ErrorCode::kInvalid, HasSubstr("cannot be the path")));
  }
  chosen = std::nullopt;
  ASSERT_THAT(Store(*manager, "0 0"), IsOk());
  EXPECT_TRUE(fs::exists(base() + "/a/mesh.csv.gz"));
}

TEST_F(PathIOManagerTest, AnExtensionThatIsNoneIsRefused) {
  const PathFormat format = PathFormatOf<Mesh>("a.b", WriteMesh, ReadMesh);
  EXPECT_THAT(PathIOManager::Make({.base_dir = base()}, format),
              FailsWith(ErrorCode::kInvalid, HasSubstr("'a.b' cannot be the extension")));
  EXPECT_THAT(PathIOManager::Make({.base_dir = base()}, {}),
              FailsWith(ErrorCode::kInvalid, HasSubstr("needs functions")));
  EXPECT_THAT(PathIOManager::Make({.base_dir = "s3://bucket/x"},
                                  PathFormatOf<Mesh>("vtk", WriteMesh, ReadMesh)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("'s3://bucket/x' yet")));
}

TEST_F(PathIOManagerTest, EveryFaultLeavesTheOldOrTheNewValue) {
  for (int fault_at = 0; fault_at < 1000; ++fault_at) {
    ASSERT_THAT(Store(*Manager(), "old"), IsOk());
    testing::FaultyLocalCalls faulty(testing::LocalFault{.at = fault_at});
    const auto manager =
        PathIOManager::Make({.base_dir = base()},
                            PathFormatOf<Mesh>("vtk", WriteMesh, ReadMesh), faulty)
            .value();
    const Status stored = Store(*manager, "new");
    const auto found = Load(*Manager());
    ASSERT_THAT(found, IsOk()) << "fault at call " << fault_at;
    if (stored) {
      EXPECT_EQ(*found, "new") << "fault at call " << fault_at;
    } else {
      EXPECT_THAT(*found, ::testing::AnyOf("old", "new")) << "fault at call " << fault_at;
    }
    if (faulty.calls().size() <= static_cast<size_t>(fault_at)) return;
  }
  FAIL() << "no end of faults";
}

}  // namespace
}  // namespace entrepot
