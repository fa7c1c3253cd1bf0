"""My consents: which app may do what on this person's behalf, and taking it back."""

from datetime import datetime
from typing import Any

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

Document = dict[str, Any]


async def show(visit: Visit) -> Response:
    """List the consents by app."""
    consents = await _consents(visit)
    names = await _names(visit, {consent["client"] for consent in consents})
    titles = await _titles(visit, {consent["scope"] for consent in consents})
    by_number = {consent["id"]: consent for consent in consents}
    apps: dict[str, Document] = {}
    for consent in consents:
        root = by_number[consent["dependency_path"][0]]
        app = apps.setdefault(
            root["client"],
            {"id": root["client"], "name": names.get(root["client"], ""), "consents": []},
        )
        app["consents"].append(
            {
                "number": consent["id"],
                "title": titles.get(consent["scope"]) or consent["scope_name"],
                "scope": consent["scope_name"],
                "by": "" if consent is root else names.get(consent["client"], ""),
                "is_root": consent is root,
                "while_away": consent["allows_refresh"],
                "used": datetime.fromisoformat(consent["last_used"]),
            }
        )
    return visit.page("consents.html", apps=apps.values())


async def withdraw(visit: Visit) -> Response:
    """Withdraw all that an app may do, or one thing."""
    client_id, number = visit.field("client"), visit.field("consent")
    gone = [
        consent
        for consent in await _consents(visit)
        if len(consent["dependency_path"]) == 1
        and consent["client"] == client_id
        and number in ("", str(consent["id"]))
    ]
    if not gone:
        raise Refused("NoSuchConsent", "This consent is withdrawn already.", 404)
    for consent in gone:
        await visit.auth("DELETE", f"{_path(visit)}/{consent['id']}")
    return visit.go("/consents", "withdrawn")


async def _consents(visit: Visit) -> list[Document]:
    """Return what the person consented to, without what nobody asked them for."""
    answer = await visit.auth("GET", _path(visit), params={"all": "true"})
    found: list[Document] = answer["consents"]
    return [one for one in found if one["client"] != visit.site.client_id]


async def _names(visit: Visit, client_ids: set[str]) -> dict[str, str]:
    """Return the names of clients, which are identities too, by id."""
    if not client_ids:
        return {}
    asked = {"ids": ",".join(sorted(client_ids))}
    answer = await visit.auth("GET", "/v2/api/identities", params=asked)
    return {one["id"]: one["name"] for one in answer["identities"]}


async def _titles(visit: Visit, scope_ids: set[str]) -> dict[str, str]:
    """Return what scopes say that they are for, by id."""
    if not scope_ids:
        return {}
    asked = {"ids": ",".join(sorted(scope_ids))}
    answer = await visit.auth("GET", "/v2/api/scopes", params=asked)
    return {one["id"]: one["description"] for one in answer["scopes"]}


def _path(visit: Visit) -> str:
    return f"/v2/api/identities/{visit.person.identity_id}/consents"


ROOM = Room(
    "/consents",
    "Consents",
    "Yours",
    {"GET /consents": show, "POST /consents/withdraw": withdraw},
    done={"withdrawn": "It is withdrawn, and tokens for it are worth nothing now."},
)
