"""SelectObjectContent with boto3: what comes back, what is refused, and who is kept out."""

import bz2
import csv
import gzip
import io
import json
import time
from contextlib import closing

import boto3
import duckdb
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from lenticular.testing.cloud import running_cloud

ROWS = [
    [str(number), f"name {number}", 'say "x",\ny' if number % 7 == 0 else "é€"]
    for number in range(500)
]
HEADER = ["id", "name", "remark"]
QUOTED = {"FileHeaderInfo": "USE", "AllowQuotedRecordDelimiter": True}


def text_of(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


TABLE = text_of([HEADER, *ROWS])
DOCUMENTS = [
    {"id": number, "tags": [f"t{number % 3}", None], "in": {"x": number / 4}}
    for number in range(100)
]
LINES = "".join(json.dumps(each) + "\n" for each in DOCUMENTS).encode()


@pytest.fixture
def select(s3, bucket):
    """``select(data, statement)``: returns the records, and the events beside them."""

    def run(data, expression, given=None, output=None, client=s3, **more):
        s3.put_object(Bucket=bucket, Key="data", Body=data)
        answer = client.select_object_content(
            Bucket=bucket,
            Key="data",
            ExpressionType="SQL",
            Expression=expression,
            InputSerialization=given or {"CSV": {}},
            OutputSerialization=output or {"CSV": {}},
            **more,
        )
        with closing(answer["Payload"]) as payload:
            events = list(payload)
        records = b"".join(each["Records"]["Payload"] for each in events if "Records" in each)
        return records, [each for each in events if "Records" not in each]

    return run


def code_of(call, *args, **more):
    with pytest.raises((ClientError, EventStreamError)) as caught:
        call(*args, **more)
    return caught.value.response["Error"]["Code"]


def test_a_filter_of_csv_returns_its_records_and_true_counts(select):
    records, others = select(
        TABLE, "SELECT * FROM S3Object s WHERE CAST(s.id AS INT) >= 490", {"CSV": QUOTED}
    )
    assert list(csv.reader(io.StringIO(records.decode(), newline=""))) == ROWS[490:]
    stats = others[-2]["Stats"]["Details"]
    assert stats == {
        "BytesScanned": len(TABLE),
        "BytesProcessed": len(TABLE),
        "BytesReturned": len(records),
    }
    assert "End" in others[-1]


@pytest.mark.parametrize(("kind", "compress"), [("GZIP", gzip.compress), ("BZIP2", bz2.compress)])
def test_compressed_input_counts_both_sizes_and_progress_is_told(select, kind, compress):
    data = compress(TABLE)
    records, others = select(
        data,
        "SELECT COUNT(*), MAX(id) FROM S3Object",
        {"CSV": QUOTED, "CompressionType": kind},
        {"JSON": {}},
        RequestProgress={"Enabled": True},
    )
    assert json.loads(records) == {"_1": 500, "_2": 499}
    counts = {
        "BytesScanned": len(data),
        "BytesProcessed": len(TABLE),
        "BytesReturned": len(records),
    }
    assert others[-3]["Progress"]["Details"] == others[-2]["Stats"]["Details"] == counts


def test_other_delimiters_in_and_out(select):
    records, _ = select(
        b"a;'1;|2'|b;'it''s'|",
        "SELECT _2, _1 FROM S3Object",
        {
            "CSV": {
                "FieldDelimiter": ";",
                "RecordDelimiter": "|",
                "QuoteCharacter": "'",
                "QuoteEscapeCharacter": "'",
                "AllowQuotedRecordDelimiter": True,
            }
        },
        {"CSV": {"FieldDelimiter": "\t", "RecordDelimiter": "~\n", "QuoteFields": "ALWAYS"}},
    )
    assert records == b'"1;|2"\t"a"~\n"it\'s"\t"b"~\n'


def test_lines_and_documents_of_json(select):
    expression = "SELECT s.id, s.\"in\".x FROM S3Object s WHERE s.tags[0] = 't1' LIMIT 5"
    records, _ = select(LINES, expression, {"JSON": {"Type": "LINES"}}, {"JSON": {}})
    expected = [
        {"id": each["id"], "x": each["in"]["x"]} for each in DOCUMENTS if each["id"] % 3 == 1
    ]
    assert [json.loads(line) for line in records.splitlines()] == expected[:5]
    document = json.dumps({"all": DOCUMENTS}, indent=1).encode()
    expression = "SELECT COUNT(*), SUM(s.id) FROM S3Object[*].all[*] s"
    records, _ = select(document, expression, {"JSON": {"Type": "DOCUMENT"}})
    assert records == b"100,4950\n"


def test_parquet(select, tmp_path):
    path = tmp_path / "x.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT i AS a, 'n' || i AS b FROM range(100) t(i)) TO '{path}'")
    data = path.read_bytes()
    records, others = select(data, "SELECT * FROM S3Object s WHERE s.a > 97", {"Parquet": {}})
    assert records == b"98,n98\n99,n99\n"
    assert 0 < others[-2]["Stats"]["Details"]["BytesScanned"] <= len(data)
    assert (
        code_of(select, b"nonsense", "SELECT * FROM S3Object", {"Parquet": {}})
        == "ParquetParsingError"
    )


