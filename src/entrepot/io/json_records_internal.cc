#include "entrepot/io/json_records_internal.h"

#include <optional>
#include <unordered_map>
#include <vector>

#include <arrow/api.h>
#include <nlohmann/json.hpp>

#include "entrepot/arrow_result.h"
#include "entrepot/nearest_name.h"

namespace entrepot {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 64;

/// What the values of one member have in common.
struct Shape {
  enum class Kind { kNull, kBool, kInt, kFloat, kText, kList, kObject };

  Kind kind = Kind::kNull;
  std::vector<std::string> names{};  ///< Of an object's members.
  std::vector<Shape> members{};
  std::unordered_map<std::string, size_t> indices{};
  std::vector<Shape> element{};  ///< Of a list: one.
};

using Kind = Shape::Kind;

Kind KindOf(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return Kind::kBool;
    case Json::value_t::number_integer:
      return Kind::kInt;
    case Json::value_t::number_unsigned: {
      const bool fits = json.get<std::uint64_t>() <= std::uint64_t{INT64_MAX};
      return fits ? Kind::kInt : Kind::kFloat;
    }
    case Json::value_t::number_float:
      return Kind::kFloat;
    case Json::value_t::string:
      return Kind::kText;
    case Json::value_t::array:
      return Kind::kList;
    case Json::value_t::object:
      return Kind::kObject;
    default:
      return Kind::kNull;
  }
}

std::string_view NameOf(Kind kind) {
  constexpr std::string_view kNames[] = {"null",   "a bool", "a number", "a number",
                                         "a text", "a list", "an object"};
  return kNames[static_cast<size_t>(kind)];
}

/// Returns the kind that takes values of both; nullopt if none does.
std::optional<Kind> Common(Kind a, Kind b) {
  if (a == b || b == Kind::kNull) return a;
  if (a == Kind::kNull) return b;
  const auto is_number = [](Kind kind) {
    return kind == Kind::kInt || kind == Kind::kFloat;
  };
  if (is_number(a) && is_number(b)) return Kind::kFloat;
  return std::nullopt;
}

/// Widens shapes by the values of records.
class ShapeFinder {
 public:
  explicit ShapeFinder(size_t record) : record_(record) {}

  Status Add(const Json& value, Shape& shape) {
    const auto common = Common(shape.kind, KindOf(value));
    if (!common) {
      return Corrupt("record {}: '{}' is {}, but {} in a record before it", record_,
                     path_, NameOf(KindOf(value)), NameOf(shape.kind));
    }
    shape.kind = *common;
    if (value.is_array()) return AddElements(value, shape);
    if (value.is_object()) return AddMembers(value, shape);
    return {};
  }

 private:
  Status AddElements(const Json& list, Shape& shape) {
    if (shape.element.empty()) shape.element.resize(1);
    for (const Json& element : list)
      ENTREPOT_RETURN_IF_ERROR(AddBelow("[]", element, shape.element.front()));
    return {};
  }

  Status AddMembers(const Json& object, Shape& shape) {
    for (const auto& [name, value] : object.items()) {
      const auto [at, is_new] = shape.indices.try_emplace(name, shape.members.size());
      if (is_new) {
        shape.names.push_back(name);
        shape.members.emplace_back();
      }
      const std::string step = path_.empty() ? name : "." + name;
      ENTREPOT_RETURN_IF_ERROR(AddBelow(step, value, shape.members[at->second]));
    }
    return {};
  }

  Status AddBelow(const std::string& step, const Json& value, Shape& shape) {
    if (depth_ == kMaxDepth)
      return Corrupt("record {} is nested deeper than {} levels", record_, kMaxDepth);
    const size_t length = path_.size();
    path_ += step;
    ++depth_;
    Status added = Add(value, shape);
    --depth_;
    path_.resize(length);
    return added;
  }

  size_t record_;
  std::string path_;
  int depth_ = 0;
};

std::shared_ptr<arrow::DataType> TypeOf(const Shape& shape) {
  switch (shape.kind) {
    case Kind::kNull:
      return arrow::null();
    case Kind::kBool:
      return arrow::boolean();
    case Kind::kInt:
      return arrow::int64();
    case Kind::kFloat:
      return arrow::float64();
    case Kind::kText:
      return arrow::utf8();
    case Kind::kList:
      return arrow::list(TypeOf(shape.element.front()));
    case Kind::kObject:
      break;
  }
  arrow::FieldVector fields;
  for (size_t i = 0; i < shape.members.size(); ++i)
    fields.push_back(arrow::field(shape.names[i], TypeOf(shape.members[i])));
  return arrow::struct_(std::move(fields));
}

