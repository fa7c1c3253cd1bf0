"""Clients that make users and their access keys."""

from collections.abc import Iterable
from functools import partial

from .clients import KEYS, Client, attempt, request_of
from .notes import Changes, Note, changed


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
        answer = self.client.create_access_key(UserName=user_name(address))
        key = answer["AccessKey"]
        secret = {f"{self.name}/{key['AccessKeyId']}": key["SecretAccessKey"]}
        # Which key it would be was not known before.
        self.notes.append(Note(secret, request_of(answer)))
        self.state = changed(self.state, secret)

    def look(self, addresses: Iterable[str]) -> tuple[Changes, str]:
        found: dict[str, str | None] = {}
        request = ""
        for address in addresses:
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
