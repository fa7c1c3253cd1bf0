"""Clients that take a step over registers which are objects, or items of a table.

They speak plain signed HTTP, one request at a time on one connection: a client library would
take longer than the server does, and clients are to be in each other's way.
"""

import functools
import hashlib
import http.client
import json
from collections.abc import Mapping
from typing import Any, Protocol

from ..raw import UNSIGNED, sign
from ..server import PATIENCE, Server
from ..values import make_value, read_token
from .history import UNKNOWN, Answer, NotAsked
from .registers import Outcome, Step, Value

BUCKET = TABLE = "linearizability"

Fields = dict[str, Any]
"""Of a document of DynamoDB."""

_REFUSED = "ConditionalCheckFailed"


class Client(Protocol):
    """Takes steps over registers of some kind."""

    def ask(self, step: Step) -> Answer:
        """Take a step. Raises `NotAsked` when there is nobody."""

    def close(self) -> None:
        """Let the connection go."""


class Connection:
    """A connection to a server, which is made anew when it has broken."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes] | None:
        """Return status and body of the answer; None: it did not come, or tells of a fault.

        Raises `NotAsked` when no connection can be made.
        """
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError as error:
                self.close()
                raise NotAsked from error
        try:
            self._connection.request(method, path, body, dict(headers))
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None
        return None if response.status >= 500 else (response.status, content)

    def close(self) -> None:
        """Let it go."""
        self._connection.close()


class Objects:
    """Registers are objects, and what is expected is their entity tag."""

    def __init__(self, server: Server) -> None:
        self._connection = Connection(server)
        self.close = self._connection.close
        self._sign = functools.cache(functools.partial(_sign_object, server))

    def ask(self, step: Step) -> Answer:
        (key,) = step.keys
        method, body, headers = "GET", b"", {}
        if step.writes:
            value = step.writes[key]
            method, body = ("PUT", _bytes(value)) if value else ("DELETE", b"")
        if key in step.expects:
            value = step.expects[key]
            headers = {"If-Match": _entity_tag(value)} if value else {"If-None-Match": "*"}
        path = f"/{BUCKET}/{key}"
        answer = self._connection.send(method, path, {**self._sign(method, path), **headers}, body)
        match answer:
            case None:
                return UNKNOWN
            case (200, content) if method == "GET":
                return Answer(Outcome.DONE, {key: read_token(content)})
            case (404, content) if method == "GET" and b"<Code>NoSuchKey</Code>" in content:
                return Answer(Outcome.DONE, {key: None})
            case (200 | 204, _):
                return Answer(Outcome.DONE)
            case (404, content) if step.expects and b"<Code>NoSuchKey</Code>" in content:
                return Answer(Outcome.REFUSED, {key: None})
            case (412, _) if step.expects:
                return Answer(Outcome.REFUSED)
        raise AssertionError(f"{method} {path} {headers}: {answer}")


class Items:
    """Registers are items. Steps over several of them are transactions."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection = Connection(server)
        self.close = self._connection.close

    def ask(self, step: Step) -> Answer:
        keys = sorted(step.keys)
        if len(keys) == 1:
            return self._ask_one(step, keys[0])
        return self._write_all(step, keys) if step.expects or step.writes else self._read_all(keys)

    def _ask_one(self, step: Step, key: str) -> Answer:
        if not step.writes:
            answer = self._send("GetItem", _at(key) | {"ConsistentRead": True})
            return UNKNOWN if answer is None else _done(key, answer.get("Item"))
        name, action = _action(step, key)
        answer = self._send(f"{name}Item", action | {"ReturnValues": "ALL_OLD"})
        if answer is None:
            return UNKNOWN
        if step.expects and answer.get("__type", "").endswith(f"#{_REFUSED}Exception"):
            return Answer(Outcome.REFUSED, {key: _token(answer.get("Item"))})
        return _done(key, answer.get("Attributes"), answer)

    def _read_all(self, keys: list[str]) -> Answer:
        answer = self._send("TransactGetItems", {"TransactItems": [{"Get": _at(k)} for k in keys]})
        if answer is None:
            return UNKNOWN
        tokens = [_token(each.get("Item")) for each in answer["Responses"]]
        return Answer(Outcome.DONE, dict(zip(keys, tokens, strict=True)))

    def _write_all(self, step: Step, keys: list[str]) -> Answer:
        actions = [dict([_action(step, key)]) for key in keys]
        answer = self._send("TransactWriteItems", {"TransactItems": actions})
        if answer is None:
            return UNKNOWN
        if not answer:
            return Answer(Outcome.DONE)
        told = answer.get("CancellationReasons", [])
        assert {each["Code"] for each in told} - {"None"} == {_REFUSED}, answer
        reasons = zip(keys, told, strict=True)
        failed = [(key, each) for key, each in reasons if each["Code"] == _REFUSED]
        return Answer(Outcome.REFUSED, {key: _token(each.get("Item")) for key, each in failed})

    def _send(self, operation: str, document: Fields) -> Fields | None:
        body = json.dumps(document).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest(),
        }
        signed = sign(self._server, "dynamodb", "POST", "/", headers)
        answer = self._connection.send("POST", "/", signed, body)
        return None if answer is None else json.loads(answer[1])


def create(server: Server) -> None:
    """Make what the registers lie in."""
    server.client("s3").create_bucket(Bucket=BUCKET)
    dynamodb = server.client("dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE)


def _sign_object(server: Server, method: str, path: str) -> dict[str, str]:
    # It holds for a quarter of an hour, whatever the body and the conditions are.
    return sign(server, "s3", method, path, UNSIGNED)


_bytes = functools.lru_cache(64)(make_value)


@functools.lru_cache(1024)
def _entity_tag(token: str) -> str:
    return f'"{hashlib.md5(_bytes(token), usedforsecurity=False).hexdigest()}"'


def _at(key: str) -> Fields:
    return {"TableName": TABLE, "Key": {"key": {"S": key}}}


def _action(step: Step, key: str) -> tuple[str, Fields]:
    """Return what is to be done to an item, by its name in a transaction.

    What replaces a value is an update, what makes one, or any, is a put.
    """
    fields = _at(key)
    if key in step.expects:
        value = step.expects[key]
        fields["ConditionExpression"] = "#token = :old" if value else "attribute_not_exists(#token)"
        fields["ExpressionAttributeNames"] = {"#token": "token"}
        if value:
            fields["ExpressionAttributeValues"] = {":old": {"S": value}}
        fields["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if key not in step.writes:
        return "ConditionCheck", fields
    new = step.writes[key]
    if new is None:
        return "Delete", fields
    if step.expects.get(key):
        fields["UpdateExpression"] = "SET #token = :new"
        fields["ExpressionAttributeValues"][":new"] = {"S": new}
        return "Update", fields
    return "Put", fields | {"Item": fields.pop("Key") | {"token": {"S": new}}}


def _token(item: Fields | None) -> Value:
    return str(item["token"]["S"]) if item else None


def _done(key: str, item: Fields | None, answer: Fields | None = None) -> Answer:
    assert "__type" not in (answer or {}), answer
    return Answer(Outcome.DONE, {key: _token(item)})
