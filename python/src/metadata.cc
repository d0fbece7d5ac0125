#include "bindings.h"
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
      return nb::cast(value.float_value());
    case Kind::kBool:
      return nb::cast(value.bool_value());
    case Kind::kJson:
      return FromJson(value.text());
    default:
      return nb::cast(value.text());
  }
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
      .value("MARKDOWN", Kind::kMarkdown);
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
      .def_static(
          "path",
          [](nb::handle path) {
            return MetadataValue::Path(
                nb::cast<std::string>(Attribute("os", "fspath")(path)));
          },
          "path"_a, nb::sig("def path(path: str | os.PathLike[str]) -> MetadataValue"))
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
      .def(nb::self == nb::self, nb::sig("def __eq__(self, arg: object, /) -> bool"))
      .def("__repr__", [](const MetadataValue& value) {
        return "MetadataValue(" + nb::cast<std::string>(nb::repr(PlainValue(value))) +
               ")";
      });
}

}  // namespace entrepot::python
