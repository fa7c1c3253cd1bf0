"""What is in the cloud, looked at in every way that a client can, which must agree."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .judge import Torn
from .values import read_token
from .writers import BUCKET, TABLE, make_item

Found = dict[str, str]
"""Token by address; `Torn` where something does not agree."""

Item = dict[str, Any]

INDEXES = ("by-count", "by-group")


class Objects:
    """Looks at the objects, and remembers the entity tags of those that it has read."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._read: dict[str, tuple[str, str]] = {}

    def find(self, expected: Mapping[str, str | None] | None = None) -> Found:
        """Return the token of each object; the listing and the objects must agree.

        Every object is read; with what is `expected`, only those that are not as expected
        by their entity tag in the listing, because they are new or changed since they were read.
        """
        found: Found = {}
        read, self._read = self._read, {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for entry in page.get("Contents", []):
                key = entry["Key"]
                known = read.get(key)
                if expected and known and known == (entry["ETag"], expected.get(key)):
                    token: str | None = known[1]
                else:
                    token = self._read_object(entry)
                if token is None:
                    continue
                found[key] = token
                if not isinstance(token, Torn):
                    self._read[key] = entry["ETag"], token
        return found

    def _read_object(self, entry: Mapping[str, Any]) -> str | None:
        """Return the token of an object; None if it has gone since it was listed."""
        try:
            answer = self.client.get_object(Bucket=BUCKET, Key=entry["Key"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            return Torn(f"listed, but not to be had: {error}")
        try:
            body = answer["Body"].read()
        except BotoCoreError as error:
            # If it is not the value, the server has died: the next request tells that.
            return Torn(f"not to be read to its end: {error}")
        listed = entry["Size"], entry["ETag"]
        if listed != (len(body), answer["ETag"]):
            return Torn(f"listed as {listed}, read as {len(body), answer['ETag']}")
        if "-" not in entry["ETag"] and entry["ETag"].strip('"') != hashlib.md5(body).hexdigest():
            return Torn(f"{len(body)} bytes do not fit the entity tag {entry['ETag']}")
        return read_token(body)


_LOOKS = 3
"""Times that a table and its indexes are compared before they count as not agreeing: items may
expire between one scan and the next."""


def find_items(client: Any, indexes: Collection[str] = INDEXES) -> Found:
    """Return the token of each item; the table and its indexes must agree."""
    for _ in range(_LOOKS):
        items = _scan(client)
        disagreements = {
            address: Torn(f"the index {index} does not agree with the table")
            for index in indexes
            for address in _disagreements(items, _scan(client, IndexName=index))
        }
        if not disagreements:
            break
    return {_address(item): _read_item(item) for item in items} | disagreements


def _read_item(item: Item) -> str:
    token = read_token(item["value"]["B"])
    plain = {name: value for name, value in item.items() if name != "until"}
    if isinstance(token, Torn) or plain == make_item(_address(item), token):
        return token
    return Torn(f"attributes do not fit the value {token}")


def _disagreements(items: list[Item], projected: list[Item]) -> list[str]:
    """Return the addresses of items that are not in both, once and alike."""
    one, other = (sorted(each, key=str) for each in (items, projected))
    if one == other:
        return []
    return [_address(item) for item in items + projected if one.count(item) != other.count(item)]


def _scan(client: Any, **options: Any) -> list[Item]:
    pages = client.get_paginator("scan").paginate(TableName=TABLE, **options)
    return [item for page in pages for item in page["Items"]]


def _address(item: Item) -> str:
    return f"{item['writer']['S']}/{item['number']['N']}"


def abort_uploads(client: Any) -> None:
    """Abort the uploads whose parts arrived but which were not completed."""
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET):
        for upload in page.get("Uploads", []):
            client.abort_multipart_upload(
                Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"]
            )
