"""Paths within a place: which texts are one, and what they are made of."""

from lenticular.engines.connectors.faults import Fault


def split(path: str) -> tuple[str, ...]:
    """Return the names that a path is made of; none for the root.

    Empty names are passed over, so that ``/a//b/`` is ``/a/b``. Raises `Fault`
    ``INVALID_PATH`` for what is not absolute, has ``.`` or ``..`` in it, NUL, or what UTF-8
    cannot say.
    """
    if not path.startswith("/"):
        raise Fault("INVALID_PATH", f"{path!r} is not absolute: a path begins with /")
    names = tuple(filter(None, path.split("/")))
    if "." in names or ".." in names:
        raise Fault("INVALID_PATH", f"{path!r} has . or .. in it: name the folder itself")
    if "\0" in path or not is_text(path):
        raise Fault("INVALID_PATH", f"{path!r} cannot be the name of a file")
    return names


def join(names: tuple[str, ...]) -> str:
    """Return the path that is made of these names."""
    return "/" + "/".join(names)


def clean(path: str) -> str:
    """Return a path in its one form. Raises as `split` does."""
    return join(split(path))


def child(folder: str, name: str) -> str:
    """Return the path of a name in a folder."""
    return f"{folder.rstrip('/')}/{name}"


def parent(path: str) -> str:
    """Return the folder of a path in its one form; that of the root is the root."""
    return path.rpartition("/")[0] or "/"


def is_inside(path: str, target: str) -> bool:
    """Tell whether a link at a path that says `target` leads nowhere above the root.

    One that is absolute does: it speaks of the machine, not of the place.
    """
    depth = len(split(parent(path)))
    for name in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(name, 1)
        if depth < 0:
            return False
    return not target.startswith("/")


def is_text(name: str) -> bool:
    """Tell whether a name can be said in UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
