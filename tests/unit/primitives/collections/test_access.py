"""Who may do what in a collection, and how somebody would get further than that."""

import pytest

from lenticular.primitives.collections import (
    CollectionDeleted,
    CollectionNotFound,
    Details,
    EntryExists,
    EntryNotFound,
    InputInvalid,
    NotSupported,
    PermissionDenied,
)
from lenticular.primitives.groups import NewGroup, Request

ALL = {("/", "rw")}
READ = {("/", "r")}


async def test_a_mapped_collection_is_its_owners(lab):
    mine = await lab.mapped()
    assert await lab.may(mine, "ada") == ALL
    for name in ("bob", "eve", None):
        assert await lab.may(mine, name) == set()


async def test_a_mapped_collection_of_nobody_is_everybodys_in_its_account(lab):
    ours = await lab.mapped(owner="")
    assert await lab.may(ours, "ada") == await lab.may(ours, "bob") == ALL
    assert await lab.may(ours, "eve") == await lab.may(ours, None) == set()


async def test_a_collection_that_anybody_may_read(lab):
    open_ = await lab.mapped(anonymous_read=True)
    assert await lab.may(open_, "eve") == await lab.may(open_, None) == READ
    assert await lab.may(open_, "ada") == ALL
    with pytest.raises(PermissionDenied):  # it is not theirs to share
        await lab.guest(open_, owner="eve")


async def test_a_bucket_is_for_the_users_of_its_account(lab):
    bucket = await lab.mapped(kind="bucket")
    assert await lab.may(bucket, "bob") == ALL
    assert await lab.may(bucket, "eve") == set()


async def test_a_guest_collection_is_shared_by_rules(lab):
    share = await lab.guest(await lab.mapped())
    assert await lab.may(share, "ada") == ALL
    await lab.rule(share, lab.id("bob"), "/a/")
    await lab.rule(share, lab.id("bob"), "/a/b", "rw")
    assert await lab.may(share, "bob") == {("/a/", "r"), ("/a/b/", "rw")}
    assert await lab.may(share, "cleo") == set()


async def test_rules_for_groups_everybody_and_nobody_in_particular(lab):
    share = await lab.guest(await lab.mapped())
    view = await lab.cloud.groups.create(NewGroup(name="Team"), (lab.id("ada"),))
    group_id = view.group.group_id
    await lab.rule(share, group_id, "/team/", "rw", kind="group")
    await lab.rule(share, "", "/all/", kind="all_authenticated_users")
    await lab.rule(share, "", "/open/", kind="anonymous")
    assert await lab.may(share, "bob", (group_id,)) == {
        ("/team/", "rw"),
        ("/all/", "r"),
        ("/open/", "r"),
    }
    assert await lab.may(share, "eve") == {("/all/", "r"), ("/open/", "r")}
    assert await lab.may(share, None) == {("/open/", "r")}


async def test_who_leaves_a_group_has_lost_its_rules_at_once(lab):
    share = await lab.guest(await lab.mapped())
    view = await lab.cloud.groups.create(NewGroup(name="Team"), (lab.id("ada"),))
    group_id = view.group.group_id
    added = {"add": [Request(lab.id("bob"))]}
    await lab.cloud.groups.act(group_id, (lab.id("ada"),), added)
    await lab.rule(share, group_id, kind="group")
    place = await lab.collections.place_for(share.collection_id, lab.id("bob"))
    assert place.prefix == "/shared/"
    await lab.cloud.groups.act(group_id, (lab.id("bob"),), {"leave": [Request(lab.id("bob"))]})
    with pytest.raises(PermissionDenied):
        await lab.collections.place_for(share.collection_id, lab.id("bob"))


async def test_an_expired_rule_gives_nothing(lab):
    share = await lab.guest(await lab.mapped(), public=False)
    soon = int(lab.now * 1000) + 60_000
    rule = await lab.rule(share, lab.id("bob"), expires=soon)
    assert await lab.may(share, "bob") == READ
    lab.now += 61
    assert await lab.may(share, "bob") == set()
    with pytest.raises(CollectionNotFound):
        await lab.collections.place_for(share.collection_id, lab.id("bob"))
    rules = lab.collections.rules
    assert (await rules.of(share.collection_id, lab.person("ada"))).rules == ()
    with pytest.raises(EntryNotFound):  # nor can it be woken
        await rules.change(share.collection_id, rule.rule_id, lab.person("ada"), expires=0)
    again = await lab.rule(share, lab.id("bob"))  # nor is it in the way
    assert again.rule_id != rule.rule_id


async def test_a_rule_for_another_path_gives_nothing_here(lab):
    share = await lab.guest(await lab.mapped())
    await lab.rule(share, lab.id("bob"), "/a/", "rw")
    place = await lab.collections.place_for(share.collection_id, lab.id("bob"))
    assert {rule.path for rule in place.rules} == {"/a/"}


