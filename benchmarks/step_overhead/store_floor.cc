/// \file benchmarks/step_overhead/store_floor.cc
/// The floor of a durable, atomic store of a small value: an unnamed file, write, fsync,
/// link, rename, fsync of the folder. Nothing else: no receipt, no locks, no digest.
///
///   --steps N  --repeats N  --folder DIR

#include <fcntl.h>
#include <unistd.h>

#include "benchmarks/measurement.h"

using namespace entrepot::benchmarks;

namespace {

void StoreSynced(const std::string& folder, const std::string& name,
                 const std::string& bytes) {
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  Check(fd >= 0, "opening an unnamed file");
  Check(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
        "writing");
  Check(::fsync(fd) == 0, "syncing the file");
  const std::string self = fmt::format("/proc/self/fd/{}", fd);
  const std::string temporary = folder + "/." + name + ".tmp";
  Check(::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.c_str(),
                 AT_SYMLINK_FOLLOW) == 0,
        "linking");
  Check(::rename(temporary.c_str(), (folder + "/" + name).c_str()) == 0, "renaming");
  const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Check(parent >= 0 && ::fsync(parent) == 0, "syncing the folder");
  ::close(parent);
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const int steps = options.Number("steps", 200);
  nlohmann::ordered_json seconds = nlohmann::ordered_json::array();
  for (int repeat = 0; repeat < options.Number("repeats", 1); ++repeat) {
    const std::string folder = FreshFolder(options.Text("folder", "."), "store");
    const auto name = [](int i) { return fmt::format("{:04}.json", i); };
    const Timer timer;
    for (int i = 0; i < steps; ++i) StoreSynced(folder, name(i), std::to_string(i));
    seconds.push_back(timer.seconds() / steps);
    for (int i = 0; i < steps; ++i) {
      int value = -1;
      std::ifstream(folder + "/" + name(i)) >> value;
      Check(value == i, name(i));
    }
  }
  Print({{"seconds_per_step", seconds}, {"steps", steps}, {"checked", true}});
  return 0;
}
