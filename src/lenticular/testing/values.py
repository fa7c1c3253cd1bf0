"""Values that tests of the primitives need: principals, and streams of bytes."""

import os
from collections.abc import AsyncIterator

from lenticular.primitives.policies.authority import ROOT_AUTHORITY
from lenticular.primitives.principals import Principal


def make_principal(name: str) -> Principal:
    """Return the root identity of a new account."""
    account_id = str(int.from_bytes(os.urandom(8), "big") % 10**12).zfill(12)
    return Principal(
        account_id=account_id,
        arn=f"arn:aws:iam::{account_id}:root",
        user_id=account_id,
        canonical_id=os.urandom(32).hex(),
        name=name,
        authority=ROOT_AUTHORITY,
    )


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    """Iterate over the given chunks, as a request's body would."""
    for chunk in chunks:
        yield chunk


async def collect(chunks: AsyncIterator[bytes]) -> bytes:
    """Return all that an iterator gives."""
    return b"".join([chunk async for chunk in chunks])
