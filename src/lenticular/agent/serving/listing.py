"""What is in a folder: as a page for people, and as JSON for programs.

Names are anybody's text: they are escaped wherever they stand, links are relative and
percent-encoded, and no script runs on the page. A folder of any size goes out as it is
read: one that fits into memory is sorted.
"""

import hashlib
import html
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import msgspec

from lenticular.agent.serving.answers import SAFE
from lenticular.agent.serving.gate import Visit
from lenticular.apis.http import Request, Response
from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault

SORTED: Final = 10_000
"""Entries up to which a folder is sorted."""

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2733;background:#fff}h1{font-size:1.2rem;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;"
    "border-bottom:1px solid #e3e8ee}td:first-child{overflow-wrap:anywhere}"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "a{color:#0b5cad;text-decoration:none}a:hover,a:focus{text-decoration:underline}"
    "@media(prefers-color-scheme:dark){body{color:#e3e8ee;background:#14191f}"
    "td,th{border-color:#2c3540}a{color:#7fb8f0}}"
)
_STYLE_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    "Content-Security-Policy",
    f"sandbox allow-top-navigation-by-user-activation allow-downloads; default-src 'none'; "
    f"style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'none'",
)


def wants_page(request: Request) -> bool:
    """Tell whether somebody looks at a folder with a browser, rather than with a program."""
    if (asked := request.parameters.get("format")) is not None:
        return asked != "json"
    return "text/html" in request.headers.get("accept", "")


async def answer_folder(request: Request, visit: Visit, path: str) -> Response:
    """Answer with what is in a folder. Raises `Fault`."""
    pages = visit.files.entries(path)
    is_page = wants_page(request)
    body = _as_page(visit, path, pages) if is_page else _as_json(visit, path, pages)
    kind = "text/html; charset=utf-8" if is_page else "application/json"
    headers = [("Content-Type", kind), ("Cache-Control", "private, no-store"), *SAFE, _POLICY]
    headers.append(("Vary", "Accept"))
    response = Response(200, headers, body)
    return response if request.method == "HEAD" else await response.begun()


Pages = AsyncIterator[Sequence[Entry | Fault]]


async def _rows(visit: Visit, pages: Pages) -> AsyncIterator[Sequence[Entry]]:
    """Iterate over the entries: sorted, folders first, if they are few enough."""
    first: list[Entry] = []
    async for page in pages:
        await visit.renew()
        first += [entry for entry in page if isinstance(entry, Entry)]
        if len(first) > SORTED:
            break
    if len(first) <= SORTED:
        first.sort(key=lambda entry: (not _is_folder(entry), entry.name))
    yield first
    async for page in pages:
        await visit.renew()
        yield [entry for entry in page if isinstance(entry, Entry)]


async def _as_json(visit: Visit, path: str, pages: Pages) -> AsyncIterator[bytes]:
    before = b'{"path":%b,"entries":[' % msgspec.json.encode(_shown(path))
    async for rows in _rows(visit, pages):
        if rows:
            yield before + b",\n".join(msgspec.json.encode(_item(entry)) for entry in rows)
            before = b",\n"
    yield b"]}\n" if before == b",\n" else before + b"]}\n"


async def _as_page(visit: Visit, path: str, pages: Pages) -> AsyncIterator[bytes]:
    yield _top(path).encode("utf-8", "replace")
    async for rows in _rows(visit, pages):
        if rows:
            yield "".join(map(_row, rows)).encode("utf-8", "replace")
    yield b"</tbody></table></body></html>\n"


def _top(path: str) -> str:
    title = html.escape(_shown(path))
    up = '<tr><td><a href="../">../</a></td><td></td><td></td></tr>' if path != "/" else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><table><thead><tr><th>Name</th>"
        f'<th class="n">Size</th><th class="n">Modified (UTC)</th></tr></thead><tbody>{up}'
    )


def _row(entry: Entry) -> str:
    slash = "/" if _is_folder(entry) else ""
    # A name with a colon would be taken for a scheme: ./ keeps it a name.
    link = html.escape(f"./{quote(entry.name, safe='')}{slash}")
    size = "" if slash else f"{entry.size:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return (
        f'<tr><td><a href="{link}">{html.escape(entry.name)}{slash}</a></td>'
        f'<td class="n">{size}</td><td class="n">{_time(entry.modified, " ")}</td></tr>'
    )


def _item(entry: Entry) -> dict[str, object]:
    item: dict[str, object] = {
        "name": entry.name,
        "type": entry.kind,
        "size": entry.size,
        "last_modified": _time(entry.modified, "T"),
    }
    if entry.kind == "link":
        item["link_target"] = entry.link_target
        item["link_type"] = entry.target_kind
    return item


def _is_folder(entry: Entry) -> bool:
    return entry.kind == "dir" or entry.target_kind == "dir"


def _shown(path: str) -> str:
    return path if path == "/" else f"{path}/"


def _time(seconds: float, between: str) -> str:
    if seconds <= 0:
        return ""
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):  # anybody may set a file's time to a year that is none
        return ""
    return moment.isoformat(between) + ("Z" if between == "T" else "")
