"""Search: entries per second into an index, and the time of usual queries as it grows.

``python -m benchmarks.search [ENTRIES ...]`` (10,000 and 100,000 unless told). The store is the
SQLite engine in a new folder; an entry has 12 fields, three of them text. Times are of
the processor, all threads together, of queries the middle one of several.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.engines.search.contract import Sort
from lenticular.engines.search.expressions import AllOf, AnyOf, Between, Equals, Matching, Word
from lenticular.engines.search.facets import DateHistogram, NumericHistogram, Terms
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.primitives.search import Entry, Indices, NewEntry, Question, Viewer
from lenticular.primitives.search.records import Ingest

_SIZES = (10_000, 100_000)
_BATCH = 2000
_TIMES = 7

_STARTS = ("gla", "mor", "ice", "sno", "fir", "cor", "sed", "atmo")
_ENDS = ("cier", "aine", "berg", "wpack", "nfall", "sphere", "iment", "logy")
_WORDS = [start + end for start in _STARTS for end in _ENDS]


def _entry(number: int, chance: random.Random) -> NewEntry:
    content = {
        "title": " ".join(chance.choices(_WORDS, k=6)),
        "abstract": " ".join(chance.choices(_WORDS, k=60)) + f" rare{number % 5000}",
        "authors": [f"Author {chance.randrange(500)}" for _ in range(3)],
        "year": 1950 + chance.randrange(76),
        "size": chance.randrange(10**9),
        "taken": f"{1950 + chance.randrange(76)}-{1 + chance.randrange(12):02}-15",
        "instrument": {"name": f"probe-{chance.randrange(40)}", "depth": chance.random() * 3000},
        "is_open": chance.random() < 0.5,
        "format": chance.choice(["netcdf", "csv", "zarr", "hdf5"]),
    }
    audience = ("public",) if number % 3 else ("all_authenticated_users",)
    entry = Entry(json.dumps(content).encode(), audience)
    return NewEntry(f"https://data.example.org/{number}", None, entry)


_QUESTIONS = {
    "one rare word": Question(where=Word("rare77")),
    "two common words": Question(where=AnyOf((Word("iceberg"), Word("morlogy")))),
    "words and filters": Question(
        where=AllOf((Word("iceberg"), Between("year", 1990, 2000), Equals("format", "csv")))
    ),
    "a wildcard": Question(where=Word("rare12*", Matching.WILDCARD)),
    "everything, sorted": Question(sort=[Sort("taken")]),
    "everything, three facets": Question(
        facets=[
            Terms("authors", "authors"),
            DateHistogram("taken", "taken", "year"),
            NumericHistogram("depth", "instrument.depth", 0, 3000, 10),
        ]
    ),
    "a word, three facets": Question(
        where=Word("iceberg"),
        facets=[
            Terms("authors", "authors"),
            DateHistogram("taken", "taken", "year"),
            NumericHistogram("depth", "instrument.depth", 0, 3000, 10),
        ],
    ),
    "a page of a scroll": Question(scrolling=True, after="https://data.example.org/5", limit=100),
}


async def _measure(entries: int, folder: Path) -> None:
    store = await SqliteStore.open(folder / "store.sqlite")
    indices = Indices(store, SqliteSearch(folder / "search"))
    viewer = Viewer((str(uuid.uuid4()),))
    index = (await indices.create(viewer, "Benchmark", "")).index.index_id
    chance = random.Random(6)
    made = [_entry(number, chance) for number in range(entries)]
    began = time.process_time()
    for start in range(0, entries, _BATCH):
        work = Ingest(tuple(made[start : start + _BATCH]))
        await indices.tasks.submit(viewer, index, work)
        await asyncio.wait(indices.tasks._running.values())
    await indices.reading.search(viewer, index, Question(limit=1))
    passed = time.process_time() - began
    size = (folder / f"search/{index}.sqlite").stat().st_size
    print(f"{entries:,} entries: {entries / passed:,.0f} a second in and searchable; "
          f"{size / entries:,.0f} bytes of index each")  # fmt: skip
    for name, question in _QUESTIONS.items():
        times = []
        for _ in range(_TIMES):
            began = time.process_time()
            results = await indices.reading.search(viewer, index, question)
            times.append(time.process_time() - began)
        print(f"  {name:<26} {statistics.median(times) * 1000:8.1f} ms  {results.total:,} found")
    began = time.process_time()
    await indices._engine.drop(index)
    indices._following.forget(index)
    await indices.reading.search(viewer, index, Question(limit=1))
    passed = time.process_time() - began
    print(f"  made anew from the store in {passed:.1f} s, {entries / passed:,.0f} entries a second")
    await indices.close()
    await store.close()


def main() -> None:
    """Measure each size in a folder of its own."""
    for entries in [int(argument) for argument in sys.argv[1:]] or _SIZES:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(entries, Path(folder)))


if __name__ == "__main__":
    main()
