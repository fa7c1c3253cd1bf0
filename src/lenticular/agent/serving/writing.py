"""PUT and DELETE of files and folders, for people and their programs."""

from typing import Final

from lenticular.agent.serving.answers import SAFE
from lenticular.agent.serving.blocks import write_body
from lenticular.agent.serving.digests import Digests
from lenticular.agent.serving.gate import Visit
from lenticular.agent.serving.pieces import Pieces
from lenticular.agent.serving.ranges import check_conditions, http_date
from lenticular.apis.http import Request, Response
from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.peer.wire import tag_of

_DIGESTS: Final = ("content-md5", "content-digest", "repr-digest", "digest")


async def put_file(request: Request, visit: Visit, path: str, pieces: Pieces) -> Response:
    """Write a file whole, or take a piece of it. Raises `Fault` and `Refusal`."""
    there = await _find(visit, path)
    check_conditions(request.headers, there, reading=False)
    if there is not None and there.kind == "dir":
        raise Fault("IS_A_DIRECTORY", f"{path!r} is a folder")
    header = request.headers.get("content-range")
    if header is None:
        return _stored(await _put_whole(request, visit, path), there)
    done = await pieces.put(request, visit, path, header)
    return done if isinstance(done, Response) else _stored(done, there)


async def make_folder(visit: Visit, path: str) -> Response:
    """Make a folder. Raises `Fault`."""
    await visit.files.make_folder(path)
    return Response(201, list(SAFE))


async def delete(request: Request, visit: Visit, path: str) -> Response:
    """Remove a file, or a folder with nothing in it. Raises `Fault` and `Refusal`."""
    entry = await visit.files.stat(path, follow=False)
    check_conditions(request.headers, entry, reading=False)
    await visit.files.remove(path)
    return Response(204, list(SAFE))


async def _put_whole(request: Request, visit: Visit, path: str) -> Entry:
    digests = Digests(request.headers, _DIGESTS)
    size = request.body.size
    writer = await visit.files.open_writer(path, -1 if size is None else size)
    try:
        written = await write_body(request.body, visit, writer.write, digests)
        return await writer.commit(written, checksum=digests.check())
    except BaseException:
        await writer.abort()
        raise


async def _find(visit: Visit, path: str) -> Entry | None:
    try:
        return await visit.files.stat(path)
    except Fault as fault:
        if fault.code != "FILE_NOT_FOUND":
            raise
        return None


def _stored(entry: Entry, there: Entry | None) -> Response:
    headers = [("ETag", tag_of(entry)), ("Last-Modified", http_date(entry.modified)), *SAFE]
    return Response(201 if there is None else 204, headers)
