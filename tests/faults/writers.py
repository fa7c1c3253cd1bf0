"""Writers: they do mixed work as fast as the server lets them, each on addresses of its own."""

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from .journal import Journal, State
from .values import make_token, make_value

BUCKET = TABLE = "faults"
KEYS = 12
"""Addresses of each writer."""

MEBIBYTE = 1 << 20
LARGE = 200 * 1024
"""Bytes of an object that has a file of its own."""


class Writer(threading.Thread):
    """Works until `stopping` is set or the server is gone. Anything else is its `failure`."""

    operations: tuple[tuple[int, str], ...]
    """How often, and the method's name."""

    def __init__(self, name: str, client: Any, path: Path, state: State, seed: object) -> None:
        super().__init__(name=name)
        self.client = client
        self.journal = Journal(path)
        self.state = dict(state)
        self.random = random.Random(f"{name} {seed}")
        self.number = 0
        self.run_id = seed
        self.stopping = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        weights, names = zip(*self.operations, strict=True)
        try:
            while not self.stopping.is_set():
                (name,) = self.random.choices(names, weights)
                getattr(self, name)()
        except (HTTPClientError, EndpointConnectionError):
            pass  # the server was killed: the journal says what was under way
        except BaseException as error:
            self.failure = error
        finally:
            self.journal.close()

    def carry_out(self, changes: State, ask: Callable[[], object]) -> None:
        """Ask for `changes`, and note before and after what is known of them."""
        intent = self.journal.intend(changes)
        ask()
        self.journal.done(intent)
        self.state |= changes

    def refuse(self, changes: State, ask: Callable[[], object], code: str) -> None:
        """Ask for `changes` that the server must refuse with `code`."""
        intent = self.journal.intend(changes)
        try:
            ask()
        except ClientError as error:
            if error.response["Error"]["Code"] != code:
                raise
        else:
            raise AssertionError(f"not refused: {changes}")
        self.journal.refused(intent)

    def address(self) -> str:
        return f"{self.name}/{self.random.randrange(KEYS)}"

    def existing(self) -> str | None:
        """Return an address at which there is something, if there is one."""
        there = sorted(address for address, token in self.state.items() if token)
        return self.random.choice(there) if there else None

    def token(self, address: str, size: int) -> str:
        self.number += 1
        return make_token(f"{address}@{self.run_id}", self.number, size)


class ObjectWriter(Writer):
    """Puts, overwrites, copies and deletes objects, small and large, in one request or in parts."""

    operations = (
        (40, "put_small"),
        (20, "put_large"),
        (10, "put_parts"),
        (12, "copy"),
        (14, "delete"),
    )

    def put_small(self) -> None:
        self._put(self.random.randrange(100, 5000))

    def put_large(self) -> None:
        self._put(self.random.randrange(LARGE // 2, LARGE * 2))

    def _put(self, size: int) -> None:
        address = self.address()
        token = self.token(address, size)
        body = make_value(token)
        self.carry_out(
            {address: token},
            lambda: self.client.put_object(Bucket=BUCKET, Key=address, Body=body),
        )

    def put_parts(self) -> None:
        address = self.address()
        # Every part but the last has at least 5 MiB: mostly there is just the last.
        first = 5 * MEBIBYTE if self.random.random() < 0.2 else 0
        token = self.token(address, first + self.random.randrange(1000, LARGE))
        body = make_value(token)
        pieces = [body[:first], body[first:]] if first else [body]
        upload = {"Bucket": BUCKET, "Key": address}
        upload["UploadId"] = self.client.create_multipart_upload(**upload)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": self.client.upload_part(PartNumber=number, Body=piece, **upload)["ETag"],
            }
            for number, piece in enumerate(pieces, 1)
        ]
        self.carry_out(
            {address: token},
            lambda: self.client.complete_multipart_upload(
                MultipartUpload={"Parts": parts}, **upload
            ),
        )

    def copy(self) -> None:
        source, target = self.existing(), self.address()
        if source is None or source == target:
            return
        self.carry_out(
            {target: self.state[source]},
            lambda: self.client.copy_object(
                Bucket=BUCKET, Key=target, CopySource={"Bucket": BUCKET, "Key": source}
            ),
        )

    def delete(self) -> None:
        address = self.address()
        self.carry_out(
            {address: None}, lambda: self.client.delete_object(Bucket=BUCKET, Key=address)
        )


class ItemWriter(Writer):
    """Puts, updates on conditions, deletes and transacts items of a table with two indexes."""

    operations = (
        (35, "put"),
        (20, "update"),
        (10, "update_what_changed"),
        (20, "transact"),
        (15, "delete"),
    )

    def put(self) -> None:
        address = self.address()
        token = self._new_token(address)
        self.carry_out(
            {address: token},
            lambda: self.client.put_item(TableName=TABLE, Item=make_item(address, token)),
        )

    def update(self) -> None:
        address = self.existing()
        if address is None:
            return
        token = self._new_token(address)
        self.carry_out({address: token}, self._update(address, self.state[address], token))

    def update_what_changed(self) -> None:
        address = self.existing()
        if address is None:
            return
        update = self._update(address, "something else", token := self._new_token(address))
        self.refuse({address: token}, update, "ConditionalCheckFailedException")

    def _update(self, address: str, old: str | None, new: str) -> Callable[[], object]:
        item = make_item(address, new)
        fields = [name for name in item if name not in make_key(address)]
        return lambda: self.client.update_item(
            TableName=TABLE,
            Key=make_key(address),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
            ConditionExpression="#token = :old",
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={f":{name}": item[name] for name in fields}
            | {":old": {"S": old}},
        )

    def transact(self) -> None:
        """Put some items and delete others: all of it or nothing."""
        addresses = {self.address() for _ in range(4)}
        changes = {
            address: self._new_token(address) if self.random.random() < 0.7 else None
            for address in sorted(addresses)
        }
        actions = [
            {"Put": {"TableName": TABLE, "Item": make_item(address, token)}}
            if token
            else {"Delete": {"TableName": TABLE, "Key": make_key(address)}}
            for address, token in changes.items()
        ]
        self.carry_out(changes, lambda: self.client.transact_write_items(TransactItems=actions))

    def delete(self) -> None:
        address = self.address()
        self.carry_out(
            {address: None},
            lambda: self.client.delete_item(TableName=TABLE, Key=make_key(address)),
        )

    def _new_token(self, address: str) -> str:
        return self.token(address, self.random.choice((200, 300, 400, 30_000)))


def make_key(address: str) -> dict[str, Any]:
    """Return the primary key of the item at `address`."""
    writer, _, number = address.partition("/")
    return {"writer": {"S": writer}, "number": {"N": number}}


def make_item(address: str, token: str) -> dict[str, Any]:
    """Return the item named `token`. It stands in both indexes, at a place of its own."""
    count = token.split("#")[1]
    return make_key(address) | {
        "token": {"S": token},
        "value": {"B": make_value(token)},
        "group": {"S": f"group {int(count) % 5}"},
        "count": {"N": count},
    }


def create_table(client: Any) -> None:
    """Create the table that `ItemWriter` writes to."""
    types = {"writer": "S", "number": "N", "group": "S", "count": "N"}

    def keys(partition: str, order: str) -> list[dict[str, str]]:
        return [
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": order, "KeyType": "RANGE"},
        ]

    client.create_table(
        TableName=TABLE,
        KeySchema=keys("writer", "number"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-count",
                "KeySchema": keys("writer", "count"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-group",
                "KeySchema": keys("group", "count"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=TABLE)
