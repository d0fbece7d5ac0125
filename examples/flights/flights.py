"""A year of flights out of New York: which are late, and is it the weather?

The same assets as flights.cc, whose numbers they share. Run it:

    export FLIGHTS_DATA=FOLDER      # filled by fetch.py, or offline by generate.py
    entrepot -f flights.py materialize

A parameter names the asset it reads, and its annotation the type it gets: what one asset
returned as a polars frame, the next may take as a pandas frame or an Arrow table.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv

from entrepot import AssetExecutionContext, AssetIn, Definitions, MetadataValue, asset

# What the weather columns of the model are measured in.
WEATHER_UNITS = {
    "temp": "°F",
    "humid": "% of humidity",
    "wind_speed": "mph of wind",
    "precip": "inch of rain",
    "pressure": "mbar",
    "visib": "mile of visibility",
}

# The strongest hurricanes stay below; an hour of 1048 mph is a fault of the instrument.
MAX_WIND_MPH = 200.0

# Below it, a mean is an accident.
MIN_FLIGHTS = 20

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# ------------------------------------------------------------ raw: the files as they are

TIME = pa.timestamp("ms", "UTC")
FLIGHTS = {
    "year": pa.int64(),
    "month": pa.int64(),
    "day": pa.int64(),
    "dep_time": pa.int64(),
    "sched_dep_time": pa.int64(),
    "dep_delay": pa.int64(),
    "arr_time": pa.int64(),
    "sched_arr_time": pa.int64(),
    "arr_delay": pa.int64(),
    "carrier": pa.string(),
    "flight": pa.int64(),
    "tailnum": pa.string(),
    "origin": pa.string(),
    "dest": pa.string(),
    "air_time": pa.int64(),
    "distance": pa.int64(),
    "hour": pa.int64(),
    "minute": pa.int64(),
    "time_hour": TIME,
}
WEATHER = {
    "origin": pa.string(),
    "year": pa.int64(),
    "month": pa.int64(),
    "day": pa.int64(),
    "hour": pa.int64(),
    "temp": pa.float64(),
    "dewp": pa.float64(),
    "humid": pa.float64(),
    "wind_dir": pa.int64(),
    "wind_speed": pa.float64(),
    "wind_gust": pa.float64(),
    "precip": pa.float64(),
    "pressure": pa.float64(),
    "visib": pa.float64(),
    "time_hour": TIME,
}
PLANES = {
    "tailnum": pa.string(),
    "year": pa.int64(),
    "type": pa.string(),
    "manufacturer": pa.string(),
    "model": pa.string(),
    "engines": pa.int64(),
    "seats": pa.int64(),
    "speed": pa.int64(),
    "engine": pa.string(),
}
AIRPORTS = {
    "faa": pa.string(),
    "name": pa.string(),
    "lat": pa.float64(),
    "lon": pa.float64(),
    "alt": pa.int64(),
    "tz": pa.int64(),
    "dst": pa.string(),
    "tzone": pa.string(),
}
AIRLINES = {"carrier": pa.string(), "name": pa.string()}


def read_csv(
    context: AssetExecutionContext, name: str, types: dict[str, pa.DataType]
) -> pa.Table:
    """Read a file of $FLIGHTS_DATA: every column typed, NA and nothing else as null."""
    folder = os.environ.get("FLIGHTS_DATA")
    if not folder:
        raise RuntimeError(
            "FLIGHTS_DATA must name the folder of the CSV files; fetch.py FOLDER "
            "downloads them, generate.py FOLDER makes some up"
        )
    path = Path(folder) / name
    options = pyarrow.csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=["NA"],
        strings_can_be_null=True,
    )
    table = pyarrow.csv.read_csv(path, convert_options=options)
    context.log.info("read %d rows of %s", table.num_rows, path)
    context.add_output_metadata({"file": MetadataValue.path(str(path))})
    return table


@asset(key="raw/flights", group_name="raw", code_version="1")
def raw_flights(context: AssetExecutionContext) -> pa.Table:
    """Every flight that was to leave New York, also those that did not."""
    return read_csv(context, "flights.csv", FLIGHTS)


@asset(key="raw/weather", group_name="raw", code_version="1")
def raw_weather(context: AssetExecutionContext) -> pa.Table:
    """The weather at the three airports, hour by hour."""
    return read_csv(context, "weather.csv", WEATHER)


@asset(key="raw/planes", group_name="raw", code_version="1")
def raw_planes(context: AssetExecutionContext) -> pa.Table:
    """The planes by tail number."""
    return read_csv(context, "planes.csv", PLANES)


@asset(key="raw/airports", group_name="raw", code_version="1")
def raw_airports(context: AssetExecutionContext) -> pa.Table:
    """The airports by code."""
    return read_csv(context, "airports.csv", AIRPORTS)


@asset(key="raw/airlines", group_name="raw", code_version="1")
def raw_airlines(context: AssetExecutionContext) -> pa.Table:
    """The names of the airlines by code."""
    return read_csv(context, "airlines.csv", AIRLINES)


# ------------------------------------------------------------ analysis


def from_raw(*names: str) -> dict[str, AssetIn]:
    """Return the inputs that are raw assets."""
    return {name: AssetIn(key_prefix="raw") for name in names}


@asset(
    ins=from_raw("flights", "airlines", "planes", "weather"),
    group_name="analysis",
    code_version="1",
)
def departures(
    context: AssetExecutionContext,
    flights: pl.DataFrame,
    airlines: pl.DataFrame,
    planes: pl.DataFrame,
    weather: pl.DataFrame,
) -> pl.DataFrame:
    """The flights that left and arrived, with airline, plane and weather."""
    arrived = flights.filter(
        pl.col("dep_delay").is_not_null() & pl.col("arr_delay").is_not_null()
    )
    wind = pl.col("wind_speed")
    weather = weather.select("origin", "time_hour", *WEATHER_UNITS).with_columns(
        wind_speed=pl.when(wind <= MAX_WIND_MPH).then(wind)
    )
    airlines = airlines.select("carrier", airline="name")
    planes = planes.select("tailnum", plane_year="year")
    joined = (
        arrived.join(
            airlines, on="carrier", how="left", validate="m:1", maintain_order="left"
        )
        .join(planes, on="tailnum", how="left", validate="m:1", maintain_order="left")
        .join(
            weather,
            on=["origin", "time_hour"],
            how="left",
            validate="m:1",
            maintain_order="left",
        )
        .with_columns(
            date=pl.date("year", "month", "day"),
            plane_age=pl.col("year") - pl.col("plane_year"),
        )
        .with_columns(weekday=pl.col("date").dt.weekday().cast(pl.Int64) - 1)
    )
    context.log.info("%d of %d flights arrived", arrived.height, flights.height)
    context.add_output_metadata({"not_arrived": flights.height - arrived.height})
    return joined.select(
        ["date", "hour", "weekday", "carrier", "airline", "flight", "tailnum", "origin"]
        + ["dest", "distance", "dep_delay", "arr_delay", "plane_year", "plane_age"]
        + list(WEATHER_UNITS)
    )


@asset(group_name="analysis", code_version="1")
def daily_delays(departures: pd.DataFrame) -> pd.DataFrame:
    """How late each airline was on each day: means in minutes, by carrier and date."""
    by_day = departures.groupby(["carrier", "date"], as_index=False)
    return by_day.agg(
        flights=("dep_delay", "size"),
        mean_dep_delay=("dep_delay", "mean"),
        mean_arr_delay=("arr_delay", "mean"),
    )


@asset(group_name="analysis", code_version="1")
def carrier_delays(departures: pl.DataFrame) -> pl.DataFrame:
    """How late each airline was, and how old its planes: by carrier."""
    return (
        departures.group_by("carrier", "airline")
        .agg(
            flights=pl.len().cast(pl.Int64),
            mean_dep_delay=pl.col("dep_delay").mean(),
            mean_arr_delay=pl.col("arr_delay").mean(),
            mean_plane_age=pl.col("plane_age").mean(),
        )
        .sort("carrier")
    )


@asset(ins=from_raw("airports"), group_name="analysis", code_version="1")
def destination_delays(departures: pl.LazyFrame, airports: pl.LazyFrame) -> pl.DataFrame:
    """How late flights were by where they went."""
    return (
        departures.group_by("dest")
        .agg(
            flights=pl.len().cast(pl.Int64),
            mean_dep_delay=pl.col("dep_delay").mean(),
            mean_arr_delay=pl.col("arr_delay").mean(),
            mean_distance=pl.col("distance").mean(),
        )
        .join(airports.select(dest="faa", airport="name"), on="dest", how="left")
        .sort("dest")
        .collect()
    )


@asset(group_name="analysis", code_version="1")
def delay_tensor(departures: pa.Table) -> np.ndarray:
    """The mean departure delay in minutes by [hour, weekday from Monday]."""
    hour, weekday, delay = (
        departures[name].to_numpy() for name in ("hour", "weekday", "dep_delay")
    )
    cell = hour * 7 + weekday
    flights = np.bincount(cell, minlength=24 * 7)
    minutes = np.bincount(cell, weights=delay, minlength=24 * 7)
    means = np.full(24 * 7, np.nan)
    np.divide(minutes, flights, out=means, where=flights > 0)
    return means.reshape(24, 7)


@asset(group_name="analysis", code_version="1")
def delay_model(context: AssetExecutionContext, departures: pa.Table) -> dict[str, float]:
    """What weather adds to a departure delay: minutes per unit, by least squares."""
    known = departures.select(["dep_delay", *WEATHER_UNITS]).drop_null()
    delay = known["dep_delay"].to_numpy().astype(np.float64)
    weather = np.column_stack([known[name].to_numpy() for name in WEATHER_UNITS])
    # Columns of mean 0 and deviation 1 keep the normal equations well conditioned.
    mean, deviation = weather.mean(axis=0), weather.std(axis=0)
    standard, centred = (weather - mean) / deviation, delay - delay.mean()
    effects = np.linalg.solve(standard.T @ standard, standard.T @ centred)
    unexplained = centred - standard @ effects
    context.add_output_metadata(
        {
            "rows": len(delay),
            "r_squared": 1 - float(unexplained @ unexplained / (centred @ centred)),
        }
    )
    slopes = effects / deviation
    return {
        "intercept": float(delay.mean() - slopes @ mean),
        **{name: float(slope) for name, slope in zip(WEATHER_UNITS, slopes, strict=True)},
    }


def lines_of(title: str, rows: list[dict[str, Any]]) -> list[str]:
    """Return a table of labels, flights and minutes; the latest row first."""
    lines = ["", f"{title:<42} {'flights':>7} {'minutes late':>14}"]
    for row in rows:
        lines.append(f"  {row['label']:<40} {row['flights']:>7} {row['minutes']:>14.1f}")
    return lines


def latest(
    frame: pl.DataFrame, label: pl.Expr, minutes: str, at_most: int
) -> list[dict[str, Any]]:
    """Return the rows of the highest means, of enough flights; ties keep their order."""
    return (
        frame.filter(pl.col("flights") >= MIN_FLIGHTS)
        .sort(minutes, descending=True, maintain_order=True)
        .head(at_most)
        .select(label.alias("label"), "flights", pl.col(minutes).alias("minutes"))
        .to_dicts()
    )


@asset(group_name="analysis", code_version="1")
def report(
    daily_delays: pl.DataFrame,
    carrier_delays: pl.DataFrame,
    destination_delays: pl.DataFrame,
    delay_tensor: np.ndarray,
    delay_model: dict[str, float],
) -> str:
    """What the other assets say, in a page."""
    flights = carrier_delays["flights"]
    late, arrived_late = (
        float((carrier_delays[name] * flights).sum() / flights.sum())
        for name in ("mean_dep_delay", "mean_arr_delay")
    )
    days = daily_delays["date"]
    num_airlines, num_airports = carrier_delays.height, destination_delays.height
    lines = [
        f"Flights out of New York, {days.min()} to {days.max()}",
        "",
        f"{flights.sum()} flights of {num_airlines} airlines to {num_airports} airports",
        f"left {late:.1f} and arrived {arrived_late:.1f} minutes late on average.",
    ]

    airline = pl.coalesce("airline", "carrier")
    lines += lines_of(
        "Airlines, by arrival", latest(carrier_delays, airline, "mean_arr_delay", 100)
    )
    place = pl.format("{} {}", "dest", pl.col("airport").fill_null("?"))
    lines += lines_of(
        "Worst destinations, by arrival",
        latest(destination_delays, place, "mean_arr_delay", 5),
    )
    days_of_airlines = daily_delays.join(
        carrier_delays.select("carrier", "airline"), on="carrier", maintain_order="left"
    )
    day = pl.format("{} {}", "date", airline)
    lines += lines_of(
        "Worst days of an airline, by departure",
        latest(days_of_airlines, day, "mean_dep_delay", 5),
    )

    def time_of(cell: np.intp) -> str:
        hour, weekday = divmod(int(cell), 7)
        minutes = delay_tensor[hour, weekday]
        return f"{WEEKDAYS[weekday]} after {hour}:00, {minutes:.1f} minutes"

    lines += [
        "",
        f"Best time to leave: {time_of(np.nanargmin(delay_tensor))} late on average.",
        f"Worst: {time_of(np.nanargmax(delay_tensor))}.",
        "",
        "What the weather adds to a departure delay, other things being equal:",
    ]
    for name, unit in WEATHER_UNITS.items():
        lines.append(f"  {delay_model[name]:>+8.2f} minutes per {unit}")
    return "\n".join(lines) + "\n"


defs = Definitions(
    assets=[
        raw_flights,
        raw_weather,
        raw_planes,
        raw_airports,
        raw_airlines,
        departures,
        daily_delays,
        carrier_delays,
        destination_delays,
        delay_tensor,
        delay_model,
        report,
    ]
)
