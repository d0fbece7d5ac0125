#!/usr/bin/env python3
"""Write docs/specification.md: each name of the specification, ours, and its test.

    python tools/specification.py            writes the page
    python tools/specification.py --check    is it as this would write it?

In both cases each name of ours has to be there: in the Python package, which is imported, and in
the public header that the row names; and so have the test and the example.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "specification.md"
SOURCES = ROOT / "src"
EXAMPLES = "examples/specification"


class Name(NamedTuple):
    """A name of the specification. `cpp` is "Name header", and "" where Python alone needs it."""

    spec: str
    cpp: str
    test: str
    example: str
    module: str = ""  #: Where the specification says that it is.
    python: str = ""  #: "": as in the specification.


IO_MANAGERS = "python/tests/test_io_managers.py"
CONTEXTS = "python/tests/test_contexts.py::test_the_documented_table_has_every_name_and_no_other"
RESOURCES = "python/tests/test_resources.py"
CONFIGURABLE = "python/tests/test_configurable.py"
ASSETS = "python/tests/test_assets.py"
LOADER = "python/tests/test_asset_values.py"
FILES = "python/tests/test_files.py"
FILE_VALUES = "python/tests/test_file_values.py"
FILE_RESOURCES = "python/tests/test_file_manager_resources.py"
CONFIG = "python/tests/test_config.py"
STORAGE = "dagster._core.storage"

#: What the specification declares, each with its module.
DECLARED = [
    Name("IOManager", "IOManager io/io_manager.h",
         f"{IO_MANAGERS}::test_a_manager_written_in_python_stores_and_loads",
         "01_io_manager", f"{STORAGE}.io_manager"),
    Name("io_manager", "Definitions::Bind execution/definitions.h",
         f"{IO_MANAGERS}::test_an_io_manager_function_makes_one_manager_per_run",
         "02_s3_io_manager", f"{STORAGE}.io_manager"),
    Name("fs_io_manager", "FileSystemIOManagerFactory execution/definitions.h",
         f"{IO_MANAGERS}::test_fs_io_manager_is_configured_by_its_fields",
         "03_fs_io_manager", f"{STORAGE}.fs_io_manager"),
    Name("mem_io_manager", "MemoryIOManagerFactory execution/definitions.h",
         f"{ASSETS}::test_the_memory_manager_shares_its_objects",
         "04_mem_io_manager", f"{STORAGE}.mem_io_manager"),
    Name("UPathIOManager", "PathIOManager io/path_io_manager.h",
         "python/tests/test_upath_io_manager.py::test_the_specifications_resource_makes_one",
         "05_upath_io_manager", f"{STORAGE}.upath_io_manager"),
    Name("InputManager", "InputManager io/input_manager.h",
         f"{RESOURCES}::test_an_input_manager_of_a_function_returns_the_value_or_a_manager",
         "07_api_input_manager", f"{STORAGE}.input_manager"),
    Name("FileHandle", "FileHandle io/file_handle.h",
         f"{FILE_VALUES}::test_a_handle_goes_through_every_io_manager",
         "09_file_handle", f"{STORAGE}.file_manager"),
    Name("local_file_manager", "LocalFileManager::Make io/local_file_manager.h",
         f"{FILE_RESOURCES}::test_local_file_manager_is_a_resource",
         "10_local_file_manager", f"{STORAGE}.file_manager"),
    Name("AssetValueLoader", "AssetValueLoader execution/asset_value_loader.h",
         f"{LOADER}::test_the_specifications_loader",
         "11_asset_value_loader", f"{STORAGE}.asset_value_loader"),
]

#: What else its blocks use, in their order.
USED = [
    Name("IOManager.handle_output", "IOManager::HandleOutput io/io_manager.h",
         f"{IO_MANAGERS}::test_a_manager_written_in_python_stores_and_loads", "01_io_manager"),
    Name("IOManager.load_input", "IOManager::LoadInput io/io_manager.h",
         f"{IO_MANAGERS}::test_a_manager_written_in_python_stores_and_loads", "01_io_manager"),
    Name("OutputContext", "OutputContext io/context.h", CONTEXTS, "01_io_manager"),
    Name("OutputContext.asset_key", "OutputContext::asset_key io/context.h", CONTEXTS,
         "01_io_manager"),
    Name("OutputContext.step_key", "OutputContext::step_key io/context.h", CONTEXTS,
         "01_io_manager"),
    Name("OutputContext.name", "OutputContext::name io/context.h", CONTEXTS, "01_io_manager"),
    Name("OutputContext.run_id", "OutputContext::run_id io/context.h", CONTEXTS,
         "13_versioned_io_manager"),
    Name("OutputContext.metadata", "OutputContext::asset io/context.h", CONTEXTS,
         "12_multi_backend_io_manager"),
    Name("OutputContext.log", "OutputContext::log io/context.h", CONTEXTS, "01_io_manager"),
    Name("OutputContext.add_output_metadata", "OutputContext::AddOutputMetadata io/context.h",
         CONTEXTS, "01_io_manager"),
    Name("InputContext", "InputContext io/context.h", CONTEXTS, "01_io_manager"),
    Name("InputContext.asset_key", "InputContext::asset_key io/context.h", CONTEXTS,
         "01_io_manager"),
    Name("InputContext.name", "InputContext::name io/context.h", CONTEXTS,
         "07_api_input_manager"),
    Name("InputContext.upstream_output", "InputContext::upstream_output io/context.h", CONTEXTS,
         "01_io_manager"),
    Name("InputContext.dagster_type", "", CONTEXTS, "06_typed_io_manager"),
    Name("InputContext.metadata", "InputContext::definition_metadata io/context.h", CONTEXTS,
         "12_multi_backend_io_manager"),
    Name("InputContext.asset_partition_keys", "InputContext::asset_partition_keys io/context.h",
         CONTEXTS, "07_api_input_manager"),
    Name("InputContext.log", "InputContext::log io/context.h", CONTEXTS, "01_io_manager"),
    Name("InitResourceContext.resource_config", "ResourceContext::config execution/resource.h",
         f"{RESOURCES}::test_a_definition_is_told_of_the_run", "01_io_manager"),
    Name("InitResourceContext.resources", "ResourceContext::resources execution/resource.h",
         f"{RESOURCES}::test_a_definition_is_told_of_the_run", "02_s3_io_manager"),
    Name("AssetKey", "AssetKey asset/asset_key.h",
         f"{ASSETS}::test_keys_are_parsed_and_printed", "11_asset_value_loader"),
    Name("AssetKey.path", "AssetKey::path asset/asset_key.h",
         f"{ASSETS}::test_keys_are_parsed_and_printed", "01_io_manager"),
    Name("Field", "FieldList::Field config/fields.h",
         f"{CONFIG}::test_a_bare_type_is_required_and_a_default_makes_it_optional",
         "02_s3_io_manager"),
    Name("String", "ConfigType config/schema.h",
         f"{CONFIG}::test_python_types_are_a_shorthand", "02_s3_io_manager"),
    Name("io_manager(config_schema=)", "Definitions::Bind execution/definitions.h",
         f"{RESOURCES}::test_an_io_manager_of_a_function_gets_configuration_and_resources",
         "02_s3_io_manager"),
    Name("io_manager(required_resource_keys=)", "ResourceBinding::required_keys execution/resource.h",
         f"{RESOURCES}::test_an_io_manager_of_a_function_gets_configuration_and_resources",
         "02_s3_io_manager"),
    Name("asset", "Asset execution/asset.h",
         f"{ASSETS}::test_values_flow_by_parameter_name_within_a_group", "03_fs_io_manager"),
    Name("asset(io_manager_key=)", "Asset::IOManagerKey execution/asset.h",
         f"{ASSETS}::test_an_asset_names_the_manager_that_keeps_it", "05_upath_io_manager"),
    Name("asset(input_manager_key=)", "Input::LoadedBy execution/step_definition.h",
         "python/tests/test_input_managers.py::test_http_gives_a_table", "07_api_input_manager"),
    Name("asset(metadata=)", "Asset::WithMetadata execution/asset.h",
         f"{ASSETS}::test_definition_metadata_comes_back_as_it_was_given",
         "12_multi_backend_io_manager"),
    Name("asset(group_name=)", "Asset::Group execution/asset.h",
         f"{ASSETS}::test_selections_choose_what_runs", "12_multi_backend_io_manager"),
    Name("Definitions", "Definitions execution/definitions.h",
         f"{ASSETS}::test_definitions_report_every_fault_at_once", "03_fs_io_manager"),
    Name("fs_io_manager.configured", "FileSystemIOManagerFields io/file_system_io_manager.h",
         f"{RESOURCES}::test_built_in_definitions_are_configured_and_checked",
         "03_fs_io_manager"),
    Name("materialize", "Materialize execution/materialize.h",
         f"{ASSETS}::test_values_flow_by_parameter_name_within_a_group",
         "11_asset_value_loader"),
    Name("materialize_to_memory", "MemoryIOManagerFactory execution/definitions.h",
         f"{ASSETS}::test_materialize_to_memory_refuses_a_manager", "04_mem_io_manager"),
    Name("ExecuteInProcessResult.output_for_node", "RunResult::OutputValue execution/run_result.h",
         "python/tests/test_results.py::test_a_result_tells_what_became_of_each_step",
         "04_mem_io_manager"),
    Name("ConfigurableResource", "FieldList config/fields.h",
         f"{CONFIGURABLE}::test_everything_that_is_or_makes_an_io_manager_is_one",
         "05_upath_io_manager"),
    Name("ConfigurableResource.create_io_manager", "Definitions::Bind execution/definitions.h",
         f"{CONFIGURABLE}::test_everything_that_is_or_makes_an_io_manager_is_one",
         "05_upath_io_manager", python="ConfigurableIOManagerFactory.create_io_manager"),
    Name("ConfigurableResource.setup_for_execution", "ResourceBinding::make execution/resource.h",
         f"{CONFIGURABLE}::test_nested_resources_are_made_first_and_torn_down_last",
         "12_multi_backend_io_manager"),
    Name("Field(default_factory=)", "FieldList config/fields.h",
         f"{CONFIGURABLE}::test_both_fields_may_declare_attributes",
         "12_multi_backend_io_manager"),
    Name("DagsterType", "",
         "python/tests/test_dagster_types.py::test_managers_are_told_the_type_that_was_given",
         "06_typed_io_manager"),
    Name("input_manager", "Definitions::Bind execution/definitions.h",
         f"{RESOURCES}::test_an_input_manager_of_a_function_returns_the_value_or_a_manager",
         "07_api_input_manager"),
    Name("resource", "Definitions::Bind execution/definitions.h",
         f"{RESOURCES}::test_resources_are_made_once_in_order_and_torn_down_in_reverse",
         "10_local_file_manager"),
    Name("InputManager.load_input", "InputManager::LoadInput io/input_manager.h",
         f"{RESOURCES}::test_an_input_manager_of_a_function_returns_the_value_or_a_manager",
         "08_database_input_manager"),
    Name("FileHandle.path_desc", "FileHandle::path_desc io/file_handle.h",
         f"{FILES}::test_handles_say_where_the_file_is", "09_file_handle"),
    Name("LocalFileHandle", "FileHandle io/file_handle.h",
         f"{FILES}::test_handles_say_where_the_file_is", "09_file_handle"),
    Name("LocalFileManager", "LocalFileManager io/local_file_manager.h",
         f"{FILES}::test_a_manager_can_be_pickled_and_needs_a_folder", "10_local_file_manager"),
    Name("FileManager.write_data", "WriteData io/file_manager.h",
         f"{FILES}::test_write_data_takes_bytes_text_and_json", "09_file_handle"),
    Name("FileManager.read", "FileManager::Read io/file_manager.h",
         f"{FILES}::test_read_of_json_as_the_specification_does", "09_file_handle"),
    Name("FileManager.copy_handle_to_local_temp", "CopyIn io/file_manager.h",
         f"{FILES}::test_a_path_copies_to_a_handle", "10_local_file_manager"),
    Name("AssetExecutionContext.resources", "StepContext::resource execution/step_context.h",
         CONTEXTS, "09_file_handle"),
    Name("AssetExecutionContext.log", "StepContext::log execution/step_context.h", CONTEXTS,
         "09_file_handle"),
    Name("DagsterInstance", "Instance execution/instance.h",
         "python/tests/test_instances.py::test_an_instance_has_the_name_that_dagsters_users_know",
         "11_asset_value_loader"),
    Name("DagsterInstance.ephemeral", "Instance::Ephemeral execution/instance.h",
         f"{LOADER}::test_the_specifications_loader", "11_asset_value_loader"),
    Name("AssetValueLoader.load_asset_value", "AssetValueLoader::Load execution/asset_value_loader.h",
         f"{LOADER}::test_the_specifications_loader", "11_asset_value_loader"),
    Name("AssetValueLoader.load_asset_value(partition_key=)",
         "LoadOptions::partition execution/instance.h",
         "python/tests/test_partitioned_runs.py::test_a_loader_knows_partitions_too",
         "11_asset_value_loader"),
    Name("AssetValueLoader.load_asset_values",
         "AssetValueLoader::LoadValues execution/asset_value_loader.h",
         f"{LOADER}::test_several_values_are_loaded_at_once", "11_asset_value_loader"),
    Name("LocalIOManager", "FileSystemIOManager io/file_system_io_manager.h",
         f"{IO_MANAGERS}::test_any_tool_can_read_our_tables", "12_multi_backend_io_manager"),
]

#: What its blocks define themselves, and what here does the same.
DEFINED = [
    Name("APIInputManager", "HttpInput io/http_input.h",
         "python/tests/test_input_managers.py::test_http_gives_a_table",
         "07_api_input_manager", python="HttpInputManager"),
    Name("DatabaseInputManager", "SqlInput io/sql_input.h",
         "python/tests/test_input_managers.py::test_sql_gives_a_table",
         "08_database_input_manager", python="SqlInputManager"),
    Name("TypedIOManager", "CodecRegistry::Assign codec/registry.h",
         "python/tests/test_typed_io_manager.py::test_built_in_formats_are_chosen_by_type",
         "06_typed_io_manager"),
    Name("MultiBackendIOManager", "RoutingIOManager io/routing_io_manager.h",
         "python/tests/test_multi_backend.py::test_rules_choose_the_backend_in_their_order",
         "12_multi_backend_io_manager"),
]

HEAD = """\
# The specification, name by name

