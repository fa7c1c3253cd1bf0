"""The process that runs one query: it sees one statement and its inputs, and ends with it.

It is started anew for every query, with nothing of its parent's but the files of the inputs.
It takes on its limits and locks the engine up before it looks at anything that others wrote.
"""

import csv
import os
import resource
import sys
import threading
import time
from collections.abc import Callable

import duckdb
import msgspec

from lenticular.engines.queries.contract import (
    MAX_BLOCK,
    MAX_JSON_RECORD,
    MAX_RECORD,
    Delimited,
    Json,
    Limits,
    Parquet,
)
from lenticular.engines.queries.faults import explained
from lenticular.engines.queries.feeds import Feed, feed
from lenticular.engines.queries.protocol import BLOCK, END, FAILURE, HEAD, PROGRESS, Counts, Task

_PULSE = 1.0
"""Seconds between two reports of progress."""
_ROWS = 2048
"""Rows that are fetched at once."""
_OVERHEAD = 1536 * 1024 * 1024
"""Bytes of addresses beyond the query's own: libraries, stacks, what allocators reserve."""
_ABSENT = "\x01\x02absent"
"""A text that stands for no value: DuckDB wants one, and an empty field must not be it."""

Send = Callable[[bytes, bytes], None]


def main() -> None:
    """Run the query that comes on standard input, and end."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    send = _sender()
    try:
        _limit(task.limits)
        _run(task, send)
    except Exception as error:
        send(FAILURE, msgspec.json.encode(explained(error)))
    finally:
        os._exit(0)  # waits for no thread and no destructor


def _sender() -> Send:
    """Return what writes a frame, from any thread."""
    lock, output = threading.Lock(), os.dup(1)

    def send(kind: bytes, content: bytes) -> None:
        frame = memoryview(HEAD.pack(kind, len(content)) + content)
        with lock:
            while frame:
                frame = frame[os.write(output, frame) :]

    return send


def _limit(limits: Limits) -> None:
    """Take on what the kernel holds this process to, whatever happens within it."""
    space = limits.memory + _OVERHEAD
    seconds = int(limits.seconds * limits.threads) + 1
    for kind, most in (
        (resource.RLIMIT_AS, space),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))


def _run(task: Task, send: Send) -> None:
    feeds = [feed(fd, relation) for fd, relation in zip(task.files, task.relations, strict=True)]
    connection = _connect(task.limits, [each.path for each in feeds])
    csv.field_size_limit(MAX_RECORD)

    def report() -> None:
        scanned, processed = (sum(counts) for counts in zip(*map(_counts, feeds), strict=True))
        send(PROGRESS, msgspec.json.encode(Counts(scanned, processed)))

    for each in feeds:
        each.start()
    for work in (_end_with_parent, lambda: _report_on(report)):
        threading.Thread(target=work, daemon=True).start()
    # Every thread is there that is needed; from now on there is no further process either.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    try:
        for each, relation in zip(feeds, task.relations, strict=True):
            source = _source(relation.form, each.path)
            connection.execute(f"CREATE TEMP VIEW {relation.name} AS FROM {source}")
        _send_rows(connection.execute(task.statement), send)
    finally:
        for each in feeds:
            if each.failure is not None:
                raise each.failure  # it explains whatever else went wrong
    report()
    send(END, b"")


def _counts(each: Feed) -> tuple[int, int]:
    return each.scanned, each.processed


def _connect(limits: Limits, paths: list[str]) -> duckdb.DuckDBPyConnection:
    """Open an engine that can reach these files and nothing else, and cannot be told otherwise.

    DuckDB documentation, "Securing DuckDB".
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "memory_limit": f"{limits.memory}B",
            "threads": str(limits.threads),
            "temp_directory": "",
            "preserve_insertion_order": "true",
        },
    )
    allowed = ", ".join(f"'{path}'" for path in paths)
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _source(form: Delimited | Json | Parquet, path: str) -> str:
    """Return the function call that reads an input."""
    match form:
        case Parquet():
            return f"read_parquet('{path}')"
        case Json():
            layout = "newline_delimited" if form.lines else "unstructured"
            return (
                f"read_json_objects('{path}', format = '{layout}', "
                f"maximum_object_size = {MAX_JSON_RECORD})"
            )
        case Delimited():
            # What is not plain was written again in the common form (`scanning`).
            plain = form.dialect.is_plain
            field = form.dialect.field if plain else ","
            quote = form.dialect.quote if plain else '"'
            escape = form.dialect.escape if plain else '"'
            columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(1, form.columns + 1))
            return (
                f"read_csv('{path}', auto_detect = false, header = false, "
                f"columns = {{{columns}}}, delim = {_text(field)}, quote = {_text(quote)}, "
                f"escape = {_text(escape)}, new_line = '\\n', comment = '', "
                f"nullstr = '{_ABSENT}', allow_quoted_nulls = false, null_padding = true, "
                f"strict_mode = true, parallel = false, max_line_size = {2 * MAX_RECORD})"
            )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _send_rows(rows: duckdb.DuckDBPyConnection, send: Send) -> None:
    """Send rows in blocks."""
    rest = b""
    while fetched := rows.fetchmany(_ROWS):
        rest += "".join([row for (row,) in fetched]).encode()
        while len(rest) >= MAX_BLOCK:
            send(BLOCK, rest[:MAX_BLOCK])
            rest = rest[MAX_BLOCK:]
    if rest:
        send(BLOCK, rest)


def _report_on(report: Callable[[], None]) -> None:
    while True:
        time.sleep(_PULSE)
        report()


def _end_with_parent() -> None:
    """End this process when its parent is gone, or does not want the rows any more."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
