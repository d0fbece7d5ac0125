/// \file examples/specification/13_versioned_io_manager.cc
/// An I/O manager that keeps every version of a value, and a link to the current one. It
/// only decides on places: the built-in filesystem manager stores, verifies and loads.

#include <filesystem>
#include <iostream>

#include "entrepot/asset/key_path.h"
#include "entrepot/entrepot.h"
#include "entrepot/io/partitions.h"

namespace ep = entrepot;
namespace fs = std::filesystem;

class VersionedIOManager final : public ep::IOManager {
 public:
  explicit VersionedIOManager(fs::path base) : base_(std::move(base)) {}

  ep::Status HandleOutput(ep::OutputContext& context, const ep::Value& value) override {
    ENTREPOT_ASSIGN_OR_RETURN(const fs::path folder, FolderOf(context));
    const std::string version = "v_" + context.run_id();
    ENTREPOT_ASSIGN_OR_RETURN(const auto manager, ManagerOf(folder / version));
    ENTREPOT_RETURN_IF_ERROR(manager->HandleOutput(context, value));

    // A rename replaces the old link at once: there is always a current version.
    std::error_code failed;
    fs::create_directory_symlink(version, folder / (version + ".link"), failed);
    if (!failed) fs::rename(folder / (version + ".link"), folder / "current", failed);
    if (failed) return ep::Unavailable("cannot link '{}': {}", version, failed.message());
    return context.AddOutputMetadata({{"version", version}});
  }

  ep::Result<ep::Value> LoadInput(const ep::InputContext& context) override {
    return ep::LoadPartitions(
        context, [this](const ep::InputContext& one) { return LoadOne(one); });
  }

 private:
  ep::Result<ep::Value> LoadOne(const ep::InputContext& context) const {
    ENTREPOT_ASSIGN_OR_RETURN(const fs::path folder, FolderOf(context.upstream_output()));
    ENTREPOT_ASSIGN_OR_RETURN(const auto manager, ManagerOf(folder / "current"));
    return manager->LoadInput(context);
  }

  /// Each partition has versions of its own.
  ep::Result<fs::path> FolderOf(const ep::OutputContext& output) const {
    if (!output.asset_key()) return ep::Unsupported("only assets have versions");
    ENTREPOT_ASSIGN_OR_RETURN(
        const std::string path,
        ep::AssetPath(*output.asset_key(), output.partition(), ep::PathLayout::kHive));
    return base_ / path;
  }

  static ep::Result<std::shared_ptr<ep::FileSystemIOManager>> ManagerOf(fs::path folder) {
    return ep::FileSystemIOManager::Make({.base_dir = folder.string()});
  }

  fs::path base_;
};

int main() {
  double price = 4.5;
  ep::Definitions defs;
  defs.Bind("io_manager", std::make_shared<VersionedIOManager>("storage"));
  defs.Add(ep::Asset("prices").Compute([&price] { return std::vector{price, 1.0}; }));
  defs.Add(ep::Asset("total").Reads("prices").Compute(
      [](const std::vector<double>& prices) { return prices[0] + prices[1]; }));

  for (const double now : {4.5, 80.0}) {
    price = now;
    const ep::RunResult result = ep::Materialize(defs).value();
    const bool is_current =
        fs::read_symlink("storage/prices/current") == "v_" + result.run_id();
    std::cout << result.Output<double>("total").value() << ' ' << is_current << '\n';
  }
  // prints: 5.5 1
  // prints: 81 1

  int versions = 0;
  for (const auto& entry : fs::directory_iterator("storage/prices")) {
    if (!entry.is_symlink()) ++versions;
  }
  std::cout << versions << " versions of prices\n";
  // prints: 2 versions of prices
}
