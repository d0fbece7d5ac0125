#pragma once

/// \file entrepot/cli/preview_internal.h
/// The previews of values that have a shape; preview.cc chooses among them.

#include <iosfwd>

#include <nlohmann/json.hpp>

#include "entrepot/cli/preview.h"

namespace entrepot::internal {

/// Of a table or a stream.
Status PrintTable(std::ostream& out, const Value& value, const PreviewOptions& options);
Result<nlohmann::ordered_json> TableJson(const Value& value,
                                         const PreviewOptions& options);

/// Of a tensor.
void PrintTensor(std::ostream& out, const Tensor& tensor, const PreviewOptions& options);
nlohmann::ordered_json TensorJson(const Tensor& tensor, const PreviewOptions& options);

}  // namespace entrepot::internal
