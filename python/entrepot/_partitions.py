"""Partitions of assets, and which of them a partition of a consumer reads.

The rules are the core's; here are the constructors' forms, and datetimes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import ClassVar, NamedTuple

from entrepot import _core
from entrepot._core import (
    AllPartitionMapping,
    IdentityPartitionMapping,
    LastPartitionMapping,
    ScheduleType,
    SpecificPartitionsPartitionMapping,
    StaticPartitionMapping,
    TimeWindowPartitionMapping,
)
from entrepot.errors import InvalidError

__all__ = [
    "AllPartitionMapping",
    "DailyPartitionsDefinition",
    "HourlyPartitionsDefinition",
    "IdentityPartitionMapping",
    "LastPartitionMapping",
    "MonthlyPartitionsDefinition",
    "PartitionKeyRange",
    "PartitionMapping",
    "PartitionsDefinition",
    "ScheduleType",
    "SpecificPartitionsPartitionMapping",
    "StaticPartitionMapping",
    "StaticPartitionsDefinition",
    "TimeWindow",
    "TimeWindowPartitionMapping",
    "TimeWindowPartitionsDefinition",
    "WeeklyPartitionsDefinition",
]

#: Any of the mappings; `isinstance` takes it.
PartitionMapping = (
    IdentityPartitionMapping
    | AllPartitionMapping
    | LastPartitionMapping
    | SpecificPartitionsPartitionMapping
    | StaticPartitionMapping
    | TimeWindowPartitionMapping
)

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


class TimeWindow(NamedTuple):
    """An interval of time, closed at its start and open at its end."""

    start: datetime
    end: datetime


class PartitionKeyRange(NamedTuple):
    """The partitions from one key to another, both included."""

    start: str
    end: str


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return timezone.utc
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _text(time: datetime | date | str | None) -> str:
    if time is None or isinstance(time, str):
        return time or ""
    if not isinstance(time, date):  # A datetime is one too.
        raise InvalidError(f"partitions start and end at a datetime, or text, not at {time!r}")
    if not isinstance(time, datetime):
        return time.isoformat()
    if time.tzinfo is not None:
        time = time.astimezone(timezone.utc)
    return time.isoformat(timespec="seconds")


def time_window(start: int, end: int, zone_name: str) -> TimeWindow:
    """Return the window from microseconds since the epoch."""
    zone = _zone(zone_name)
    return TimeWindow(
        (_EPOCH + start * _MICROSECOND).astimezone(zone),
        (_EPOCH + end * _MICROSECOND).astimezone(zone),
    )


class PartitionsDefinition:
    """The partitions of an asset: an ordered set of keys.

    Static keys are always there; a window of time is a partition once it has ended. Methods
    take the time at which to look, now by default; one without a time zone is in that of the
    partitions.
    """

    __slots__ = ("core",)

    def __init__(self, core: _core.PartitionsDefinition) -> None:
        self.core = core

    def get_partition_keys(self, current_time: datetime | None = None) -> list[str]:
        """Return all keys in order."""
        return self.core.keys(self._micros(current_time))

    def get_num_partitions(self, current_time: datetime | None = None) -> int:
        """Return how many there are, without listing them."""
        return self.core.count(self._micros(current_time))

    def has_partition_key(
        self, partition_key: str, current_time: datetime | None = None
    ) -> bool:
        """Tell whether the key is one of them, without listing them."""
        return self.core.has(partition_key, self._micros(current_time))

    def get_first_partition_key(self, current_time: datetime | None = None) -> str | None:
        """Return the first key, or None where there is none yet."""
        return self.core.first_key(self._micros(current_time))

    def get_last_partition_key(self, current_time: datetime | None = None) -> str | None:
        """Return the last key, or None where there is none yet."""
        return self.core.last_key(self._micros(current_time))

    def get_partition_keys_in_range(
        self, partition_key_range: PartitionKeyRange, current_time: datetime | None = None
    ) -> list[str]:
        """Return the keys from the range's start to its end, both included."""
        start, end = partition_key_range
        return self.core.keys_between(start, end, self._micros(current_time))

    def _micros(self, time: datetime | None) -> int | None:
        if time is None:
            return None
        if time.tzinfo is None:
            options = self.core.time_window_options
            time = time.replace(tzinfo=_zone(options.timezone if options else "UTC"))
        return (time - _EPOCH) // _MICROSECOND

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PartitionsDefinition):
            return NotImplemented
        return self.core == other.core

    def __hash__(self) -> int:
        return hash(self.core.to_json())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.core.describe()}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _of_json, (type(self), self.core.to_json())


