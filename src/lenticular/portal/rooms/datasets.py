"""Datasets: folders published for good, with metadata, under a persistent identifier."""

from typing import Any, Final
from urllib.parse import quote

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.datasetforms import FIELDS, RELATIONS, TYPES, lines_of, said_by
from lenticular.portal.names import read, written
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

Document = dict[str, Any]

STATES: Final = {
    "draft": ("Draft", ""),
    "publishing": ("Being published", ""),
    "published": ("Published", "good"),
    "withdrawn": ("Withdrawn", "bad"),
}
"""How states are said, and how they look."""

STEPS: Final = {
    "deposit": "The copy is about to begin.",
    "submit": "The copy is about to begin.",
    "copy": "The files are being copied.",
    "verify": "Every file is being held against its checksum at the source.",
    "keep": "The files are being locked.",
    "describe": "Manifests and metadata are being written.",
    "abandon": "Something went wrong: what was copied is being removed.",
}

_MOST_COLLECTIONS: Final = 100


async def show(visit: Visit) -> Response:
    """List the person's datasets."""
    found = await visit.datasets("GET")
    return visit.page(
        "datasets.html",
        datasets=found["DATA"],
        states=STATES,
        public=f"{visit.globus_url}/datasets",
    )


async def new(visit: Visit) -> Response:
    """Show the form for a new dataset; the address may name a folder."""
    source = {
        "collection_id": visit.query.get("collection", ""),
        "path": read(visit.query.get("path", "")),
    }
    return await _form(visit, "", {}, source)


async def create(visit: Visit) -> Response:
    """Make a draft."""
    try:
        made = await visit.datasets("POST", json=_draft(visit, {}))
    except Refused as refusal:
        return await _again(visit, "", {}, refusal)
    return await _saved(visit, made["name"])


async def one(visit: Visit) -> Response:
    """Show a dataset: its form while it is a draft, and all versions."""
    dataset = await visit.datasets("GET", f"/{_name(visit)}")
    if dataset["state"] == "draft":
        return await _form(visit, dataset["name"], dataset["metadata"], dataset, dataset)
    return _page(visit, dataset)


async def save(visit: Visit) -> Response:
    """Keep what the form says, and publish it if that is wanted."""
    name = _name(visit)
    dataset = await visit.datasets("GET", f"/{name}")
    try:
        await visit.datasets("PUT", f"/{name}", json=_draft(visit, dataset["metadata"]))
    except Refused as refusal:
        return await _again(visit, name, dataset["metadata"], refusal, dataset)
    return await _saved(visit, name)


async def begin_version(visit: Visit) -> Response:
    """Begin a new version."""
    name = _name(visit)
    await visit.datasets("POST", f"/{name}/versions")
    return visit.go(f"/datasets/{name}", "begun")


async def withdraw(visit: Visit) -> Response:
    """Withdraw a version."""
    name = _name(visit)
    number, reason = visit.field("version"), visit.field("reason")
    if not number.isdecimal() or len(number) > 6:
        raise Refused("BadVersion", "There is no such version.", 404)
    try:
        withdrawal = {"version": int(number), "reason": reason}
        await visit.datasets("POST", f"/{name}/withdraw", json=withdrawal)
    except Refused as refusal:
        dataset = await visit.datasets("GET", f"/{name}")
        return _page(visit, dataset, refusal.message, refusal.status)
    return visit.go(f"/datasets/{name}", "withdrawn")


async def delete(visit: Visit) -> Response:
    """Delete a draft."""
    await visit.datasets("DELETE", f"/{_name(visit)}")
    return visit.go("/datasets", "deleted")


async def _saved(visit: Visit, name: str) -> Response:
    """Go on after a draft was kept: publish it, or say that it is kept."""
    if visit.field("then") != "publish":
        return visit.go(f"/datasets/{name}", "saved")
    try:
        await visit.datasets("POST", f"/{name}/publish")
    except Refused as refusal:
        dataset = await visit.datasets("GET", f"/{name}")
        return await _again(visit, name, dataset["metadata"], refusal, dataset)
    return visit.go(f"/datasets/{name}", "publishing")


def _draft(visit: Visit, known: Document) -> Document:
    """Return what the form says; what it has no field for stays as it is known."""
    return {
        "metadata": said_by(visit.form, known),
        "collection_id": visit.field("collection"),
        "path": read(visit.field("path")),
    }


def _page(visit: Visit, dataset: Document, error: str = "", status: int = 200) -> Response:
    return visit.page(
        "dataset.html",
        status,
        dataset=dataset,
        states=STATES,
        step=STEPS.get(dataset["versions"][-1]["step"] or "", ""),
        page=f"{visit.globus_url}/{dataset['identifier']}",
        error=error,
    )


async def _again(
    visit: Visit,
    name: str,
    known: Document,
    refusal: Refused,
    dataset: Document | None = None,
) -> Response:
    """Show the form as it was sent, and what was wrong with it."""
    draft = _draft(visit, known)
    return await _form(
        visit, name, draft["metadata"], draft, dataset, refusal.message, refusal.status
    )


async def _form(
    visit: Visit,
    name: str,
    said: Document,
    source: Document,
    dataset: Document | None = None,
    error: str = "",
    status: int = 200,
) -> Response:
    found = await visit.collections(filter_scope="all", limit=str(_MOST_COLLECTIONS))
    collections = [(one["id"], one["display_name"]) for one in found]
    chosen = source.get("collection_id") or ""
    if chosen and chosen not in dict(collections):
        collections.append((chosen, chosen))
    return visit.page(
        "dataset_form.html",
        status,
        name=name,
        dataset=dataset,
        values=lines_of(said),
        fields=FIELDS,
        types=TYPES,
        relations=RELATIONS,
        collections=[("", "Choose a collection"), *collections],
        collection=chosen,
        path=written(source.get("path") or ""),
        error=error,
    )


def _name(visit: Visit) -> str:
    return quote(visit.arguments["name"], safe="")


ROOM = Room(
    "/datasets",
    "Datasets",
    "Data",
    {
        "GET /datasets": show,
        "POST /datasets": create,
        "GET /datasets/new": new,
        "GET /datasets/{name}": one,
        "POST /datasets/{name}": save,
        "POST /datasets/{name}/versions": begin_version,
        "POST /datasets/{name}/withdraw": withdraw,
        "POST /datasets/{name}/delete": delete,
    },
    done={
        "saved": "The draft is kept. Nobody else sees it.",
        "publishing": "It is being published. This page says how far it is.",
        "begun": "This is the draft of a new version.",
        "withdrawn": "The version is withdrawn: its page says so.",
        "deleted": "The draft is deleted.",
    },
)
