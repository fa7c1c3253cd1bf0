"""Search for collections. Transfer API, "Endpoint and Collection Search"."""

import uuid
from typing import Final

from lenticular.apis.globus.transfer.calls import ALL, flag, number, person
from lenticular.apis.globus.transfer.documents import (
    ENTITY_TYPES,
    Document,
    endpoint_document,
    narrowed,
)
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import SCOPES, Collections, InputInvalid, Search

_PAGE: Final = 100
_MOST: Final = 1000
"""Results that can be reached by going through pages."""

_ENTITIES: Final = {name: entity for entity, name in ENTITY_TYPES.items()}
_NONE_HERE: Final = frozenset(
    {"GCSv5_endpoint", "GCSv5_mapped_collection", "GCSv5_guest_collection"}
)


class SearchOperations:
    """The operation that searches."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    @operation("GET", "/v0.10/endpoint_search", scopes=(ALL,), recorded=False)
    async def endpoint_search(self, call: Call) -> Document:
        """Return a page of the collections that fit."""
        limit = number(call, "limit", _PAGE, _PAGE, least=1)
        offset = number(call, "offset", 0, _MOST)
        wanted, asking = _wanted(call), person(call)
        matches = await self._collections.search(wanted, asking) if wanted is not None else []
        page = matches[offset : min(offset + limit, _MOST)]
        views = await self._collections.views([one.collection for one in page], asking)
        documents = [
            endpoint_document(view) | {"_rank": match.rank}
            for match, view in zip(page, views, strict=True)
        ]
        return narrowed(
            call,
            {
                "DATA_TYPE": "endpoint_list",
                "DATA": documents,
                "offset": offset,
                "limit": limit,
                "has_next_page": offset + limit < min(len(matches), _MOST),
            },
        )


def _wanted(call: Call) -> Search | None:
    """Return what a query looks for; None: what no cloud of this kind has."""
    scope = call.query.get("filter_scope", "") or "all"
    if scope not in SCOPES:
        raise InputInvalid(f"filter_scope is one of {', '.join(SCOPES)}, not {scope[:100]!r}")
    entity = call.query.get("filter_entity_type", "")
    functional = call.query.get("filter_non_functional", "")
    if entity and functional:
        raise InputInvalid("filter_entity_type and filter_non_functional exclude each other")
    if entity in _NONE_HERE:
        return None
    if entity and entity not in _ENTITIES:
        names = ", ".join((*_ENTITIES, *sorted(_NONE_HERE)))
        raise InputInvalid(f"filter_entity_type is one of {names}, not {entity[:100]!r}")
    return Search(
        text=call.query.get("filter_fulltext", ""),
        scope=scope,
        owner_id=_id(call, "filter_owner_id"),
        host_id=_id(call, "filter_host_endpoint"),
        entity=_ENTITIES[entity] if entity else None,  # type: ignore[arg-type]  # a str is inferred
        is_functional=not flag(call, "filter_non_functional") if functional else None,
    )


def _id(call: Call, name: str) -> str:
    given = call.query.get(name, "")
    try:
        return str(uuid.UUID(given)) if given else ""
    except ValueError:
        raise InputInvalid(f"{name} is a UUID, not {given[:100]!r}") from None
