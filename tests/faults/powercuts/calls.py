"""Reads what `strace` wrote: the calls that changed a folder, and what was sent.

The lines are those of ``strace --follow-forks --decode-fds=path -xx``: all texts and paths
are hexadecimal, so no text can be taken for a part of the notation.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"(\d+) +(<\.\.\. )?(\w+)(.*)", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESULT = re.compile(r"\)\s+=\s(-?\d+|\?)[^=]*$")
_FILE = re.compile(r"(?:\d+|AT_FDCWD)<([^>]*)>(\(deleted\))?")
_NUMBER = re.compile(r"-?\d+")
_ANSWER = re.compile(rb"^x-amz(?:n)?-request-?id: *(\S+)", re.IGNORECASE | re.MULTILINE)

_HEAD = 16384
"""Characters of a call within which the head of an answer is that it sends."""

_SENDING = {"write", "writev", "sendto", "sendmsg"}
_WRITING = {"write", "pwrite64", "writev", "pwritev", "pwritev2"}
_PATHS_FIRST = {
    "open", "creat", "rename", "link", "symlink", "unlink", "mkdir", "rmdir", "truncate",
}  # fmt: skip
_AT = {
    "openat", "openat2", "renameat", "renameat2", "linkat", "symlinkat", "unlinkat", "mkdirat",
}  # fmt: skip
_TO_NO_FOLDER = {"sync", "syncfs"}


class NotUnderstood(RuntimeError):
    """A line of the record has a form that is not known here."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that succeeded, or of which nobody knows because its process was killed."""

    name: str
    begin: int
    """The line on which it began. What ended before that was over when it began."""
    end: int
    """The line on which it ended."""
    paths: tuple[str, ...] = ()
    """What it is about, below the folder."""
    data: bytes = b""
    """What was written."""
    numbers: tuple[int, ...] = ()
    """The arguments behind the data, or the file."""
    flags: str = ""
    known: bool = True
    """Whether it is known to have succeeded."""
    answers: tuple[str, ...] = ()
    """The ids of the requests whose answers were sent by it."""


def read(lines: Iterable[str], folder: Path, first: int) -> Iterator[Call]:
    """Iterate over the calls on what lies below `folder`, and over the answers sent.

    Lines are numbered from `first`, so that several records can stand behind each other.
    """
    marker = _hexadecimal(str(folder))
    begun: dict[str, tuple[int, str, str]] = {}
    for number, line in enumerate(lines, first):
        match = _LINE.match(line)
        if match is None:
            continue  # a signal, or the end of a thread
        thread, resumed, name, rest = match.groups()
        if resumed:
            begin, name, head = begun.pop(thread)
            text = head + rest.partition(" resumed>")[2]
        elif rest.rstrip("\n").endswith(_UNFINISHED):
            begun[thread] = (number, name, rest.rstrip("\n").removesuffix(_UNFINISHED))
            continue
        else:
            begin, text = number, rest
        yield from _calls(name, text, begin, number, folder, marker)
    for begin, name, text in begun.values():  # the process was killed in the middle of them
        yield from _calls(name, text + ") = ?", begin, begin, folder, marker)


def _calls(name: str, text: str, begin: int, end: int, folder: Path, marker: str) -> Iterator[Call]:
    if marker not in text and name in _SENDING:
        if ids := _answers(_joined(text[:_HEAD])):
            yield Call(name, begin, end, answers=ids)
        return
    if marker not in text and name not in _TO_NO_FOLDER:
        return
    result = _RESULT.search(text, max(0, len(text) - 1000))
    if result is None:
        raise NotUnderstood(f"{name}{text[:200]}")
    if result[1].startswith("-"):
        return
    known = result[1] != "?"
    # What stands between quotes can be long, so it is not searched.
    parts = text[1 : result.start()].split('"')
    texts, rest = parts[1::2], '"'.join(parts[::2])
    named = _paths(name, texts, rest)
    paths = tuple(path for path in (_below(path, folder) for path in named) if path is not None)
    if not paths and name not in _TO_NO_FOLDER:
        return  # it was about something else, and the folder's name was in the data
    if len(paths) < len(named):
        raise NotUnderstood(f"{name} of {named}: not all of them are below {folder}")
    data = b""
    if name in _WRITING:
        data = b"".join(map(_decoded, texts))
        if known:
            data = data[: int(result[1])]
    behind = parts[-1].rpartition(">")[2].rpartition("]")[2]
    numbers = tuple(map(int, _NUMBER.findall(behind)))
    yield Call(name, begin, end, paths, data, numbers, behind, known=known)


def _paths(name: str, texts: list[str], rest: str) -> list[str]:
    """Return the paths that a call is about, of its texts and of what stands between them."""
    if name in _PATHS_FIRST:
        return [_decoded(text).decode(errors="replace") for text in texts]
    files = [
        _decoded(path).decode(errors="replace") + (" (deleted)" if gone else "")
        for path, gone in _FILE.findall(rest)
    ]
    if name in _AT:
        named = [_decoded(text).decode(errors="replace") for text in texts]
        return [str(Path(above, text)) for above, text in zip(files, named, strict=True)]
    return files[:1]


def _below(path: str, folder: Path) -> str | None:
    """Return where a path is below the folder; None for one that is elsewhere."""
    if path == str(folder):
        return ""
    return path[len(str(folder)) + 1 :] if path.startswith(f"{folder}/") else None


def _answers(sent: bytes) -> tuple[str, ...]:
    if not sent.startswith(b"HTTP/1.1 "):
        return ()
    return tuple(found.decode() for found in _ANSWER.findall(sent))


def _joined(text: str) -> bytes:
    """Return what stands between quotes in the beginning of a call, cut between two bytes."""
    return b"".join(_decoded(part[: len(part) // 4 * 4]) for part in text.split('"')[1::2])


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _hexadecimal(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())
