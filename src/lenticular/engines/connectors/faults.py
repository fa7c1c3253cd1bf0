"""What can go wrong with files, in the words in which tasks tell it (Globus Transfer's events)."""

from typing import Final

TRANSIENT: Final = frozenset(
    {
        "CONNECT_FAILED",
        "CONNECTION_BROKEN",
        "CONNECTION_RESET",
        "ENDPOINT_ERROR",
        "FILE_SIZE_CHANGED",
        "GC_NOT_CONNECTED",
        "NO_SPACE_LEFT",
        "QUOTA_EXCEEDED",
        "TIMEOUT",
        "UNKNOWN",
        "VERIFY_CHECKSUM",
    }
)
"""Codes of faults that may pass by themselves: what failed is tried again."""


class Fault(Exception):
    """Something that a place could not do.

    `code` is one of the Transfer API's event codes: ``AUTH``, ``CONNECT_FAILED``,
    ``CONNECTION_BROKEN``, ``CONNECTION_RESET``, ``ENDPOINT_ERROR``, ``EXISTS``,
    ``EXTERNAL_CHECKSUM_MISMATCH``, ``FILE_NOT_FOUND``, ``FILE_SIZE_CHANGED``,
    ``GC_NOT_CONNECTED``, ``INVALID_PATH``, ``IS_A_DIRECTORY``, ``NOT_A_DIRECTORY``,
    ``NOT_EMPTY``, ``NOT_SUPPORTED``, ``NO_SPACE_LEFT``, ``PERMISSION_DENIED``,
    ``QUOTA_EXCEEDED``, ``TIMEOUT``, ``UNKNOWN``, ``VERIFY_CHECKSUM``.
    `description` is for the person whose task it is: what was tried, on which path, and what
    came; never a path outside of the place, and never a secret.
    """

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description

    @property
    def is_transient(self) -> bool:
        """Whether it may pass by itself."""
        return self.code in TRANSIENT
