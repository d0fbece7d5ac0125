#include "instance.h"

#include <limits>

#include "bindings.h"
#include "conversions.h"
#include "entrepot/execution/asset_value_loader.h"
#include "pickle_codec.h"
#include "value.h"

namespace entrepot::python {

std::shared_ptr<Instance> EndingUnlocked(std::shared_ptr<Instance> instance) {
  Instance* const address = instance.get();
  return std::shared_ptr<Instance>(address,
                                   [owned = std::move(instance)](Instance*) mutable {
                                     if (!IsFinalizing() && PyGILState_Check() != 0) {
                                       const nb::gil_scoped_release unlocked;
                                       owned.reset();
                                     }
                                     owned.reset();
                                   });
}

namespace {

Result<InstanceOptions> OptionsFrom(const std::string& durability) {
  InstanceOptions options{.codecs = PythonCodecs()};
  if (durability == "fast") {
    options.durability = Durability::kFast;
  } else if (durability != "full") {
    return Invalid("durability must be 'full' or 'fast', not '{}'", durability);
  }
  return options;
}

Result<std::shared_ptr<Instance>> OpenInstance(nb::handle path,
                                               const std::string& durability) {
  const auto home = nb::cast<std::string>(Attribute("os", "fspath")(path));
  const nb::gil_scoped_release unlocked;
  ENTREPOT_ASSIGN_OR_RETURN(InstanceOptions options, OptionsFrom(durability));
  ENTREPOT_ASSIGN_OR_RETURN(auto instance, Instance::Open(home, std::move(options)));
  return EndingUnlocked(std::move(instance));
}

Result<std::shared_ptr<Instance>> GetInstance(const std::string& durability) {
  const nb::gil_scoped_release unlocked;
  ENTREPOT_ASSIGN_OR_RETURN(InstanceOptions options, OptionsFrom(durability));
  ENTREPOT_ASSIGN_OR_RETURN(auto instance, Instance::Get(std::move(options)));
  return EndingUnlocked(std::move(instance));
}

Result<std::shared_ptr<Instance>> EphemeralInstance() {
  ENTREPOT_ASSIGN_OR_RETURN(auto ephemeral,
                            Instance::Ephemeral({.codecs = PythonCodecs()}));
  auto instance = EndingUnlocked(std::move(ephemeral));
  // Module globals outlive the interpreter's clean-up; their folders must not.
  Attribute("entrepot._at_exit", "remove_with_process")(nb::cast(instance));
  return instance;
}

/// Turns what a load has to say into Python warnings.
class WarningLog final : public StepLog {
 public:
  void Write(LogLevel level, std::string message) override {
    if (level < LogLevel::kWarning) return;
    const nb::gil_scoped_acquire lock;
    if (PyErr_WarnEx(PyExc_UserWarning, message.c_str(), 1) != 0) {
      PyErr_Clear();  // Where warnings are errors, this one still must not end the load.
    }
  }
};

Result<std::vector<Receipt>> Store(Instance& instance, nb::handle key, nb::handle value,
                                   nb::handle metadata,
                                   std::optional<std::string> partition_key,
                                   nb::handle io_manager) {
  const AssetKey asset = KeyFrom(key);
  const Value wrapped = ValueOf(value);
  StoreOptions options{.metadata = MetadataFrom(metadata),
                       .partition = std::move(partition_key)};
  if (!io_manager.is_none()) options.io_manager = ManagerFrom(io_manager);
  const nb::gil_scoped_release unlocked;
  return instance.StoreValue(asset, wrapped, options);
}

/// Loads by an instance or a loader, for a consumer that wants `as_type`.
template <typename Loader>
nb::object LoadAs(Loader& loader, const AssetKey& key, nb::handle as_type,
                  LoadRequest request, std::optional<std::string> partition) {
  const nb::object consumer = Attribute("entrepot._steps", "Consumer")(as_type);
  request.as_stream = nb::cast<bool>(consumer.attr("wants_stream"));
  const LoadOptions options{.request = std::move(request),
                            .partition = std::move(partition),
                            .log = std::make_shared<WarningLog>(),
                            .host = MakePyRef(consumer)};
  auto value = [&] {
    const nb::gil_scoped_release unlocked;
    return loader.LoadValue(key, options);
  }();
  if (!value) RaisePythonError(value.error());
  nb::object loaded = InputObject(*value, consumer);
  consumer.attr("check_loaded")(loaded, key.ToUserString());
  return loaded;
}

/// Returns the values of several assets, as the types that were stored.
nb::list LoadMany(const AssetValueLoader& loader, const std::vector<AssetKey>& keys,
                  std::optional<std::string> partition) {
  const nb::object consumer = Attribute("entrepot._steps", "Consumer")(nb::none());
  const LoadOptions options{.partition = std::move(partition),
                            .log = std::make_shared<WarningLog>(),
                            .host = MakePyRef(consumer)};
  const auto values = [&] {
    const nb::gil_scoped_release unlocked;
    return loader.LoadValues(keys, options);
  }();
  if (!values) RaisePythonError(values.error());
  nb::list objects;
  for (const Value& value : *values) objects.append(InputObject(value, consumer));
  return objects;
}

/// Runs a query without Python's lock.
template <typename Query>
auto Ask(Query query) {
  const nb::gil_scoped_release unlocked;
  return query();
}

nb::object FetchMaterializations(Instance& instance, nb::handle key, int limit,
                                 nb::handle cursor, bool ascending) {
  constexpr const char* kHistory = "entrepot._history";
  // One more than asked for tells whether there are more.
  const int one_more = std::min(limit, std::numeric_limits<int>::max() - 1) + 1;
  const auto end_of_last =
      nb::cast<EventId>(Attribute(kHistory, "storage_id_of")(cursor));
  const MaterializationQuery query{.key = KeyFrom(key),
                                   .after = ascending ? end_of_last : 0,
                                   .before = ascending ? 0 : end_of_last,
                                   .oldest_first = ascending,
                                   .limit = limit > 0 ? one_more : limit};
  auto records = Ask([&] { return instance.log().Materializations(query); });
  if (!records) RaisePythonError(records.error());
  return Attribute(kHistory, "EventRecordsResult")(*std::move(records), limit, cursor);
}

}  // namespace

void BindInstance(nb::module_& m) {
  nb::class_<Instance>(m, "Instance", nb::is_weak_referenceable(),
                       "An event log and a home for values.")
      .def_static("ephemeral", &EphemeralInstance,
                  "A log in memory and a temporary folder; both die with the object.")
      .def_static(
          "open", &OpenInstance, "path"_a, nb::kw_only(), "durability"_a = "full",
          nb::sig("def open(path: str | os.PathLike[str], *, durability: str = 'full') "
                  "-> Instance"),
          "A log and values in folder `path`, made if it is not there. durability "
          "'fast' may lose the last moments to a loss of power.")
      .def_static(
          "get", &GetInstance, nb::kw_only(), "durability"_a = "full",
          "The user's persistent instance: $ENTREPOT_HOME, else the XDG data folder.")
      .def("_remove_if_ephemeral", &Instance::RemoveIfEphemeral)
      .def_prop_ro("is_ephemeral", &Instance::is_ephemeral)
      .def_prop_ro("home", &Instance::home)
      .def("storage_directory", &Instance::storage_folder,
           "Where values are stored by default.")
      .def("store", &Store, "key"_a, "value"_a.none(), nb::kw_only(),
           "metadata"_a = nb::none(), "partition_key"_a = nb::none(),
           "io_manager"_a = nb::none(),
           nb::sig("def store(self, key: AssetKey | str | collections.abc.Sequence[str], "
                   "value: object, *, metadata: collections.abc.Mapping[str, object] | "
                   "None = None, partition_key: str | None = None, io_manager: object | "
                   "None = "
                   "None) -> list[Receipt]"),
           "Stores a value under a key such as 'runs/42/mesh' and logs it.")
      .def(
          "load",
          [](Instance& i, nb::handle key, nb::handle as_type,
             std::optional<std::string> partition_key, bool verify, bool trust) {
            return LoadAs(i, KeyFrom(key), as_type, {.verify = verify, .trust = trust},
                          std::move(partition_key));
          },
          "key"_a, "as_type"_a = nb::none(), nb::kw_only(),
          "partition_key"_a = nb::none(), "verify"_a = false, "trust"_a = false,
          nb::sig("def load(self, key: AssetKey | str | collections.abc.Sequence[str], "
                  "as_type: object | None = None, *, partition_key: str | None = None, "
                  "verify: bool = False, "
                  "trust: bool = False) -> typing.Any"),
          "Loads what was last stored under a key, as `as_type` or as the type that was "
          "stored. verify checks the digest of mapped files too; trust loads a pickle "
          "of unknown origin.")
      .def(
          "get_runs",
          [](Instance& i, int limit) {
            return Ask([&] { return i.log().Runs({.limit = limit}); });
          },
          "limit"_a = 100, "Newest first.")
      .def(
          "get_run_by_id",
          [](Instance& i, const std::string& run_id) -> Result<std::optional<RunRecord>> {
            ENTREPOT_ASSIGN_OR_RETURN(
                auto runs,
                Ask([&] { return i.log().Runs({.run_id = run_id, .limit = 1}); }));
            return runs.empty() ? std::nullopt : std::optional(runs.front());
          },
          "run_id"_a)
      .def(
          "get_run_step_stats",
          [](Instance& i, const std::string& run_id) {
            return Ask([&] { return i.log().Steps(run_id); });
          },
          "run_id"_a, "The steps of a run.")
      .def(
          "all_logs",
          [](Instance& i, const std::string& run_id, int limit) {
            return Ask(
                [&] { return i.log().Events({.run_id = run_id, .limit = limit}); });
          },
          "run_id"_a, nb::kw_only(), "limit"_a = 10'000,
          "The events of a run, oldest first.")
      .def("fetch_materializations", &FetchMaterializations, "key"_a, "limit"_a = 100,
           "cursor"_a = nb::none(), "ascending"_a = false,
           nb::sig("def fetch_materializations(self, key: AssetKey | str | "
                   "collections.abc.Sequence[str], limit: int = 100, "
                   "cursor: str | None = None, ascending: bool = False) -> "
                   "entrepot._history.EventRecordsResult"),
           "A page of an asset's history, newest first unless `ascending`; `cursor` "
           "is that of the page before.")
      .def(
          "get_latest_materialization_event",
          [](Instance& i, nb::handle key, const std::optional<std::string>& partition) {
            const AssetKey asset = KeyFrom(key);
            return Ask([&] { return i.log().Latest(asset, partition); });
          },
          "key"_a, "partition_key"_a = nb::none(),
          nb::sig("def get_latest_materialization_event(self, key: AssetKey | str | "
                  "collections.abc.Sequence[str], partition_key: str | None = None) -> "
                  "MaterializationRecord | None"))
      .def(
          "get_materialized_partitions",
          [](Instance& i, nb::handle key) -> Result<nb::set> {
            const AssetKey asset = KeyFrom(key);
            ENTREPOT_ASSIGN_OR_RETURN(const auto assets,
                                      Ask([&] { return i.log().Assets(); }));
            nb::set partitions;
            for (const AssetRecord& record : assets) {
              if (record.key == asset && record.partition)
                partitions.add(nb::cast(*record.partition));
            }
            return partitions;
          },
          "key"_a,
          nb::sig("def get_materialized_partitions(self, key: AssetKey | str | "
                  "collections.abc.Sequence[str]) -> set[str]"),
          "The partitions of an asset that were ever materialized.")
      .def(
          "fetch_upstream",
          [](Instance& i, EventId id) {
            return Ask([&] { return i.log().Lineage(id, LineageDirection::kUpstream); });
          },
          "storage_id"_a, "The materializations that one read.")
      .def(
          "fetch_downstream",
          [](Instance& i, EventId id) {
            return Ask(
                [&] { return i.log().Lineage(id, LineageDirection::kDownstream); });
          },
          "storage_id"_a, "The materializations that read one.")
      .def("all_asset_keys",
           [](Instance& i) -> Result<std::vector<AssetKey>> {
             ENTREPOT_ASSIGN_OR_RETURN(const auto assets,
                                       Ask([&] { return i.log().Assets(); }));
             std::vector<AssetKey> keys;
             for (const AssetRecord& asset : assets) {  // By key, then partition.
               if (keys.empty() || keys.back() != asset.key) keys.push_back(asset.key);
             }
             return keys;
           })
      .def("__repr__", [](const Instance& i) { return "<" + i.Describe() + ">"; });

  nb::class_<AssetValueLoader>(m, "CoreAssetValueLoader",
                               "Loads values as the definitions say.")
      .def(
          "__init__",
          [](AssetValueLoader* self, std::shared_ptr<Instance> instance,
             Definitions definitions, EnvironmentLookup environment) {
            new (self) AssetValueLoader(std::move(instance), std::move(definitions),
                                        {.environment = std::move(environment)});
          },
          "instance"_a, "definitions"_a, "environment"_a)
      .def(
          "load",
          [](AssetValueLoader& loader, const AssetKey& key, nb::handle as_type,
             std::optional<std::string> partition_key) {
            return LoadAs(loader, key, as_type, {}, std::move(partition_key));
          },
          "key"_a, "as_type"_a.none(), "partition_key"_a.none(),
          nb::sig("def load(self, key: AssetKey, as_type: object, partition_key: str | "
                  "None) -> typing.Any"))
      .def("load_many", &LoadMany, "keys"_a, "partition_key"_a.none(),
           nb::sig("def load_many(self, keys: collections.abc.Sequence[AssetKey], "
                   "partition_key: str | None) -> list[typing.Any]"))
      .def("make_resources", &AssetValueLoader::MakeResources,
           nb::call_guard<nb::gil_scoped_release>(),
           "Makes all resources that the definitions bind.")
      .def("close", &AssetValueLoader::Close, nb::call_guard<nb::gil_scoped_release>(),
           "Tears down the resources that were made.");
}

}  // namespace entrepot::python
