#pragma once

/// \file entrepot/config/describe.h
/// A schema for people and for editors. Defaults of secret fields are "***".

#include <string>
#include <vector>

#include "entrepot/config/schema.h"

namespace entrepot {

/// One field that a user may set. Plain data.
struct FieldRow {
  std::string path;  ///< As `--set` and TOML write it: "io.retries", "hosts[].name".
  std::string type;  ///< In words.
  std::string default_value{};  ///< As JSON; empty: required or absent.
  bool is_required = false;
  std::string description;
  bool has_fields = false;  ///< Which have rows of their own.
};

/// Lists the fields of a schema in their order, those of nested shapes below their own.
std::vector<FieldRow> ListFields(const ConfigField& field);

/// Returns the schema as JSON Schema (draft 2020-12), which editors check TOML and JSON
/// files by.
ConfigJson JsonSchemaOf(const ConfigField& field);

}  // namespace entrepot
