"""Groups: who sees, changes and is in them, with subgroups."""

import msgspec
import pytest

from lenticular.primitives.groups import (
    GroupInUse,
    GroupNotFound,
    InputInvalid,
    NewGroup,
    NotPermitted,
    Policies,
)

from .conftest import ids


async def set_policies(lab, group_id, **policies):
    def change(group):
        return msgspec.structs.replace(group, policies=Policies(**policies))

    await lab.groups.update(group_id, ids("a"), change)


async def test_who_makes_a_group_is_its_admin(lab):
    view = await lab.groups.create(NewGroup(name="lab", description="ours"), ids("a", "b"))
    assert view.role == "admin"
    assert [(one.identity_id, one.role, one.status) for one in view.mine] == [
        (*ids("a"), "admin", "active")
    ]
    assert view.group.policies == Policies()
    assert (await lab.groups.get(view.group.group_id, ids("b", "a"))).group == view.group


async def test_a_private_group_looks_like_none_to_strangers(lab):
    group_id = await lab.group()
    unknown = "8e1f6a62-6bb8-4d5e-a7a6-3e1e7c9d1f00"
    messages = set()
    for wanted in (group_id, unknown):
        for ask in (
            lab.groups.get(wanted, ids("b")),
            lab.groups.delete(wanted, ids("b")),
            lab.groups.fields(wanted, ids("b")),
            lab.groups.children(wanted, ids("b")),
            lab.groups.tell(wanted, ids("b"), {}),
            lab.act(wanted, "b", "request_join", "b"),
            lab.groups.create(NewGroup(name="sub", parent_id=wanted), ids("b")),
        ):
            with pytest.raises(GroupNotFound) as caught:
                await ask
            messages.add(str(caught.value).replace(wanted, "ID"))
    assert len(messages) == 1


@pytest.mark.parametrize(("action", "seen"), [("invite", True), ("add", True), ("remove", False)])
async def test_a_private_group_is_seen_by_those_on_their_way_in(lab, action, seen):
    group_id = await lab.group()
    if action == "remove":
        await lab.act(group_id, "a", "add", "b")
    await lab.act(group_id, "a", action, "b")
    if seen:
        assert (await lab.groups.get(group_id, ids("b"))).group.name == "lab"
    else:
        with pytest.raises(GroupNotFound):
            await lab.groups.get(group_id, ids("b"))