Written and checked by tools/specification.py: every name below is imported, or found in its public
header, and its test exists. "Example" is a program in each language, [{examples}](../{examples}).
"""


def fault_of_python(path: str) -> str | None:
    """Return what is wrong with "name.attribute(parameter=)" of the package."""
    import entrepot

    attributes, _, parameter = path.partition("(")
    found: object = entrepot
    for attribute in attributes.split("."):
        fields = getattr(found, "__dataclass_fields__", {})
        if attribute not in fields and not hasattr(found, attribute):
            return f"entrepot has no '{attributes}'"
        found = fields[attribute] if attribute in fields else getattr(found, attribute)
    if parameter and parameter.removesuffix("=)") not in inspect.signature(found).parameters:  # type: ignore[arg-type]
        return f"'{attributes}' takes no '{parameter.removesuffix('=)')}'"
    return None


def fault_of_cpp(cpp: str) -> str | None:
    """Return what is wrong with "Class::member header"."""
    name, header = cpp.split(" ")
    path = SOURCES / "entrepot" / header
    if not path.is_file() or path.stem.endswith("_internal"):
        return f"there is no public header '{header}'"
    text = re.sub(r"//.*", "", path.read_text())
    owner, _, member = name.partition("::")
    defined = re.search(rf"\b(class|struct) {owner}\b[^;(]*{{|\b{owner}\(", text)
    if not defined:
        return f"{header} does not define '{owner}'"
    if member and not re.search(rf"\b{member}\b", text[defined.end():]):
        return f"{header} has no '{name}'"
    return None


def fault_of_test(test: str) -> str | None:
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text() if (ROOT / path).is_file() else ""
    suite, _, case = name.rpartition(".")
    pattern = rf"\b{suite},\s*{case}\)" if suite else rf"def {case}\("
    return None if re.search(pattern, text) else f"there is no test '{test}'"


def faults_of(name: Name) -> list[str]:
    found = [fault_of_python(name.python or name.spec), fault_of_test(name.test)]
    if name.cpp:
        found.append(fault_of_cpp(name.cpp))
    for extension in (".py", ".cc"):
        if not (ROOT / EXAMPLES / (name.example + extension)).is_file():
            found.append(f"there is no example '{name.example}{extension}'")
    return [f"{name.spec}: {fault}" for fault in found if fault]


def row_of(name: Name, with_module: bool) -> list[str]:
    python = name.python or name.spec
    cpp, _, header = name.cpp.partition(" ")
    path, _, test = name.test.partition("::")
    return [
        f"`{name.spec}`",
        *([f"`{name.module}`"] if with_module else []),
        f"`{python}`",
        f"[`{cpp}`](../src/entrepot/{header})" if cpp else "—",
        f"[`{test}`](../{path})",
        f"[py](../{EXAMPLES}/{name.example}.py) [cc](../{EXAMPLES}/{name.example}.cc)",
    ]


def table(names: list[Name], with_module: bool = False) -> str:
    head = ["specification", *(["its module"] if with_module else []), "Python", "C++", "test",
            "example"]
    rows = [head, ["---"] * len(head), *(row_of(name, with_module) for name in names)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows).replace("| --- ", "|---") + "\n"


def page() -> str:
    return "\n".join([
        HEAD.format(examples=EXAMPLES),
        "## What it declares\n",
        "All of them are in the package itself: `from entrepot import …`.\n",
        table(DECLARED, with_module=True),
        "## What else its blocks use\n",
        "The other names of contexts are in [contexts.md](contexts.md).\n",
        table(USED),
        "## What its blocks define\n",
        "The blocks run as they are; these do the same without being written anew.\n",
        table(DEFINED),
    ])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    names = [*DECLARED, *USED, *DEFINED]
    faults = [fault for name in names for fault in faults_of(name)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if check and PAGE.read_text() != page():
        faults.append("stale")
        print(f"{PAGE.relative_to(ROOT)} is not current; run tools/specification.py",
              file=sys.stderr)
    elif not check and not faults:
        PAGE.write_text(page())
    print(f"names of the specification: {len(names)}, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
