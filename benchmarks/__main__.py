"""The command: measures what is named, prints a table of each, and skips what cannot be done."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import access, growth, idle, limits, load, movers, policies, sendfile, tokens
from benchmarks.report import Table, insert, machine, write_json
from benchmarks.servers import NotInstalled

NAMES = (
    *("limits", "start", "memory", "s3", "sendfile", "tables"),
    *("access", "policies", "tokens", "growth", "movers"),
)


def main() -> None:
    """Run the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--secs", type=int, default=6, help="seconds of each load (6)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median (3)")
    parser.add_argument("--long", action="store_true", help="growth up to ten million (hours)")
    parser.add_argument("--page", type=Path, help="put the tables into this page (Markdown)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")

    secs, rounds = arguments.secs, arguments.rounds
    sizes = [10**power for power in range(3, 8 if arguments.long else 6)]
    measures: dict[str, Callable[[], Table | Iterable[Table]]] = {
        "machine": machine,
        "limits": limits.measure_limits,
        "start": idle.measure_start,
        "memory": idle.measure_memory,
        "s3": lambda: load.measure_s3(secs, rounds),
        "sendfile": lambda: sendfile.measure_sendfile(secs, rounds),
        "tables": lambda: load.measure_tables(secs, rounds),
        "access": access.measure_access,
        "policies": policies.measure_policies,
        "tokens": tokens.measure_tokens,
        "movers": lambda: movers.measure_movers(rounds, is_long=arguments.long),
        "growth": lambda: (measure(sizes) for measure in growth.MEASURES),
    }
    tables: dict[str, list[Table]] = {}
    for name in ("machine", *(arguments.names or NAMES)):
        try:
            measured = measures[name]()
            for table in [measured] if isinstance(measured, Table) else measured:
                tables.setdefault(name, []).append(table)
                print("\n" + table.markdown(), flush=True)
        except NotInstalled as error:
            print(f"Skipped {name}: {error}.\n", flush=True)
    if arguments.json:
        write_json([table for each in tables.values() for table in each], arguments.json)
    if arguments.page:
        insert(tables, arguments.page)


if __name__ == "__main__":
    main()
