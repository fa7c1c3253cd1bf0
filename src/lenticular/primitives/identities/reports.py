"""Reports on the credentials of an account: one is kept, for whoever fetches it later."""

from msgspec import Struct

from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.records import decode, encode
from lenticular.primitives.identities.store import IdentityStore


class Report(Struct, array_like=True, frozen=True):
    """A report, and when it was made."""

    made: int
    content: bytes


class CredentialReports:
    """The latest report of every account."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def keep(self, account_id: str, content: bytes) -> Report:
        """Keep a report made now, in the place of the one before."""
        report = Report(self._store.now(), content)
        await self._store.write(lambda tx: tx.set(spaces.REPORT.pack(account_id), encode(report)))
        return report

    async def find(self, account_id: str) -> Report | None:
        """Return the report that is kept, or None."""
        raw = await self._store.read(lambda reader: reader.get(spaces.REPORT.pack(account_id)))
        return None if raw is None else decode(raw, Report)

    def age(self, report: Report) -> float:
        """Return how many seconds ago a report was made."""
        return (self._store.now() - report.made) / 1000
