#include "entrepot/execution/definitions.h"

#include "entrepot/execution/instance.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/nearest_name.h"

namespace entrepot {

Result<std::shared_ptr<IOManager>> IOManagerBinding::ManagerFor(
    const ResourceContext& context) const {
  if (manager) return manager;
  auto made = factory(context);
  if (!made)
    return made.error().While(fmt::format("making I/O manager '{}'", context.key));
  if (!*made) return Invalid("what makes I/O manager '{}' returned none", context.key);
  return made;
}

void Definitions::Add(Asset asset) {
  auto built = std::move(asset).Build();
  if (built) {
    assets_.push_back(*std::move(built));
  } else {
    faults_.push_back(built.error().ToString());
  }
}

void Definitions::Add(AssetDefinition asset) { assets_.push_back(std::move(asset)); }

void Definitions::CheckUnbound(const std::string& key) {
  if (io_managers_.contains(key) || resources_.contains(key)) {
    faults_.push_back(fmt::format("resource '{}' is bound more than once", key));
  }
}

void Definitions::Bind(const std::string& key, std::shared_ptr<IOManager> manager) {
  CheckUnbound(key);
  if (!manager) faults_.push_back(fmt::format("resource '{}' is null", key));
  io_managers_[key] = {std::move(manager), nullptr};
}

void Definitions::Bind(const std::string& key, IOManagerFactory factory) {
  CheckUnbound(key);
  if (!factory) faults_.push_back(fmt::format("resource '{}' is null", key));
  io_managers_[key] = {nullptr, std::move(factory)};
}

void Definitions::BindAny(const std::string& key, std::any resource) {
  CheckUnbound(key);
  resources_[key] = std::move(resource);
}

Result<AssetGraph> Definitions::Graph() const {
  std::vector<std::string> faults = faults_;
  std::vector<AssetSpec> specs;
  std::vector<std::string> manager_keys = {"io_manager"};
  for (const auto& [key, binding] : io_managers_) manager_keys.push_back(key);
  for (const AssetDefinition& asset : assets_) {
    const std::string& key = asset.spec.io_manager_key;
    if (key != "io_manager" && !io_managers_.contains(key)) {
      faults.push_back(
          fmt::format("asset '{}' needs the I/O manager '{}', which is {}{}",
                      asset.spec.key.ToUserString(), key,
                      resources_.contains(key) ? "another kind of resource" : "not bound",
                      DidYouMean(key, manager_keys)));
    }
    specs.push_back(asset.spec);
  }
  auto graph = AssetGraph::Make(std::move(specs));
  if (!graph) faults.push_back(graph.error().ToString());
  if (!faults.empty()) return Invalid("{}", fmt::join(faults, "\n"));
  return graph;
}

Status Definitions::Validate() const {
  const auto graph = Graph();
  if (!graph) return graph.error();
  return {};
}

IOManagerFactory MemoryIOManagerFactory() {
  return [](const ResourceContext&) -> Result<std::shared_ptr<IOManager>> {
    return std::make_shared<MemoryIOManager>();
  };
}

IOManagerFactory FileSystemIOManagerFactory(std::string config_json) {
  return [config = std::move(config_json)](
             const ResourceContext& context) -> Result<std::shared_ptr<IOManager>> {
    return context.instance.MakeFileSystemIOManager(config);
  };
}

}  // namespace entrepot
