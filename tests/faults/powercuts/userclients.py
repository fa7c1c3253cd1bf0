"""Clients that make users and their access keys."""

from collections.abc import Iterable
from functools import partial

from .clients import KEYS, Client, Connect, attempt, request_of
from .notes import Changes, Note, changed

_KEY = "/key"
"""Behind a user's address: that of its one key, whose id is the token."""


class Users(Client):
    """Creates, changes and deletes users, and makes access keys. A user's path is its token."""

    service = "iam"
    operations = ("create", "create", "change", "delete", "make_key")

    def create(self) -> None:
        address = self.address()
        if address in self.state:
            return self.change()
        token = self.token(address, 1)
        return self._create(address, token)

    def change(self) -> None:
        address = self._changeable()
        if address is not None:
            token = self.token(address, 1)
            self.carry_out(
                {address: token},
                lambda: self.client.update_user(UserName=user_name(address), NewPath=f"/{token}/"),
            )

    def delete(self) -> None:
        address = self._changeable()
        if address is not None:
            self.carry_out(
                {address: None}, lambda: self.client.delete_user(UserName=user_name(address))
            )

    def make_key(self) -> None:
        """Make the one key of a user that is not deleted any more."""
        self._number += 1
        address = f"{self.name}/key{self._number}"
        self._create(address, self.token(address, 1))
        note = Note({address + _KEY: ""})  # which key it is the answer tells, or `settle`
        self.notes.append(note)
        answer = self.client.create_access_key(UserName=user_name(address))
        note.changes = {address + _KEY: answer["AccessKey"]["AccessKeyId"]}
        note.request = request_of(answer)
        self.state = changed(self.state, note.changes)

    def settle(self, connect: Connect) -> None:
        if self.notes and self.notes[-1].request is None:
            note = self.notes[-1]
            self.client = connect(self.service)
            keys = {at: token for at, token in self.look(note.changes)[0].items() if token}
            told = {at: token for at, token in keys.items() if at.endswith(_KEY)}
            note.changes = {**note.changes, **told}
        super().settle(connect)

    def look(self, addresses: Iterable[str]) -> tuple[Changes, str]:
        found: dict[str, str | None] = {}
        request = ""
        for address in addresses:
            if address.endswith(_KEY):
                name = user_name(address.removesuffix(_KEY))
                listed = self.client.list_access_keys(UserName=name)
                ids = [key["AccessKeyId"] for key in listed["AccessKeyMetadata"]]
                found[address], request = (ids[0] if ids else None), request_of(listed)
                continue
            get = partial(self.client.get_user, UserName=user_name(address))
            answer, request = attempt(get, "NoSuchEntity")
            found[address] = answer["User"]["Path"].strip("/") if answer else None
        return found, request

    def _create(self, address: str, token: str) -> None:
        self.carry_out(
            {address: token},
            lambda: self.client.create_user(UserName=user_name(address), Path=f"/{token}/"),
        )

    def _changeable(self) -> str | None:
        there = sorted(set(self.state) & {f"{self.name}/{number}" for number in range(KEYS)})
        return self.random.choice(there) if there else None


def user_name(address: str) -> str:
    """Return the name of the user at an address."""
    return address.replace("/", ".")
