#pragma once

/// \file entrepot/io/json_records_internal.h
/// From an array of JSON objects to a table.
///
/// Columns are the members of all records, in the order in which they first appear. Their
/// types follow from the values alone: true and false are bool; integers are int64, and
/// double where a record has a fraction or an integer beyond 64 bits; text stays text,
/// also where it looks like a date; objects are structs and arrays lists, by the same
/// rules. What a record lacks is null; a column that is null everywhere has type null.
/// Arrow's own reader of JSON is not used: it turns texts into timestamps wherever all of
/// them look like such, so that the type of a column would change from day to day.

#include <string>
#include <string_view>

#include "entrepot/result.h"
#include "entrepot/value/value.h"

namespace entrepot {

/// Reads the array at `path` of a JSON document: names of members joined by '.'; "" is
/// the document itself.
///
/// Errors: kCorrupt  not JSON, no array of objects there, values of one member that no
///                   type has in common (record and member are named)
///         kInvalid  nothing at `path`
Result<TablePtr> TableFromJson(std::string_view json, std::string_view path);

}  // namespace entrepot
