"""Letters: what people are written when something was shared with them, or has ended.

What somebody else wrote stands in a letter quoted, and is never all that it says: the letter
tells who made the cloud write.
"""

from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.notices.notices import Notices
from lenticular.primitives.notices.records import Mail
from lenticular.primitives.people import People

_LONGEST_MESSAGE = 4000
"""Characters of what somebody wrote that are quoted."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


class TaskEnded(Struct, frozen=True, kw_only=True):
    """A transfer or deletion that has ended, or cannot go on by itself."""

    task_id: str
    kind: Literal["TRANSFER", "DELETE"]
    status: Literal["SUCCEEDED", "FAILED", "INACTIVE"]
    label: str = ""
    source: str = ""
    """The name of its collection; empty: a deletion has none."""
    destination: str = ""
    """Of a deletion: where."""
    requested: int
    """Milliseconds since the epoch, as is `ended`."""
    ended: int
    files: int = 0
    files_skipped: int = 0
    bytes_transferred: int = 0
    problem: str = ""
    """Why it failed, or waits."""


class Shared(Struct, frozen=True, kw_only=True):
    """A folder that was shared with somebody."""

    collection_id: str
    collection: str
    """Its name."""
    path: str
    permission: Literal["r", "rw"]
    sharer_id: str
    """The identity that shared it."""
    message: str = ""
    """What they wrote."""
    expires: int = 0
    """Milliseconds since the epoch; 0: it stays shared."""


class Letters:
    """Writes to people."""

    def __init__(self, notices: Notices, people: People, *, portal: str) -> None:
        """`portal` is where people find the pages of this cloud, without a slash at the end."""
        self._notices = notices
        self._people = people
        self._portal = portal

    def task_ended(self, tx: Transaction, identity_id: str, task: TaskEnded) -> str:
        """Tell somebody that their task has ended; return the notice's id.

        "": they have no mail address here. Whether they want to be told, the caller asks.
        """
        action = {"TRANSFER": "transfer", "DELETE": "deletion"}[task.kind]
        what = {"SUCCEEDED": "has succeeded", "FAILED": "has failed", "INACTIVE": "waits for you"}
        subject = f"Your {action} {what[task.status]}: {task.label or task.task_id}"
        facts = {
            "Task": task.task_id,
            "Label": task.label,
            "From": task.source,
            "To" if task.kind == "TRANSFER" else "On": task.destination,
            "Requested": _moment(task.requested),
            "Ended" if task.status != "INACTIVE" else "Since": _moment(task.ended),
            "Files": str(task.files) if task.kind == "TRANSFER" else "",
            "Skipped": str(task.files_skipped) if task.files_skipped else "",
            "Bytes": _size(task.bytes_transferred) if task.kind == "TRANSFER" else "",
            "Problem": task.problem,
        }
        told = "\n".join(f"{name + ':':11}{_line(value)}" for name, value in facts.items() if value)
        text = f"{_line(subject)}\n\n{told}\n\n{self._portal}/activity/{task.task_id}\n"
        return self._write(tx, self._address(tx, identity_id), subject, text, identity_id)

    def shared(self, tx: Transaction, to: str, shared: Shared) -> str:
        """Tell the person at an address that a folder was shared with them."""
        sharer = self._name(tx, shared.sharer_id)
        query = urlencode({"origin_id": shared.collection_id, "origin_path": shared.path})
        text = (
            f"{sharer} has shared a folder with you.\n\n"
            f"{described(shared)}{quoted(sharer, shared.message)}\n"
            f"Sign in and find it here:\n{self._portal}/file-manager?{query}\n"
        )
        subject = f"{sharer} has shared a folder with you: {shared.collection}"
        return self._write(tx, to, subject, text, shared.sharer_id)

    def invited(self, tx: Transaction, to: str, shared: Shared, link: str, *, sign_in: bool) -> str:
        """Send somebody who may have no account the link to a folder that is shared with them."""
        sharer = self._name(tx, shared.sharer_id)
        how = (
            "Open this link to accept. It works once, and is for you alone:"
            if sign_in
            else "Open this link to see and fetch the files. Whoever has it can:"
        )
        text = (
            f"{sharer} shares a folder with you.\n\n"
            f"{described(shared)}{quoted(sharer, shared.message)}\n{how}\n{link}\n\n"
            f"If you do not know {sharer}, leave it alone: nothing happens then.\n"
        )
        subject = f"{sharer} shares a folder with you: {shared.collection}"
        return self._write(tx, to, subject, text, shared.sharer_id)

    def invited_to_group(
        self, tx: Transaction, identity_id: str, to: str, group: str, inviter_id: str
    ) -> str:
        """Tell somebody that they may join a group; at `to`, or where the identity gets mail."""
        inviter = self._name(tx, inviter_id)
        text = (
            f"{inviter} invites you to the group {_line(group)}.\n\n"
            f"Sign in to accept or decline:\n{self._portal}/groups\n"
        )
        subject = f"{inviter} invites you to the group {group}"
        return self._write(tx, to or self._address(tx, identity_id), subject, text, inviter_id)

    def _write(self, tx: Transaction, to: str, subject: str, text: str, on_behalf_of: str) -> str:
        if not to:
            return ""
        text += f"\n-- \nWritten by the cloud at {self._portal}\n"
        return self._notices.send_mail(
            tx, Mail(to=to, subject=subject, text=text, on_behalf_of=on_behalf_of)
        )

    def _address(self, reader: Reader, identity_id: str) -> str:
        """Return where a person gets mail: at this identity's address, or another one's."""
        for one in dict.fromkeys((identity_id, *self._people.identity_ids(reader, identity_id))):
            identity = self._people.look(reader, one)
            if identity is not None and identity.email:
                return identity.email
        return ""

    def _name(self, reader: Reader, identity_id: str) -> str:
        """Return a person's name with what nobody else can be called."""
        identity = self._people.look(reader, identity_id)
        if identity is None:
            return "Somebody"
        name = _line(identity.name)
        return f"{name} ({identity.username})" if name else identity.username


def described(shared: Shared) -> str:
    """Return the facts of what is shared, a line each."""
    may = "read" if shared.permission == "r" else "read and write"
    until = f"Until:      {_moment(shared.expires)}\n" if shared.expires else ""
    return (
        f"Collection: {_line(shared.collection)}\nFolder:     {_line(shared.path)}\n"
        f"You may:    {may}\n{until}"
    )


def quoted(author: str, message: str) -> str:
    """Return what somebody wrote as a quotation; nothing for nothing."""
    lines = message.strip()[:_LONGEST_MESSAGE].splitlines()
    if not lines:
        return ""
    return f"\n{author} writes:\n" + "".join(f"> {line}\n" for line in lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _size(count: int) -> str:
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{count} bytes"
