"""Fixtures: sessions on a store in memory, with a clock that stands still, and two accounts."""

import json
import os
import re

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.identities import ROLES, USERS, Identities
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.sessions import NOTHING, Passed, RoleRequest, Sessions
from lenticular.primitives.vault import KEY_SIZE, Vault


class Clock:
    """Tells the time that a test sets."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, resource="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trust(principal, *actions, **more):
    statement = {"Effect": "Allow", "Principal": principal, **more}
    return document({**statement, "Action": list(actions) or ["sts:AssumeRole"]})


class World:
    """A cloud's identities and sessions, with short ways to use them."""

    def __init__(self, store, vault, clock):
        self.store = store
        self.vault = vault
        self.clock = clock
        self.identities = Identities(store, vault, clock=clock, now=clock)
        self.sessions = Sessions(store, vault, self.identities, clock=clock)

    async def account(self, name):
        return (await self.identities.create_account(name)).account_id

    async def user(self, account_id, name, *statements, **options):
        """Make a user whose inline policy has `statements`; return their principal."""
        await self.identities.users.create(account_id, name, **options)
        if statements:
            await self.identities.inline_policies.put(
                USERS, account_id, name, "own", document(*statements)
            )
        key, _ = await self.identities.keys.create(account_id, name)
        return await self.principal(key.access_key_id)

    async def root(self, account_id):
        key, _ = await self.identities.keys.create(account_id)
        return await self.principal(key.access_key_id)

    async def role(self, account_id, name, trusted, *statements, **options):
        """Make a role; return its ARN."""
        role = await self.identities.roles.create(account_id, name, trusted, **options)
        if statements:
            await self.identities.inline_policies.put(
                ROLES, account_id, name, "own", document(*statements)
            )
        return role.arn

    async def principal(self, access_key_id):
        """Return who signs with a key now, in a request from a known place."""
        signer = await self.identities.signer(access_key_id)
        if signer is None:
            return None
        return signer.principal.under(Circumstances(time=self.clock(), source_ip="192.0.2.7"))

    async def assume(self, caller, arn, passed=NOTHING, seconds=None, name="work", **more):
        request = RoleRequest(arn, name, passed, seconds)
        return await self.sessions.assume_role(caller, request, **more)

    async def assumed(self, caller, arn, **passed):
        """Assume a role and return the session's principal."""
        issued = await self.assume(caller, arn, Passed(**passed))
        return await self.principal(issued.access_key_id)


def may(principal, action, resource="*", **keys):
    access = Access(principal, action, resource, principal.account_id, keys)
    return decide(access).allowed


def account_of(arn):
    return re.fullmatch(r"arn:aws:\w+::(\d{12}):.*", arn)[1]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(MemoryStore(), Vault(os.urandom(KEY_SIZE)), clock)


@pytest.fixture
async def lab(world):
    """The id of an account."""
    return await world.account("lab")


@pytest.fixture
async def partner(world):
    """The id of another account."""
    return await world.account("partner")
