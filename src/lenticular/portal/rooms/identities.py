"""My identities: one person, and the accounts elsewhere that are linked to them."""

from lenticular.apis.http import Response
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit


async def show(visit: Visit) -> Response:
    """List them; the sign-in pages link and unlink, for there one proves who one is."""
    known = await visit.auth("GET", "/v2/oauth2/userinfo")
    own = known.get("identity_set", [])
    return visit.page(
        "identities.html",
        identities=sorted(own, key=lambda one: one["sub"] != visit.person.identity_id),
        sign_in_page=f"{visit.globus_url}/sign-in/identities",
    )


ROOM = Room("/identities", "Identities", "Yours", {"GET /identities": show})
