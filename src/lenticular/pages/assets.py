"""Files that pages load: the stylesheet, the script, the icon.

Each is served under a name that has a digest of its content in it: a browser keeps it for
good, and a changed file is another file.
"""

import hashlib
from importlib.resources import files

from lenticular.apis.http import Response

PREFIX = "/static/"

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Assets:
    """The files in the folder ``static`` of a package, read once."""

    def __init__(self, package: str = "lenticular.pages") -> None:
        self._paths: dict[str, str] = {}
        self._responses: dict[str, tuple[str, bytes]] = {}
        for file in files(package).joinpath("static").iterdir():
            data = file.read_bytes()
            stem, _, extension = file.name.rpartition(".")
            digest = hashlib.sha256(data).hexdigest()[:12]
            path = f"{PREFIX}{stem}.{digest}.{extension}"
            self._paths[file.name] = path
            self._responses[path] = _MEDIA_TYPES[extension], data

    def path(self, name: str) -> str:
        """Return where a page finds the file `name`. Raises KeyError when there is none."""
        return self._paths[name]

    def answer(self, path: str) -> Response | None:
        """Return the file at `path`, or None when there is none."""
        if path not in self._responses:
            return None
        media_type, data = self._responses[path]
        headers = [
            ("Content-Type", media_type),
            ("Cache-Control", "public, max-age=31536000, immutable"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return Response(200, headers, data)
