"""Leaked keys: access keys of this cloud that stand in an uploaded object.

Whoever finds such an object can use the key, if its secret is there too. The upload is not
refused: a warning is logged, and an event goes into the audit log of the key's account, where
the key's user is found by it. What is compressed or encoded is not looked into, nor a key
that two parts of a multipart upload have between them.
"""

import logging
import re
from collections.abc import AsyncIterable, AsyncIterator

from lenticular.primitives.audit import Audit, Event, Resource
from lenticular.primitives.audit.events import user_identity
from lenticular.primitives.identities import Identities
from lenticular.primitives.objects.observers import Observation
from lenticular.primitives.principals import Principal

EVENT_NAME = "AccessKeyExposed"
EVENT_SOURCE = "iam.amazonaws.com"

_SIZE = 20
"""Characters of an access key id."""

_BEGINNING = re.compile(rb"A[KS]IA")
_KEY = re.compile(rb"(?<![A-Za-z0-9])A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9])")

_MOST_KEYS = 20
"""Different ids that are looked up of one upload."""

_log = logging.getLogger("lenticular.secrets")


class KeyScanner:
    """Finds what could be access key ids in a stream, also across its chunks."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._tail = b""
        self._is_cut = False
        """Whether bytes stood before the tail: then its first one was looked at with them."""

    def feed(self, chunk: bytes) -> None:
        """Look through the next chunk."""
        window = self._tail + chunk if self._tail else chunk
        self._look(window, len(window) - 1)
        # An id that ends here begins behind the first byte, which tells that it does begin.
        tail = window[-_SIZE - 1 :]
        self._is_cut = self._is_cut or len(tail) < len(window)
        self._tail = tail

    def end(self) -> None:
        """Look at what is left, which nothing follows."""
        self._look(self._tail, len(self._tail))

    def _look(self, window: bytes, stop: int) -> None:
        """Look for ids that end before or at `stop`."""
        # Four bytes are found at the speed of a digest; the whole is tried only where they are.
        if _BEGINNING.search(window) is None:
            return
        for match in _KEY.finditer(window, 1 if self._is_cut else 0):
            if match.end() <= stop and len(self.found) < _MOST_KEYS:
                self.found.add(match[0].decode())


class LeakedKeys:
    """Looks for this cloud's access keys in what is uploaded."""

    def __init__(self, identities: Identities, audit: Audit) -> None:
        self._identities = identities
        self._audit = audit

    def observe(
        self, principal: Principal, bucket: str, key: str, source: AsyncIterable[bytes]
    ) -> Observation:
        """Look through an upload; the bytes are as they were."""
        return _Upload(self, principal, f"arn:aws:s3:::{bucket}/{key}", source)

    async def report(self, uploader: Principal, arn: str, found: set[str]) -> None:
        """Tell of those ids that are keys of ours, which can be used now."""
        for access_key_id in sorted(found):
            signer = await self._identities.signer(access_key_id)
            if signer is not None:
                await self._report(uploader, arn, signer.principal)

    async def _report(self, uploader: Principal, arn: str, exposed: Principal) -> None:
        # Of an object of another account only that there is one is told: neither account is to
        # learn of the other.
        is_own = uploader.account_id == exposed.account_id
        _log.warning(
            "an access key is exposed in an uploaded object: rotate it",
            extra={"key": exposed.access_key_id, "user": exposed.arn, "object": arn},
        )
        event = Event.of(
            exposed.under(uploader.circumstances),
            EVENT_SOURCE,
            EVENT_NAME,
            parameters={
                "accessKeyId": exposed.access_key_id,
                "object": arn if is_own else "in another account",
                "uploadedBy": uploader.arn if is_own else "another account",
            },
            resources=(Resource("AWS::S3::Object", arn, exposed.account_id),) if is_own else (),
            identity=user_identity(exposed),
            event_type="AwsServiceEvent",
        )
        await self._audit.record([event])


class _Upload:
    """One upload that is looked through."""

    def __init__(
        self, keys: LeakedKeys, uploader: Principal, arn: str, source: AsyncIterable[bytes]
    ) -> None:
        self._keys = keys
        self._uploader = uploader
        self._arn = arn
        self._source = source
        self._scanner = KeyScanner()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._source:
            self._scanner.feed(chunk)
            yield chunk
        self._scanner.end()

    async def stored(self) -> None:
        if not self._scanner.found:
            return
        try:
            await self._keys.report(self._uploader, self._arn, self._scanner.found)
        except Exception:
            # The object is stored whatever becomes of the warning.
            _log.exception("exposed access keys were not told of", extra={"object": self._arn})