class StaticPartitionsDefinition(PartitionsDefinition):
    """Partitions that are a list of names.

    >>> StaticPartitionsDefinition(["north", "south"]).get_partition_keys()
    ['north', 'south']
    """

    __slots__ = ()

    def __init__(self, partition_keys: Sequence[str]) -> None:
        if isinstance(partition_keys, str):
            raise InvalidError(f"partition keys are a list, not the text {partition_keys!r}")
        for key in partition_keys:
            if not isinstance(key, str):
                raise InvalidError(f"a partition key is text, such as '{key}', not {key!r}")
        super().__init__(_core.PartitionsDefinition.static(list(partition_keys)))


class TimeWindowPartitionsDefinition(PartitionsDefinition):
    """Partitions that are windows of time, each from one scheduled time to the next.

    The first window is the first that starts at `start` or later; the key of a window is its
    start as `fmt` writes it. `start` and `end` are datetimes (in `timezone` where they have
    none), or text in `fmt` or ISO 8601. `cron_schedule` may have the forms "M * * * *",
    "M H * * *", "M H * * D" and "M H D * *".
    """

    __slots__ = ()

    def __init__(
        self,
        start: datetime | date | str,
        fmt: str | None = None,
        end: datetime | str | None = None,
        schedule_type: ScheduleType | None = None,
        timezone: str | None = None,
        end_offset: int = 0,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int | None = None,
        cron_schedule: str | None = None,
    ) -> None:
        if (schedule_type is None) == (cron_schedule is None):
            raise InvalidError("give one of schedule_type and cron_schedule")
        if cron_schedule is not None and (minute_offset or hour_offset or day_offset):
            raise InvalidError("cron_schedule says it all: give no offsets beside it")
        options = _core.TimeWindowOptions(
            cadence=schedule_type or ScheduleType.DAILY,
            start=_text(start),
            end=_text(end),
            timezone=timezone or "UTC",
            format=fmt or "",
            minute_offset=minute_offset,
            hour_offset=hour_offset,
            day_offset=day_offset,
            end_offset=end_offset,
        )
        super().__init__(_core.PartitionsDefinition.time_windows(options, cron_schedule))

    @property
    def _options(self) -> _core.TimeWindowOptions:
        options = self.core.time_window_options
        assert options is not None
        return options

    @property
    def start(self) -> datetime:
        """Where the first window starts."""
        return self._datetime(self._options.start)

    @property
    def end(self) -> datetime | None:
        """Where the last window ends, or None where there is no last one."""
        return self._datetime(self._options.end) if self._options.end else None

    @property
    def timezone(self) -> str:
        """The name of the time zone."""
        return self._options.timezone

    @property
    def fmt(self) -> str:
        """How keys are written."""
        return self._options.format

    @property
    def schedule_type(self) -> ScheduleType:
        """How often a window starts."""
        return self._options.cadence

    @property
    def minute_offset(self) -> int:
        """How many minutes past the hour windows start."""
        return self._options.minute_offset

    @property
    def hour_offset(self) -> int:
        """At which hour of the day windows start."""
        return self._options.hour_offset

    @property
    def day_offset(self) -> int:
        """On which day of the week (0 is Sunday) or month windows start."""
        return self._options.day_offset or 0

    @property
    def end_offset(self) -> int:
        """How many windows there are beyond those that have ended."""
        return self._options.end_offset

    def time_window_for_partition_key(self, partition_key: str) -> TimeWindow:
        """Return when the partition starts and ends; it may lie in the future."""
        return self.core.window_of(partition_key)

    def get_partition_key_for_timestamp(self, timestamp: float) -> str:
        """Return the key of the window that holds the time, in seconds since the epoch."""
        return self.core.key_at(round(timestamp * 1_000_000))

    def _datetime(self, text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(_zone(self.timezone))


class HourlyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """An hour each; the second of two hours of the same name shows its UTC offset.

    >>> hourly = HourlyPartitionsDefinition("2024-01-01-00:00")
    >>> hourly.get_partition_keys(datetime(2024, 1, 1, 2, 30))
    ['2024-01-01-00:00', '2024-01-01-01:00']
    """

    __slots__ = ()

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
    ) -> None:
        super().__init__(
            start_date,
            fmt,
            end_date,
            ScheduleType.HOURLY,
            timezone,
            end_offset,
            minute_offset,
        )


