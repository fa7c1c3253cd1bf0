"""The catalogue: climate stations, and a file of daily weather for each of their years.

    python catalogue.py FOLDER [--years 2021-2023]

The weather is made up, and the same each time: a yearly course for the place, days that take
after the day before, and rain in spells. ``index.json`` says what there is; the portal knows
no more than that.
"""

import argparse
import csv
import json
import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

COLUMNS = ("date", "tmin_c", "tmax_c", "precipitation_mm")


@dataclass(frozen=True)
class Station:
    """A place where the weather is measured."""

    id: str
    name: str
    country: str
    latitude: float
    longitude: float
    elevation_m: int
    mean_c: float
    """Over the year."""
    swing_c: float
    """Between the mean of the warmest day and that of the year."""
    wet_days: float
    """Share of all days."""


STATIONS = (
    Station("NO-TROMSO", "Tromsø", "Norway", 69.65, 18.94, 100, 3.1, 8.5, 0.52),
    Station("DE-ZUGSPITZE", "Zugspitze", "Germany", 47.42, 10.98, 2964, -4.2, 7.2, 0.57),
    Station("ES-ALMERIA", "Almería", "Spain", 36.85, -2.36, 21, 19.1, 7.4, 0.08),
    Station("KE-NAIROBI", "Nairobi", "Kenya", -1.30, 36.76, 1798, 18.0, 1.6, 0.27),
    Station("AU-ALICE", "Alice Springs", "Australia", -23.80, 133.89, 546, 21.0, 8.8, 0.11),
    Station("CL-PUNTA-ARENAS", "Punta Arenas", "Chile", -53.00, -70.85, 39, 6.3, 4.6, 0.33),
)


def write(folder: Path, years: range = range(2021, 2024)) -> dict[str, Any]:
    """Write the files of all stations and years below a folder; return the index."""
    datasets = []
    for station in STATIONS:
        for year in years:
            path = f"{station.id}/{year}.csv"
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("w", newline="", encoding="utf-8") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(COLUMNS)
                writer.writerows(weather(station, year))
            datasets.append(
                {"path": path, "station": station.id, "year": year, "bytes": file.stat().st_size}
            )
    index = {"stations": [asdict(station) for station in STATIONS], "datasets": datasets}
    text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    (folder / "index.json").write_text(text, encoding="utf-8")
    return index


def weather(station: Station, year: int) -> Iterator[tuple[str, str, str, str]]:
    """Iterate over the days of a year."""
    chance = random.Random(f"{station.id} {year}")
    day, anomaly, is_wet = date(year, 1, 1), chance.gauss(0, 2), False
    while day.year == year:
        # The warmest day is late in July; south of the equator, in January.
        phase = (day.timetuple().tm_yday - 205) / 365.25 + (0.5 if station.latitude < 0 else 0)
        anomaly = 0.78 * anomaly + chance.gauss(0, 1.9)
        mean = station.mean_c + station.swing_c * math.cos(2 * math.pi * phase) + anomaly
        is_wet = chance.random() < station.wet_days * (1.5 if is_wet else 0.75)
        spread = chance.uniform(2, 4) if is_wet else chance.uniform(3, 7)
        rain = chance.expovariate(1 / 5) if is_wet else 0.0
        yield day.isoformat(), f"{mean - spread:.1f}", f"{mean + spread:.1f}", f"{rain:.1f}"
        day += timedelta(days=1)


def main() -> None:
    """Write the catalogue into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--years", default="2021-2023", help="FIRST-LAST")
    arguments = parser.parse_args()
    first, _, last = arguments.years.partition("-")
    index = write(arguments.folder, range(int(first), int(last or first) + 1))
    total = sum(one["bytes"] for one in index["datasets"])
    print(f"{len(index['datasets'])} datasets, {total:,} bytes, in {arguments.folder}")


if __name__ == "__main__":
    main()
