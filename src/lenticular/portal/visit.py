"""One request of a person who has signed in, as the rooms see it."""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from lenticular.apis.http import Response
from lenticular.pages import FormTokens, Pages, security_headers
from lenticular.portal.authorization import (
    AUTH,
    GROUPS,
    SEARCH,
    TRANSFER,
    AuthorizationServer,
)
from lenticular.portal.clients import AwsClients
from lenticular.portal.contract import Login, Person, Site
from lenticular.portal.signing import Signing

Navigation = list[tuple[str, list[tuple[str, str]]]]
"""Titles of parts, each with the paths and titles of its rooms."""


@dataclass(slots=True)
class Visit:
    """A person in a room."""

    site: Site
    pages: Pages
    forms: FormTokens
    aws_clients: AwsClients
    authorization: AuthorizationServer
    signing: Signing
    login: Login
    room: str
    """The path of the room."""
    navigation: Navigation
    arguments: Mapping[str, str]
    """What the path's ``{names}`` stand for."""
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    host: str
    """The name under which the browser came."""
    headers: Mapping[str, str]
    """Of the request; the names are in lower case."""
    notice: str = ""
    """What was done just before."""
    form: Mapping[str, list[str]] = field(default_factory=dict)
    """The fields of the form that was posted."""

    @property
    def is_script(self) -> bool:
        """Whether the script on a page asks, which wants a document and no page."""
        return self.headers.get("accept", "") == "application/json"

    @property
    def person(self) -> Person:
        """Who has signed in."""
        return self.login.person

    def field(self, name: str) -> str:
        """Return a field of the form, without white space around it; empty when missing."""
        return self.form.get(name, [""])[0].strip()

    def text(self, name: str) -> str:
        """Return a field of several lines as it was written, with plain line ends."""
        return self.form.get(name, [""])[0].replace("\r\n", "\n")

    async def aws(self, service: str, operation: str, **params: Any) -> Any:
        """Call an AWS operation as this person. Raises `Refused`."""
        return await self.aws_clients.call(self.login, service, operation, **params)

    async def list_all(self, operation: str, member: str, **params: Any) -> list[Any]:
        """Call a listing of IAM as this person until it is whole. Raises `Refused`."""
        return await self.aws_clients.collect(self.login, "iam", operation, member, **params)

    async def auth(self, method: str, path: str, **options: Any) -> Any:
        """Ask the authorisation server as this person. Raises `Refused`."""
        return await self._ask(AUTH, method, path, **options)

    async def transfer(self, method: str, path: str, **options: Any) -> Any:
        """Ask Globus Transfer as this person; `path` is what follows ``/v0.10/``.

        Raises `Refused`; `groups`, `search` and `datasets` too.
        """
        return await self._ask(TRANSFER, method, f"/v0.10/{path}", **options)

    async def collections(self, **query: str) -> list[dict[str, Any]]:
        """Return the collections that fit a query of Transfer. Raises `Refused`."""
        answer = await self.transfer("GET", "endpoint_search", params=query)
        found: list[dict[str, Any]] = answer["DATA"]
        return found

    async def groups(self, method: str, path: str, **options: Any) -> Any:
        """Ask Globus Groups as this person; `path` is what follows ``/v2/``."""
        return await self._ask(GROUPS, method, f"/v2/{path}", **options)

    async def search(self, method: str, path: str, **options: Any) -> Any:
        """Ask Globus Search as this person; `path` is what follows ``/v1/``."""
        return await self._ask(SEARCH, method, f"/v1/{path}", **options)

    async def datasets(self, method: str, path: str = "", **options: Any) -> Any:
        """Ask the publication API as this person; `path` is what follows ``datasets``."""
        return await self._ask(TRANSFER, method, f"/publish/v1/datasets{path}", **options)

    async def _ask(self, server: str, method: str, path: str, **options: Any) -> Any:
        return await self.authorization.ask(self.login.tokens[server], method, path, **options)

    def follow(self, task_id: str, last_event_id: str) -> AsyncGenerator[bytes]:
        """Give the events of a task of this person as they happen. Raises `Refused`."""
        path = f"/v0.10/task/{quote(task_id, safe='')}/events"
        return self.authorization.follow(self.login.tokens[TRANSFER], path, last_event_id)

    def start(self, digits: int = 4) -> int:
        """Return how many entries come before those to show, as the address says (``from``).

        What is no number of so many digits is 0.
        """
        given = self.query.get("from", "")
        return int(given) if re.fullmatch(rf"[0-9]{{1,{digits}}}", given) else 0

    def page(
        self,
        template: str,
        /,
        status: int = 200,
        *,
        connect_targets: Iterable[str] = (),
        **values: Any,
    ) -> Response:
        """Return a page of this room; its script may call `connect_targets` besides the portal."""
        common: dict[str, Any] = {
            "person": self.person,
            "navigation": self.navigation,
            "here": self.room,
            "token": self.forms.token(self.login.session.csrf_secret),
            "notice": self.notice,
        }
        return self.pages.render(
            template,
            status,
            form_targets=self.form_targets,
            connect_targets=connect_targets,
            **common | values,
        )

    def answer(self, document: Any, status: int = 200) -> Response:
        """Return a JSON document, for the script on a page."""
        headers = [("Content-Type", "application/json"), *security_headers()]
        return Response(status, headers, msgspec.json.encode(document))

    @property
    def form_targets(self) -> Iterable[str]:
        """Where forms lead besides the portal: signing out goes on to the sign-in pages."""
        return (self.site.origin(self.host, self.site.globus_port),)

    @property
    def aws_url(self) -> str:
        """Where this browser's machine finds the AWS interface."""
        return self.site.origin(self.host, self.site.aws_port)

    @property
    def globus_url(self) -> str:
        """Where it finds the Globus interfaces."""
        return self.site.origin(self.host, self.site.globus_port)

    def go(self, path: str, done: str = "", /, **query: str) -> Response:
        """Send the browser to `path`, where the page says what was `done` (`Room.done`)."""
        if done:
            query["done"] = done
        location = quote(path) + (f"?{urlencode(query)}" if query else "")
        return Response(303, [("Location", location), ("Cache-Control", "no-store")])
