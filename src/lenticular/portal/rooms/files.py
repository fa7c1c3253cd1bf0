"""Files: two folders beside each other, and what can be done with what is in them."""

import asyncio
from urllib.parse import urlencode

from lenticular.apis.http import Response
from lenticular.pages import target
from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import SIDES, Desk, Side, desk_of, is_id, query_values, side_of
from lenticular.portal.files.orders import (
    OPTIONS,
    SYNC_LEVELS,
    Selection,
    selection_of,
    transfer_document,
)
from lenticular.portal.files.views import PaneView, view_of
from lenticular.portal.names import read, written
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit


async def show(visit: Visit) -> Response:
    """Show both panes; before, fetch a token for the files of each collection."""
    desk = desk_of(query_values(visit.query))
    for side in SIDES:
        collection_id = desk.pane(side).collection_id
        if collection_id and collection_id not in visit.login.tokens:
            here = f"/files?{urlencode(dict(visit.query))}"
            return visit.signing.admit(visit.host, here, collection_id)
    left, right = await asyncio.gather(*(view_of(visit, desk, side) for side in SIDES))
    return visit.page(
        "files.html",
        connect_targets=_origins(left, right),
        left=left,
        right=right,
        sync_levels=SYNC_LEVELS,
        options=OPTIONS,
    )


def _origins(*views: PaneView) -> list[str]:
    """Return where the files of collections are served: the script brings files there itself."""
    addresses = [view.collection["https_server"] for view in views if view.collection]
    found = [target(address) for address in addresses if address]
    return [origin for origin in found if "//" in origin]


async def show_pane(visit: Visit) -> Response:
    """Show one pane alone, for the script to put in the place of another."""
    desk = desk_of(query_values(visit.query))
    view = await view_of(visit, desk, side_of(visit.query.get("side", "")))
    return visit.page("files_pane.html", view=view)


async def act(visit: Visit) -> Response:
    """Do what the button that was pressed says with what is selected."""
    side, _, verb = visit.field("verb").partition(":")
    handler = {"transfer": _transfer, "rename": _rename, "delete": _delete, "share": _share}.get(
        verb
    )
    if handler is None:
        raise Refused("BadForm", "This form asks for nothing that can be done.", 400)
    return await handler(visit, selection_of(visit, side))


async def _transfer(visit: Visit, selection: Selection) -> Response:
    submission_id = (await visit.transfer("GET", "submission_id"))["value"]
    into = read(visit.field("into"))
    document = transfer_document(visit, selection, into, submission_id)
    return _submitted(visit, await visit.transfer("POST", "transfer", json=document))


async def _rename(visit: Visit, selection: Selection) -> Response:
    name = selection.one()
    new_name = visit.field("new_name")
    if not new_name:
        return visit.page("files_rename.html", selection=selection, name=name)
    pane = selection.desk.pane(selection.side)
    paths = {"old_path": pane.within(name), "new_path": pane.within(new_name)}
    path = f"operation/endpoint/{selection.collection_id}/rename"
    await visit.transfer("POST", path, json={"DATA_TYPE": "rename", **paths})
    return _done(visit, selection.desk, selection.side, "renamed")


async def _delete(visit: Visit, selection: Selection) -> Response:
    if not visit.field("sure"):
        return visit.page("files_delete.html", selection=selection.some())
    submission_id = (await visit.transfer("GET", "submission_id"))["value"]
    document = {
        "DATA_TYPE": "delete",
        "submission_id": submission_id,
        "endpoint": selection.collection_id,
        "recursive": True,
        "notify_on_succeeded": False,
        "DATA": [{"DATA_TYPE": "delete_item", "path": path} for path in selection.some().paths],
    }
    return _submitted(visit, await visit.transfer("POST", "delete", json=document))


async def _share(visit: Visit, selection: Selection) -> Response:
    pane = selection.desk.pane(selection.side)
    path = f"{pane.within(selection.one())}/" if selection.names else pane.path or "/"
    return _leave(
        visit, "/shares/new", {"collection": selection.collection_id, "path": written(path)}
    )


async def make_folder(visit: Visit) -> Response:
    """Make a folder in one of the panes."""
    desk, side = desk_of(visit.field), side_of(visit.field("side"))
    selection = Selection(desk, side, ())
    path = f"operation/endpoint/{selection.collection_id}/mkdir"
    folder = {"DATA_TYPE": "mkdir", "path": desk.pane(side).within(visit.field("name"))}
    await visit.transfer("POST", path, json=folder)
    return _done(visit, desk, side, "made")


async def lend_token(visit: Visit) -> Response:
    """Give the script what it brings files to a collection with: its address and a token.

    The token is good for the files of this one collection. Raises `Refused` where there is none.
    """
    collection_id = visit.field("collection")
    token = visit.login.tokens.get(collection_id)
    if not is_id(collection_id) or not token:
        message = "Files cannot be brought here: you may not reach this collection over the web."
        raise Refused("NoToken", message, 403)
    collection = await visit.transfer("GET", f"endpoint/{collection_id}")
    return visit.answer({"address": collection["https_server"], "token": token})


def _submitted(visit: Visit, accepted: dict[str, str]) -> Response:
    """Tell of a new task: the script shows how it comes on, a page of its own does otherwise."""
    path = f"/tasks/{accepted['task_id']}"
    if visit.is_script:
        return visit.answer({"task": path})
    return visit.go(path, "submitted")


def _done(visit: Visit, desk: Desk, side: Side, done: str) -> Response:
    if visit.is_script:
        return visit.answer({"message": ROOM.done[done], "refresh": side})
    return visit.go("/files", done, **desk.state())


def _leave(visit: Visit, path: str, query: dict[str, str]) -> Response:
    if visit.is_script:
        return visit.answer({"go": f"{path}?{urlencode(query)}"})
    return visit.go(path, **query)


ROOM = Room(
    "/files",
    "Files",
    "Data",
    {
        "GET /files": show,
        "GET /files/pane": show_pane,
        "POST /files/act": act,
        "POST /files/folder": make_folder,
        "POST /files/token": lend_token,
    },
    done={
        "made": "The folder is there.",
        "renamed": "It has its new name.",
    },
)