@pytest.mark.parametrize("path", ["relative/", "/a/../b/", "/./", "/a\0/", "", "/" + "x" * 5000])
async def test_a_rule_for_a_path_that_leads_elsewhere_is_refused(lab, path):
    share = await lab.guest(await lab.mapped())
    with pytest.raises(InputInvalid):
        await lab.rule(share, lab.id("bob"), path)


@pytest.mark.parametrize("path", ["../x/", "/a/../../b/", "relative"])
async def test_a_guest_collection_outside_of_its_host_is_refused(lab, path):
    with pytest.raises(InputInvalid):
        await lab.guest(await lab.mapped(), path=path)


async def test_nobody_shares_what_is_not_theirs(lab):
    mine = await lab.mapped(public=True)
    with pytest.raises(PermissionDenied):
        await lab.guest(mine, owner="bob")
    share = await lab.guest(mine)
    await lab.rule(share, lab.id("bob"), permission="rw")
    with pytest.raises(NotSupported):  # and not what was shared with them
        await lab.guest(share, owner="bob")


async def test_what_the_owner_loses_everybody_loses(lab):
    bucket = await lab.mapped(kind="bucket", owner="")
    share = await lab.guest(bucket, owner="bob")
    await lab.rule(share, lab.id("eve"), by="bob")
    assert await lab.may(share, "eve") == READ
    user = lab.people["bob"]
    await lab.cloud.identities.users.delete(user.account_id, user.name)
    assert await lab.may(share, "eve") == set()
    with pytest.raises(PermissionDenied):
        await lab.collections.place_for(share.collection_id, lab.id("eve"))


async def test_rules_are_for_those_who_manage_access_to_make(lab):
    share = await lab.guest(await lab.mapped())
    await lab.rule(share, lab.id("bob"), permission="rw")
    for attacker in ("bob", "eve"):
        with pytest.raises(PermissionDenied):
            await lab.rule(share, lab.id(attacker), permission="rw", by=attacker)
        with pytest.raises(PermissionDenied):
            await lab.collections.rules.of(share.collection_id, lab.person(attacker))


async def test_a_rule_of_one_collection_is_not_changed_through_another(lab):
    host = await lab.mapped()
    bucket = await lab.mapped(kind="bucket", owner="")
    share, own = await lab.guest(host), await lab.guest(bucket, owner="bob")
    rule = await lab.rule(share, lab.id("bob"))
    rules, bob = lab.collections.rules, lab.person("bob")
    with pytest.raises(EntryNotFound):
        await rules.change(own.collection_id, rule.rule_id, bob, permission="rw")
    with pytest.raises(EntryNotFound):
        await rules.delete(own.collection_id, rule.rule_id, bob)
    assert await lab.may(share, "bob") == READ


async def test_access_managers_give_access_and_no_roles(lab):
    share = await lab.guest(await lab.mapped())
    assignments = lab.collections.assignments
    await assignments.give(
        share.collection_id, lab.person("ada"), "identity", lab.id("bob"), "access_manager"
    )
    assert await lab.may(share, "bob") == ALL
    await lab.rule(share, lab.id("cleo"), by="bob")
    for role in ("administrator", "access_manager"):
        with pytest.raises(PermissionDenied):
            await assignments.give(
                share.collection_id, lab.person("bob"), "identity", lab.id("eve"), role
            )
    with pytest.raises(PermissionDenied):
        await lab.collections.change(
            share.collection_id, Details(display_name="Mine"), lab.person("bob")
        )
    with pytest.raises(PermissionDenied):
        await lab.collections.delete(share.collection_id, lab.person("bob"))


@pytest.mark.parametrize("role", ["activity_manager", "activity_monitor"])
async def test_those_who_watch_activity_see_no_files(lab, role):
    share = await lab.guest(await lab.mapped(), public=False)
    assert not await lab.sees(share, "bob")
    given = await lab.collections.assignments.give(
        share.collection_id, lab.person("ada"), "identity", lab.id("bob"), role
    )
    assert await lab.sees(share, "bob")
    assert await lab.may(share, "bob") == set()
    with pytest.raises(PermissionDenied):
        await lab.collections.assignments.take(
            share.collection_id, given.role_id, lab.person("bob")
        )


async def test_who_administers_a_mapped_collection_gets_no_way_into_what_others_share(lab):
    bucket = await lab.mapped(kind="bucket", owner="ada")
    share = await lab.guest(bucket, owner="bob", public=False)
    assert await lab.may(share, "ada") == set()
    view = await lab.collections.get(share.collection_id, lab.person("ada"))
    assert view.roles == ("restricted_administrator",)
    with pytest.raises(PermissionDenied):
        await lab.rule(share, lab.id("ada"), by="ada")
    listed = await lab.collections.rules.of(share.collection_id, lab.person("ada"))
    assert [one.principal for one in listed.roles] == [lab.id("bob")]
    await lab.collections.delete(share.collection_id, lab.person("ada"))
    with pytest.raises(CollectionDeleted):
        await lab.collections.get(share.collection_id, lab.person("bob"))


