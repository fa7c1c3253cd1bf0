"""Consents that a person has given, seen and withdrawn (Globus Auth API, "Consents")."""

from lenticular.apis.globus.auth.documents import consent_document
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.primitives.oauth import AuthorizationServer, EntryNotFound
from lenticular.primitives.oauth.builtin import MANAGE_CONSENTS, VIEW_CONSENTS

_CONSENTS = "/v2/api/identities/{identity_id}/consents"


class ConsentOperations:
    """Shows people what they have consented to, and lets them withdraw it."""

    def __init__(self, oauth: AuthorizationServer) -> None:
        self._oauth = oauth

    @operation("GET", _CONSENTS)
    async def get_consents(self, call: Call) -> Result:
        """Return what the person lets the calling client do; with ``all``, any client."""
        identity_id = _own(call)
        root_id: str | None = call.caller.client_id
        if call.query.get("all", "").lower() in ("true", "1"):
            if call.caller.scopes.isdisjoint((VIEW_CONSENTS, MANAGE_CONSENTS)):
                raise GlobusError(403, f"The token must have the scope {VIEW_CONSENTS}")
            root_id = None
        found = await self._oauth.consents.of(identity_id, root_id)
        return {"consents": [consent_document(consent) for consent in found]}

    @operation("DELETE", f"{_CONSENTS}/{{consent_id}}", scopes=(MANAGE_CONSENTS,))
    async def delete_consent(self, call: Call) -> Result:
        """Withdraw a consent with all below it: tokens that stand on them end at once."""
        number = call.arguments["consent_id"]
        if not number.isascii() or not number.isdigit() or len(number) > 15:
            raise EntryNotFound(f"there is no consent {number[:50]!r}")
        gone = await self._oauth.consents.withdraw(_own(call), int(number))
        return {"consents": [consent_document(consent) for consent in gone]}


def _own(call: Call) -> str:
    """Return the identity that the path names, if it is the caller's own. Raises `GlobusError`."""
    identity_id = call.arguments["identity_id"].lower()
    if identity_id not in call.caller.identity_ids:
        raise GlobusError(403, "Consents are shown to the person who gave them only")
    # Consents are the person's: it does not matter with which identity they had signed in.
    return call.caller.identity_id