async def test_who_is_in_a_group_is_told_as_its_policies_say(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b")
    await lab.act(group_id, "a", "add", "c", "manager")

    async def seen_by(name):
        shown = (await lab.groups.get(group_id, ids(name), memberships=True)).memberships
        return None if shown is None else {one.identity_id for one in shown}

    assert await seen_by("b") is None
    assert await seen_by("c") == set(ids("a", "b", "c"))
    await set_policies(
        lab, group_id, group_members_visibility="members", group_visibility="authenticated"
    )
    assert await seen_by("b") == set(ids("a", "b", "c"))
    assert await seen_by("d") is None, "seeing the group is not seeing its members"


async def test_only_admins_change_and_delete(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b", "manager")
    for change in (lambda group: group, lambda group: msgspec.structs.replace(group, name="x")):
        with pytest.raises(NotPermitted):
            await lab.groups.update(group_id, ids("b"), change)
    with pytest.raises(NotPermitted):
        await lab.groups.delete(group_id, ids("b"))
    with pytest.raises(NotPermitted):
        await lab.groups.create(NewGroup(name="sub", parent_id=group_id), ids("b"))
    assert (await lab.groups.get(group_id, ids("a"))).group.name == "lab"


async def test_a_deleted_group_leaves_nothing(lab):
    group_id = await lab.group()
    child = await lab.group("sub", parent=group_id)
    await lab.act(group_id, "a", "add", "b")
    await lab.groups.tell(group_id, ids("b"), {ids("b")[0]: {"city": "Paris"}})
    with pytest.raises(GroupInUse):
        await lab.groups.delete(group_id, ids("a"))
    await lab.groups.delete(child, ids("a"))
    assert (await lab.groups.delete(group_id, ids("a"))).group.name == "lab"
    assert await lab.active("a", "b") == ()
    assert await lab.kept() == []


async def test_my_groups_are_by_status(lab):
    one, two = await lab.group("one"), await lab.group("two")
    await lab.act(one, "a", "add", "b")
    await lab.act(two, "a", "invite", "b")
    mine = await lab.groups.mine(ids("b"))
    assert [(view.group.name, view.mine[0].status) for view in mine] == [("one", "active")]
    invited = await lab.groups.mine(ids("b"), ("invited", "left"))
    assert [view.group.name for view in invited] == ["two"]
    both = await lab.groups.mine(ids("b"), ("invited", "active"))
    assert [view.group.name for view in both] == ["one", "two"]
    assert await lab.groups.mine(ids("c")) == []


async def test_members_of_a_subgroup_are_members_above(lab):
    top = await lab.group("top")
    middle = await lab.group("middle", parent=top)
    bottom = await lab.group("bottom", parent=middle)
    await lab.act(bottom, "a", "add", "b", "manager")
    assert set(await lab.active("b")) == {top, middle, bottom}
    views = {view.group.name: view for view in await lab.groups.mine(ids("b"))}
    assert {name: view.role for name, view in views.items()} == {
        "bottom": "manager",
        "middle": "member",
        "top": "member",
    }
    [above] = views["top"].mine
    assert (above.source_group_id, above.role, above.group_id) == (bottom, "member", top)
    with pytest.raises(NotPermitted):
        await lab.act(top, "b", "add", "c")
    await lab.act(bottom, "a", "remove", "b")
    assert await lab.active("b") == ()


async def test_an_admin_is_admin_below_and_not_above(lab):
    top = await lab.group("top")
    below = await lab.group("below", parent=top)
    await lab.act(below, "a", "add", "b", "admin")
    await lab.act(top, "a", "add", "c", "admin")
    await lab.act(top, "a", "add", "d", "manager")
    assert await lab.act(below, "c", "add", "e") == "active"
    with pytest.raises(GroupNotFound):
        await lab.act(below, "d", "add", "f")
    with pytest.raises(NotPermitted):
        await lab.act(top, "b", "add", "f")
    assert await lab.groups.children(top, ids("b"))
    assert [view.group.name for view in await lab.groups.children(top, ids("c"))] == ["below"]


async def test_everybody_of_a_group_are_those_of_its_subgroups_too(lab):
    top = await lab.group("top")
    below = await lab.group("below", parent=top)
    await lab.act(below, "a", "add", "b")
    shown = (await lab.groups.get(top, ids("a"), memberships=True)).memberships
    assert {(one.identity_id, one.source_group_id) for one in shown} == {
        (ids("a")[0], ""),
        (ids("b")[0], below),
    }


async def test_groups_have_a_depth(lab):
    parent = ""
    for level in range(8):
        parent = await lab.group(str(level), parent=parent)
    with pytest.raises(InputInvalid):
        await lab.group("too deep", parent=parent)


@pytest.mark.parametrize("name", ["", " ", "a" * 257, "a\nb"])
async def test_a_name_that_cannot_be_one(lab, name):
    with pytest.raises(InputInvalid):
        await lab.groups.create(NewGroup(name=name), ids("a"))
    assert await lab.kept() == []


async def test_counts_are_for_those_who_manage(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b", "manager")
    await lab.act(group_id, "a", "add", "c")
    await lab.act(group_id, "a", "invite", "d")
    counts = await lab.groups.counts(ids("b"))
    assert list(counts) == [group_id]
    assert (counts[group_id]["active"], counts[group_id]["invited"]) == (3, 1)
    assert await lab.groups.counts(ids("c")) == {}


async def test_fields_and_preferences_are_ones_own(lab):
    group_id = await lab.group()
    await lab.act(group_id, "a", "add", "b")
    told = {ids("b")[0]: {"city": "Paris"}}
    await lab.groups.tell(group_id, ids("b"), told)
    assert await lab.groups.fields(group_id, ids("b")) == told
    with pytest.raises(InputInvalid):
        await lab.groups.tell(group_id, ids("a"), told)
    with pytest.raises(InputInvalid):
        await lab.groups.allow_adding(ids("a"), {ids("b")[0]: False})
    shown = await lab.groups.get(group_id, ids("a"), memberships=True)
    assert shown.fields[ids("b")[0]] == {"city": "Paris"}
