"""The portal's application: finds the room, lets people in, and shows what was refused.

Starlette routes requests; pages come from `lenticular.pages`.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as StarletteResponse
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lenticular.apis.http import Response
from lenticular.pages import FIELD, FormTokens, Pages, is_own_form
from lenticular.portal.authorization import AuthorizationServer
from lenticular.portal.clients import AwsClients, Refused
from lenticular.portal.contract import Login, Site
from lenticular.portal.names import FILTERS
from lenticular.portal.room import Handler, Room
from lenticular.portal.rooms import ROOMS
from lenticular.portal.signing import Signing
from lenticular.portal.visit import Navigation, Visit

_LARGEST_FORM = 256 * 1024
"""Bytes; the largest policy document is far below."""
_OPEN_SECONDS = 60.0
"""Seconds for which it is remembered which rooms are open to a person."""
_MOST_REMEMBERED = 1000

_log = logging.getLogger("lenticular.portal")

Work = Callable[[Request], Awaitable[Response]]


class Portal:
    """The ASGI application of the portal's port."""

    def __init__(
        self,
        site: Site,
        *,
        rooms: tuple[Room, ...] = ROOMS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Serve `rooms`."""
        self._site = site
        self._rooms = rooms
        self._clock = clock
        self._pages = Pages(
            "lenticular.portal", strict_transport=site.strict_transport, filters=FILTERS
        )
        self._forms = FormTokens(site.form_key)
        self._aws = AwsClients(site)
        self._authorization = AuthorizationServer(site)
        self._signing = Signing(site, self._pages, self._authorization)
        self._open: dict[bytes, tuple[float, frozenset[str]]] = {}
        routes = [
            self._route("GET /static/{name}", self._static),
            self._route("GET /sign-in", self._begin),
            self._route("GET /callback", self._finish),
            self._route("GET /lenticular.pem", self._bundle),
        ]
        for room in rooms:
            for door, handler in room.doors.items():
                routes.append(self._route(door, self._in_room(room, handler)))
        self._app = Starlette(
            routes=routes, exception_handlers={404: self._missing, 405: self._missing}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, send)

    async def close(self) -> None:
        """Close the connections to the cloud's interfaces."""
        self._aws.close()
        await self._authorization.close()

    def _route(self, door: str, work: Work) -> Route:
        method, path = door.split()

        async def endpoint(request: Request) -> StarletteResponse:
            if _host(request) not in self._site.hosts:
                return _sent(self._misaddressed(request))
            try:
                return _sent(await work(request))
            except Exception:
                _log.exception("%s %s failed", request.method, request.url.path)
                return _sent(
                    self._pages.error(
                        500, "Something broke", "It is not your doing. The log tells more."
                    )
                )

        return Route(path, endpoint, methods=[method])

    def _in_room(self, room: Room, handler: Handler) -> Work:
        """Return what lets people into a room, checks what they post, and words refusals."""

        async def work(request: Request) -> Response:
            login = await self._signing.login(request.cookies)
            if login is None:
                return self._to_sign_in(request, room)
            visit = Visit(
                site=self._site,
                pages=self._pages,
                forms=self._forms,
                aws_clients=self._aws,
                authorization=self._authorization,
                signing=self._signing,
                login=login,
                room=room.path,
                navigation=await self._navigation(login),
                arguments=request.path_params,
                query=request.query_params,
                cookies=request.cookies,
                host=_host(request),
                headers=request.headers,
                notice=room.done.get(request.query_params.get("done", ""), ""),
            )
            try:
                if request.method == "POST":
                    visit.form = await self._form(request, visit)
                return await handler(visit)
            except PermissionError as error:
                return _refusal(visit, Refused("AccessDenied", str(error), 403))
            except Refused as refusal:
                return _refusal(visit, refusal)

        return work

    def _to_sign_in(self, request: Request, room: Room) -> Response:
        if request.url.path == "/":
            return self._pages.render("welcome.html", services=self._site.services)
        to = room.path
        if request.method == "GET":
            to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return self._signing.begin(_host(request), to)

    async def _form(self, request: Request, visit: Visit) -> dict[str, list[str]]:
        """Return the fields of a form that one of our own pages posted. Raises `Refused`."""
        if not is_own_form(request.headers, self._site.scheme):
            raise _bad_form("This form came from another site. Nothing was done.")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_FORM:
                raise _bad_form(f"A form has at most {_LARGEST_FORM // 1024} KiB.")
        try:
            form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=1000)
        except ValueError as error:
            raise _bad_form("This is not a form.") from error
        if not self._forms.check(visit.login.session.csrf_secret, form.get(FIELD, [""])[0]):
            raise _bad_form("This page is from an earlier sign-in. Open it again and repeat.")
        return form

    async def _navigation(self, login: Login) -> Navigation:
        open_rooms = await self._open_rooms(login)
        parts: dict[str, list[tuple[str, str]]] = {}
        for room in self._rooms:
            if room.path in open_rooms:
                parts.setdefault(room.part, []).append((room.path, room.title))
        return list(parts.items())

    async def _open_rooms(self, login: Login) -> frozenset[str]:
        """Return the paths of the rooms that the interfaces let somebody into."""
        until, known = self._open.get(login.session.session_id, (0.0, frozenset()))
        if self._clock() < until:
            return known
        tried = await asyncio.gather(*(self._is_open(room, login) for room in self._rooms))
        found = frozenset(
            room.path for room, is_open in zip(self._rooms, tried, strict=True) if is_open
        )
        if len(self._open) >= _MOST_REMEMBERED:
            self._open.clear()
        self._open[login.session.session_id] = self._clock() + _OPEN_SECONDS, found
        return found

    async def _is_open(self, room: Room, login: Login) -> bool:
        probe = room.probe
        if probe is None:
            return True
        params = dict(probe.params)
        if probe.account:
            params[probe.account] = login.person.account_id
        try:
            await self._aws.call(login, probe.service, probe.operation, **params)
        except PermissionError:
            return False
        except Refused as refusal:
            return not refusal.is_denial
        return True

    async def _static(self, request: Request) -> Response:
        found = self._pages.assets.answer(request.url.path)
        return found or self._pages.error(404, "Not here", "There is no such file.")

    async def _bundle(self, request: Request) -> Response:
        """Send the certificates that programs need to trust this cloud."""
        if not self._site.bundle:
            return self._pages.error(
                404, "Not here", "Programs need no certificate for this cloud."
            )
        headers = [("Content-Type", "application/x-pem-file"), ("Cache-Control", "no-cache")]
        return Response(200, headers, self._site.bundle)

    async def _begin(self, request: Request) -> Response:
        return self._signing.begin(_host(request), request.query_params.get("to", "/"))

    async def _finish(self, request: Request) -> Response:
        return await self._signing.finish(
            request.query_params,
            request.cookies,
            _host(request),
            source_ip=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", ""),
        )

    async def _missing(self, request: Request, error: Exception) -> StarletteResponse:
        message = f"There is no page {request.url.path} here."
        return _sent(self._pages.error(404, "Not here", message))

    def _misaddressed(self, request: Request) -> Response:
        names = ", ".join(self._site.hosts)
        return self._pages.error(
            421,
            "Another name",
            f"This cloud does not know itself as {_host(request)}. It answers to {names}; its "
            f"setting domains adds further names.",
            action=f"{self._site.origin(self._site.hosts[0], self._site.port)}/",
        )


def _bad_form(message: str) -> Refused:
    return Refused("BadForm", message, 400)


def _refusal(visit: Visit, refusal: Refused) -> Response:
    if visit.is_script:
        return visit.answer({"error": refusal.message}, refusal.status)
    status = 403 if refusal.is_denial else refusal.status if refusal.status < 500 else 502
    titles = {403: "You may not do this", 404: "Not here"}
    title = titles.get(status, "Not done")
    back = "/" if refusal.is_denial else visit.room
    return visit.page(
        "refused.html",
        status,
        title=title,
        message=refusal.message,
        is_denial=refusal.is_denial,
        back=back,
    )


def _host(request: Request) -> str:
    """Return the name in a request's Host header, as URLs have it."""
    host = request.headers.get("host", "")
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _sent(response: Response) -> StarletteResponse:
    """Return a page as Starlette sends it."""
    body = response.body
    if isinstance(body, bytes):
        answer = StarletteResponse(body, response.status)
    else:
        answer = StreamingResponse(body, response.status)
    answer.raw_headers += [
        (name.lower().encode(), value.encode("latin-1", "replace"))
        for name, value in response.headers
    ]
    return answer
