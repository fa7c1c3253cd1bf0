"""What an SFTP server, or the way to it, says when something cannot be done, as faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncssh

from lenticular.engines.connectors.faults import Fault

_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (asyncssh.SFTPNoSuchFile, "FILE_NOT_FOUND"),
    (asyncssh.SFTPNoSuchPath, "FILE_NOT_FOUND"),
    (asyncssh.SFTPLinkLoop, "FILE_NOT_FOUND"),
    (asyncssh.SFTPPermissionDenied, "PERMISSION_DENIED"),
    (asyncssh.SFTPWriteProtect, "PERMISSION_DENIED"),
    (asyncssh.SFTPFileAlreadyExists, "EXISTS"),
    (asyncssh.SFTPFileIsADirectory, "IS_A_DIRECTORY"),
    (asyncssh.SFTPNotADirectory, "NOT_A_DIRECTORY"),
    (asyncssh.SFTPDirNotEmpty, "NOT_EMPTY"),
    (asyncssh.SFTPNoSpaceOnFilesystem, "NO_SPACE_LEFT"),
    (asyncssh.SFTPQuotaExceeded, "QUOTA_EXCEEDED"),
    (asyncssh.SFTPInvalidFilename, "INVALID_PATH"),
    (asyncssh.SFTPOpUnsupported, "NOT_SUPPORTED"),
    (asyncssh.SFTPConnectionLost, "CONNECTION_BROKEN"),
    (asyncssh.SFTPNoConnection, "CONNECTION_BROKEN"),
    (asyncssh.SFTPError, "ENDPOINT_ERROR"),
    (asyncssh.PermissionDenied, "AUTH"),
    (asyncssh.HostKeyNotVerifiable, "AUTH"),
    (asyncssh.KeyImportError, "AUTH"),
    (asyncssh.Error, "CONNECTION_BROKEN"),
    (TimeoutError, "TIMEOUT"),
    (ConnectionResetError, "CONNECTION_RESET"),
    (OSError, "CONNECT_FAILED"),
)
BROKEN: Final = frozenset({"CONNECTION_BROKEN", "CONNECTION_RESET"})
"""Codes after which the connection is of no more use."""


@contextmanager
def told(path: str) -> Iterator[None]:
    """Raise a `Fault` for an error of asyncssh or of the network."""
    try:
        yield
    except (asyncssh.Error, asyncssh.KeyImportError, OSError) as error:
        code = next(code for kind, code in _KINDS if isinstance(error, kind))
        said = getattr(error, "reason", "") or str(error) or type(error).__name__
        raise Fault(code, f"{path!r}: {said}") from None
