"""``coverage``: the operations that are present and missing, by the models of the interfaces."""

from collections.abc import Sequence

from lenticular.cli import CommandError
from lenticular.cli.output import print_json, stdout
from lenticular.server.coverage import coverage


def print_coverage(service: str | None, *, json: bool) -> None:
    """Print what there is of one service, or of all."""
    found = coverage()
    if service is not None:
        names = ", ".join(each.service for each in found)
        found = [each for each in found if each.service == service]
        if not found:
            raise CommandError(f"there is no service {service} here; there are {names}")
    if json:
        print_json(found)
    elif service is None:
        _print_table(
            ("service", "present", "missing"),
            [(each.service, str(len(each.present)), str(len(each.missing))) for each in found],
        )
    else:
        marks = [(name, "present") for name in found[0].present]
        marks += [(name, "missing") for name in found[0].missing]
        _print_table(("operation", ""), sorted(marks))


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(*head, box=None, pad_edge=False)
    for row in rows:
        style = {"present": "green", "missing": "dim"}.get(row[-1])
        table.add_row(*row, style=style)
    stdout().print(table)
