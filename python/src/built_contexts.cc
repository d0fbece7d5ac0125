// Contexts outside of runs, for entrepot/_contexts.py. They are the core's own: what a
// step's output or input is, is read from the same objects as in definitions.

#include "bindings.h"
#include "conversions.h"
#include "entrepot/io/context.h"
#include "instance.h"
#include "partitions.h"

namespace entrepot::python {
namespace {

std::shared_ptr<const void> HostOrNull(nb::handle object) {
  return object.is_none() ? nullptr : MakePyRef(object);
}

std::shared_ptr<OutputContext> BuildOutputContext(
    nb::handle output, nb::handle partitions_def, std::string step_key,
    std::string run_id, std::string job_name, std::optional<std::string> partition_key,
    std::string version, std::shared_ptr<Resources> resources, nb::handle resource_config,
    nb::handle config, nb::handle output_metadata) {
  StepOutput declared = OutputFrom(output);
  auto partitions = PartitionsFromPython(partitions_def);
  if (!partitions) RaisePythonError(partitions.error());
  return std::make_shared<OutputContext>(
      OutputContext::Fields{.name = std::move(declared.name),
                            .step_key = std::move(step_key),
                            .run_id = std::move(run_id),
                            .job_name = std::move(job_name),
                            .asset_key = std::move(declared.key),
                            .partition = partition_key,
                            .run_partition = partition_key,
                            .partitions = *std::move(partitions),
                            .version = std::move(version),
                            .io_manager_key = std::move(declared.io_manager_key),
                            .asset = std::move(declared.facts),
                            .resources = std::move(resources),
                            .resource_config = HostOrNull(resource_config),
                            .config = HostOrNull(config),
                            .output_metadata = MetadataFrom(output_metadata)});
}

/// `partition_outputs` are those of each partition that is read, where the asset has
/// some.
std::shared_ptr<InputContext> BuildInputContext(
    nb::handle input, std::shared_ptr<OutputContext> upstream_output,
    std::optional<std::vector<std::shared_ptr<OutputContext>>> partition_outputs,
    std::string run_id, std::string job_name, std::optional<std::string> run_partition,
    std::shared_ptr<Resources> resources, nb::handle resource_config, nb::handle config,
    std::shared_ptr<Instance> instance) {
  StepInput declared = InputFrom(input);
  InputContext::Fields fields{.name = std::move(declared.name),
                              .job_name = std::move(job_name),
                              .run_id = std::move(run_id),
                              .upstream_output = std::move(upstream_output),
                              .asset_key = std::move(declared.key),
                              .run_partition = std::move(run_partition),
                              .definition_metadata = std::move(declared.metadata),
                              .resource_config = HostOrNull(resource_config),
                              .config = HostOrNull(config),
                              .host = MakePyRef(input),
                              .resources = std::move(resources)};
  if (partition_outputs) {
    fields.partition_outputs.emplace(partition_outputs->begin(),
                                     partition_outputs->end());
  }
  if (instance) fields.instance = instance->weak_self();
  return std::make_shared<InputContext>(std::move(fields));
}

}  // namespace

void BindBuiltContexts(nb::module_& m) {
  nb::class_<Resources>(m, "CoreResources", "Resources, as the core has them.");
  m.def("build_output_context", &BuildOutputContext, nb::kw_only(), "output"_a,
        "partitions_def"_a.none(), "step_key"_a, "run_id"_a, "job_name"_a,
        "partition_key"_a.none(), "version"_a, "resources"_a.none(),
        "resource_config"_a.none(), "config"_a.none(), "output_metadata"_a.none());
  m.def("build_input_context", &BuildInputContext, nb::kw_only(), "input"_a,
        "upstream_output"_a.none(), "partition_outputs"_a.none(), "run_id"_a,
        "job_name"_a, "run_partition"_a.none(), "resources"_a.none(),
        "resource_config"_a.none(), "config"_a.none(), "instance"_a.none());
}

}  // namespace entrepot::python
