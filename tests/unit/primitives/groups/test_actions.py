"""Actions on memberships: every rule of the Groups API."""

import msgspec
import pytest

from lenticular.primitives.groups import (
    GroupNotFound,
    InputInvalid,
    NotPermitted,
    Policies,
    Request,
)

from .conftest import PEOPLE, ids


async def policies(lab, group_id, **chosen):
    chosen = {"group_visibility": "authenticated", **chosen}

    def change(group):
        return msgspec.structs.replace(group, policies=Policies(**chosen))

    await lab.groups.update(group_id, ids("a"), change)


async def test_being_invited(lab):
    group_id = await lab.group()
    assert await lab.act(group_id, "a", "invite", "b", "manager") == "invited"
    assert await lab.act(group_id, "a", "invite", "b") == "ALREADY_INVITED"
    assert group_id not in await lab.active("b")
    assert await lab.act(group_id, "b", "accept", "b") == "active"
    view = await lab.groups.get(group_id, ids("b"))
    assert view.role == "manager"
    assert await lab.act(group_id, "b", "accept", "b") == "ALREADY_ACTIVE"


async def test_declining(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "invite", "b")
    assert await lab.act(group_id, "b", "decline", "b") == "declined"
    with pytest.raises(GroupNotFound):
        await lab.act(group_id, "b", "accept", "b")
    assert await lab.act(group_id, "a", "invite", "b") == "invited"


async def test_an_invitation_is_for_ones_own_identities(lab):
    group_id = await lab.group()
    await policies(lab, group_id)
    await lab.act(group_id, "a", "invite", "b")
    assert await lab.act(group_id, "c", "accept", "b") == "NOT_OWN_IDENTITY"
    assert await lab.act(group_id, "a", "accept", "b") == "NOT_OWN_IDENTITY"
    assert await lab.act(group_id, "cb", "accept", "b") == "active", "linked to the acting one"


async def test_asking_to_join(lab):
    group_id = await lab.group()
    await policies(lab, group_id)
    assert await lab.act(group_id, "b", "request_join", "b") == "JOIN_REQUESTS_NOT_ALLOWED"
    await policies(lab, group_id, join_requests=True)
    assert await lab.act(group_id, "b", "request_join", "b") == "pending"
    assert group_id not in await lab.active("b")
    with pytest.raises(NotPermitted):
        await lab.act(group_id, "b", "approve", "b")
    assert await lab.act(group_id, "a", "approve", "b") == "active"
    assert await lab.act(group_id, "c", "request_join", "c") == "pending"
    assert await lab.act(group_id, "a", "reject", "c") == "rejected"
    assert await lab.act(group_id, "a", "approve", "c") == "STATUS_REJECTED"


async def test_a_removed_admin_comes_back_as_a_member(lab):
    group_id = await lab.group()
    await policies(lab, group_id, join_requests=True)
    await lab.act(group_id, "a", "add", "b", "admin")
    assert await lab.act(group_id, "a", "remove", "b") == "removed"
    assert await lab.act(group_id, "b", "request_join", "b") == "pending"
    assert await lab.act(group_id, "a", "approve", "b") == "active"
    assert (await lab.groups.get(group_id, ids("b"))).role == "member"


async def test_fields_that_must_be_told_before(lab):
    group_id = await lab.group()
    await policies(lab, group_id, join_requests=True, signup_fields=("city", "phone"))
    assert await lab.act(group_id, "b", "request_join", "b") == "SIGNUP_FIELDS_MISSING"
    await lab.groups.tell(group_id, ids("b"), {ids("b")[0]: {"city": "Paris", "phone": "1"}})
    assert await lab.act(group_id, "b", "request_join", "b") == "pending"


async def test_nobody_lets_themselves_in(lab):
    group_id = await lab.group()
    await policies(lab, group_id, join_requests=True)
    assert await lab.act(group_id, "b", "join", "b") == "JOIN_NOT_ALLOWED"
    await lab.act(group_id, "a", "add", "c", "manager")
    assert await lab.act(group_id, "cd", "join", "d") == "active", (
        "a manager, with another identity"
    )


async def test_being_added_can_be_declined_beforehand(lab):
    group_id = await lab.group()
    await lab.groups.allow_adding(ids("b"), {ids("b")[0]: False})
    assert await lab.act(group_id, "a", "add", "b") == "ADD_NOT_ALLOWED"
    assert await lab.act(group_id, "a", "invite", "b") == "invited"
    await lab.groups.allow_adding(ids("b"), {ids("b")[0]: True})
    assert await lab.act(group_id, "a", "add", "b") == "active"


