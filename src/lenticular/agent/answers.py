"""Answers to the cloud's questions about files."""

import logging
from collections.abc import Awaitable, Callable

from lenticular.agent.listing import Listing, QueryInvalid
from lenticular.engines.connectors.contract import Connector, Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.places import Place
from lenticular.engines.movers.messages import (
    Answer,
    Done,
    Failed,
    Listed,
    Ls,
    MakeFolder,
    Question,
    Rename,
    Stat,
)

OpenPlace = Callable[[Place], Connector]

_log = logging.getLogger("lenticular.connect")


async def answer(question: Question, open_place: OpenPlace) -> Answer:
    """Return the answer to a question. Never raises for what goes wrong with files."""
    try:
        connector = open_place(question.place)
        try:
            return await _ask(connector, question)
        finally:
            await connector.close()
    except Fault as fault:
        return Failed(fault.code, fault.description)
    except QueryInvalid as error:
        return Failed("INVALID_QUERY", str(error))
    except Exception:
        _log.exception("a question could not be answered")
        return Failed("UNKNOWN", "The agent failed on this request; its log tells why")


async def _ask(connector: Connector, question: Question) -> Answer:
    match question:
        case Ls():
            return await _list(connector, question)
        case Stat(path=path):
            return Listed(path, (await connector.stat(path),), 1)
        case MakeFolder(path=path):
            return await _done(connector.make_folder(path))
        case Rename(old=old, new=new):
            return await _done(connector.rename(old, new))


async def _list(connector: Connector, question: Ls) -> Listed:
    listing = Listing(
        filters=question.filters,
        order=question.order,
        show_hidden=question.show_hidden,
        limit=question.limit,
        offset=question.offset,
    )
    there = await connector.stat(question.path)
    if there.kind != "dir":
        raise Fault("NOT_A_DIRECTORY", f"{question.path} is no folder")
    async for page in connector.entries(question.path):
        listing.add(entry for entry in page if isinstance(entry, Entry))
    return Listed(question.path, listing.entries(), listing.total)


async def _done(doing: Awaitable[None]) -> Done:
    await doing
    return Done()
