"""Partitions: keys, windows and mappings, as users of Dagster know them."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from entrepot._partitions import (
    AllPartitionMapping,
    DailyPartitionsDefinition,
    HourlyPartitionsDefinition,
    IdentityPartitionMapping,
    LastPartitionMapping,
    MonthlyPartitionsDefinition,
    PartitionKeyRange,
    PartitionMapping,
    PartitionsDefinition,
    ScheduleType,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    StaticPartitionsDefinition,
    TimeWindow,
    TimeWindowPartitionMapping,
    TimeWindowPartitionsDefinition,
    WeeklyPartitionsDefinition,
    of_core,
)
from entrepot.errors import InvalidError, NotFoundError, UnsupportedError

NOW = datetime(2024, 3, 1, 12)


def test_static_keys_are_ordered_and_unique():
    regions = StaticPartitionsDefinition(["south", "north", "east"])
    assert regions.get_partition_keys() == ["south", "north", "east"]
    assert regions.get_first_partition_key() == "south"
    assert regions.get_last_partition_key() == "east"
    assert regions.get_num_partitions() == 3
    assert regions.has_partition_key("north") and not regions.has_partition_key("North")
    assert regions.get_partition_keys_in_range(PartitionKeyRange("north", "east")) == [
        "north",
        "east",
    ]
    with pytest.raises(InvalidError, match="'a' is there twice"):
        StaticPartitionsDefinition(["a", "b", "a"])
    for bad in ("a...b", "a\nb", "a\0b", "\t"):
        with pytest.raises(InvalidError):
            StaticPartitionsDefinition([bad])
    with pytest.raises(InvalidError, match="not the text"):
        StaticPartitionsDefinition("abc")


@pytest.mark.parametrize(
    ("definition", "keys"),
    [
        (HourlyPartitionsDefinition("2024-03-01-09:30"), ["2024-03-01-10:00", "2024-03-01-11:00"]),
        (
            HourlyPartitionsDefinition(datetime(2024, 3, 1, 9), minute_offset=15),
            ["2024-03-01-09:15", "2024-03-01-10:15"],
        ),
        (DailyPartitionsDefinition("2024-02-28"), ["2024-02-28", "2024-02-29"]),
        (DailyPartitionsDefinition(date(2024, 2, 28), hour_offset=13), ["2024-02-28"]),
        (DailyPartitionsDefinition("2024-02-28", end_date="2024-02-29"), ["2024-02-28"]),
        (
            DailyPartitionsDefinition("28/02/2024", fmt="%d/%m/%Y", end_offset=1),
            ["28/02/2024", "29/02/2024", "01/03/2024"],
        ),
        (DailyPartitionsDefinition("2024-02-28", end_offset=-1), ["2024-02-28"]),
        (WeeklyPartitionsDefinition("2024-02-12"), ["2024-02-18"]),
        (WeeklyPartitionsDefinition("2024-02-12", day_offset=1), ["2024-02-12", "2024-02-19"]),
        (MonthlyPartitionsDefinition("2023-12-02"), ["2024-01-01", "2024-02-01"]),
        (MonthlyPartitionsDefinition("2023-12-02", day_offset=5), ["2023-12-05", "2024-01-05"]),
        (MonthlyPartitionsDefinition("2024-01", fmt="%Y-%m"), ["2024-01", "2024-02"]),
    ],
    ids=repr,
)
def test_keys_are_those_of_dagster(definition: PartitionsDefinition, keys: list[str]):
    assert definition.get_partition_keys(NOW) == keys
    assert definition.get_first_partition_key(NOW) == keys[0]
    assert definition.get_last_partition_key(NOW) == keys[-1]
    assert definition.get_num_partitions(NOW) == len(keys)
    assert all(definition.has_partition_key(key, NOW) for key in keys)


def test_windows_are_datetimes_in_the_zone():
    berlin = ZoneInfo("Europe/Berlin")
    daily = DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")
    window = daily.time_window_for_partition_key("2024-03-31")
    assert window == TimeWindow(
        datetime(2024, 3, 31, tzinfo=berlin), datetime(2024, 4, 1, tzinfo=berlin)
    )
    assert window.start.tzinfo is berlin
    assert window.end.timestamp() - window.start.timestamp() == 23 * 3600
    assert daily.get_partition_key_for_timestamp(window.end.timestamp()) == "2024-04-01"
    with pytest.raises(NotFoundError, match="no partition of daily from '2024-01-01'"):
        daily.time_window_for_partition_key("2023-12-31")


def test_the_second_of_two_hours_shows_its_offset():
    hourly = HourlyPartitionsDefinition("2024-11-03-00:00", timezone="America/New_York")
    keys = hourly.get_partition_keys(datetime(2024, 11, 3, 3))
    assert keys == [
        "2024-11-03-00:00",
        "2024-11-03-01:00",
        "2024-11-03-01:00-0500",
        "2024-11-03-02:00",
    ]
    starts = [hourly.time_window_for_partition_key(key).start.timestamp() for key in keys]
    assert [b - a for a, b in zip(starts, starts[1:])] == [3600, 3600, 3600]


def test_windows_and_datetimes_agree_after_the_list_of_a_zones_changes_ends():
    daily = DailyPartitionsDefinition("2040-01-01", timezone="Europe/Berlin")
    for key in ("2040-01-05", "2040-03-25", "2040-07-01", "2099-10-25"):
        start = daily.time_window_for_partition_key(key).start
        assert start == datetime.fromisoformat(key).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_time_without_zone_is_in_the_zone_of_the_partitions():
    tokyo = DailyPartitionsDefinition("2024-01-01", timezone="Asia/Tokyo")
    assert tokyo.get_num_partitions(datetime(2024, 1, 2)) == 1
    assert tokyo.get_num_partitions(datetime(2024, 1, 1, 15, tzinfo=timezone.utc)) == 1
    assert tokyo.get_num_partitions(datetime(2024, 1, 1, 14, 59, tzinfo=timezone.utc)) == 0
    aware = datetime(2023, 12, 31, 15, tzinfo=timezone.utc)
    assert DailyPartitionsDefinition(aware, timezone="Asia/Tokyo") == tokyo


def test_without_a_time_it_is_now():
    today = datetime.now(timezone.utc).date()
    daily = DailyPartitionsDefinition(today - timedelta(days=10))
    assert daily.get_num_partitions() in (10, 11)  # The day may end in between.


def test_definitions_say_what_they_are():
    monthly = MonthlyPartitionsDefinition("2024-01-02", end_date="2024-05-20", day_offset=3)
    assert monthly.start == datetime(2024, 1, 3, tzinfo=timezone.utc)
    assert monthly.end == datetime(2024, 5, 3, tzinfo=timezone.utc)
    assert (monthly.timezone, monthly.fmt, monthly.end_offset) == ("UTC", "%Y-%m-%d", 0)
    assert (monthly.minute_offset, monthly.hour_offset, monthly.day_offset) == (0, 0, 3)
    assert monthly.schedule_type is ScheduleType.MONTHLY
    assert repr(monthly) == (
        "<MonthlyPartitionsDefinition: monthly from '2024-01-03' to '2024-04-03'>"
    )


def test_time_windows_take_a_schedule_type_or_a_cron_schedule():
    daily = DailyPartitionsDefinition("2024-01-01", hour_offset=7)
    by_cron = TimeWindowPartitionsDefinition(
        start="2024-01-01", fmt="%Y-%m-%d", cron_schedule="0 7 * * *"
    )
    by_type = TimeWindowPartitionsDefinition(
        start="2024-01-01", schedule_type=ScheduleType.DAILY, hour_offset=7
    )
    assert daily == by_cron == by_type
    assert len({daily, by_cron, by_type}) == 1
    with pytest.raises(UnsupportedError, match="none of 'M "):
        TimeWindowPartitionsDefinition("2024-01-01", cron_schedule="*/5 * * * *")
    with pytest.raises(InvalidError, match="one of"):
        TimeWindowPartitionsDefinition("2024-01-01")
    with pytest.raises(InvalidError, match="no offsets"):
        TimeWindowPartitionsDefinition(
            "2024-01-01", cron_schedule="0 7 * * *", hour_offset=7
        )


def test_definitions_that_make_no_sense_are_refused():
    with pytest.raises(InvalidError, match="no time as '%Y-%m-%d' writes it"):
        DailyPartitionsDefinition("01.02.2024")
    with pytest.raises(InvalidError, match="did you mean 'Europe/Berlin'"):
        DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlln")
    with pytest.raises(InvalidError, match="shows no hour"):
        HourlyPartitionsDefinition("2024-01-01", fmt="%Y-%m-%d")
    with pytest.raises(InvalidError, match="from 1 to 28"):
        MonthlyPartitionsDefinition("2024-01-01", day_offset=31)


def test_an_unknown_key_in_a_range_names_the_nearest():
    daily = DailyPartitionsDefinition("2024-02-01")
    with pytest.raises(NotFoundError, match="'2024-02-30' is no partition .* '2024-02-29'"):
        daily.get_partition_keys_in_range(PartitionKeyRange("2024-02-27", "2024-02-30"), NOW)


@pytest.mark.parametrize(
    "definition",
    [
        StaticPartitionsDefinition(["ä", "b|c", " "]),
        HourlyPartitionsDefinition("2024-11-03-01:00", timezone="America/New_York"),
        WeeklyPartitionsDefinition("2024-01-01", end_date="2025-01-01", day_offset=3),
        TimeWindowPartitionsDefinition("2024-01-01", cron_schedule="5 4 * * *"),
    ],
    ids=repr,
)
def test_definitions_survive_pickle_and_the_core(definition: PartitionsDefinition):
    again = pickle.loads(pickle.dumps(definition))
    assert again == definition and type(again) is type(definition)
    assert hash(again) == hash(definition)
    assert of_core(definition.core) == definition
    assert definition != StaticPartitionsDefinition(["other"])


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        (IdentityPartitionMapping(), "IdentityPartitionMapping()"),
        (AllPartitionMapping(), "AllPartitionMapping()"),
        (LastPartitionMapping(), "LastPartitionMapping()"),
        (
            SpecificPartitionsPartitionMapping(["a", "b"]),
            "SpecificPartitionsPartitionMapping(['a', 'b'])",
        ),
        (
            StaticPartitionMapping({"b": {"y", "x"}, "a": "x"}),
            "StaticPartitionMapping({'a': ['x'], 'b': ['x', 'y']})",
        ),
        (
            TimeWindowPartitionMapping(start_offset=-1, end_offset=-1),
            "TimeWindowPartitionMapping(-1, -1, False)",
        ),
    ],
    ids=repr,
)
def test_mappings_are_values(mapping: PartitionMapping, text: str):
    again = pickle.loads(pickle.dumps(mapping))
    assert again == mapping and hash(again) == hash(mapping)
    assert repr(mapping) == text
    assert isinstance(mapping, PartitionMapping)
    assert mapping != TimeWindowPartitionMapping(start_offset=7, end_offset=7)


def test_questions_about_one_of_100_000_keys_list_none():
    hourly = HourlyPartitionsDefinition("1924-01-01-00:00")  # Nearly a million keys.
    began = datetime.now()
    for _ in range(1_000):
        assert hourly.has_partition_key("2023-12-31-23:00", NOW)
    assert datetime.now() - began < timedelta(seconds=1)
