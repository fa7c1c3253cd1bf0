"""Collections made, described, opened and deleted; what is remembered of them, and what not."""

import pytest

from lenticular.engines.connectors.places import Folder, Sftp, Store, Web
from lenticular.engines.movers.messages import Announced, Hello
from lenticular.primitives.agents import BUILT_IN, AgentUnknown, SetupKeyInvalid
from lenticular.primitives.collections import (
    CollectionNotFound,
    Details,
    EntryExists,
    InputInvalid,
    NewMapped,
    NotSupported,
    PermissionDenied,
)
from lenticular.primitives.oauth import NewClient


async def make(lab, kind, origin, **more):
    user = lab.people["ada"]
    fields = {"details": Details(display_name="Far away"), "owner_id": user.identity_id} | more
    new = NewMapped(kind=kind, origin=origin, account_id=user.account_id, **fields)
    return await lab.collections.create_mapped(new)


@pytest.mark.parametrize(
    ("kind", "origin", "where"),
    [
        ("folder", Folder("/srv/data"), "/srv/data"),
        (
            "store",
            Store("s3://far/away", {"access_key_id": "A", "secret_access_key": "very-secret"}),
            "s3://far/away",
        ),
        (
            "sftp",
            Sftp("host", "ada", "/data", 2022, "ssh-ed25519 AAAA", "very-secret"),
            "sftp://ada@host:2022/data",
        ),
        ("web", Web("https://host/data/", {"Authorization": "very-secret"}), "https://host/data/"),
    ],
)
async def test_where_files_are_is_sealed_and_opened(lab, kind, origin, where):
    made = await make(lab, kind, origin)
    assert made.where == where
    rows = await lab.cloud.store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert not any(b"very-secret" in value for _, value in rows)
    place = await lab.collections.place_for(made.collection_id, lab.id("ada"))
    assert (place.at, place.prefix) == (origin, "/")
    assert {rule.permission for rule in place.rules} == {"r" if kind == "web" else "rw"}


async def test_an_origin_is_of_its_kind(lab):
    with pytest.raises(InputInvalid):
        await make(lab, "sftp", Folder("/srv"))


async def test_nothing_is_written_to_the_web(lab):
    made = await make(lab, "web", Web("https://host/"))
    with pytest.raises(PermissionDenied):
        await lab.collections.place_for(made.collection_id, lab.id("ada"), write=True)


async def test_a_bucket_is_opened_with_credentials_of_who_asks(lab):
    bucket = await lab.mapped(kind="bucket", owner="")
    mine = await lab.collections.place_for(bucket.collection_id, lab.id("ada"))
    others = await lab.collections.place_for(bucket.collection_id, lab.id("bob"))
    assert mine.at.url == "s3://lab/data"
    assert mine.at.options["endpoint"] == "http://s3"
    for place, name in ((mine, "ada"), (others, "bob")):
        signer = await lab.cloud.identities.signer(place.at.options["access_key_id"])
        assert signer.principal.name == name or signer.principal.arn.endswith(f"user/{name}")


async def test_a_shared_bucket_is_opened_with_credentials_of_its_owner(lab):
    bucket = await lab.mapped(kind="bucket", owner="")
    share = await lab.guest(bucket, owner="bob", path="/out/")
    await lab.rule(share, "", kind="anonymous", by="bob")
    for identity_id in (lab.id("eve"), ""):
        place = await lab.collections.place_for(share.collection_id, identity_id)
        signer = await lab.cloud.identities.signer(place.at.options["access_key_id"])
        assert signer.principal.arn.endswith("user/bob")
        assert (place.prefix, {rule.permission for rule in place.rules}) == ("/out/", {"r"})


async def test_credentials_are_lent_anew_when_half_of_their_time_is_over(lab):
    bucket = await lab.mapped(kind="bucket", owner="")

    async def key():
        place = await lab.collections.place_for(bucket.collection_id, lab.id("ada"))
        return place.at.options["access_key_id"]

    first = await key()
    lab.now += 1800
    assert await key() == first
    lab.now += 1801
    assert await key() != first


