"""Clients that write objects, with and without versions."""

from collections.abc import Callable, Iterable
from functools import partial

from ..values import make_value
from .clients import SIZES, Answer, Client, attempt, request_of
from .notes import Changes

MARKER = "-"
"""The token of a delete marker."""

FIRST_PART = 5 << 20
"""Bytes. Every part of an upload but the last has at least as many."""


class Objects(Client):
    """Puts, overwrites, copies and deletes objects, in one request or in parts."""

    service = "s3"
    operations = ("put", "put", "put", "put_parts", "copy", "delete")
    bucket = "objects"

    def put(self) -> None:
        address = self.address()
        token = self.token(address)
        self.carry_out(
            {address: token},
            lambda: self.client.put_object(Bucket=self.bucket, Key=address, Body=make_value(token)),
        )

    def put_parts(self) -> None:
        address = self.address()
        token = self.token(address, FIRST_PART + self.random.choice(SIZES))
        body = make_value(token)
        upload = {"Bucket": self.bucket, "Key": address}
        upload["UploadId"] = self.client.create_multipart_upload(**upload)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": self.client.upload_part(PartNumber=number, Body=piece, **upload)["ETag"],
            }
            for number, piece in enumerate((body[:FIRST_PART], body[FIRST_PART:]), 1)
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
                Bucket=self.bucket, Key=target, CopySource={"Bucket": self.bucket, "Key": source}
            ),
        )

    def delete(self) -> None:
        address = self.address()
        self.carry_out(
            {address: None}, lambda: self.client.delete_object(Bucket=self.bucket, Key=address)
        )

    def look(self, addresses: Iterable[str]) -> tuple[Changes, str]:
        found: dict[str, str | None] = {}
        request = ""
        for address in addresses:
            get = partial(self.client.get_object, Bucket=self.bucket, Key=address)
            answer, request = attempt(get, "NoSuchKey")
            body = answer["Body"].read() if answer else None
            found[address] = body and body.partition(b"\n")[0].decode()
        return found, request


class Versions(Client):
    """Writes and deletes versions. The token of a key is that of all its versions, oldest first."""

    service = "s3"
    operations = ("put", "put", "put", "mark", "remove")
    bucket = "versions"

    def __init__(self, name: str, seed: object) -> None:
        super().__init__(name, seed)
        self._versions: dict[str, dict[str, str]] = {}

    def put(self) -> None:
        address = self.address()
        token = self.token(address)
        self._add(
            address,
            token,
            lambda: self.client.put_object(Bucket=self.bucket, Key=address, Body=make_value(token)),
        )

    def mark(self) -> None:
        address = self.address()
        self._add(
            address, MARKER, lambda: self.client.delete_object(Bucket=self.bucket, Key=address)
        )

    def remove(self) -> None:
        address = self.existing()
        if address is None:
            return
        known = self._versions[address]
        version = self.random.choice(sorted(known))
        left = {each: token for each, token in known.items() if each != version}
        self.carry_out(
            {address: joined(left.values())},
            lambda: self.client.delete_object(Bucket=self.bucket, Key=address, VersionId=version),
        )
        self._versions[address] = left

    def look(self, addresses: Iterable[str]) -> tuple[Changes, str]:
        found: dict[str, str | None] = {}
        request = ""
        for address in addresses:
            answer = self.client.list_object_versions(Bucket=self.bucket, Prefix=address)
            request = request_of(answer)
            listed = {entry["VersionId"]: entry for entry in answer.get("Versions", [])}
            marked = {entry["VersionId"]: MARKER for entry in answer.get("DeleteMarkers", [])}
            known = self._versions.get(address, {})
            now = {each: known[each] for each in known if each in listed or each in marked}
            now |= {each: MARKER for each in marked if each not in known}
            now |= {each: self._read(listed[each]) for each in listed if each not in known}
            self._versions[address] = now
            found[address] = joined(now.values())
        return found, request

    def _add(self, address: str, token: str, ask: Callable[[], Answer]) -> None:
        known = self._versions.get(address, {})
        answer = self.carry_out({address: joined([*known.values(), token])}, ask)
        self._versions[address] = known | {answer["VersionId"]: token}

    def _read(self, entry: Answer) -> str:
        answer = self.client.get_object(
            Bucket=self.bucket, Key=entry["Key"], VersionId=entry["VersionId"]
        )
        head: bytes = answer["Body"].read().partition(b"\n")[0]
        return head.decode()


def joined(tokens: Iterable[str]) -> str | None:
    """Return the token of a key with versions; None for a key without any."""
    return " ".join(tokens) or None
