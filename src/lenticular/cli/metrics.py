"""``metrics``: what was measured of a bucket, by the minute and by the day."""

from collections.abc import Sequence
from typing import Any

from lenticular.cli import administration
from lenticular.cli.output import print_json, stdout
from lenticular.cli.usage import beginning
from lenticular.server.configuration import Configuration


def print_metrics(
    configuration: Configuration, bucket: str, *, since: str | None, json: bool
) -> None:
    """Print a bucket's metrics as a table, or as JSON."""
    found = administration.perform(
        configuration, "metrics.show", bucket=bucket, since=beginning(since)
    )
    if json:
        print_json(found)
    elif found:
        _print_table(found)
    else:
        print("Nothing was measured: requests are, once the bucket has a metrics configuration.")


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("time", "metric", "of"):
        table.add_column(name, overflow="fold")
    for name in ("count", "sum", "average", "maximum"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row["time"],
            row["metric"],
            ", ".join(row["dimensions"].values()),
            f"{row['sample_count']:,}",
            *(f"{row[name]:,.10g}" for name in ("sum", "average", "maximum")),
        )
    stdout().print(table)
