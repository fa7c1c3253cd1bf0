"""``coverage``: the operations that are present and missing, by the models of the interfaces."""

from lenticular.cli import CommandError
from lenticular.cli.output import print_json, stdout
from lenticular.server.coverage import ServiceCoverage, collect


def print_coverage(service: str | None, *, json: bool) -> None:
    """Print what there is of one service, or of all."""
    found = collect()
    if service is not None:
        names = ", ".join(each.name for each in found)
        found = [each for each in found if each.name == service]
        if not found:
            raise CommandError(f"there is no service {service} here; there are {names}")
    if json:
        print_json(found)
    elif service is None:
        _print_totals(found)
    else:
        _print_operations(found[0])


def _print_totals(found: list[ServiceCoverage]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("service")
    table.add_column("present", justify="right")
    table.add_column("missing", justify="right")
    for each in found:
        table.add_row(each.name, str(len(each.present)), str(len(each.missing)))
    stdout().print(table)


def _print_operations(found: ServiceCoverage) -> None:
    console = stdout()
    marks = [(name, "[green]present[/green]") for name in found.present]
    marks += [(name, "missing") for name in found.missing]
    for name, mark in sorted(marks):
        console.print(f"{mark}  {name}")
