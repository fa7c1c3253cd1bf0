"""The portal: people sign in, choose datasets, and get them where they want to have them.

    SETTINGS=portal.json uvicorn portal:app --port 8000

It is the control channel only. No byte of a dataset comes through here: they go from
collection to collection, and from there to the person.
"""

import functools
import json
import secrets
from pathlib import Path
from typing import Any

import globus_sdk
import httpx
from globus_sdk.scopes import AuthScopes, Scope
from sessions import Session, Sessions, is_own_form
from settings import Settings
from staging import Person, Staging
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from storage import Robot

settings = Settings.read()
sessions = Sessions(secure=settings.url.startswith("https:"))
templates = Jinja2Templates(Path(__file__).parent / "templates")
robot = Robot(settings.client())
staging = Staging(robot, settings.datasets, settings.shared)
SCOPES: list[str | Scope] = [
    AuthScopes.openid,
    AuthScopes.profile,
    AuthScopes.email,
    settings.graphs_scope,
]


@functools.cache
def index() -> Any:
    """Return what the catalogue says of itself."""
    return json.loads(robot.files(settings.datasets).get("/index.json"))


@functools.cache
def known() -> dict[str, Any]:
    """Return the datasets of the catalogue by their paths."""
    return {dataset["path"]: dataset for dataset in index()["datasets"]}


# Signing in and out.


async def sign_in(request: Request) -> Response:
    """Send the person to the authorisation server."""
    session = sessions.of(request)
    session.state = secrets.token_urlsafe(32)
    client = settings.client()
    client.oauth2_start_flow(f"{settings.url}/callback", SCOPES, state=session.state)
    return sessions.keep(RedirectResponse(client.oauth2_get_authorize_url(), 303), session)


async def come_back(request: Request) -> Response:
    """Take in whom the authorisation server sends back with a code."""
    session, query = sessions.of(request), request.query_params
    if not session.state or not secrets.compare_digest(session.state, query.get("state", "")):
        raise HTTPException(400, "this browser was not sent to sign in from here")
    if "code" not in query:
        raise HTTPException(403, f"you were not signed in: {query.get('error', 'no code came')}")
    session = await run_in_threadpool(begin, session, query["code"])
    return sessions.keep(RedirectResponse("/catalogue", 303), session)


def begin(old: Session, code: str) -> Session:
    """Exchange a code for tokens, and for who it is."""
    client = settings.client()
    client.oauth2_start_flow(f"{settings.url}/callback", SCOPES)
    tokens = client.oauth2_exchange_code_for_tokens(code)
    told = tokens.decode_id_token()
    session = sessions.begin(old)
    session.person = Person(told["sub"], told["preferred_username"], told.get("email") or "")
    server = settings.graphs_scope.split("/")[-2]
    session.graphs_token = tokens.by_resource_server[server]["access_token"]
    session.tokens = [one["access_token"] for one in tokens.by_resource_server.values()]
    return session


async def sign_out(request: Request) -> Response:
    """Give the tokens back, and forget the person."""
    session, _ = await own_form(request)
    for token in session.tokens:
        await run_in_threadpool(settings.client().oauth2_revoke_token, token)
    sessions.end(session)
    return RedirectResponse("/", 303)


# Pages.


async def home(request: Request) -> Response:
    """Say what this is."""
    return page(request, "home.html")


async def catalogue(request: Request) -> Response:
    """Show what there is."""
    return page(request, "catalogue.html", stations=index()["stations"], datasets=known().values())


async def basket(request: Request) -> Response:
    """Show what the person has chosen."""
    session = sessions.of(request)
    chosen = [known()[path] for path in session.basket]
    return page(request, "basket.html", chosen=chosen, bytes=sum(one["bytes"] for one in chosen))


async def change_basket(request: Request) -> Response:
    """Put datasets into the basket, or take one out."""
    session, form = await own_form(request)
    for path in form.getlist("add"):
        if path in known():
            session.basket[str(path)] = None
    for path in form.getlist("remove"):
        session.basket.pop(str(path), None)
    return sessions.keep(RedirectResponse("/basket", 303), session)


async def stages(request: Request) -> Response:
    """Show what is staged for the person."""
    person = signed_in(sessions.of(request))
    return page(request, "stages.html", stages=await run_in_threadpool(staging.of, person))


async def stage(request: Request) -> Response:
    """Stage what is in the basket."""
    session, _ = await own_form(request)
    person, chosen = signed_in(session), list(session.basket)
    if not chosen:
        raise HTTPException(400, "the basket is empty")
    await run_in_threadpool(staging.stage, person, chosen)
    session.basket.clear()
    return RedirectResponse("/stages", 303)


async def unstage(request: Request) -> Response:
    """Remove what is staged."""
    session, _ = await own_form(request)
    try:
        await run_in_threadpool(staging.remove, signed_in(session), request.path_params["name"])
    except LookupError as error:
        raise HTTPException(404, str(error)) from None
    return RedirectResponse("/stages", 303)


async def graphs(request: Request) -> Response:
    """Have the Graph service draw what is in the basket, in the person's name."""
    session, _ = await own_form(request)
    signed_in(session)
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            f"{settings.graphs_url}/graphs",
            headers={"Authorization": f"Bearer {session.graphs_token}"},
            json={"datasets": list(session.basket)},
        )
    if answer.is_error:
        raise HTTPException(502, f"the Graph service said: {answer.json()['message']}")
    return page(request, "graphs.html", graphs=answer.json()["graphs"])


# What the pages share.


def page(request: Request, template: str, **more: Any) -> Response:
    """Return a page; the browser keeps its session."""
    session = sessions.of(request)
    context = {"session": session, "person": session.person, **more}
    return sessions.keep(templates.TemplateResponse(request, template, context), session)


def signed_in(session: Session) -> Person:
    """Return who has signed in. Raises HTTPException."""
    if session.person is None:
        raise HTTPException(401, "sign in first")
    return session.person


async def own_form(request: Request) -> tuple[Session, FormData]:
    """Return the session and the form that was posted. Raises HTTPException for another site's."""
    session, form = sessions.of(request), await request.form()
    if not is_own_form(session, form.get("form_token")):
        raise HTTPException(403, "this form is too old, or not from this portal")
    return session, form


async def failed(request: Request, error: Exception) -> Response:
    """Show what went wrong, and send who must sign in to do so."""
    if isinstance(error, HTTPException):
        if error.status_code == 401:
            return RedirectResponse("/sign-in", 303)
        status, message = error.status_code, error.detail
    else:
        said = error.message if isinstance(error, globus_sdk.GlobusAPIError) else error
        status, message = 502, f"the cloud said: {said}"
    response = page(request, "error.html", message=message)
    response.status_code = status
    return response


app = Starlette(
    routes=[
        Route("/", home),
        Route("/sign-in", sign_in),
        Route("/callback", come_back),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/catalogue", catalogue),
        Route("/basket", basket),
        Route("/basket", change_basket, methods=["POST"]),
        Route("/stages", stages),
        Route("/stages", stage, methods=["POST"]),
        Route("/stages/{name}/remove", unstage, methods=["POST"]),
        Route("/graphs", graphs, methods=["POST"]),
    ],
    exception_handlers={
        HTTPException: failed,
        globus_sdk.GlobusAPIError: failed,
        httpx.HTTPError: failed,
    },
)
