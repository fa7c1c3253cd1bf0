"""Files on an SFTP server, reached by asyncssh (SSH File Transfer Protocol, version 3).

The server is who its place says, by its key, and nothing of this machine's own SSH settings,
keys or agents is used. Where a path really is the server is asked (``realpath``), so that no
symbolic link leads out of the root; who can make links there while others use it could still
win that race, as the protocol has no way to open a file beneath a folder.
"""

from lenticular.engines.connectors.sftp.files import SftpFiles

__all__ = ["SftpFiles"]