async def test_a_bucket_that_anybody_may_read_is_opened_with_its_owners_rights(lab):
    mine = await lab.mapped(kind="bucket", owner="bob", anonymous_read=True)
    for identity_id in (lab.id("eve"), ""):
        place = await lab.collections.place_for(mine.collection_id, identity_id)
        signer = await lab.cloud.identities.signer(place.at.options["access_key_id"])
        assert signer.principal.arn.endswith("user/bob")
        assert {rule.permission for rule in place.rules} == {"r"}


async def test_a_bucket_of_nobody_that_anybody_may_read_is_as_public_as_s3_says(lab):
    ours = await lab.mapped(kind="bucket", owner="", anonymous_read=True)
    place = await lab.collections.place_for(ours.collection_id, "")
    assert place.at.options.keys() == {"endpoint", "region", "virtual_hosted_style_request"}


async def test_an_application_has_no_rights_in_a_bucket(lab):
    bucket = await lab.mapped(kind="bucket", owner="")
    account = lab.people["ada"].account_id
    client, _ = await lab.cloud.oauth.clients.create(NewClient(name="Robot", account_id=account))
    with pytest.raises(PermissionDenied):
        await lab.collections.place_for(bucket.collection_id, client.client_id)


async def test_a_new_setup_key(lab):
    made, first = await lab.collections.create_enrolled(
        Details(display_name="Laptop"), lab.person("ada")
    )
    with pytest.raises(CollectionNotFound):
        await lab.collections.new_setup_key(made.collection_id, lab.person("bob"))
    second = await lab.collections.new_setup_key(made.collection_id, lab.person("ada"))
    with pytest.raises(SetupKeyInvalid):
        await lab.cloud.agents.enrol(first)
    enrolled = await lab.cloud.agents.enrol(second)
    third = await lab.collections.new_setup_key(made.collection_id, None)
    agent = await lab.cloud.agents.authenticate(enrolled.endpoint_id, enrolled.secret)
    assert agent.agent_id == made.collection_id
    again = await lab.cloud.agents.enrol(third)
    assert again.endpoint_id == made.collection_id
    with pytest.raises(AgentUnknown):
        await lab.cloud.agents.authenticate(enrolled.endpoint_id, enrolled.secret)


async def test_a_folder_of_the_server_needs_no_setup_key(lab):
    folder = await lab.mapped()
    with pytest.raises(NotSupported):
        await lab.collections.new_setup_key(folder.collection_id, None)


async def test_a_machine_of_somebody(lab):
    made, key = await lab.collections.create_enrolled(
        Details(display_name="Laptop"), lab.person("ada")
    )
    assert (made.entity, made.kind, made.owner_id) == ("mapped", "agent", lab.id("ada"))
    view = await lab.collections.get(made.collection_id, lab.person("ada"))
    assert view.is_connected is False
    enrolled = await lab.cloud.agents.enrol(key)
    assert enrolled.endpoint_id == made.collection_id
    home = Announced("/home/ada", "rw")
    await lab.cloud.agents.greet(made.agent_id, Hello("1", "laptop", (home,), "/home/ada"))
    view = await lab.collections.get(made.collection_id, lab.person("ada"))
    assert view.is_connected
    share = await lab.guest(made, path="/~/out")
    assert share.host_path == "/home/ada/out/"
    agents = await lab.cloud.store.read(
        lambda reader: {lab.collections.serving_agent(reader, one) for one in (made, share)}
    )
    assert agents == {made.collection_id}
    await lab.collections.delete(made.collection_id, lab.person("ada"))
    assert await lab.cloud.store.read(
        lambda reader: lab.cloud.agents.find(reader, made.agent_id) is None
    )


