"""Writers: they do mixed work as fast as the server lets them, each on addresses of its own."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from .journal import Journal, State
from .values import make_token, make_value

BUCKET = TABLE = "faults"
KEYS = 12
"""Addresses of each writer, besides those of what fades."""
FADING = 3
"""Addresses of each writer for what the cloud is to remove by itself."""
LIFETIME = 3
"""Seconds after which it may; a lifecycle day lasts as long."""

MEBIBYTE = 1 << 20
LARGE = 200 * 1024
"""Bytes of an object that has a file of its own."""


class Writer(threading.Thread):
    """Works until `stopping` is set or the server is gone. Anything else is its `failure`."""

    operations: tuple[tuple[int, str], ...]
    """How often, and the method's name."""

    def __init__(self, client: Any, journal: Journal, seed: object) -> None:
        super().__init__(name=journal.name)
        self.client = client
        self.journal = journal
        self.state = journal.state
        self.random = random.Random(f"{self.name} {seed}")
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

    def carry_out(
        self, changes: State, ask: Callable[[], object], until: float | None = None
    ) -> None:
        """Ask for `changes`, and note before and after what is known of them."""
        intent = self.journal.intend(changes, until)
        ask()
        self.journal.done(intent)

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
        """Return an address at which there is something that stays, if there is one."""
        fading = self.journal.until
        there = sorted(at for at, token in self.state.items() if token and at not in fading)
        return self.random.choice(there) if there else None

    def token(self, address: str, size: int) -> str:
        self.number += 1
        return make_token(f"{address}@{self.run_id}", self.number, size)


class ObjectWriter(Writer):
    """Puts, overwrites, copies and deletes objects, small and large, in one request or in parts."""

    operations = (
        (8, "put_fading"),
        (32, "put_small"),
        (20, "put_large"),
        (10, "put_parts"),
        (12, "copy"),
        (14, "delete"),
    )

    def put_small(self) -> None:
        self.put(self.address(), self.random.randrange(100, 5000))

    def put_fading(self) -> None:
        address = fading_prefix(self.name) + str(self.random.randrange(FADING))
        size = self.random.choice((300, LARGE))
        self.put(address, size, until=time.time() + LIFETIME)

    def put_large(self) -> None:
        self.put(self.address(), self.random.randrange(LARGE // 2, LARGE * 2))

    def put(self, address: str, size: int, until: float | None = None) -> None:
        """Put an object of so many bytes."""
        token = self.token(address, size)
        body = make_value(token)
        self.carry_out(
            {address: token},
            lambda: self.client.put_object(Bucket=BUCKET, Key=address, Body=body),
            until,
        )

    def put_parts(self) -> None:
        address = self.address()
        # Every part but the last has at least 5 MiB: mostly there is just the last.
        first = 5 * MEBIBYTE if self.random.random() < 0.05 else 0
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

    def delete(self, address: str = "") -> None:
        address = address or self.address()
        self.carry_out(
            {address: None}, lambda: self.client.delete_object(Bucket=BUCKET, Key=address)
        )


class ItemWriter(Writer):
    """Puts, updates on conditions, deletes and transacts items of a table with two indexes."""

    operations = (
        (8, "put_fading"),
        (27, "put"),
        (20, "update"),
        (10, "update_what_changed"),
        (20, "transact"),
        (15, "delete"),
    )

    def put(self, address: str = "") -> None:
        address = address or self.address()
        token = self._new_token(address)
        self.carry_out(
            {address: token},
            lambda: self.client.put_item(TableName=TABLE, Item=make_item(address, token)),
        )

    def put_fading(self) -> None:
        address = f"{self.name}/{KEYS + self.random.randrange(FADING)}"
        token = self._new_token(address)
        until = int(time.time()) + LIFETIME
        item = make_item(address, token) | {"until": {"N": str(until)}}
        self.carry_out(
            {address: token}, lambda: self.client.put_item(TableName=TABLE, Item=item), until
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
        return self.token(address, self.random.choice((100, 200, 300, 400, 500, 600, 30_000)))


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


def fading_prefix(name: str) -> str:
    """Return what the keys begin with under which a writer puts what is to be removed."""
    return f"{name}/fading"


def create_bucket(client: Any, names: Iterable[str]) -> None:
    """Create the bucket that the `ObjectWriter` of these names write to."""
    client.create_bucket(Bucket=BUCKET)
    rules = [
        {
            "ID": name,
            "Status": "Enabled",
            "Filter": {"Prefix": fading_prefix(name)},
            "Expiration": {"Days": 1},
        }
        for name in names
    ]
    client.put_bucket_lifecycle_configuration(
        Bucket=BUCKET, LifecycleConfiguration={"Rules": rules}
    )


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
    client.update_time_to_live(
        TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
