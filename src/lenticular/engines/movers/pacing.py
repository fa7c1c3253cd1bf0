"""Pacing: how long to wait before something is tried again, and how much is under way at once."""

from typing import Final

from msgspec import Struct

from lenticular.engines.connectors.contract import SMALL_FILE

MEBIBYTE: Final = 1024 * 1024


class Pace(Struct, frozen=True):
    """The settings of a mover. What is measured with others is told in docs/movers.md."""

    first_pause: float = 1.0
    """Seconds before the second attempt; each further pause is twice as long."""
    longest_pause: float = 60.0
    report_every: float = 1.0
    """Seconds from report to report."""
    save_every: float = 1.0
    """Seconds after which a large file is brought to disk, for a restart to go on from there."""
    small: int = SMALL_FILE
    """Bytes of a file up to which it goes with others in a bundle."""
    large: int = 32 * MEBIBYTE
    """Bytes of a file from which on it is moved in ranges, several at once."""
    smallest_range: int = 16 * MEBIBYTE
    largest_range: int = 64 * MEBIBYTE
    streams: int = 4
    """Ranges of a large file that are under way at once."""
    large_files: int = 3
    files: int = 12
    """Of those between: under way at once."""
    bundles: int = 4
    checks: int = 16
    """Files compared at once."""
    removals: int = 16
    """Files or folders removed, or folders made, at once."""
    pending: int = 192 * 1024
    """Bytes that a checkpoint may need for what is under way, waits, or is to be tried again."""

    def pause(self, tries: int) -> float:
        """Return the seconds to wait after so many attempts without any progress."""
        if tries < 1:  # It went on a bit and broke off again.
            return self.first_pause / 20
        return min(self.longest_pause, self.first_pause * 2.0 ** min(tries - 1, 30))

    def range_size(self, size: int) -> int:
        """Return the bytes of a range of a file: some for each stream, a multiple of the least."""
        wanted = size // (self.streams * 4) // self.smallest_range * self.smallest_range
        return max(self.smallest_range, min(self.largest_range, wanted))
