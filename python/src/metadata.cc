#include "bindings.h"
#include "conversions.h"
#include "json.h"

namespace entrepot::python {
namespace {

using Kind = MetadataValue::Kind;

nb::object PlainValue(const MetadataValue& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return nb::none();
    case Kind::kInt:
      return nb::cast(value.int_value());
    case Kind::kFloat:
    case Kind::kTimestamp:
      return nb::cast(value.float_value());
    case Kind::kBool:
      return nb::cast(value.bool_value());
    case Kind::kJson:
    case Kind::kTable:
    case Kind::kTableSchema:
    case Kind::kColumnLineage:
      return FromJson(value.text());
    case Kind::kAsset: {
      auto key = AssetKey::Parse(value.text());
      if (!key) RaisePythonError(key.error());
      return nb::cast(*std::move(key));
    }
    default:
      return nb::cast(value.text());
  }
}

template <Kind kKind>
MetadataValue OfText(std::string text) {
  return MetadataValue::OfText(kKind, std::move(text));
}

/// Takes text or anything with a path.
template <Kind kKind>
MetadataValue OfPath(nb::handle path) {
  return MetadataValue::OfText(kKind,
                               nb::cast<std::string>(Attribute("os", "fspath")(path)));
}

/// Takes what entrepot._tables.as_json turns into JSON of the kind's shape.
template <Kind kKind>
MetadataValue OfTable(nb::handle table) {
  return MetadataValue::OfText(
      kKind, nb::cast<std::string>(Attribute("entrepot._tables", "as_json")(table)));
}

}  // namespace

void BindMetadata(nb::module_& m) {
  nb::class_<MetadataValue> metadata_value(
      m, "MetadataValue",
      "A metadata entry: a plain value, or text that means something.");
  nb::enum_<Kind>(metadata_value, "Kind")
      .value("NULL", Kind::kNull)
      .value("TEXT", Kind::kText)
      .value("INT", Kind::kInt)
      .value("FLOAT", Kind::kFloat)
      .value("BOOL", Kind::kBool)
      .value("PATH", Kind::kPath)
      .value("URL", Kind::kUrl)
      .value("JSON", Kind::kJson)
      .value("MARKDOWN", Kind::kMarkdown)
      .value("TIMESTAMP", Kind::kTimestamp)
      .value("ASSET", Kind::kAsset)
      .value("RUN", Kind::kRun)
      .value("JOB", Kind::kJob)
      .value("NOTEBOOK", Kind::kNotebook)
      .value("PYTHON_ARTIFACT", Kind::kPythonArtifact)
      .value("TABLE", Kind::kTable)
      .value("TABLE_SCHEMA", Kind::kTableSchema)
      .value("COLUMN_LINEAGE", Kind::kColumnLineage);
  metadata_value
      .def_static(
          "text", [](std::string text) { return MetadataValue(std::move(text)); },
          "text"_a)
      .def_static(
          "int", [](std::int64_t value) { return MetadataValue(value); }, "value"_a)
      .def_static(
          "float", [](double value) { return MetadataValue(value); }, "value"_a)
      .def_static(
          "bool", [](bool value) { return MetadataValue(value); }, "value"_a)
      .def_static("null", [] { return MetadataValue(); })
      .def_static("path", &OfPath<Kind::kPath>, "path"_a,
                  nb::sig("def path(path: str | os.PathLike[str]) -> MetadataValue"))
      .def_static("notebook", &OfPath<Kind::kNotebook>, "notebook_path"_a,
                  nb::sig("def notebook(notebook_path: str | os.PathLike[str]) -> "
                          "MetadataValue"))
      .def_static(
          "timestamp",
          [](nb::handle moment) {
            return MetadataValue::Timestamp(
                nb::cast<double>(Attribute("entrepot._metadata", "seconds_of")(moment)));
          },
          "value"_a,
          nb::sig("def timestamp(value: builtins.float | datetime.datetime) -> "
                  "MetadataValue"),
          "Takes seconds since the epoch, or a datetime with a time zone.")
      .def_static(
          "asset", [](nb::handle key) { return MetadataValue::Asset(KeyFrom(key)); },
          "asset_key"_a,
          nb::sig("def asset(asset_key: AssetKey | str | collections.abc.Sequence[str]) "
                  "-> MetadataValue"))
      .def_static("dagster_run", &OfText<Kind::kRun>, "run_id"_a)
      .def_static("job", &OfText<Kind::kJob>, "job_name"_a)
      .def_static(
          "python_artifact",
          [](nb::handle artifact) {
            return MetadataValue::OfText(
                Kind::kPythonArtifact,
                nb::cast<std::string>(
                    Attribute("entrepot._metadata", "name_of_artifact")(artifact)));
          },
          "python_artifact"_a,
          nb::sig("def python_artifact(python_artifact: object) -> MetadataValue"),
          "Takes a class or function, and keeps its module and name.")
      .def_static(
          "table",
          [](nb::handle records, nb::handle schema) {
            return OfTable<Kind::kTable>(
                Attribute("entrepot._tables", "Table")(records, schema));
          },
          "records"_a, "schema"_a = nb::none(),
          nb::sig("def table(records: collections.abc.Sequence[object], schema: "
                  "entrepot._tables.TableSchema | None = None) -> MetadataValue"),
          "Takes records (TableRecord, or dicts) and, where they do not tell, a schema.")
      .def_static("table_schema", &OfTable<Kind::kTableSchema>, "schema"_a,
                  nb::sig("def table_schema(schema: entrepot._tables.TableSchema) -> "
                          "MetadataValue"))
      .def_static("column_lineage", &OfTable<Kind::kColumnLineage>, "lineage"_a,
                  nb::sig("def column_lineage(lineage: "
                          "entrepot._tables.TableColumnLineage) -> MetadataValue"))
      .def_static("url", &MetadataValue::Url, "url"_a)
      .def_static("md", &MetadataValue::Markdown, "data"_a)
      .def_static(
          "json",
          [](nb::handle data) {
            return MetadataValue::Json(
                nb::cast<std::string>(Attribute("json", "dumps")(data)));
          },
          "data"_a, nb::sig("def json(data: object) -> MetadataValue"),
          "Takes anything that json.dumps takes.")
      .def_prop_ro("kind", &MetadataValue::kind)
      .def_prop_ro("value", &PlainValue, nb::sig("def value(self) -> object"),
                   "The plain Python value.")
      .def("__str__", &MetadataValue::ToString)
      .def(nb::self == nb::self, nb::sig("def __eq__(self, arg: object, /) -> bool"))
      .def("__repr__", [](const MetadataValue& value) {
        return "MetadataValue(" + nb::cast<std::string>(nb::repr(PlainValue(value))) +
               ")";
      });
}

}  // namespace entrepot::python
