"""The main job, as a program and as a notebook: both run on a real cloud and say the same."""

import csv
import hashlib
import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "sample_collection.ipynb"
TABLE_HEAD = "experiment  item"


def summary(printed: str) -> str:
    """Return the part of an example's output that says what is stored."""
    start = printed.index(TABLE_HEAD)
    return printed[start : printed.index("same bytes.\n") + len("same bytes.\n")]


def test_example_and_notebook_give_the_same_output(run_example, run_notebook):
    printed = run_example("sample_collection.py")
    cells = run_notebook(NOTEBOOK)
    assert cells["summary"] == summary(printed)
    assert cells["summary"].count("\n") == len(samples()) + 2
    urls = [url.rpartition("/")[2] for url in cells["query"].split()]
    assert urls == ["cell.png", "ihc.png"]


def samples() -> list[dict[str, str]]:
    with (ROOT / "examples" / "samples.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_notebook_is_committed_without_traces_of_a_run():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_kept_collection_is_there_for_everybody(run_example, environment):
    printed = run_example("sample_collection.py", "--keep")
    name = re.search(r"both named (samples-\w+)", printed)[1]
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    endpoint = environment["AWS_ENDPOINT_URL"]
    bucket = session.resource("s3", endpoint_url=endpoint).Bucket(name)
    table = session.resource("dynamodb", endpoint_url=endpoint).Table(name)

    rows = {row["RowKey"]: row for row in table.scan()["Items"]}
    for sample in samples():
        row = rows.pop(sample["item"])
        assert row["PartitionKey"] == sample["experiment"]
        assert row["date"] == sample["date"]
        assert row["description"] == sample["comment"]
        with urlopen(row["url"]) as response:
            digest = hashlib.sha256(response.read()).hexdigest()
        assert f"{sample['item']:<16}" in printed
        assert digest[:12] in printed
    assert rows == {}
    assert {item.key for item in bucket.objects.all()} == {sample["file"] for sample in samples()}


def test_collection_is_removed_unless_kept(run_example, environment):
    printed = run_example("sample_collection.py")
    url = re.search(r"http://\S+/cell\.png", printed)[0]
    with pytest.raises(HTTPError) as refused:
        urlopen(url)
    with refused.value as answer:
        assert answer.code == 404
        assert b"<Code>NoSuchBucket</Code>" in answer.read()


def test_own_folder_of_samples(run_example, tmp_path):
    rows = ["item,experiment,date,file,comment"]
    for number in range(30):
        (tmp_path / f"run {number}.bin").write_bytes(bytes([number]) * number * 1000)
        rows.append(f"item{number:02},e{number % 3},2026-01-{number + 1:02},run {number}.bin,a run")
    (tmp_path / "samples.csv").write_text("\n".join(rows))
    printed = run_example("sample_collection.py", str(tmp_path))
    assert "30 samples stored, and fetched again without credentials: same bytes." in printed
    assert "All of the experiment e0:" in printed
    assert len(re.findall(r"^  http://\S+/run%20\d+\.bin$", printed, re.MULTILINE)) == 11


def test_bucket_by_hand(run_example):
    printed = run_example("bucket_by_hand.py")
    steps = [(line.split()[0], line.split()[2]) for line in printed.splitlines()]
    assert steps == [("PUT", "200"), ("HEAD", "200"), ("DELETE", "204"), ("HEAD", "404")]