async def test_nobody_makes_themselves_the_restricted_administrator(lab):
    share = await lab.guest(await lab.mapped())
    with pytest.raises(InputInvalid):
        await lab.collections.assignments.give(
            share.collection_id,
            lab.person("ada"),
            "identity",
            lab.id("bob"),
            "restricted_administrator",
        )


async def test_the_owner_stays_the_administrator(lab):
    share = await lab.guest(await lab.mapped())
    assignments = lab.collections.assignments
    [own] = await assignments.of(share.collection_id, lab.person("ada"))
    assert (own.principal, own.role) == (lab.id("ada"), "administrator")
    with pytest.raises(PermissionDenied):
        await assignments.take(share.collection_id, own.role_id, lab.person("ada"))
    given = await assignments.give(
        share.collection_id, lab.person("ada"), "identity", lab.id("bob"), "administrator"
    )
    with pytest.raises(PermissionDenied):
        await assignments.take(share.collection_id, own.role_id, lab.person("bob"))
    with pytest.raises(EntryExists):
        await assignments.give(
            share.collection_id, lab.person("bob"), "identity", lab.id("bob"), "administrator"
        )
    await assignments.take(share.collection_id, given.role_id, lab.person("ada"))
    assert await lab.may(share, "bob") == set()


async def test_a_private_collection_is_as_if_it_were_not_there(lab):
    mine = await lab.mapped()
    for stranger in ("bob", "eve"):
        person = lab.person(stranger)
        assert not await lab.sees(mine, stranger)
        for attempt in (
            lab.collections.get(mine.collection_id, person),
            lab.collections.change(mine.collection_id, Details(public=True), person),
            lab.collections.delete(mine.collection_id, person),
            lab.collections.guests(mine.collection_id, person),
            lab.collections.pauses(mine.collection_id, person),
            lab.collections.assignments.of(mine.collection_id, person),
            lab.collections.rules.of(mine.collection_id, person),
            lab.collections.bookmarks.create("x", mine.collection_id, "/", person),
            lab.collections.place_for(mine.collection_id, lab.id(stranger)),
            lab.guest(mine, owner=stranger),
        ):
            with pytest.raises(CollectionNotFound):
                await attempt
    await lab.collections.delete(mine.collection_id, lab.person("ada"))
    with pytest.raises(CollectionNotFound):
        await lab.collections.get(mine.collection_id, lab.person("eve"))
    with pytest.raises(CollectionDeleted):
        await lab.collections.get(mine.collection_id, lab.person("ada"))


async def test_no_rules_on_a_mapped_collection(lab):
    mine = await lab.mapped()
    with pytest.raises(NotSupported):
        await lab.rule(mine, lab.id("bob"))


async def test_rules_that_cannot_be(lab):
    share = await lab.guest(await lab.mapped())
    await lab.rule(share, lab.id("bob"), "/a/")
    with pytest.raises(EntryExists):
        await lab.rule(share, lab.id("bob"), "/a", "rw")
    with pytest.raises(InputInvalid, match="no identity"):
        await lab.rule(share, "00000000-0000-0000-0000-000000000000")
    with pytest.raises(InputInvalid, match="no group"):
        await lab.rule(share, lab.id("bob"), kind="group")
    with pytest.raises(InputInvalid, match="UUID"):
        await lab.rule(share, "bob")
    with pytest.raises(InputInvalid, match="future"):
        await lab.rule(share, lab.id("bob"), expires=int(lab.now * 1000) - 1)
    with pytest.raises(InputInvalid, match="only read"):
        await lab.rule(share, "", permission="rw", kind="anonymous")
    anybody = await lab.rule(share, "", kind="anonymous")
    with pytest.raises(InputInvalid, match="only read"):
        await lab.collections.rules.change(
            share.collection_id, anybody.rule_id, lab.person("ada"), permission="rw"
        )


async def test_who_is_to_be_told_is_told_with_the_rule(lab):
    told = []

    class Inviter:
        def invited(self, tx, collection, rule, message):
            told.append((collection.display_name, rule.notify_email, message))

    lab.collections.rules.tell(Inviter())
    share = await lab.guest(await lab.mapped())
    await lab.rule(share, lab.id("bob"), "/quiet/")
    await lab.rule(share, lab.id("bob"), notify_email="bob@example.org", notify_message="Look")
    assert told == [("A share", "bob@example.org", "Look")]
