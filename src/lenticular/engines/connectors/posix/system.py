"""The calls of Linux that Python has no function for.

Each says with `OSError` ``ENOSYS`` that it is not there (an older kernel, another system);
whoever calls it has another way then.
"""

import ctypes
import errno
import os
import sys

_OPENAT2 = 437  # the same number on every machine
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08
_NOREPLACE = 1


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_libc = ctypes.CDLL(None, use_errno=True)
_resolve = _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH

CAN_SYNC_FILE_SYSTEM = hasattr(_libc, "syncfs")


def open_beneath(path: bytes, flags: int, folder: int) -> int:
    """Open a relative path beneath a folder with no symbolic link on the way (openat2(2)).

    Raises OSError: ``ELOOP`` for a link, ``EXDEV`` for what leads out.
    """
    if not sys.platform.startswith("linux"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    how = _OpenHow(flags | os.O_CLOEXEC, 0, _resolve)
    arguments = (ctypes.c_char_p(path), ctypes.byref(how), ctypes.c_size_t(ctypes.sizeof(how)))
    return _checked(_libc.syscall(ctypes.c_long(_OPENAT2), ctypes.c_int(folder), *arguments))


def rename_to_new(old: bytes, old_folder: int, new: bytes, new_folder: int) -> None:
    """Rename, and replace nothing (renameat2(2) with RENAME_NOREPLACE).

    Raises OSError: ``EEXIST`` when something is there, ``EINVAL`` where the file system
    cannot promise that.
    """
    function = getattr(_libc, "renameat2", None)
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    _checked(function(old_folder, old, new_folder, new, ctypes.c_uint(_NOREPLACE)))


def sync_file_system(descriptor: int) -> None:
    """Bring all of a file system to disk (syncfs(2)), if `CAN_SYNC_FILE_SYSTEM`."""
    _checked(_libc.syncfs(descriptor))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
