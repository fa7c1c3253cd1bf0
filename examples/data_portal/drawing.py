"""Draws a year of weather as SVG, in plain Python: temperatures as a band, rain as bars."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 60, 50, 40
MONTHS = "JFMAMJJASOND"


@dataclass(frozen=True)
class Day:
    """One row of a dataset."""

    date: str
    tmin: float
    tmax: float
    rain: float


def read(content: bytes) -> list[Day]:
    """Return the days of a dataset. Raises ValueError and KeyError for anything else."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8")))
    return [
        Day(
            row["date"],
            float(row["tmin_c"]),
            float(row["tmax_c"]),
            float(row["precipitation_mm"]),
        )
        for row in rows
    ]


def draw(title: str, days: Sequence[Day]) -> str:
    """Return the picture of at least one day."""
    low = min(day.tmin for day in days) - 2
    high = max(day.tmax for day in days) + 2
    most = max(10.0, *(day.rain for day in days))
    width = WIDTH - LEFT - RIGHT
    height = HEIGHT - TOP - BOTTOM
    across = width / len(days)

    def x(number: int) -> float:
        return LEFT + across * (number + 0.5)

    def y(celsius: float) -> float:
        return TOP + height * (high - celsius) / (high - low)

    band = [f"{x(number):.1f},{y(day.tmax):.1f}" for number, day in enumerate(days)]
    band += [f"{x(number):.1f},{y(day.tmin):.1f}" for number, day in _backwards(days)]
    rain = "".join(
        f'<rect x="{x(number) - across / 2:.1f}" width="{across:.2f}" '
        f'y="{TOP + height - height / 2 * day.rain / most:.1f}" '
        f'height="{height / 2 * day.rain / most:.1f}"/>'
        for number, day in enumerate(days)
        if day.rain
    )
    mean = sum(day.tmin + day.tmax for day in days) / 2 / len(days)
    total = sum(day.rain for day in days)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="28" font-size="18">{escape(title)}</text>\n'
        f'<text x="{WIDTH - RIGHT}" y="28" text-anchor="end" fill="#555">'
        f"mean {mean:.1f} °C, {total:.0f} mm of rain</text>\n"
        f"{_scale(low, high, y)}{_months(days, x)}"
        f'<g fill="#3b7dbb" fill-opacity="0.7">{rain}</g>\n'
        f'<polygon points="{" ".join(band)}" fill="#d1495b" fill-opacity="0.55"/>\n'
        f"</svg>\n"
    )


def _backwards(days: Sequence[Day]) -> list[tuple[int, Day]]:
    return list(enumerate(days))[::-1]


def _scale(low: float, high: float, y: Callable[[float], float]) -> str:
    """Return a line for every ten degrees."""
    first = int(low // 10) * 10
    return "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(celsius):.1f}" y2="{y(celsius):.1f}" '
        f'stroke="{"#888" if celsius == 0 else "#ddd"}"/>'
        f'<text x="{LEFT - 8}" y="{y(celsius) + 4:.1f}" text-anchor="end">{celsius} °C</text>\n'
        for celsius in range(first, int(high) + 10, 10)
        if low <= celsius <= high
    )


def _months(days: Sequence[Day], x: Callable[[int], float]) -> str:
    return "".join(
        f'<text x="{x(number) + 14:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
        f"{MONTHS[int(day.date[5:7]) - 1]}</text>\n"
        for number, day in enumerate(days)
        if day.date.endswith("-01")
    )