async def test_the_server_serves_its_own(lab):
    mine = await lab.mapped()
    share = await lab.guest(mine)
    agents = await lab.cloud.store.read(
        lambda reader: {lab.collections.serving_agent(reader, one) for one in (mine, share)}
    )
    assert agents == {BUILT_IN}


async def test_a_collection_is_a_resource_server_with_scopes(lab):
    mine = await lab.mapped(name="Data of mine")
    oauth = lab.cloud.oauth
    scope = f"https://auth.globus.org/scopes/{mine.collection_id}/https"
    assert (await oauth.scopes.find(scope)).client_id == mine.collection_id
    wanted = f"urn:globus:auth:scope:transfer.api.globus.org:all[*{scope[:-5]}data_access]"
    assert await oauth.scopes.resolve(wanted)
    await lab.collections.change(
        mine.collection_id, Details(display_name="Renamed"), lab.person("ada")
    )
    assert (await oauth.clients.get(mine.collection_id)).name == "Renamed"
    await lab.collections.delete(mine.collection_id, None)
    assert await oauth.scopes.find(scope) is None
    assert await oauth.clients.find(mine.collection_id) is None


async def test_an_id_that_is_taken(lab):
    mine = await lab.mapped()
    with pytest.raises(EntryExists):
        await make(lab, "folder", Folder("/srv"), collection_id=mine.collection_id)
    with pytest.raises(EntryExists):
        await make(
            lab, "folder", Folder("/srv"), collection_id="95fdeba8-fac2-42bd-a357-e068d82ff78e"
        )
    with pytest.raises(InputInvalid):
        await make(lab, "folder", Folder("/srv"), collection_id="mine")


async def test_an_id_of_a_deleted_collection_may_come_again(lab):
    mine = await lab.mapped()
    await lab.collections.delete(mine.collection_id, lab.person("ada"))
    again = await make(lab, "folder", Folder("/srv"), collection_id=mine.collection_id)
    view = await lab.collections.get(again.collection_id, lab.person("ada"))
    assert view.collection.where == "/srv"


async def test_with_a_collection_goes_what_was_shared_from_it(lab):
    mine = await lab.mapped()
    share = await lab.guest(mine)
    await lab.rule(share, lab.id("bob"))
    await lab.collections.delete(mine.collection_id, lab.person("ada"))
    assert await lab.collections.everything() == []
    with pytest.raises(CollectionNotFound):
        await lab.collections.place_for(share.collection_id, lab.id("bob"))
    mine = lab.search(scope="shared-with-me")
    assert await lab.collections.search(mine, lab.person("bob")) == []


async def test_what_is_said_of_a_collection(lab):
    mine = await lab.mapped()
    person = lab.person("ada")
    changed = await lab.collections.change(
        mine.collection_id, Details(description="Rain", keywords=("rain", "snow")), person
    )
    assert (changed.display_name, changed.description) == ("Lab data", "Rain")
    changed = await lab.collections.change(
        mine.collection_id, Details(description=None, force_verify=True), person
    )
    assert (changed.description, changed.keywords) == (None, ("rain", "snow"))


@pytest.mark.parametrize(
    "details",
    [
        Details(display_name="  "),
        Details(display_name="x" * 129),
        Details(display_name="a\nb"),
        Details(description="x" * 5000),
        Details(info_link="javascript:alert(1)"),
        Details(contact_email="ada"),
        Details(default_directory="data"),
        Details(keywords=("x",) * 51),
        Details(force_verify=True, disable_verify=True),
        Details(activity_notifications={"status": ("MAYBE",)}),
    ],
)
async def test_what_cannot_be_said_of_a_collection(lab, details):
    mine = await lab.mapped()
    with pytest.raises(InputInvalid):
        await lab.collections.change(mine.collection_id, details, lab.person("ada"))


async def test_a_share_of_a_share_is_not_made(lab):
    share = await lab.guest(await lab.mapped())
    with pytest.raises(NotSupported):
        await lab.guest(share)
