// The folders of a new instance survive a loss of power before anything in them does.

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "entrepot/execution/instance.h"
#include "entrepot/testing/matchers.h"
#include "entrepot/testing/temporary_folder.h"

namespace {

std::vector<std::string> synced;  // Paths of what was synced so far.

int Sync(const char* name, int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  synced.push_back(std::filesystem::read_symlink(link).string());
  const auto below = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name));
  return below(fd);
}

}  // namespace

// These stand before the C library's, also for SQLite.
extern "C" int fsync(int fd) { return Sync("fsync", fd); }
extern "C" int fdatasync(int fd) { return Sync("fdatasync", fd); }

namespace entrepot::testing {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;

TEST(NewHomeTest, FoldersAreSyncedBeforeALogIsInThem) {
  const TemporaryFolder folder;
  synced.clear();
  const auto instance = Instance::Open(folder.path() + "/a/b/home").value();
  EXPECT_THAT(synced, IsSupersetOf({folder.path() + "/a/b", folder.path() + "/a",
                                    folder.path(), std::string("/")}));
  const auto is_of_log = [](const std::string& path) {
    return path.find("entrepot.db") != std::string::npos;
  };
  const auto of_log = std::ranges::find_if(synced, is_of_log);
  EXPECT_NE(of_log, synced.end());
  EXPECT_LT(std::ranges::find(synced, "/"), of_log) << "it is the last above";
}

TEST(NewHomeTest, AFastInstanceAndOneThatIsThereSyncNoFolderAbove) {
  const TemporaryFolder folder;
  synced.clear();
  ASSERT_THAT(Instance::Open(folder.path() + "/x", {.durability = Durability::kFast}),
              IsOk());
  ASSERT_THAT(Instance::Open(folder.path() + "/x"), IsOk());
  EXPECT_THAT(synced, Not(Contains(folder.path())));
}

}  // namespace
}  // namespace entrepot::testing
