"""What the system says of files, as faults."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from lenticular.engines.connectors.faults import Fault

CODES: Final[Mapping[int, str]] = {
    errno.ENOENT: "FILE_NOT_FOUND",
    errno.ESTALE: "FILE_NOT_FOUND",
    errno.ELOOP: "FILE_NOT_FOUND",  # links that lead in a circle
    errno.EACCES: "PERMISSION_DENIED",
    errno.EPERM: "PERMISSION_DENIED",
    errno.EROFS: "PERMISSION_DENIED",
    errno.ETXTBSY: "PERMISSION_DENIED",
    errno.EBUSY: "PERMISSION_DENIED",
    errno.ENOTDIR: "NOT_A_DIRECTORY",
    errno.EISDIR: "IS_A_DIRECTORY",
    errno.EEXIST: "EXISTS",
    errno.ENOTEMPTY: "NOT_EMPTY",
    errno.ENOSPC: "NO_SPACE_LEFT",
    errno.EDQUOT: "QUOTA_EXCEEDED",
    errno.ENAMETOOLONG: "INVALID_PATH",
    errno.EILSEQ: "INVALID_PATH",
    errno.EINVAL: "INVALID_PATH",
    errno.EXDEV: "NOT_SUPPORTED",
    errno.EMLINK: "NOT_SUPPORTED",
    errno.EFBIG: "NOT_SUPPORTED",
    errno.EOPNOTSUPP: "NOT_SUPPORTED",
    errno.ETIMEDOUT: "TIMEOUT",
    errno.EIO: "ENDPOINT_ERROR",
    errno.EMFILE: "ENDPOINT_ERROR",
    errno.ENFILE: "ENDPOINT_ERROR",
    errno.ENOMEM: "ENDPOINT_ERROR",
}


def fault_of(error: OSError, path: str) -> Fault:
    """Return what an error means for whoever wanted something with `path`."""
    code = CODES.get(error.errno or 0, "UNKNOWN")
    return Fault(code, f"{path!r}: {error.strerror or type(error).__name__}")


@contextmanager
def told(path: str) -> Iterator[None]:
    """Raise a `Fault` for an OSError; its text has no path but `path`."""
    try:
        yield
    except OSError as error:
        raise fault_of(error, path) from None