def test_scan_ranges_share_no_record_and_miss_none(select):
    rows = [[str(number), "x" * (number % 11)] for number in range(60)]
    data, found = text_of([["id", "text"], *rows]), b""
    for start in range(0, len(data), 150):
        records, _ = select(
            data,
            "SELECT s.id FROM S3Object s",
            {"CSV": {"FileHeaderInfo": "USE"}},
            ScanRange={"Start": start, "End": start + 149},
        )
        found += records
    assert found.decode().split() == [row[0] for row in rows]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ExpressionType": "XPATH"}, "InvalidExpressionType"),
        ({"Expression": ""}, "MissingRequiredParameter"),
        ({"Expression": "SELECT * FROM read_csv('/etc/passwd')"}, "InvalidDataSource"),
        ({"Expression": "SELECT getenv('HOME') FROM S3Object"}, "UnsupportedFunction"),
        ({"Expression": "SELECT * FROM S3Object a, S3Object b"}, "UnsupportedSqlStructure"),
        ({"Expression": "COPY S3Object TO '/tmp/x'"}, "ParseSelectMissingFrom"),
        (
            {"InputSerialization": {"CSV": {}, "JSON": {"Type": "LINES"}}},
            "ObjectSerializationConflict",
        ),
        ({"InputSerialization": {}}, "InvalidDataSource"),
        ({"InputSerialization": {"CSV": {"FileHeaderInfo": "SOME"}}}, "InvalidFileHeaderInfo"),
        ({"InputSerialization": {"JSON": {"Type": "TREE"}}}, "InvalidJsonType"),
        ({"InputSerialization": {"CSV": {}, "CompressionType": "ZIP"}}, "InvalidCompressionFormat"),
        (
            {"InputSerialization": {"Parquet": {}, "CompressionType": "GZIP"}},
            "InvalidCompressionFormat",
        ),
        ({"InputSerialization": {"CSV": {"FieldDelimiter": "ab"}}}, "InvalidRequestParameter"),
        ({"InputSerialization": {"CSV": {"FieldDelimiter": "\n"}}}, "InvalidRequestParameter"),
        ({"InputSerialization": {"CSV": {}, "CompressionType": "GZIP"}}, "TruncatedInput"),
        ({"OutputSerialization": {"CSV": {"QuoteFields": "SOME"}}}, "InvalidQuoteFields"),
        ({"ScanRange": {"Start": 5, "End": 2}}, "InvalidScanRange"),
        ({"ScanRange": {"Start": 5000}}, "InvalidScanRange"),
        (
            {"InputSerialization": {"JSON": {"Type": "DOCUMENT"}}, "ScanRange": {"Start": 0}},
            "UnsupportedScanRangeInput",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_is_refused_with_its_own_code(s3, bucket, more, code):
    s3.put_object(Bucket=bucket, Key="data", Body=b"a,b\n")
    request = {
        "Bucket": bucket,
        "Key": "data",
        "ExpressionType": "SQL",
        "Expression": "SELECT * FROM S3Object",
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    }
    assert code_of(s3.select_object_content, **request | more) == code


@pytest.mark.parametrize(
    ("data", "expression", "given", "code"),
    [
        (b"a\xff,b\n", "SELECT * FROM S3Object", {"CSV": {}}, "InvalidTextEncoding"),
        (b"a,b\n", "SELECT CAST(_1 AS INT) FROM S3Object", {"CSV": {}}, "CastFailed"),
        (b'{"a": }\n', "SELECT * FROM S3Object", {"JSON": {"Type": "LINES"}}, "JSONParsingError"),
    ],
)
def test_what_is_wrong_with_the_object_is_told(select, data, expression, given, code):
    assert code_of(select, data, expression, given) == code


def test_an_error_tells_nothing_of_the_machine(select):
    with pytest.raises(ClientError) as caught:
        select(b"{", "SELECT * FROM S3Object", {"JSON": {"Type": "DOCUMENT"}})
    message = caught.value.response["Error"]["Message"]
    assert "/dev/" not in message
    assert "the file" in message


def test_an_error_after_records_ends_the_stream(select):
    data = b"1,x\n" * 400_000 + b"no,x\n"
    assert code_of(select, data, "SELECT CAST(_1 AS INT), _2 FROM S3Object") == "CastFailed"


def test_nobody_selects_anonymously(s3, bucket, aws):
    s3.put_object(Bucket=bucket, Key="data", Body=b"a\n", ACL="private")
    client = aws("s3", config=Config(signature_version=UNSIGNED))
    request = {"ExpressionType": "SQL", "Expression": "SELECT * FROM S3Object"}
    forms = {"InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}}}
    assert (
        code_of(client.select_object_content, Bucket=bucket, Key="data", **request, **forms)
        == "AccessDenied"
    )


@pytest.fixture
def limited(tmp_path):
    """A client of a cloud that runs one query at once, for a second."""
    with running_cloud(tmp_path, query_timeout=1.0, query_concurrency=1) as cloud:
        client = boto3.client("s3", **cloud.boto3(), config=Config(retries={"max_attempts": 1}))
        client.create_bucket(Bucket="limits")
        yield client
        client.close()
        assert not [path for path in tmp_path.iterdir() if path.name.startswith("tmp")]


REQUEST = {
    "Bucket": "limits",
    "Key": "data",
    "ExpressionType": "SQL",
    "Expression": "SELECT * FROM S3Object WHERE _1 LIKE '%%%%9%%%'",
    "InputSerialization": {"CSV": {}, "CompressionType": "GZIP"},
    "OutputSerialization": {"CSV": {}},
}


def selected(client, data, **more):
    client.put_object(Bucket="limits", Key="data", Body=gzip.compress(data, 1))
    with closing(client.select_object_content(**REQUEST | more)["Payload"]) as payload:
        return list(payload)


def test_a_gzip_bomb_is_stopped_and_the_next_query_runs(limited):
    bomb = b"1,2,3,4\n" * 40_000_000
    assert code_of(selected, limited, bomb) == "ExternalEvalException"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # a loaded machine may take its second to start a process
        try:
            events = selected(limited, b"9\n")
            break
        except (ClientError, EventStreamError):
            continue
    assert events[0]["Records"]["Payload"] == b"9\n"


def test_more_queries_than_may_run_are_told_to_slow_down(tmp_path):
    with running_cloud(tmp_path, query_concurrency=1) as cloud:
        client = boto3.client("s3", **cloud.boto3(), config=Config(retries={"max_attempts": 1}))
        client.create_bucket(Bucket="limits")
        data = b"9,a text that fills the buffers on the way\n" * 1_000_000
        client.put_object(Bucket="limits", Key="data", Body=gzip.compress(data, 1))
        answer = client.select_object_content(**REQUEST)
        assert code_of(client.select_object_content, **REQUEST) == "SlowDown"
        records = b"".join(
            event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event
        )
        assert records == data
        assert selected(client, b"9\n")[0]["Records"]["Payload"] == b"9\n"
        client.close()
