"""Clients of a cloud of several machines, who go to the next when one does not answer."""

import random
import threading
import time
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from .server import PATIENCE, Server

LARGE = 200 * 1024
"""Bytes of an object that is not kept beside its key."""

BUCKET = TABLE = "fleet"


class Client:
    """Asks one machine, and repeats a question at the next until it is answered."""

    def __init__(self, machines: list[Server], first: int) -> None:
        self._machines = machines
        self._turn = first
        self._clients: dict[tuple[int, str], Any] = {}
        self.moves = 0
        """So often a question was repeated."""

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """Return the answer. A question may have been carried out more than once."""
        deadline = time.monotonic() + PATIENCE
        while True:
            machine = self._machines[self._turn % len(self._machines)]
            try:
                return getattr(self._client(machine, service), operation)(**parameters)
            except (ConnectionError, HTTPClientError, ClientError) as error:
                if _status(error) != 503 or time.monotonic() > deadline:
                    raise
                self._turn += 1
                self.moves += 1
                time.sleep(0.05)

    def _client(self, machine: Server, service: str) -> Any:
        at = machine.port, service
        if at not in self._clients:
            self._clients[at] = self._machines[0].session.client(
                service,
                endpoint_url=f"http://127.0.0.1:{machine.port}",
                config=machine.client(service).meta.config,
            )
        return self._clients[at]


def _status(error: Exception) -> int:
    """Return the status of an answer; 503 too where there was none."""
    if isinstance(error, ClientError):
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 503


class Writer(threading.Thread):
    """Writes objects and items of its own, and its marks into an item that all write to."""

    def __init__(self, machines: list[Server], number: int) -> None:
        super().__init__(name=f"writer{number}")
        self.client = Client(machines, number)
        self.objects: dict[str, bytes | None] = {}
        """What was acknowledged last, by key; None: deleted."""
        self.items: dict[str, str] = {}
        self.marks: set[str] = set()
        self.done = 0
        self.stopping = threading.Event()
        self.failure: BaseException | None = None
        self._random = random.Random(self.name)

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self.done += 1
                self._write()
        except BaseException as error:
            self.failure = error

    def large(self) -> int:
        """Return how many objects there are that are not kept beside their keys."""
        return sum(len(body or b"") >= LARGE for body in self.objects.values())

    def _write(self) -> None:
        key, value = f"{self.name}/{self._random.randrange(6)}", f"{self.name} {self.done} "
        match self._random.choice(["small", "large", "delete", "item", "mark", "mark"]):
            case "small":
                self._put(key, value.encode() * 20)
            case "large":
                self._put(key, value.encode() * (LARGE // len(value) + 1))
            case "delete":
                self.client.ask("s3", "delete_object", Bucket=BUCKET, Key=key)
                self.objects[key] = None
            case "item":
                item = {"name": {"S": key}, "value": {"S": value}}
                self.client.ask("dynamodb", "put_item", TableName=TABLE, Item=item)
                self.items[key] = value
            case "mark":
                self.client.ask(
                    "dynamodb",
                    "update_item",
                    TableName=TABLE,
                    Key={"name": {"S": "marks"}},
                    UpdateExpression="ADD marks :mark",
                    ExpressionAttributeValues={":mark": {"SS": [value]}},
                )
                self.marks.add(value)

    def _put(self, key: str, body: bytes) -> None:
        self.client.ask("s3", "put_object", Bucket=BUCKET, Key=key, Body=body)
        self.objects[key] = body


def create(machine: Server) -> None:
    """Create what the writers write to."""
    machine.client("s3").create_bucket(Bucket=BUCKET)
    machine.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def check(machine: Server, writers: list[Writer]) -> None:
    """Hold what a machine shows against what the writers know to be there."""
    s3, dynamodb = machine.client("s3"), machine.client("dynamodb")
    listed = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}
    items = {item["name"]["S"]: item for item in dynamodb.scan(TableName=TABLE)["Items"]}
    marks: set[str] = set()
    for writer in writers:
        assert listed >= {key for key, body in writer.objects.items() if body is not None}
        assert not listed & {key for key, body in writer.objects.items() if body is None}
        for key, body in writer.objects.items():
            if body is not None:
                assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body, key
        found = {key: items[key]["value"]["S"] for key in writer.items}
        assert found == writer.items
        marks |= writer.marks
    assert set(items["marks"]["marks"]["SS"]) == marks