class DailyPartitionsDefinition(TimeWindowPartitionsDefinition):
    """A day each, which has 23 or 25 hours where the clocks change.

    >>> daily = DailyPartitionsDefinition("2024-02-28")
    >>> daily.get_partition_keys(datetime(2024, 3, 1))
    ['2024-02-28', '2024-02-29']
    """

    __slots__ = ()

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
    ) -> None:
        super().__init__(
            start_date,
            fmt,
            end_date,
            ScheduleType.DAILY,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
        )


class _OfDaysPartitionsDefinition(TimeWindowPartitionsDefinition):
    """Windows of several days, from a day of the week or month on."""

    __slots__ = ()

    _schedule_type: ClassVar[ScheduleType]

    def __init__(
        self,
        start_date: datetime | str,
        end_date: datetime | str | None = None,
        minute_offset: int = 0,
        hour_offset: int = 0,
        day_offset: int | None = None,
        timezone: str | None = None,
        fmt: str | None = None,
        end_offset: int = 0,
    ) -> None:
        super().__init__(
            start_date,
            fmt,
            end_date,
            self._schedule_type,
            timezone,
            end_offset,
            minute_offset,
            hour_offset,
            day_offset,
        )


class WeeklyPartitionsDefinition(_OfDaysPartitionsDefinition):
    """A week each, from `day_offset` on: 0, the default, is Sunday.

    >>> weekly = WeeklyPartitionsDefinition("2024-01-01")
    >>> weekly.get_partition_keys(datetime(2024, 1, 21))
    ['2024-01-07', '2024-01-14']
    """

    __slots__ = ()

    _schedule_type = ScheduleType.WEEKLY


class MonthlyPartitionsDefinition(_OfDaysPartitionsDefinition):
    """A month each, from day `day_offset` on: 1, the default, to 28.

    >>> monthly = MonthlyPartitionsDefinition("2024-01-01", fmt="%Y-%m")
    >>> monthly.get_partition_keys(datetime(2024, 3, 1))
    ['2024-01', '2024-02']
    """

    __slots__ = ()

    _schedule_type = ScheduleType.MONTHLY


_CLASSES: dict[ScheduleType, type[TimeWindowPartitionsDefinition]] = {
    ScheduleType.HOURLY: HourlyPartitionsDefinition,
    ScheduleType.DAILY: DailyPartitionsDefinition,
    ScheduleType.WEEKLY: WeeklyPartitionsDefinition,
    ScheduleType.MONTHLY: MonthlyPartitionsDefinition,
}


def _made(
    kind: type[PartitionsDefinition], core: _core.PartitionsDefinition
) -> PartitionsDefinition:
    definition = kind.__new__(kind)
    definition.core = core
    return definition


def _of_json(kind: type[PartitionsDefinition], json: str) -> PartitionsDefinition:
    return _made(kind, _core.PartitionsDefinition.from_json(json))


def of_core(core: _core.PartitionsDefinition | None) -> PartitionsDefinition | None:
    """Return the definition of the class that fits what the core holds."""
    if core is None:
        return None
    options = core.time_window_options
    return _made(_CLASSES[options.cadence] if options else StaticPartitionsDefinition, core)
