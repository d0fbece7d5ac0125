#include "bindings.h"
#include "conversions.h"
#include "entrepot/io/context.h"

namespace entrepot::python {
namespace {

std::optional<AssetKey> KeyIfGiven(nb::handle key) {
  if (key.is_none()) return std::nullopt;
  return KeyFrom(key);
}

std::shared_ptr<OutputContext> BuildOutputContext(
    std::string name, std::string step_key, std::string run_id, nb::handle asset_key,
    std::optional<std::string> partition_key, std::optional<std::string> version,
    std::string io_manager_key, nb::handle output_metadata) {
  return std::make_shared<OutputContext>(
      OutputContext::Fields{.name = std::move(name),
                            .step_key = std::move(step_key),
                            .run_id = std::move(run_id),
                            .asset_key = KeyIfGiven(asset_key),
                            .partition = partition_key,
                            .run_partition = partition_key,
                            .version = version.value_or(""),
                            .io_manager_key = std::move(io_manager_key),
                            .output_metadata = MetadataFrom(output_metadata)});
}

std::shared_ptr<InputContext> BuildInputContext(
    std::optional<std::string> name, std::shared_ptr<OutputContext> upstream_output,
    nb::handle asset_key, std::optional<std::string> partition_key, std::string run_id,
    nb::handle definition_metadata) {
  if (upstream_output == nullptr) {
    upstream_output = std::make_shared<OutputContext>(OutputContext::Fields{
        .asset_key = KeyIfGiven(asset_key), .partition = std::move(partition_key)});
  } else if (!asset_key.is_none() || partition_key) {
    RaisePythonError(Invalid(
        "an input context takes an upstream_output, or the key and partition of one"));
  }
  return std::make_shared<InputContext>(
      InputContext::Fields{.name = name.value_or(""),
                           .run_id = std::move(run_id),
                           .upstream_output = std::move(upstream_output),
                           .definition_metadata = MetadataFrom(definition_metadata)});
}

}  // namespace

void BindBuiltContexts(nb::module_& m) {
  m.def("build_output_context", &BuildOutputContext, nb::kw_only(), "name"_a = "result",
        "step_key"_a = "", "run_id"_a = "", "asset_key"_a = nb::none(),
        "partition_key"_a = nb::none(), "version"_a = nb::none(),
        "io_manager_key"_a = "io_manager", "output_metadata"_a = nb::none(),
        nb::sig("def build_output_context(*, name: str = 'result', step_key: str = '', "
                "run_id: str = '', asset_key: AssetKey | str | "
                "collections.abc.Sequence[str] | None = None, partition_key: str | None "
                "= None, version: str | None = None, io_manager_key: str = 'io_manager', "
                "output_metadata: collections.abc.Mapping[str, object] | None = None) -> "
                "OutputContext"),
        "Makes the context of an output, to call an I/O manager without a run.");
  m.def("build_input_context", &BuildInputContext, nb::kw_only(), "name"_a = nb::none(),
        "upstream_output"_a = nb::none(), "asset_key"_a = nb::none(),
        "partition_key"_a = nb::none(), "run_id"_a = "",
        "definition_metadata"_a = nb::none(),
        nb::sig("def build_input_context(*, name: str | None = None, upstream_output: "
                "OutputContext | None = None, asset_key: AssetKey | str | "
                "collections.abc.Sequence[str] | None = None, partition_key: str | None "
                "= None, run_id: str = '', definition_metadata: "
                "collections.abc.Mapping[str, object] | None = None) -> InputContext"),
        "Makes the context of an input, to call an I/O manager without a run: of an "
        "upstream_output, or of the asset of a key.");
}

}  // namespace entrepot::python
