"""Clients that write items of a table with two indexes."""

from collections.abc import Callable, Iterable

from ..writers import TABLE, make_item, make_key
from .clients import Answer, Client, attempt, request_of
from .notes import Changes, Note


class Items(Client):
    """Puts, updates on conditions, deletes and transacts items of a table with two indexes."""

    service = "dynamodb"
    operations = ("put", "put", "update", "update_what_changed", "transact", "delete")

    def put(self) -> None:
        address = self.address()
        token = self._new_token(address)
        self.carry_out(
            {address: token},
            lambda: self.client.put_item(TableName=TABLE, Item=make_item(address, token)),
        )

    def update(self) -> None:
        address = self.existing()
        if address is not None:
            token = self._new_token(address)
            self.carry_out({address: token}, self._update(address, self.state[address], token))

    def update_what_changed(self) -> None:
        """Ask for what must be refused."""
        address = self.existing()
        if address is None:
            return
        token = self._new_token(address)
        note = Note({address: token}, done=False)
        self.notes.append(note)
        answer, note.request = attempt(
            self._update(address, "something else", token), "ConditionalCheckFailedException"
        )
        assert answer is None, f"not refused: {note}"

    def transact(self) -> None:
        """Put some items and delete others: all of it or nothing."""
        changes = {
            address: self._new_token(address) if self.random.random() < 0.7 else None
            for address in sorted({self.address() for _ in range(4)})
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

    def look(self, addresses: Iterable[str]) -> tuple[Changes, str]:
        found: dict[str, str | None] = {}
        request = ""
        for address in addresses:
            answer = self.client.get_item(
                TableName=TABLE, Key=make_key(address), ConsistentRead=True
            )
            request = request_of(answer)
            found[address] = answer["Item"]["token"]["S"] if "Item" in answer else None
        return found, request

    def _update(self, address: str, old: str, new: str) -> Callable[[], Answer]:
        fields = {
            name: value
            for name, value in make_item(address, new).items()
            if name not in make_key(address)
        }
        return lambda: self.client.update_item(
            TableName=TABLE,
            Key=make_key(address),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
            ConditionExpression="#token = :old",
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={f":{name}": value for name, value in fields.items()}
            | {":old": {"S": old}},
        )

    def _new_token(self, address: str) -> str:
        return self.token(address, self.random.choice((200, 400, 30_000)))
