"""What is in the cloud, looked at in every way that a client can, which must agree."""

import hashlib
from typing import Any

from .journal import State
from .values import read_token
from .writers import BUCKET, TABLE, make_item


def find_objects(client: Any) -> State:
    """Return the token of each object; the listing and the objects must agree."""
    found: State = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for entry in page.get("Contents", []):
            answer = client.get_object(Bucket=BUCKET, Key=entry["Key"])
            body = answer["Body"].read()
            found[entry["Key"]] = read_token(body)
            assert entry["Size"] == len(body)
            assert entry["ETag"] == answer["ETag"]
            if "-" not in entry["ETag"]:
                assert entry["ETag"].strip('"') == hashlib.md5(body).hexdigest()
    return found


def find_items(client: Any) -> State:
    """Return the token of each item; the table and its indexes must agree."""
    items = _scan(client)
    found: State = {}
    for item in items:
        address = f"{item['writer']['S']}/{item['number']['N']}"
        found[address] = token = read_token(item["value"]["B"])
        assert item == make_item(address, token)
    for index in ("by-count", "by-group"):
        assert _in_order(_scan(client, IndexName=index)) == _in_order(items)
    return found


def _scan(client: Any, **options: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(TableName=TABLE, **options)
    return [item for page in pages for item in page["Items"]]


def _in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: (item["writer"]["S"], int(item["number"]["N"])))


def abort_uploads(client: Any) -> None:
    """Abort the uploads whose parts arrived but which were not completed."""
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET):
        for upload in page.get("Uploads", []):
            client.abort_multipart_upload(
                Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"]
            )
