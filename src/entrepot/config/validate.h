#pragma once

/// \file entrepot/config/validate.h
/// A configuration against its schema, in two steps: checked where it is written,
/// resolved where it is used.
///
/// All faults are found at once; each is a line that names the field's path, what is
/// expected, what was given and where it came from:
///
///   config of resource 'io' has 2 faults:
///     root:bukcet is not a field (from settings.toml:4); did you mean 'bucket'?
///     root:retries must be an integer, not "many" (from environment variable X)
///
/// Paths: root:field, root:list[1], root:map:'key'. The value of a secret field, and of a
/// variable that was looked up, is '***'. Values of unknown fields are not shown.

#include <string_view>

#include "entrepot/config/config_tree.h"
#include "entrepot/config/schema.h"

namespace entrepot {

/// Returns `given` with defaults filled in, fields in the order of the schema, integers
/// of float fields as floats. References to the environment and names of enums stay as
/// they are, so what is returned can be kept, shown (Redacted) and validated again. Where
/// nothing is given the field's default holds, null without one. `owner` is what the
/// configuration is of, for the message.
///
/// Errors: kInvalid  all faults
Result<ConfigJson> ValidateConfig(std::string_view owner, const ConfigField& field,
                                  const ConfigTree& given);

/// Returns a validated configuration as the program uses it: references to the
/// environment replaced by what `environment` says, names of enums by what they stand
/// for.
///
/// Errors: kInvalid  variables that are not set, or whose text does not fit their field
Result<ConfigJson> ResolveConfig(std::string_view owner, const ConfigField& field,
                                 const ConfigJson& validated,
                                 const EnvironmentLookup& environment);

/// Returns a validated configuration for logs: plain JSON, secrets as "***", references
/// to the environment as {"env": NAME}. Do not give it a resolved one: it does not show
/// which values came from the environment.
ConfigJson Redacted(const ConfigField& field, const ConfigJson& validated);

}  // namespace entrepot
