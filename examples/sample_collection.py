"""Put a collection of data samples into the cloud: files into a bucket, a row for each in a table.

    eval "$(lenticular env)"
    python examples/sample_collection.py [FOLDER] [--keep]

FOLDER holds ``samples.csv`` (item, experiment, date, file, comment) and the files that it names.
Without one, the collection is six pictures that scikit-image ships. This is plain boto3 and runs
on any cloud that speaks S3 and DynamoDB: nothing here knows of Lenticular, the environment says
where to go. What was stored is removed in the end, unless it is to be kept.
"""

import argparse
import csv
import hashlib
import shutil
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

REGION = "us-west-2"
"""Where the bucket is to be: its location constraint."""


def main() -> None:
    """Store a collection, check it the way its readers will, and tell how it went."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="samples.csv and the files it names")
    parser.add_argument("--keep", action="store_true", help="leave the bucket and the table there")
    arguments = parser.parse_args()

    name = f"samples-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or copy_pictures(Path(scratch))
        samples = read_samples(folder)
        bucket = create_bucket(name)
        try:
            table = create_table(name)
            try:
                run(samples, folder, bucket, table)
            finally:
                if not arguments.keep:
                    table.delete()
                    table.wait_until_not_exists()
        finally:
            if not arguments.keep:
                bucket.objects.delete()
                bucket.delete()
    if arguments.keep:
        print(f"\nKept: the bucket and the table, both named {name}. Look at them with boto3:")
        print(f"  boto3.resource('s3').Bucket('{name}').objects.all()")
        print(f"  boto3.resource('dynamodb').Table('{name}').scan()['Items']")
    else:
        print("\nRemoved the bucket and the table again; --keep leaves them there.")


def run(samples: list[dict[str, str]], folder: Path, bucket: Any, table: Any) -> None:
    """Do the job: store, fetch, compare, read, query. Print each step."""
    client = boto3.client("s3")
    location = client.get_bucket_location(Bucket=bucket.name)["LocationConstraint"]
    print(f"Bucket {bucket.name} in {location}, table {table.name} {table.table_status}\n")

    began = time.perf_counter()
    size = sum(upload(sample, folder, bucket) for sample in samples)
    uploaded = time.perf_counter()
    for sample in samples:
        put_row(sample, bucket, table)
    described = time.perf_counter()
    rows = [row for page in pages(table) for row in page["Items"]]
    digests = {row["RowKey"]: fetch_digest(row["url"]) for row in rows}
    fetched = time.perf_counter()

    print(summary(samples, folder, rows, digests))

    first = samples[0]
    key = {"PartitionKey": first["experiment"], "RowKey": first["item"]}
    row = table.get_item(Key=key)["Item"]
    print(f"\nThe row {row['PartitionKey']} / {row['RowKey']}, of {row['date']}:")
    print(f"  {row['description']}\n  {row['url']}")

    found = table.query(KeyConditionExpression=Key("PartitionKey").eq(first["experiment"]))
    print(f"\nAll of the experiment {first['experiment']}:")
    for row in found["Items"]:
        print(f"  {row['url']}")

    print(
        f"\n{size / 1e6:.1f} MB stored at {size / 1e6 / (uploaded - began):.1f} MB/s and "
        f"{len(rows)} rows at {len(rows) / (described - uploaded):.0f} rows/s, "
        f"all fetched at {size / 1e6 / (fetched - described):.1f} MB/s: "
        f"one client, one request at a time."
    )


def copy_pictures(folder: Path) -> Path:
    """Make `folder` a collection: our CSV file and the pictures of the installed scikit-image."""
    package = find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("no FOLDER was given, and scikit-image with its pictures is not installed")
    pictures = Path(package.submodule_search_locations[0]) / "data"
    shutil.copy(Path(__file__).with_name("samples.csv"), folder)
    for sample in read_samples(folder):
        shutil.copy(pictures / sample["file"], folder)
    return folder


def read_samples(folder: Path) -> list[dict[str, str]]:
    """Return the lines of the collection's CSV file."""
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def create_bucket(name: str) -> Any:
    """Create a bucket that everybody may list, in `REGION`."""
    s3 = boto3.resource("s3")
    bucket = s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    bucket.Acl().put(ACL="public-read")
    return bucket


def create_table(name: str) -> Any:
    """Create a table with a HASH and a RANGE key, and wait until it can be used."""
    dynamodb = boto3.resource("dynamodb")
    table = dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "PartitionKey", "KeyType": "HASH"},
            {"AttributeName": "RowKey", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "PartitionKey", "AttributeType": "S"},
            {"AttributeName": "RowKey", "AttributeType": "S"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    table.meta.client.get_waiter("table_exists").wait(TableName=name)
    table.reload()
    return table


def upload(sample: dict[str, str], folder: Path, bucket: Any) -> int:
    """Upload the file of one sample, let everybody read it, and return its size in bytes."""
    path = folder / sample["file"]
    with path.open("rb") as body:
        uploaded = bucket.put_object(Key=sample["file"], Body=body)
    uploaded.Acl().put(ACL="public-read")
    return path.stat().st_size


def pages(table: Any) -> Any:
    """Iterate over the table, a page of at most 1 MB at a time."""
    return table.meta.client.get_paginator("scan").paginate(TableName=table.name)


def put_row(sample: dict[str, str], bucket: Any, table: Any) -> None:
    """Describe one sample in the table."""
    place = f"{bucket.meta.client.meta.endpoint_url}/{bucket.name}"
    table.put_item(
        Item={
            "PartitionKey": sample["experiment"],
            "RowKey": sample["item"],
            "description": sample["comment"],
            "date": sample["date"],
            "url": f"{place}/{urllib.parse.quote(sample['file'])}",
        }
    )


def fetch_digest(url: str) -> str:
    """Fetch `url` as anybody could, without credentials, and return the SHA-256 of what came."""
    with urllib.request.urlopen(url, timeout=30) as response:
        return hashlib.sha256(response.read()).hexdigest()


def summary(
    samples: list[dict[str, str]],
    folder: Path,
    rows: list[dict[str, Any]],
    digests: dict[str, str],
) -> str:
    """Return a table of what is stored, after comparing it with the files; it is always the same.

    Raises SystemExit when the cloud does not hold what was put into it.
    """
    expected = {sample["item"]: folder / sample["file"] for sample in samples}
    if {row["RowKey"] for row in rows} != set(expected):
        raise SystemExit(f"the table has other rows than the collection has samples: {rows}")
    lines = [f"{'experiment':<12}{'item':<16}{'date':<12}{'bytes':>8}  sha256"]
    for row in sorted(rows, key=lambda row: (row["PartitionKey"], row["RowKey"])):
        item, data = row["RowKey"], expected[row["RowKey"]].read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digests[item] != digest:
            raise SystemExit(f"{row['url']} gave other bytes than were uploaded")
        line = f"{row['PartitionKey']:<12}{item:<16}{row['date']:<12}{len(data):>8}"
        lines.append(f"{line}  {digest[:12]}")
    lines.append(f"{len(rows)} samples stored, and fetched again without credentials: same bytes.")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
