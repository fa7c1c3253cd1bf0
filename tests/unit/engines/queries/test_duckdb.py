"""Queries run in processes of their own, which reach their inputs and nothing else."""

import asyncio
import gzip

import pytest

from lenticular.engines.queries.contract import (
    Block,
    Compression,
    Delimited,
    Fault,
    Input,
    Json,
    Limits,
    Parquet,
    Progress,
    QueriesBusy,
    Query,
    QueryFailed,
    Relation,
)
from lenticular.engines.queries.delimited import Dialect
from lenticular.engines.queries.duckdb import DuckDbQueries

CSV = Delimited(Dialect(), 2)
ENDLESS = "FROM range(100000000000) a, r SELECT count(*)::varchar WHERE a.range % 7 = c1::int"
HUGE = "FROM range(1000000000) a SELECT string_agg(a.range::varchar, ',')"


async def pieces(data):
    for at in range(0, len(data), 65536):
        yield data[at : at + 65536]


def query(statement, data=b"1,2\n3,4\n", form=CSV, **settings):
    return Query(statement, [Input(Relation("r", form, **settings), pieces(data))])


async def rows(engine, asked):
    found, last = b"", None
    async with engine.run(asked) as events:
        async for event in events:
            match event:
                case Block(data):
                    found += data
                case Progress():
                    last = event
    return found.decode(), last


async def test_rows_and_counts_come_out():
    data = gzip.compress(b"1,2\n3,4\n" * 1000)
    asked = query("FROM r SELECT c2 || '.'", data, compression=Compression.GZIP)
    found, last = await rows(DuckDbQueries(), asked)
    assert found == "2.4." * 1000
    assert last == Progress(len(data), 8000)


async def test_several_inputs_may_be_joined():
    asked = Query(
        "FROM r, s SELECT c1 || (s.json->>'a') || '.' WHERE c2 = '4'",
        [
            Input(Relation("r", CSV), pieces(b"1,2\n3,4\n")),
            Input(Relation("s", Json(lines=True)), pieces(b'{"a":"x"}\n{"a":"y"}\n')),
        ],
    )
    assert sorted((await rows(DuckDbQueries(), asked))[0].split(".")) == ["", "3x", "3y"]


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('/proc/self/environ')",
        "FROM glob('/*')",
        "COPY (SELECT 1) TO '/tmp/lenticular-test-copy'",
        "ATTACH '/tmp/lenticular-test-attach.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT getenv('HOME')",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "SET allowed_paths = ['/etc/passwd']",
        "FROM 'https://example.org/x.csv'",
        "EXPORT DATABASE '/tmp/lenticular-test-export'",
    ],
)
async def test_a_statement_that_got_through_reaches_nothing_else(statement):
    with pytest.raises(QueryFailed):
        await rows(DuckDbQueries(), query(statement))


async def test_a_query_without_end_is_stopped():
    engine = DuckDbQueries(Limits(seconds=0.8))
    with pytest.raises(QueryFailed, match="longer than") as caught:
        await rows(engine, query(ENDLESS))
    assert caught.value.fault == Fault.LIMIT
    assert not engine._running


async def test_a_query_that_wants_too_much_memory_is_stopped():
    engine = DuckDbQueries(Limits(memory=64 * 1024 * 1024))
    with pytest.raises(QueryFailed) as caught:
        await rows(engine, query(HUGE))
    assert caught.value.fault == Fault.LIMIT


async def test_only_so_many_run_at_once_and_leaving_stops_one():
    engine = DuckDbQueries(Limits(concurrency=1))
    async with engine.run(query(ENDLESS)):
        process = next(iter(engine._running))._process
        with pytest.raises(QueriesBusy):
            async with engine.run(query("FROM r SELECT c1")):
                raise AssertionError
    assert process.returncode is not None
    assert (await rows(engine, query("FROM r SELECT c1")))[0] == "13"


async def test_one_that_nobody_leaves_ends_with_its_time():
    engine = DuckDbQueries(Limits(concurrency=1, seconds=0.5))
    await engine.run(query(ENDLESS)).__aenter__()
    (run,) = engine._running
    await asyncio.wait_for(run._watch, 20)
    assert not engine._running
    await run.stop()


@pytest.mark.parametrize(
    ("form", "data", "fault"),
    [
        (CSV, b"a,\xff\n", Fault.ENCODING),
        (CSV, b"a,b,c\n", Fault.WIDTH),
        (CSV, b'"a"b,c\nd,e\n', Fault.INPUT),
        (Json(lines=True), b'{"a":\n', Fault.INPUT),
        (Parquet(), b"PAR1 it is not", Fault.INPUT),
    ],
)
async def test_what_is_wrong_with_an_input_is_told(form, data, fault):
    with pytest.raises(QueryFailed) as caught:
        await rows(DuckDbQueries(), query("FROM r SELECT to_json(r)::varchar", data, form))
    assert caught.value.fault == fault


async def test_what_an_input_raises_ends_the_query():
    async def broken():
        yield b"1,2\n"
        raise OSError("the disk is gone")

    asked = Query("FROM r SELECT c1", [Input(Relation("r", CSV), broken())])
    with pytest.raises(OSError, match="the disk is gone"):
        await rows(DuckDbQueries(), asked)
