#include "bindings.h"
#include "conversions.h"

namespace entrepot::python {
namespace {

Result<AssetKey> FromParts(nb::handle path) {
  std::string one;
  return nb::try_cast(path, one) ? AssetKey::Make({std::move(one)}) : KeyOfParts(path);
}

}  // namespace

void BindAssetKey(nb::module_& m) {
  nb::class_<AssetKey>(
      m, "AssetKey",
      "Names an asset: one or more non-empty parts. AssetKey('a/b') is one "
      "part; AssetKey(['a', 'b']) and AssetKey.from_user_string('a/b') are two.")
      .def(
          "__init__",
          [](AssetKey* self, nb::handle path) {
            auto key = FromParts(path);
            if (!key) RaisePythonError(key.error());
            new (self) AssetKey(*std::move(key));
          },
          "path"_a,
          nb::sig(
              "def __init__(self, path: str | collections.abc.Sequence[str]) -> None"))
      .def_static("from_user_string", &AssetKey::Parse, "asset_key_string"_a,
                  "Parses 'sales/orders'; '\\/' is a slash inside a part.")
      .def_prop_ro("path", &AssetKey::path, "The parts, as a list.")
      .def_prop_ro("parts", &AssetKey::path, "The parts, as a list.")
      .def("to_user_string", &AssetKey::ToUserString, "What from_user_string takes.")
      .def("to_string", &AssetKey::ToString, "The parts as a JSON list.")
      .def("__repr__",
           [](const AssetKey& key) { return "AssetKey(" + key.ToString() + ")"; })
      .def("__reduce__",
           [](nb::object self) {
             return nb::make_tuple(self.type(), nb::make_tuple(self.attr("path")));
           })
      .def(nb::self == nb::self, nb::sig("def __eq__(self, arg: object, /) -> bool"))
      .def(nb::self < nb::self)
      .def("__hash__", [](const AssetKey& key) {
        return static_cast<Py_hash_t>(std::hash<AssetKey>{}(key) >> 1);
      });
}

}  // namespace entrepot::python
