#include "partitions.h"

#include <algorithm>

#include "entrepot/asset/partition_mapping.h"
#include "entrepot/clock.h"

namespace entrepot::python {
namespace {

UnixMicros OrNow(std::optional<UnixMicros> time) {
  return time ? *time : Clock::System().Now();
}

Result<PartitionsPtr> TimeWindows(TimeWindowOptions options,
                                  const std::optional<std::string>& cron_schedule) {
  if (cron_schedule) ENTREPOT_RETURN_IF_ERROR(SetCronSchedule(options, *cron_schedule));
  return PartitionsDefinition::TimeWindows(std::move(options));
}

const TimeWindowOptions* OptionsOf(const PartitionsDefinition& definition) {
  const TimeWindowPartitions* windows = definition.time_windows();
  return windows == nullptr ? nullptr : &windows->options();
}

void BindOptions(nb::module_& m) {
  nb::enum_<Cadence>(m, "ScheduleType", "How often a window of time starts.")
      .value("HOURLY", Cadence::kHourly)
      .value("DAILY", Cadence::kDaily)
      .value("WEEKLY", Cadence::kWeekly)
      .value("MONTHLY", Cadence::kMonthly);
  using Options = TimeWindowOptions;
  nb::class_<Options>(m, "TimeWindowOptions", "What defines windows of time.")
      .def(
          "__init__",
          [](Options* self, Cadence cadence, std::string start, std::string end,
             std::string timezone, std::string format, int minute_offset, int hour_offset,
             std::optional<int> day_offset, int end_offset) {
            new (self) Options{
                cadence,           std::move(start), std::move(end), std::move(timezone),
                std::move(format), minute_offset,    hour_offset,    day_offset,
                end_offset};
          },
          "cadence"_a, "start"_a, "end"_a, "timezone"_a, "format"_a, "minute_offset"_a,
          "hour_offset"_a, "day_offset"_a.none(), "end_offset"_a)
      .def_ro("cadence", &Options::cadence)
      .def_ro("start", &Options::start)
      .def_ro("end", &Options::end)
      .def_ro("timezone", &Options::timezone)
      .def_ro("format", &Options::format)
      .def_ro("minute_offset", &Options::minute_offset)
      .def_ro("hour_offset", &Options::hour_offset)
      .def_ro("day_offset", &Options::day_offset)
      .def_ro("end_offset", &Options::end_offset);
}

void BindDefinition(nb::module_& m) {
  using Definition = PartitionsDefinition;
  const auto unlocked = nb::call_guard<nb::gil_scoped_release>();
  nb::class_<Definition>(m, "PartitionsDefinition",
                         "The core of a partitions definition; times are microseconds "
                         "since the Unix epoch, None is now.")
      .def_static("static", &Definition::Static, "keys"_a, unlocked)
      .def_static("time_windows", &TimeWindows, "options"_a,
                  "cron_schedule"_a = nb::none(), unlocked)
      .def_static("from_json", &Definition::FromJson, "json"_a, unlocked)
      .def("to_json", &Definition::ToJson, unlocked)
      .def("describe", &Definition::Describe)
      .def_prop_ro("time_window_options", &OptionsOf, nb::rv_policy::copy)
      .def(
          "count",
          [](const Definition& self, std::optional<UnixMicros> now) {
            return self.Count(OrNow(now));
          },
          "now"_a.none())
      .def(
          "has",
          [](const Definition& self, std::string_view key,
             std::optional<UnixMicros> now) { return self.Has(key, OrNow(now)); },
          "key"_a, "now"_a.none())
      .def(
          "keys",
          [](const Definition& self, std::optional<UnixMicros> now) {
            return self.Keys(OrNow(now));
          },
          "now"_a.none(), unlocked)
      .def(
          "first_key",
          [](const Definition& self, std::optional<UnixMicros> now) {
            return self.FirstKey(OrNow(now));
          },
          "now"_a.none())
      .def(
          "last_key",
          [](const Definition& self, std::optional<UnixMicros> now) {
            return self.LastKey(OrNow(now));
          },
          "now"_a.none())
      .def(
          "keys_between",
          [](const Definition& self, const std::string& first, const std::string& last,
             std::optional<UnixMicros> now) {
            return self.KeysBetween(first, last, OrNow(now));
          },
          "first"_a, "last"_a, "now"_a.none(), unlocked)
      .def(
          "window_of",
          [](const Definition& self, std::string_view key) -> nb::object {
            const Result<TimeWindow> window = self.WindowOf(key);
            if (!window) RaisePythonError(window.error());
            return TimeWindowToPython(*window);
          },
          "key"_a,
          nb::sig("def window_of(self, key: str) -> entrepot._partitions.TimeWindow"))
      .def("key_at", &Definition::KeyAt, "instant"_a)
      .def(nb::self == nb::self, nb::sig("def __eq__(self, arg: object, /) -> bool"));
}

// What the constructor of each mapping takes, for repr, hash and pickle.
nb::tuple ArgumentsOf(const IdentityPartitionMapping&) { return nb::make_tuple(); }
nb::tuple ArgumentsOf(const AllPartitionMapping&) { return nb::make_tuple(); }
nb::tuple ArgumentsOf(const LastPartitionMapping&) { return nb::make_tuple(); }
nb::tuple ArgumentsOf(const SpecificPartitionMapping& mapping) {
  return nb::make_tuple(mapping.keys);
}
nb::tuple ArgumentsOf(const StaticPartitionMapping& mapping) {
  nb::dict by_upstream;
  for (const auto& [upstream, downstream] : mapping.pairs) {
    const nb::str key(upstream.data(), upstream.size());
    if (!by_upstream.contains(key)) by_upstream[key] = nb::list();
    nb::cast<nb::list>(by_upstream[key]).append(downstream);
  }
  return nb::make_tuple(by_upstream);
}
nb::tuple ArgumentsOf(const TimeWindowPartitionMapping& mapping) {
  return nb::make_tuple(mapping.start_offset, mapping.end_offset,
                        mapping.allow_nonexistent_upstream_partitions);
}

template <typename Mapping>
std::string ReprOf(nb::handle self) {
  const nb::tuple arguments = ArgumentsOf(nb::cast<const Mapping&>(self));
  std::string text = nb::cast<std::string>(self.type().attr("__name__")) + "(";
  for (size_t i = 0; i < arguments.size(); ++i) {
    text += (i > 0 ? ", " : "") + nb::cast<std::string>(nb::repr(arguments[i]));
  }
  return text + ")";
}

template <typename Mapping>
nb::class_<Mapping> BindMapping(nb::module_& m, const char* name, const char* doc) {
  return nb::class_<Mapping>(m, name, doc)
      .def(nb::self == nb::self, nb::sig("def __eq__(self, arg: object, /) -> bool"))
      .def("__hash__",
           [](nb::handle self) {
             return nb::hash(nb::str(ReprOf<Mapping>(self).c_str()));
           })
      .def("__repr__", &ReprOf<Mapping>)
      .def("__reduce__", [](nb::handle self) {
        return nb::make_tuple(self.type(), ArgumentsOf(nb::cast<const Mapping&>(self)));
      });
}

// Sorted, since neither a dict nor a set of keys means an order.
std::vector<std::pair<std::string, std::string>> PairsOf(nb::handle by_upstream) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const nb::handle item : by_upstream.attr("items")()) {
    const auto upstream = nb::cast<std::string>(item[0]);
    if (nb::isinstance<nb::str>(item[1])) {
      pairs.emplace_back(upstream, nb::cast<std::string>(item[1]));
      continue;
    }
    for (const nb::handle downstream : nb::iter(item[1])) {
      pairs.emplace_back(upstream, nb::cast<std::string>(downstream));
    }
  }
  std::ranges::sort(pairs);
  return pairs;
}

