"""The command: measures what is named, prints a table of each, and skips what cannot be done."""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks import access, growth, idle, load, policies, tokens
from benchmarks.report import Table, machine, write_json
from benchmarks.servers import NotInstalled

NAMES = ("start", "memory", "access", "s3", "tables", "policies", "tokens", "growth")


def main() -> None:
    """Run the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--secs", type=int, default=6, help="seconds of each load (6)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median (3)")
    parser.add_argument("--long", action="store_true", help="growth up to a million objects")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")

    measures: dict[str, Callable[[], Table]] = {
        "start": idle.measure_start,
        "memory": idle.measure_memory,
        "access": access.measure_access,
        "s3": lambda: load.measure_s3(arguments.secs, arguments.rounds),
        "tables": lambda: load.measure_tables(arguments.secs, arguments.rounds),
        "policies": policies.measure_policies,
        "tokens": tokens.measure_tokens,
        "growth": lambda: growth.measure_growth(
            10**power for power in range(3, 7 if arguments.long else 6)
        ),
    }
    tables = [machine()]
    print(tables[0].markdown(), flush=True)
    for name in arguments.names or NAMES:
        try:
            tables.append(measures[name]())
        except NotInstalled as error:
            print(f"Skipped {name}: {error}.\n", flush=True)
            continue
        print("\n" + tables[-1].markdown(), flush=True)
    if arguments.json:
        write_json(tables, arguments.json)


if __name__ == "__main__":
    main()
