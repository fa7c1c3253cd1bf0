"""Quotas: how many bytes buckets and accounts may hold."""

from typing import Annotated

from msgspec import Meta, Struct

from lenticular.primitives.objects.quotas import Quota
from lenticular.server.administration.contract import Nothing, Site


class NewQuota(Struct, frozen=True, forbid_unknown_fields=True):
    """What a bucket or an account is to hold at most."""

    limit: Annotated[int, Meta(gt=0)] | None
    """Bytes; None: no quota."""
    bucket: str = ""
    account_id: str = ""
    """Where no bucket is named. Empty: the account that the cloud started with."""


async def set_limit(site: Site, wanted: NewQuota) -> list[Quota]:
    """Set a quota, or lift it; return all. Raises `BucketNotFound` or `AccountNotFound`."""
    quotas, identities = site.cloud.storage.quotas, site.cloud.identities
    if wanted.bucket:
        await quotas.set_bucket(wanted.bucket, wanted.limit)
    else:
        account_id = wanted.account_id or await identities.first_account_id()
        await identities.accounts.get(account_id)
        await quotas.set_account(account_id, wanted.limit)
    return await quotas.list()


async def show(site: Site, wanted: Nothing) -> list[Quota]:
    """Return every quota with what is used of it."""
    return await site.cloud.storage.quotas.list()