void BindMappings(nb::module_& m) {
  BindMapping<IdentityPartitionMapping>(m, "IdentityPartitionMapping",
                                        "Reads the partition of the same key.")
      .def(nb::init<>());
  BindMapping<AllPartitionMapping>(m, "AllPartitionMapping", "Reads every partition.")
      .def(nb::init<>());
  BindMapping<LastPartitionMapping>(m, "LastPartitionMapping",
                                    "Reads the last partition there is.")
      .def(nb::init<>());
  BindMapping<SpecificPartitionMapping>(m, "SpecificPartitionsPartitionMapping",
                                        "Reads always the same partitions.")
      .def(nb::init<std::vector<std::string>>(), "partition_keys"_a)
      .def_ro("partition_keys", &SpecificPartitionMapping::keys);
  BindMapping<StaticPartitionMapping>(
      m, "StaticPartitionMapping",
      "Says for each upstream partition which partitions read it.")
      .def(
          "__init__",
          [](StaticPartitionMapping* self, nb::handle by_upstream) {
            new (self) StaticPartitionMapping{PairsOf(by_upstream)};
          },
          "downstream_partition_keys_by_upstream_partition_key"_a,
          nb::sig(
              "def __init__(self, downstream_partition_keys_by_upstream_partition_key: "
              "collections.abc.Mapping[str, str | collections.abc.Collection[str]]) -> "
              "None"))
      .def_prop_ro(
          "downstream_partition_keys_by_upstream_partition_key",
          [](const StaticPartitionMapping& mapping) {
            return nb::cast<nb::dict>(ArgumentsOf(mapping)[0]);
          },
          nb::sig("def downstream_partition_keys_by_upstream_partition_key(self) -> "
                  "dict[str, list[str]]"));
  using TimeWindowMapping = TimeWindowPartitionMapping;
  BindMapping<TimeWindowMapping>(
      m, "TimeWindowPartitionMapping",
      "Reads the windows that overlap the reader's own, whose start and end are first "
      "moved by so many of its windows. Nothing comes before the first partition: what "
      "an offset moves there is left out. Any other window without a partition is an "
      "error, unless allow_nonexistent_upstream_partitions.")
      .def(nb::init<int, int, bool>(), "start_offset"_a = 0, "end_offset"_a = 0,
           "allow_nonexistent_upstream_partitions"_a = false)
      .def_ro("start_offset", &TimeWindowMapping::start_offset)
      .def_ro("end_offset", &TimeWindowMapping::end_offset)
      .def_ro("allow_nonexistent_upstream_partitions",
              &TimeWindowMapping::allow_nonexistent_upstream_partitions);
}

}  // namespace

nb::object PartitionsToPython(const PartitionsPtr& definition) {
  return Attribute("entrepot._partitions", "of_core")(definition);
}

Result<PartitionsPtr> PartitionsFromPython(nb::handle object) {
  if (object.is_none()) return PartitionsPtr();
  if (!nb::isinstance(object,
                      Attribute("entrepot._partitions", "PartitionsDefinition"))) {
    return Invalid("this is no partitions definition: {}",
                   nb::cast<std::string>(nb::repr(object)));
  }
  return nb::cast<PartitionsPtr>(object.attr("core"));
}

nb::object TimeWindowToPython(const TimeWindow& window) {
  return Attribute("entrepot._partitions", "time_window")(window.start, window.end,
                                                          window.timezone);
}

void BindPartitions(nb::module_& m) {
  BindOptions(m);
  BindDefinition(m);
  BindMappings(m);
}

}  // namespace entrepot::python
