"""Generates tables with the columns of the real ones (see fetch.py), for use offline.

    python3 generate.py FOLDER [--rows N] [--seed N]

The same arguments make the same files. About as many flights a day leave as in New York;
fewer rows are fewer days. Delays grow with the hour, with rain and with poor visibility,
so that the analysis has something to find. The airlines are invented.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

FULL_YEAR = 336_776  # Flights that left New York in 2013.
FLIGHTS_PER_DAY = FULL_YEAR // 365
ORIGINS = ("EWR", "JFK", "LGA")

# Code, name, share of flights.
AIRLINES = (
    ("AB", "Alpha Bravo Airways", 30),
    ("CD", "Charlie Delta Air Lines", 25),
    ("EF", "Echo Foxtrot Air", 20),
    ("GH", "Golf Hotel Airlines", 15),
    ("IJ", "India Juliett Regional", 9),
    ("KL", "Kilo Lima Charter", 1),
)
NUM_PLANES = 600
NUM_AIRPORTS = 90
PLANES = "tailnum,year,type,manufacturer,model,engines,seats,speed,engine"
WEATHER = (
    "origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,"
    "visib,time_hour"
)
FLIGHTS = (
    "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,"
    "carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour"
)

Row = Iterable[Any]


def utc(local: dt.datetime) -> str:
    """Write an hour of New York's winter time (no summer here) as the files do."""
    return (local + dt.timedelta(hours=5)).strftime("%Y-%m-%dT%H:00:00Z")


def or_missing(rng: random.Random, value: Any, share: float) -> Any:
    """Return the value, or NA in a share of cases."""
    return "NA" if rng.random() < share else value


def clock(minutes: int) -> int:
    """Return minutes after midnight as the files write times: 17:05 is 1705."""
    hour, minute = divmod(minutes % 1440, 60)
    return hour * 100 + minute


def airlines() -> Iterator[Row]:
    for code, name, _ in AIRLINES:
        yield code, name


def airports(rng: random.Random) -> Iterator[Row]:
    for number in range(NUM_AIRPORTS):
        latitude, longitude = rng.uniform(25, 48), rng.uniform(-124, -68)
        zone = round(longitude / 15)
        yield (
            f"X{number:02}", f"Generated Airport {number}", f"{latitude:.6f}",
            f"{longitude:.6f}", rng.randrange(0, 6000), zone, "A",
            or_missing(rng, "America/New_York", 0.01),
        )  # fmt: skip


def planes(rng: random.Random) -> Iterator[Row]:
    for number in range(NUM_PLANES):
        yield (
            f"N{number:03}GE", or_missing(rng, rng.randrange(1975, 2014), 0.02),
            "Fixed wing multi engine", "ENTREPOT", f"E-{rng.randrange(1, 9)}00", 2,
            rng.randrange(50, 400), or_missing(rng, rng.randrange(90, 500), 0.99),
            "Turbo-fan",
        )  # fmt: skip


def weather(rng: random.Random, first: dt.datetime, days: int) -> Iterator[list[Any]]:
    """Each origin's hours in turn; what the sky does changes slowly."""
    for origin in ORIGINS:
        temp, wind, pressure, rain = 40.0, 10.0, 1015.0, 0.0
        for hours in range(24 * days):
            local = first + dt.timedelta(hours=hours)
            temp += rng.uniform(-1.5, 1.5) + (55 - temp) * 0.01
            wind = max(0.0, wind + rng.uniform(-2, 2) + (10 - wind) * 0.05)
            pressure += rng.uniform(-0.8, 0.8) + (1017 - pressure) * 0.01
            rain = rng.expovariate(20) if rng.random() < (0.8 if rain else 0.02) else 0.0
            humid = min(100.0, 55 + 60 * rain**0.5 + rng.uniform(-10, 10))
            visib = max(0.25, 10 - 25 * rain - rng.uniform(0, 0.5)) if rain else 10.0
            # As in the real file, one wind that cannot have been.
            is_broken = origin == "JFK" and hours == 200
            yield [
                origin, local.year, local.month, local.day, local.hour, f"{temp:.2f}",
                f"{temp - (100 - humid) / 4:.2f}", f"{humid:.2f}",
                or_missing(rng, 10 * rng.randrange(0, 37), 0.02),
                1048.36058 if is_broken else f"{wind:.5f}",
                f"{wind * 1.4:.5f}" if wind > 18 else "NA", f"{rain:.2f}",
                or_missing(rng, f"{pressure:.1f}", 0.1), f"{visib:.2f}", utc(local),
            ]  # fmt: skip


