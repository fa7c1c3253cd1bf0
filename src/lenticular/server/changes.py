"""What a process follows of the changes that the cloud's other processes make."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lenticular.primitives import remembered
from lenticular.primitives.audit import trails
from lenticular.primitives.budgets import grants
from lenticular.primitives.changes import Changes
from lenticular.primitives.identities import store as identities
from lenticular.primitives.keys import catalog as keys
from lenticular.primitives.oauth import signingkeys
from lenticular.server.wiring import Cloud

_TRAILS_INTERVAL = 1.0
"""Seconds after which it is looked at in any case which events are wanted."""


@asynccontextmanager
async def follow_changes(cloud: Cloud) -> AsyncIterator[None]:
    """Forget at once what others change, while the context lasts."""
    if cloud.leases.is_alone:
        yield
        return
    changes = Changes(cloud.store)
    changes.follow(identities.CHANGED, cloud.identities.tell_changed)
    changes.follow(remembered.CHANGED, cloud.storage.watches.forget_all)
    changes.follow(remembered.CHANGED, cloud.storage.buckets.holders.forget_all)
    changes.follow(remembered.CHANGED, cloud.tables.holders.forget_all)
    changes.follow(trails.CHANGED, cloud.trails.refresh, every=_TRAILS_INTERVAL)
    changes.follow(signingkeys.CHANGED, cloud.oauth.keys.forget)
    changes.follow(keys.DESTROYED, cloud.keys.catalog.forget_materials)
    changes.follow(grants.CHANGED, cloud.evaluation.learn_changes)
    changes.follow(grants.WANTED, cloud.spending.give_back)
    changes.follow(grants.FREED, cloud.spending.look_again)
    async with changes.followed():
        yield
