"""Changes of what is in folders of this machine. Everything here blocks and raises `Fault`."""

import errno
import os
import secrets
import stat

from lenticular.engines.connectors.posix.entries import sweep_all
from lenticular.engines.connectors.posix.errors import told
from lenticular.engines.connectors.posix.locating import Located, Locating
from lenticular.engines.connectors.posix.system import rename_to_new
from lenticular.engines.connectors.posix.writer import check_target, sync_folder
from lenticular.engines.connectors.temporaries import temporary_name

_NO_PROMISE = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


class Changes:
    """The changes that can be made below a folder."""

    def __init__(self, locating: Locating) -> None:
        self._locating = locating

    def make_folder(self, path: str) -> None:
        """Make a folder, durably."""
        with told(path), self._locating.find_changeable(path) as located:
            if located.status is not None:
                raise _exists()
            os.mkdir(located.name, 0o777, dir_fd=located.folder)
            sync_folder(located.folder)

    def make_link(self, path: str, target: str) -> None:
        """Make a symbolic link, durably, in place of a file or a link."""
        with told(path), self._locating.find_changeable(path) as located:
            check_target(path, located.status)
            hidden = temporary_name(secrets.token_hex(16)).encode()
            os.symlink(target.encode(), hidden, dir_fd=located.folder)
            os.replace(hidden, located.name, src_dir_fd=located.folder, dst_dir_fd=located.folder)
            sync_folder(located.folder)

    def rename(self, old: str, new: str) -> None:
        """Give something another path, durably."""
        with told(old), self._locating.find_changeable(old, moves=True) as source:
            source.found()
            with told(new), self._locating.find_changeable(new, moves=True) as target:
                if target.status is not None and not _is_same(source, target):
                    raise _exists()
                _rename(source, target)
                sync_folder(source.folder)
                sync_folder(target.folder)

    def remove(self, path: str) -> None:
        """Remove a file, a link or an empty folder."""
        with told(path), self._locating.find_changeable(path, moves=True) as located:
            if not stat.S_ISDIR(located.found().st_mode):
                os.unlink(located.name, dir_fd=located.folder)
                return
            try:
                os.rmdir(located.name, dir_fd=located.folder)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
                sweep_all(located)
                os.rmdir(located.name, dir_fd=located.folder)

    def set_modified(self, path: str, modified: float) -> None:
        """Give a file, a folder or a link the time of its modification."""
        times = (round(modified * 1e9),) * 2
        with told(path), self._locating.find_changeable(path) as located:
            os.utime(located.name, ns=times, dir_fd=located.folder, follow_symlinks=False)


def _rename(source: Located, target: Located) -> None:
    """Rename; the kernel sees to it that nothing is replaced, where the file system lets it."""
    try:
        rename_to_new(source.name, source.folder, target.name, target.folder)
    except OSError as error:
        if error.errno not in _NO_PROMISE and not _is_same(source, target):
            raise
        os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)


def _is_same(source: Located, target: Located) -> bool:
    """Tell whether both names are the same file's, as where case does not matter."""
    if source.status is None or target.status is None:
        return False
    return os.path.samestat(source.status, target.status)


def _exists() -> OSError:
    return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