async def test_who_left_is_invited_not_added(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b")
    assert await lab.act(group_id, "b", "leave", "b") == "left"
    assert await lab.act(group_id, "a", "add", "b") == "STATUS_LEFT"
    assert await lab.act(group_id, "a", "invite", "b") == "invited"


async def test_unknown_identities(lab):
    group_id = await lab.group()
    unknown = "8e1f6a62-6bb8-4d5e-a7a6-3e1e7c9d1f00"
    outcome = await lab.groups.act(group_id, ids("a"), {"add": [Request(unknown)]})
    assert [(one.identity_id, one.code) for one in outcome.refused["add"]] == [
        (unknown, "IDENTITY_NOT_FOUND")
    ]


async def test_a_manager_does_not_make_or_unmake_admins(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b", "manager")
    await lab.act(group_id, "a", "add", "c", "admin")
    assert await lab.act(group_id, "b", "add", "d", "admin") == "FORBIDDEN"
    assert await lab.act(group_id, "b", "invite", "d", "manager") == "FORBIDDEN"
    assert await lab.act(group_id, "b", "remove", "c") == "FORBIDDEN"
    assert await lab.act(group_id, "b", "add", "d") == "active"
    with pytest.raises(NotPermitted):
        await lab.act(group_id, "b", "change_role", "b", "admin")
    assert await lab.act(group_id, "b", "remove", "d") == "removed"


@pytest.mark.parametrize("action", ["add", "approve", "change_role", "invite", "reject", "remove"])
async def test_members_manage_nobody(lab, action):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b")
    with pytest.raises(NotPermitted):
        await lab.act(group_id, "b", action, "c")


async def test_the_last_admin_stays(lab):
    group_id = await lab.group()
    assert await lab.act(group_id, "a", "leave", "a") == "LAST_ADMIN"
    assert await lab.act(group_id, "a", "change_role", "a", "member") == "LAST_ADMIN"
    assert await lab.act(group_id, "a", "remove", "a") == "OWN_MEMBERSHIP"
    await lab.act(group_id, "a", "add", "b")
    assert await lab.act(group_id, "a", "change_role", "b", "admin") == "active"
    assert await lab.act(group_id, "a", "leave", "a") == "left"
    assert (await lab.groups.get(group_id, ids("b"))).role == "admin"


async def test_a_batch_does_what_it_can(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b")
    outcome = await lab.groups.act(
        group_id,
        ids("a"),
        {
            "add": [Request(PEOPLE["b"]), Request(PEOPLE["c"])],
            "invite": [Request(PEOPLE["d"], status_reason="welcome")],
        },
    )
    assert [one.identity_id for one in outcome.done["add"]] == [PEOPLE["c"]]
    assert [one.status_reason for one in outcome.done["invite"]] == ["welcome"]
    assert [one.code for one in outcome.refused["add"]] == ["ALREADY_ACTIVE"]


@pytest.mark.parametrize(
    "requests",
    [
        {},
        {"promote": [Request(PEOPLE["b"])]},
        {"add": [Request(PEOPLE["b"]), Request(PEOPLE["b"])]},
        {"add": [Request(PEOPLE["b"])], "invite": [Request(PEOPLE["b"])]},
        {"add": [Request(str(number)) for number in range(501)]},
    ],
)
async def test_a_batch_that_makes_no_sense(lab, requests):
    group_id = await lab.group()
    before = await lab.kept()
    with pytest.raises(InputInvalid):
        await lab.groups.act(group_id, ids("a"), requests)
    assert await lab.kept() == before


async def test_what_may_be_done_is_told(lab):
    group_id = await lab.group()
    await policies(lab, group_id, join_requests=True)
    await lab.act(group_id, "a", "invite", "b")
    of_admin = (await lab.groups.get(group_id, ids("a"))).allowed
    assert of_admin["add"] == of_admin["change_role"] == list(ids("a"))
    assert of_admin["request_join"] == of_admin["accept"] == []
    of_both = (await lab.groups.get(group_id, ids("b", "c"))).allowed
    assert of_both["accept"] == of_both["decline"] == list(ids("b"))
    assert of_both["request_join"] == list(ids("c"))
    assert of_both["add"] == []