arrow::Status AppendMembers(const Json& object, const arrow::DataType& type,
                            arrow::StructBuilder& builder);

/// Appends a value to the builder of a type that its shape gave. (Builders know their
/// type too, but those of lists and structs make it anew each time they are asked.)
arrow::Status Append(const Json& value, const arrow::DataType& type,
                     arrow::ArrayBuilder& builder) {
  if (value.is_null()) return builder.AppendNull();
  switch (type.id()) {
    case arrow::Type::BOOL:
      return static_cast<arrow::BooleanBuilder&>(builder).Append(value.get<bool>());
    case arrow::Type::INT64:
      return static_cast<arrow::Int64Builder&>(builder).Append(value.get<std::int64_t>());
    case arrow::Type::DOUBLE:
      return static_cast<arrow::DoubleBuilder&>(builder).Append(value.get<double>());
    case arrow::Type::STRING:
      return static_cast<arrow::StringBuilder&>(builder).Append(
          value.get_ref<const std::string&>());
    case arrow::Type::LIST: {
      auto& list = static_cast<arrow::ListBuilder&>(builder);
      ARROW_RETURN_NOT_OK(list.Append());
      for (const Json& element : value)
        ARROW_RETURN_NOT_OK(
            Append(element, *type.field(0)->type(), *list.value_builder()));
      return arrow::Status::OK();
    }
    default:
      return AppendMembers(value, type, static_cast<arrow::StructBuilder&>(builder));
  }
}

arrow::Status AppendMembers(const Json& object, const arrow::DataType& type,
                            arrow::StructBuilder& builder) {
  ARROW_RETURN_NOT_OK(builder.Append());
  for (int i = 0; i < type.num_fields(); ++i) {
    const arrow::Field& field = *type.field(i);
    arrow::ArrayBuilder& member = *builder.field_builder(i);
    const auto found = object.find(field.name());
    ARROW_RETURN_NOT_OK(found == object.end() ? member.AppendNull()
                                              : Append(*found, *field.type(), member));
  }
  return arrow::Status::OK();
}

Result<Json> Parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    const std::string_view why = e.what();
    return Corrupt("it is not JSON: {}", why.substr(why.find("] ") + 2));
  }
}

/// Returns what is at `path` of a document.
Result<const Json*> Find(const Json& document, std::string_view path) {
  const Json* found = &document;
  while (!path.empty()) {
    const std::string name(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (!found->is_object()) {
      return Invalid("there are no records at '{}': what holds it is {}, not an object",
                     name, NameOf(KindOf(*found)));
    }
    const auto member = found->find(name);
    if (member == found->end()) {
      std::vector<std::string> names;
      for (const auto& [known, value] : found->items()) names.push_back(known);
      return Invalid("there are no records at '{}'{}", name, DidYouMean(name, names));
    }
    found = &*member;
  }
  return found;
}

Status CheckRecords(const Json& records, std::string_view path) {
  if (!records.is_array()) {
    return Corrupt("{} is {}, not a list of records{}",
                   path.empty() ? "it" : fmt::format("what is at '{}'", path),
                   NameOf(KindOf(records)),
                   records.is_object() ? "; say by records_path where they are" : "");
  }
  for (size_t i = 0; i < records.size(); ++i) {
    if (!records[i].is_object()) {
      return Corrupt("record {} is {}, not an object", i + 1, NameOf(KindOf(records[i])));
    }
  }
  return {};
}

}  // namespace

Result<TablePtr> TableFromJson(std::string_view json, std::string_view path) {
  ENTREPOT_ASSIGN_OR_RETURN(const Json document, Parse(json));
  ENTREPOT_ASSIGN_OR_RETURN(const Json* const records, Find(document, path));
  ENTREPOT_RETURN_IF_ERROR(CheckRecords(*records, path));
  Shape shape{.kind = Kind::kObject};
  for (size_t i = 0; i < records->size(); ++i)
    ENTREPOT_RETURN_IF_ERROR(ShapeFinder(i + 1).Add((*records)[i], shape));

  const auto type = TypeOf(shape);
  ENTREPOT_ASSIGN_OR_RETURN(const auto builder, arrow::MakeBuilder(type));
  for (const Json& record : *records)
    ENTREPOT_RETURN_IF_ERROR(Append(record, *type, *builder));
  ENTREPOT_ASSIGN_OR_RETURN(const auto array, builder->Finish());
  const auto& rows = static_cast<const arrow::StructArray&>(*array);
  return arrow::Table::Make(arrow::schema(type->fields()), rows.fields(), rows.length());
}

}  // namespace entrepot
