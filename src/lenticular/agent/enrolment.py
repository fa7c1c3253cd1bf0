"""Enrolment: a machine becomes an agent of a cloud, with a setup key."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from lenticular.agent.control import Control, ControlError
from lenticular.agent.settings import Settings, save
from lenticular.engines.connectors.places import Announced, Permission
from lenticular.engines.movers.messages import Enrolled, Enrolment

_GRIDFTP: Final = re.compile(r"(gsiftp|ftp)://[^/?#@\s]+:\d{1,5}")
_PERMISSIONS: dict[str, Permission] = {"ro": "r", "rw": "rw"}


class EnrolmentError(Exception):
    """The machine cannot be enrolled; the message says why."""


def folder_of(text: str) -> Announced:
    """Return the folder that ``PATH[:ro|:rw]`` announces (``:ro`` when it does not say).

    Raises `EnrolmentError`.
    """
    path, separator, word = text.rpartition(":")
    if not separator or word not in _PERMISSIONS:
        path, word = text, "ro"
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise EnrolmentError(f"{folder} is no folder of this machine")
    return Announced(str(folder.resolve()), _PERMISSIONS[word])


def gridftp_of(text: str) -> str:
    """Return the URL of a GridFTP server as it is announced. Raises `EnrolmentError`."""
    url = text.strip().rstrip("/")
    if url and not _GRIDFTP.fullmatch(url):
        raise EnrolmentError(
            f"{text} is no GridFTP server: give gsiftp://HOST:PORT (ftp:// where it asks for no"
            " certificate), without a path"
        )
    return url


def enrol(
    setup_key: str,
    folders: Sequence[Announced],
    config: Path,
    *,
    server: str = "",
    trust: str = "",
    gridftp: str = "",
) -> tuple[Settings, Path]:
    """Enrol this machine, and return its settings with the file where they are now.

    `server` is the URL of the cloud's Globus port, where the key does not say it. `trust` is
    a file of authorities (PEM), `gridftp` what `gridftp_of` returned. Raises `EnrolmentError`
    and `SettingsError`.
    """
    server = server or setup_key.strip().partition("@")[2]
    if not server.startswith(("http://", "https://")):
        raise EnrolmentError(
            "the setup key does not say where the cloud is: give --server, such as "
            "https://cloud.example.org:4205"
        )
    trust = str(Path(trust).expanduser().absolute()) if trust else ""
    asking = Settings(server.rstrip("/"), "", "", trust=trust)
    try:
        enrolled = asyncio.run(_enrol(asking, setup_key))
    except (ControlError, OSError) as error:
        raise EnrolmentError(str(error)) from error
    settings = Settings(
        server=asking.server,
        endpoint_id=enrolled.endpoint_id,
        secret=enrolled.secret,
        display_name=enrolled.display_name,
        folders=tuple(folders),
        trust=trust,
        gridftp=gridftp,
    )
    return settings, save(settings, config)


async def _enrol(settings: Settings, setup_key: str) -> Enrolled:
    async with Control(settings) as control:
        answer: Enrolled = await control.call(
            "POST", "enrolments", Enrolment(setup_key.strip()), Enrolled
        )
        return answer


def presence(settings: Settings) -> tuple[str, bool]:
    """Return in words how the cloud sees this agent, and whether it is connected."""
    try:
        answer = asyncio.run(_ask(settings))
    except ControlError as error:
        return str(error), False
    if answer["is_connected"]:
        return "the agent runs, and the cloud sees it", True
    return "the cloud does not hear of this agent: start it with `lenticular connect run`", False


async def _ask(settings: Settings) -> dict[str, Any]:
    async with Control(settings) as control:
        answer: dict[str, Any] = await control.call("GET", "agent", kind=dict[str, Any])
        return answer
