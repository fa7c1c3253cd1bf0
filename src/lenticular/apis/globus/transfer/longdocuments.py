"""Long documents: JSON objects with one long array, read as they come in.

A submission may name a hundred thousand files. Its items are handed on a few at a time, and
what is in memory is one of them and what surrounds the array.
"""

import codecs
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from lenticular.apis.globus.wire.errors import GlobusError

_LONGEST_VALUE: Final = 128 * 1024
"""Characters of one item, or of one other member."""

_MOST_MEMBERS: Final = 100

_AT_ONCE: Final = 500
"""Items that are handed on together."""

_SPACE: Final = " \t\r\n"
_DELIMITERS: Final = frozenset(",:]}" + _SPACE)

_decoder = json.JSONDecoder(parse_constant=lambda name: _refuse(f"{name} is no value of JSON"))

Take = Callable[[list[Any]], Awaitable[None]]


async def read_long_document(
    chunks: AsyncIterator[bytes], array: str, take: Take
) -> dict[str, Any]:
    """Return a JSON object without the elements of its member `array`, which `take` is given.

    Raises `GlobusError` (400) for what is no such document.
    """
    text = _Text(chunks)
    members: dict[str, Any] = {}
    await text.expect("{")
    if await text.follows("}"):
        return await _ended(text, members)
    while True:
        name = await text.value()
        if not isinstance(name, str) or name in members or len(members) == _MOST_MEMBERS:
            _refuse(f"an object has names, each once, and at most {_MOST_MEMBERS} of them here")
        await text.expect(":")
        if name == array and await text.follows("["):
            await _elements(text, take)
            members[name] = []
        else:
            members[name] = await text.value()
        if await text.follows("}"):
            return await _ended(text, members)
        await text.expect(",")


async def _elements(text: "_Text", take: Take) -> None:
    found: list[Any] = []
    if await text.follows("]"):
        return
    while True:
        found.append(await text.value())
        is_last = await text.follows("]")
        if is_last or len(found) == _AT_ONCE:
            await take(found)
            found = []
        if is_last:
            return
        await text.expect(",")


async def _ended(text: "_Text", members: dict[str, Any]) -> dict[str, Any]:
    if await text.peek():
        _refuse("there is more behind its end")
    return members


class _Text:
    """What has come in and was not read yet."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text = ""
        self._at = 0
        self._is_whole = False

    async def peek(self) -> str:
        """Return the next character that is no white space; empty: none comes."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not await self._more():
                return ""

    async def follows(self, character: str) -> bool:
        """Tell whether a character comes next; it is read then."""
        if await self.peek() != character:
            return False
        self._at += 1
        return True

    async def expect(self, character: str) -> None:
        """Read a character."""
        if not await self.follows(character):
            _refuse(f"{character!r} is expected at {self._text[self._at : self._at + 20]!r}")

    async def value(self) -> Any:
        """Return the next value."""
        await self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if not await self._much_more():
                    raise _refusal(str(error)) from None
            else:
                # A number may go on with what comes next.
                if self._text[end : end + 1] in _DELIMITERS or not await self._much_more():
                    self._at = end
                    return value

    async def _much_more(self) -> bool:
        """Read as much again as waits already: so little is looked at more than twice."""
        wanted = 2 * (len(self._text) - self._at)
        has_come = False
        while len(self._text) - self._at < wanted and await self._more():
            has_come = True
        return has_come

    async def _more(self) -> bool:
        """Read on; False: that was all."""
        if self._is_whole:
            return False
        if len(self._text) - self._at > _LONGEST_VALUE:
            _refuse(f"one of its values is longer than {_LONGEST_VALUE} characters")
        chunk = await anext(self._chunks, None)
        self._is_whole = chunk is None
        try:
            text = self._decode(chunk or b"", self._is_whole)
        except UnicodeDecodeError as error:
            raise _refusal(f"it is not UTF-8: {error}") from None
        self._text = self._text[self._at :] + text
        self._at = 0
        return True


def _refusal(why: str) -> GlobusError:
    return GlobusError(400, f"The document is not JSON as expected: {why}")


def _refuse(why: str) -> Any:
    raise _refusal(why)