def lateness(rng: random.Random, hour: int, rain: float, visib: float) -> int:
    """Draw a departure delay in minutes: mostly a little early, seldom very late."""
    mean = 2 + 1.2 * (hour - 5) + 40 * rain + 1.5 * (10 - visib)
    late = rng.expovariate(1 / (3 * mean)) if rng.random() < 0.35 else 0.0
    return round(late + rng.uniform(-10, 2))


def flights(
    rng: random.Random,
    rows: int,
    first: dt.datetime,
    days: int,
    sky: dict[Any, tuple[float, float]],
) -> Iterator[Row]:
    """Flights in the order in which they were to leave, day by day."""
    codes = [code for code, _, _ in AIRLINES]
    shares = [share for _, _, share in AIRLINES]
    for day_number in range(days):
        day = first + dt.timedelta(days=day_number)
        count = rows * (day_number + 1) // days - rows * day_number // days
        for planned in sorted(rng.randrange(5 * 60, 23 * 60) for _ in range(count)):
            origin = rng.choice(ORIGINS)
            hour = planned // 60
            time_hour = utc(day + dt.timedelta(hours=hour))
            rain, visib = sky.get((origin, time_hour), (0.0, 10.0))
            late = lateness(rng, hour, rain, visib)
            distance = rng.randrange(100, 2600)
            air_time = 20 + distance // 8
            early = late + round(rng.uniform(-20, 10))
            fate = rng.random()
            was_cancelled, was_diverted = fate < 0.025, 0.025 <= fate < 0.028
            has_no_arrival = was_cancelled or was_diverted
            yield (
                day.year, day.month, day.day,
                "NA" if was_cancelled else clock(planned + late), clock(planned),
                "NA" if was_cancelled else late,
                "NA" if was_cancelled else clock(planned + air_time + 30 + early),
                clock(planned + air_time + 30), "NA" if has_no_arrival else early,
                rng.choices(codes, shares)[0], rng.randrange(1, 6000),
                or_missing(rng, f"N{rng.randrange(NUM_PLANES + 40):03}GE", 0.005), origin,
                f"X{rng.randrange(NUM_AIRPORTS + 2):02}",
                "NA" if has_no_arrival else air_time, distance, hour, planned % 60,
                time_hour,
            )  # fmt: skip


def write(folder: Path, name: str, header: str, rows: Iterable[Row]) -> None:
    """Write a file that appears whole."""
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(header + "\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in rows)
        os.chmod(temporary, 0o644)
        os.replace(temporary, folder / name)
    except BaseException:
        os.unlink(temporary)
        raise


def generate(folder: Path, rows: int = FULL_YEAR, seed: int = 2013) -> None:
    """Write the five files."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    first = dt.datetime(2013, 1, 1)
    days = min(365, max(1, rows // FLIGHTS_PER_DAY))
    write(folder, "airlines.csv", "carrier,name", airlines())
    write(folder, "airports.csv", "faa,name,lat,lon,alt,tz,dst,tzone", airports(rng))
    write(folder, "planes.csv", PLANES, planes(rng))
    hours = list(weather(rng, first, days))
    # As in the real file, some hours are missing.
    kept = [row for row in hours if rng.random() >= 0.005]
    write(folder, "weather.csv", WEATHER, kept)
    sky = {(row[0], row[-1]): (float(row[11]), float(row[13])) for row in hours}
    write(folder, "flights.csv", FLIGHTS, flights(rng, rows, first, days, sky))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--rows", type=int, default=FULL_YEAR, metavar="N", help="flights"
    )
    parser.add_argument("--seed", type=int, default=2013, metavar="N")
    arguments = parser.parse_args()
    if arguments.rows < 1:
        parser.error("--rows must be at least 1")
    try:
        generate(arguments.folder, arguments.rows, arguments.seed)
    except OSError as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 1
    print(
        f"{arguments.folder} has generated data: {arguments.rows} flights and "
        "four more tables"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
