#pragma once

/// \file entrepot/cli/arrow_cell_internal.h
/// One value of an Arrow column, for people and for JSON.

#include <string>

#include <arrow/type_fwd.h>
#include <nlohmann/json.hpp>

namespace entrepot::internal {

/// Returns a value as text on one line: "null", 12.5, 2013-01-01 05:00:00, [1, 2, …], {a:
/// 1}. A double is rounded to six digits where its exact text would be long.
std::string CellText(const arrow::Scalar& cell);

/// Returns a value as JSON: null, numbers (not-finite ones as "nan", "inf", "-inf"),
/// bool, lists and objects; bytes as hex digits; all else as text.
nlohmann::ordered_json CellJson(const arrow::Scalar& cell);

/// Returns a type's name, short: int64, timestamp[us, tz=UTC], dictionary<string>.
std::string TypeText(const arrow::DataType& type);

/// Whether values of the type are numbers, which people compare digit by digit.
bool IsNumber(const arrow::DataType& type);

/// Returns "nan", "inf" or "-inf"; a finite number shortly, as CellText says.
std::string NumberText(double number);

/// Returns a finite number, else its name.
nlohmann::ordered_json NumberJson(double number);

}  // namespace entrepot::internal
