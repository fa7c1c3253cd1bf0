"""Two accounts, and random operations of both: neither learns anything of the other."""

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lenticular.apis.aws import iam as service
from lenticular.server.wiring import build_in_memory

HANDLERS = sorted(service.service(build_in_memory().identities).handlers)
IDS = re.compile(r"\b(?:AIDA|AGPA|AROA|AIPA|ANPA|AKIA)[A-Z2-7]{16,17}\b")
COLOURS = ("amber", "cobalt")
"""Begin the names of each account's things."""


@dataclass
class Side:
    """One of the two accounts, and what it was told so far."""

    client: Any
    account_id: str
    colour: str
    ids: set[str] = field(default_factory=set)


STEP = st.tuples(
    st.sampled_from((0, 1)),
    st.sampled_from(HANDLERS),
    st.sampled_from(COLOURS),
    st.integers(0, 2),
    st.integers(0, 7),
)
"""Whose turn it is, what it does, to whose thing, to which one, and with which options."""


@pytest.fixture(scope="module")
def sides(cloud, aws):
    """Makes two accounts."""

    def make():
        for colour in COLOURS:
            made = cloud.create_account(f"{colour} {uuid.uuid4().hex}")
            yield Side(aws("iam", made), made.account_id, colour, {made.access_key_id})

    return make


# Shrinking would run hundreds of operations again and again; the failing one is named.
@settings(max_examples=2, deadline=None, phases=[Phase.generate])
@given(steps=st.lists(STEP, min_size=200, max_size=200))
def test_no_account_learns_anything_of_another(sides, sampled, steps):
    both = list(sides())
    aws_policies = both[0].client.list_policies(Scope="AWS")
    everybodys = set(IDS.findall(json.dumps(aws_policies, default=str)))
    for turn, handler, colour, number, options in steps:
        me, other = both[turn], both[1 - turn]
        whose = other if colour == other.colour and not handler.startswith("create_") else me
        name = f"{whose.colour}-{number}"
        _, call, params = sampled(me.client, handler, whose.account_id, name, options=options)
        told = answer(call, params)
        me.ids |= {*IDS.findall(told)} - {*IDS.findall(json.dumps(params))} - everybodys
        # What one asked for oneself may come back.
        for known in {name, whose.account_id} if whose is other else ():
            told = told.replace(known, "")
        for secret in (other.colour, other.account_id, *other.ids):
            assert secret not in told, (handler, params, told)


def answer(call, params):
    """Return all that an operation answers, or its error."""
    try:
        return json.dumps(call(**params), default=str)
    except ClientError as error:
        return json.dumps(error.response, default=str)


# An alias is a public name, unique among all accounts (API reference, CreateAccountAlias); a
# password policy has none, and is always one's own.
NAMELESS = ("account_alias", "account_password_policy")


@pytest.mark.parametrize(
    "handler", [each for each in HANDLERS if not any(kind in each for kind in NAMELESS)]
)
def test_what_another_account_has_is_like_what_nobody_has(twins, sampled, handler):
    client, stranger, nothing = twins
    answers = []
    for name in ("amber-0", nothing):
        _, call, params = sampled(client, handler, stranger, name, options=1)
        told = json.loads(answer(call, params))
        error = told.get("Error", {"Code": "", "Message": ""})
        answers.append((error["Code"], error["Message"].replace(name, "NAME")))
    assert answers[0] == answers[1]


@pytest.fixture(scope="module")
def twins(sides, sampled):
    """An account that asks, the id of another that has one of everything, and an unused name."""
    me, other = sides()
    for handler in (name for name in HANDLERS if name.startswith(("create_", "put_"))):
        _, call, params = sampled(other.client, handler, other.account_id, "amber-0")
        answer(call, params)
    summary = other.client.get_account_summary()["SummaryMap"]
    assert all(summary[kind] for kind in ("Users", "Groups", "Roles", "Policies", "MFADevices"))
    return me.client, other.account_id, "nothing"
