"""The handler of an agent's requests: who comes, to which collection, to do what.

``/collections/ID/PATH`` is a file or folder (a path that ends with ``/``), a POST to
``/collections/ID/`` an operation of another agent, ``/sign-in/ID`` where browsers come back to.
Nothing is ever made of the Host header.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from lenticular.agent.serving.answers import Refusal, preflight, refusal_of, refused
from lenticular.agent.serving.gate import Gate, Opened, Visit, denied
from lenticular.agent.serving.held import Held
from lenticular.agent.serving.listing import answer_folder, wants_page
from lenticular.agent.serving.peers import Pages, PeerOperations
from lenticular.agent.serving.pieces import HELD, Pieces, Piecewise
from lenticular.agent.serving.reading import answer_file
from lenticular.agent.serving.signing import COLLECTIONS, PATH, Browsers
from lenticular.agent.serving.writing import delete, make_folder, put_file
from lenticular.apis.http import BodyError, Request, Response
from lenticular.engines.connectors.contract import Writer
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import clean
from lenticular.engines.connectors.peer import wire
from lenticular.engines.movers.messages import Visitor
from lenticular.server.http import Send
from lenticular.server.http.bodies import is_unasked

_COLLECTION: Final = re.compile(rf"{COLLECTIONS}([0-9A-Za-z-]{{1,64}})(/.*)?", re.ASCII)
_RETURN: Final = re.compile(rf"{PATH}([0-9A-Za-z-]{{1,64}})", re.ASCII)
_TAKEN: Final = "GET, HEAD, OPTIONS, PUT, DELETE"
_READING: Final = ("GET", "HEAD")

Relay = Callable[[Request], Awaitable[Response]]
"""Answers requests below ``/relay/``."""


class Door:
    """What serves an agent's requests."""

    def __init__(self, gate: Gate, *, relay: Relay | None = None) -> None:
        """Let in whom `gate` does; `relay`: this agent runs the cloud's relay."""
        self._gate = gate
        self._relay = relay
        self._browsers = Browsers(gate.cloud)
        self._writers: Held[Writer] = Held(_suspend, gate.leave, wire.HELD)
        self._listings: Held[Pages] = Held(_end_listing, gate.leave, wire.HELD)
        self._pieces: Held[Piecewise] = Held(_abort, gate.leave, HELD)
        self._peers = PeerOperations(self._writers, self._listings)
        self._uploads = Pieces(self._pieces)

    async def __call__(self, request: Request, send: Send) -> None:
        """Serve one request."""
        entered: list[Opened] = []
        try:
            try:
                response = await self._answer(request, entered)
            except Refusal as refusal:
                response = refused(refusal)
            except Fault as fault:
                response = refused(refusal_of(fault))
            except BodyError as error:
                response = refused(Refusal(400, "BadRequest", str(error)))
            except OSError:
                message = "Something that is needed for this does not answer: please try again"
                response = refused(Refusal(503, "ServiceUnavailable", message))
            if is_unasked(request.body, request):
                response.headers.append(("Connection", "close"))
            await send(response)
        finally:
            for opened in entered:
                await self._gate.leave(opened)

    async def close(self) -> None:
        """Let go of all that is held for visitors, and of the places."""
        for held in (self._writers, self._listings, self._pieces):
            await held.close()
        await self._gate.close()

    async def _answer(self, request: Request, entered: list[Opened]) -> Response:
        path = request.raw_path
        if self._relay is not None and path.startswith("/relay/"):
            return await self._relay(request)
        if (coming := _RETURN.fullmatch(path)) and request.method == "GET":
            return await self._browsers.come_back(request, coming[1])
        match = _COLLECTION.fullmatch(path)
        if match is None:
            raise Refusal(404, "NotFound", "There is nothing at this address")
        collection_id, rest = match[1], match[2]
        if request.method == "OPTIONS":
            return preflight()
        if rest is None and request.method in _READING:
            return Response(308, [("Location", f"{path}/")])
        visitor, may_sign_in = self._visitor(request, collection_id)
        known = await self._gate.known(visitor)
        admission = known.admission
        if admission.verdict != "admitted":
            if may_sign_in and admission.verdict == "unknown" and admission.sign_in:
                return self._browsers.send_away(request, collection_id, admission.sign_in)
            raise denied(admission)
        if "link" in request.parameters and wants_page(request) and request.method == "GET":
            return self._browsers.remember(request, collection_id, visitor.token)
        visit = await self._gate.enter(visitor)
        entered.append(visit.opened)
        return await self._serve(request, visit, rest or "/")

    def _visitor(self, request: Request, collection_id: str) -> tuple[Visitor, bool]:
        """Return who comes, and whether it is somebody who can be sent to sign in."""
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise Refusal(
                    401,
                    "AuthenticationFailed",
                    "Authorization must be Bearer and an access token",
                    (("WWW-Authenticate", 'Bearer realm="lenticular"'),),
                )
            return Visitor(collection_id, token.strip()), False
        if link := request.parameters.get("link"):
            return Visitor(collection_id, f"link.{link}"), False
        if request.method not in _READING:
            return Visitor(collection_id), False  # a page elsewhere can have a cookie sent along
        return Visitor(collection_id, self._browsers.token(request, collection_id)), (
            _is_browser(request)
        )

    async def _serve(self, request: Request, visit: Visit, raw: str) -> Response:
        method = request.method
        if method == "POST" and raw == "/":
            return await self._peers.answer(request, visit)
        path, is_folder = _path_of(raw)
        if method in _READING:
            return await self._read(request, visit, path, is_folder)
        if method == "PUT":
            if not is_folder:
                return await put_file(request, visit, path, self._uploads)
            return await make_folder(visit, path)
        if method == "DELETE":
            return await delete(request, visit, path)
        raise Refusal(
            405, "MethodNotAllowed", f"Files take {_TAKEN}, not {method}", (("Allow", _TAKEN),)
        )

    async def _read(self, request: Request, visit: Visit, path: str, is_folder: bool) -> Response:
        try:
            entry = await visit.files.stat(path)
        except Fault as fault:
            if fault.code == "NOT_A_DIRECTORY":
                raise Fault("FILE_NOT_FOUND", fault.description) from None
            raise
        if entry.kind == "dir":
            if is_folder:
                return await answer_folder(request, visit, path)
            query = f"?{request.raw_query}" if request.raw_query else ""
            return Response(307, [("Location", f"{request.raw_path}/{query}")])
        if is_folder:
            raise Refusal(404, "NotFound", f"{path!r} is a file, and no folder")
        if entry.kind != "file":
            raise Refusal(403, "PermissionDenied", f"{path!r} is neither a file nor a folder")
        return await answer_file(request, visit, path, entry)


def _path_of(raw: str) -> tuple[str, bool]:
    """Return the path that a target means, and whether it says that it is a folder.

    Raises `Refusal` (400) for what is no path, or is another one in a second reading.
    """
    try:
        text = unquote_to_bytes(raw).decode()
        return clean(text), text.endswith("/")
    except UnicodeDecodeError:
        raise Refusal(400, "INVALID_PATH", "The path is not UTF-8") from None


def _is_browser(request: Request) -> bool:
    """Tell whether a request without a token is sent to sign in, as at globus.org.

    Not one that says that it comes from a script, or that takes no page.
    """
    headers = request.headers
    if headers.get("x-requested-with", "").lower() == "xmlhttprequest":
        return False
    if headers.get("sec-fetch-mode", "navigate") != "navigate":
        return False
    accept = headers.get("accept", "*/*")
    return wants_page(request) or "*/*" in accept


async def _suspend(writer: Writer) -> None:
    await writer.suspend()


async def _abort(file: Piecewise) -> None:
    await file.writer.abort()


async def _end_listing(pages: Pages) -> None:
    close = getattr(pages, "aclose", None)
    if close is not None:
        await close()
