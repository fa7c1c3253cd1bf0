"""Tells whether SQLite, when it recovered the write-ahead log, left commits behind.

SQLite reads the log of a process that has died up to the first frame whose checksum is wrong,
and takes that for the end: a commit that was cut off. But where whole commits follow, the frame
has rotted, and what was acknowledged after it would be lost without a word. As each commit is
synced before the next one begins, a crash leaves at most one that is not whole.

See https://www.sqlite.org/fileformat2.html#the_write_ahead_log and
https://www.sqlite.org/walformat.html for what is read here.
"""

import logging
import struct
from pathlib import Path

from lenticular.engines.kv.contract import StoreFailed

_FRAME = struct.Struct(">4xI8s8x")
"""A frame's header: the size of the file after a commit (0: no commit yet), and the salts."""
_HEADER_SIZE = 32
_SALTS = slice(16, 24)
"""Of the log's header. They tell its frames from those of earlier rounds."""
_CUT_OFF = 1
"""Commits that a crash may leave incomplete."""

_log = logging.getLogger(__name__)


def check(path: Path, page_size: int, valid_frames: int, *, accept_loss: bool) -> bool:
    """Raise StoreFailed when commits are lost, unless that is accepted: then it is logged.

    SQLite takes so many frames of the log for valid. Call it while no other writes. Returns
    whether there are more, which are to go: those of two crashes would look like a loss.
    """
    lost = lost_commits(path, page_size, valid_frames)
    if lost <= _CUT_OFF:
        return bool(lost)
    what = f"{path}-wal is damaged: at least {lost - _CUT_OFF} commits behind it cannot be read"
    if not accept_loss:
        raise StoreFailed(
            f"{what}. Restore a backup, or go on without them once: "
            "`lenticular start --set accept_lost_commits=true`"
        )
    _log.error("%s; the store goes on without them", what)
    return True


def lost_commits(path: Path, page_size: int, valid_frames: int) -> int:
    """Return how many commits follow in the log of `path` behind what SQLite takes for its end.

    One may be a commit that was cut off.
    """
    try:
        log = path.with_name(path.name + "-wal").open("rb")
    except FileNotFoundError:
        return 0
    with log:
        header = log.read(_HEADER_SIZE)
        if len(header) < _HEADER_SIZE:
            return 0
        width = _FRAME.size + page_size
        log.seek(_HEADER_SIZE + width * valid_frames)
        lost = 0
        while len(frame := log.read(_FRAME.size)) == _FRAME.size:
            file_size, salts = _FRAME.unpack(frame)
            lost += bool(file_size) and salts == header[_SALTS]
            log.seek(page_size, 1)
        return lost
