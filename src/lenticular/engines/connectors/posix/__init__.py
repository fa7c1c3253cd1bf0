"""Files in a folder of this machine: no path leads out of it, and none keeps anybody waiting.

A path is opened beneath the folder by the kernel itself (openat2), or, where a symbolic link
is on the way, name by name from descriptor to descriptor (`locating`). Devices, sockets and
named pipes are shown and never opened.
"""

from lenticular.engines.connectors.posix.files import PosixFiles
from lenticular.engines.connectors.posix.locating import real_folder

__all__ = ["PosixFiles", "real_folder"]
