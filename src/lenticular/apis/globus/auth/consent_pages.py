"""The consent page: what an app wants to do for a person, in words, and two buttons."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lenticular.apis.globus.auth.authorize_requests import PATH, AuthorizationRequest
from lenticular.apis.globus.auth.browsers import Browsers
from lenticular.apis.http import Request, Response
from lenticular.pages import Pages, target
from lenticular.primitives.oauth import Client, Wanted
from lenticular.primitives.oauth.clients import Clients
from lenticular.primitives.oauth.redirects import is_loopback
from lenticular.primitives.people import Identity
from lenticular.primitives.signin import BrowserSession


class ConsentPages:
    """Shows what is asked for."""

    def __init__(self, clients: Clients, pages: Pages, browsers: Browsers) -> None:
        self._clients = clients
        self._pages = pages
        self._browsers = browsers

    async def show(
        self,
        request: Request,
        session: BrowserSession,
        wanted: AuthorizationRequest,
        identity: Identity,
        raw_query: str,
    ) -> Response:
        """Return the page for a request that came by the browser."""
        destination = wanted.destination
        return await self._page(
            request,
            session,
            destination.client,
            wanted.wanted,
            identity,
            offline=wanted.offline,
            message=wanted.message,
            place=_place(destination.redirect_uri, request.host),
            action=PATH,
            here=f"{PATH}?{raw_query}",
            fields={"request": raw_query},
            form_targets=[target(destination.redirect_uri)],
        )

    async def show_device(
        self,
        request: Request,
        session: BrowserSession,
        client: Client,
        wanted: tuple[Wanted, ...],
        identity: Identity,
        *,
        offline: bool,
        action: str,
        user_code: str,
    ) -> Response:
        """Return the page for a device whose code was typed in."""
        return await self._page(
            request,
            session,
            client,
            wanted,
            identity,
            offline=offline,
            message="",
            place=f"the device that shows the code {user_code}",
            action=action,
            here=action,
            fields={"user_code": user_code},
            form_targets=[],
        )

    async def _page(
        self,
        request: Request,
        session: BrowserSession,
        client: Client,
        wanted: tuple[Wanted, ...],
        identity: Identity,
        *,
        offline: bool,
        message: str,
        place: str,
        action: str,
        here: str,
        fields: Mapping[str, str],
        form_targets: Iterable[str],
    ) -> Response:
        # Whoever made an instance of a template named it: people are asked about the template.
        template = await self._clients.find(client.parent_id)
        token, headers = self._browsers.form_token(request, session)
        return self._pages.render(
            "consent.html",
            form_targets=form_targets,
            headers=headers,
            token=token,
            client=template or client,
            instance=client.name if template else "",
            identity=identity,
            scopes=_described(wanted),
            offline=offline,
            message=message,
            place=place,
            action=action,
            here=here,
            fields=fields,
        )


def _described(wanted: Iterable[Wanted]) -> list[dict[str, Any]]:
    """Return scopes as the page tells them."""
    return [
        {
            "title": one.scope.description or one.scope.name,
            "string": one.scope.string,
            "revocable": one.revocable,
            "below": _described(one.below),
        }
        for one in wanted
    ]


def _place(redirect_uri: str, host: str) -> str:
    """Return where the answer goes, as people say it."""
    parts = urlsplit(redirect_uri)
    if parts.netloc == host:
        return "this page, for you to copy"
    if parts.scheme not in ("http", "https"):
        return f"an app on this machine ({parts.scheme})"
    if is_loopback(parts.hostname or ""):
        return "an app on this machine"
    return parts.netloc
