"""The Graph service: draws datasets for people whom it never sees, and puts the pictures
where they find them.

    SETTINGS=graphs.json uvicorn graph_service:app --port 8001

``POST /graphs`` with a token of a person for this service. It is a resource server of its own:
the portal that calls it has no rights here but those that the person gave it.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import globus_sdk
import httpx
from drawing import draw, read
from settings import Settings
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from storage import Files, Robot, address

MOST = 20
"""Datasets in one request."""

settings = Settings.read()
client = settings.client()
robot = Robot(client)


async def make_graphs(request: Request) -> Response:
    """Draw datasets, and share the pictures with the person in whose name that is asked."""
    token, person_id = await run_in_threadpool(introspect, request)
    wanted = await request.json()
    paths = wanted.get("datasets") if isinstance(wanted, dict) else None
    if not isinstance(paths, list) or not 1 <= len(paths) <= MOST:
        raise HTTPException(400, f"datasets is a list of 1 to {MOST} paths")
    return JSONResponse(await run_in_threadpool(graphs, token, person_id, paths))


async def remove_graphs(request: Request) -> Response:
    """Take a person's graphs away."""
    _, person_id = await run_in_threadpool(introspect, request)
    await run_in_threadpool(remove, person_id)
    return Response(status_code=204)


def introspect(request: Request) -> tuple[str, str]:
    """Return the token of a request and whose it is. Raises HTTPException.

    A token counts that is active, was made for this service and not another, and allows to
    draw.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "a token is needed", {"WWW-Authenticate": "Bearer"})
    told = client.oauth2_token_introspect(token)
    if not told["active"] or settings.client_id not in told["aud"]:
        raise HTTPException(401, "the token is not good here", {"WWW-Authenticate": "Bearer"})
    if settings.graphs_scope not in told["scope"].split():
        raise HTTPException(403, f"the token must have the scope {settings.graphs_scope}")
    return token, told["sub"]


def graphs(token: str, person_id: str, paths: list[Any]) -> dict[str, list[dict[str, str]]]:
    """Draw datasets that a person may read; return where the pictures are."""
    # In the person's name: what they may not read is not drawn for them.
    tokens = client.oauth2_get_dependent_tokens(token).by_resource_server
    theirs = globus_sdk.AccessTokenAuthorizer(tokens[settings.datasets]["access_token"])
    datasets = Files(address(robot.transfer, settings.datasets), theirs)
    # In our own: the folder of pictures is this service's, and each person gets a part of it.
    shared = robot.files(settings.shared)
    share(person_id)
    made = []
    for path in paths:
        try:
            title = str(path).removesuffix(".csv").replace("/", ", ")
            picture = draw(title, read(datasets.get(f"/{path}")))
        except (httpx.HTTPStatusError, ValueError, KeyError) as error:
            raise HTTPException(400, f"{path!r} cannot be drawn: {error}") from None
        name = title.replace(", ", "-")
        url = shared.put(f"{_folder(person_id)}{name}.svg", picture.encode())
        made.append({"dataset": str(path), "url": url})
    return {"graphs": made}


def share(person_id: str) -> None:
    """Let a person see their own folder of pictures, which is made if it is not there."""
    with there_already("ExternalError.MkdirFailed.Exists"):
        robot.transfer.operation_mkdir(settings.shared, _folder(person_id))
    rule = {
        "DATA_TYPE": "access",
        "principal_type": "identity",
        "principal": person_id,
        "path": _folder(person_id),
        "permissions": "r",
    }
    with there_already("Exists"):
        robot.transfer.add_endpoint_acl_rule(settings.shared, rule)


@contextlib.contextmanager
def there_already(code: str) -> Iterator[None]:
    """Take it for done if the cloud says, with this code, that it is there."""
    try:
        yield
    except globus_sdk.TransferAPIError as error:
        if error.code != code:
            raise


def remove(person_id: str) -> None:
    """Take a person's pictures away, and the right to them."""
    for rule in robot.transfer.endpoint_acl_list(settings.shared):
        if rule["path"] == _folder(person_id):
            robot.transfer.delete_endpoint_acl_rule(settings.shared, rule["id"])
            task = globus_sdk.DeleteData(
                settings.shared, recursive=True, label="Remove graphs", notify_on_succeeded=False
            )
            task.add_item(_folder(person_id))
            robot.transfer.submit_delete(task)


def _folder(person_id: str) -> str:
    return f"/graphs/{person_id}/"


async def refused(request: Request, error: Exception) -> Response:
    """Answer with an error as JSON."""
    if isinstance(error, HTTPException):
        return JSONResponse({"message": error.detail}, error.status_code, error.headers)
    return JSONResponse({"message": f"the cloud said: {error}"}, 502)


app = Starlette(
    routes=[
        Route("/graphs", make_graphs, methods=["POST"]),
        Route("/graphs", remove_graphs, methods=["DELETE"]),
    ],
    exception_handlers={
        HTTPException: refused,
        globus_sdk.GlobusAPIError: refused,
        httpx.HTTPError: refused,
    },
)
