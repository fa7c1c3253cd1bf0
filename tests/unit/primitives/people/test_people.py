"""People and their linked identities: who is whom, and who cannot become whom."""

import asyncio

import pytest

from lenticular.primitives.people import (
    LOCAL_PROVIDER,
    Identity,
    IdentityNotFound,
    IdentityTaken,
    NewProvider,
    NotAdmitted,
    PersonNotFound,
    ProviderNotFound,
)

from .conftest import claims


async def everything(store):
    return await store.read(lambda reader: reader.range(b"\x00", b"\xff"))


async def test_a_user_is_an_identity(people, ada, account_id):
    identity = await people.identity(ada.identity_id)
    assert identity == Identity(
        identity_id=ada.identity_id,
        username="ada@lab.localhost",
        name="Ada Lovelace",
        email="ada@example.net",
        organization="lab",
        provider_id=LOCAL_PROVIDER,
        person_id=ada.identity_id,
        account_id=account_id,
        user_name="ada",
    )
    assert await people.by_username("ADA@lab.localhost") == identity
    assert await people.by_username("ada@lab.lab.example.org") == identity
    assert await people.identity_set(ada.identity_id) == [identity]


@pytest.mark.parametrize("name", ["ada", "ada@example.net", "@lab.localhost", "", "a" * 10_000])
async def test_nothing_but_the_whole_username_is_one(people, ada, name):
    assert await people.by_username(name) is None


async def test_unknown_institutional_identities_are_turned_away_and_forgotten(
    people, ada, university, store
):
    before = await everything(store)
    with pytest.raises(NotAdmitted, match=r"ada@uni\.example is not linked"):
        await people.admit(university, claims(email="ada@example.net", name="Ada"))
    assert await everything(store) == before, "a mail address links nobody"


async def test_a_linked_identity_is_the_person(people, ada, university):
    linked = await people.link(ada.identity_id, university, claims(name="A. Lovelace"))
    assert linked.identity_id != ada.identity_id
    assert (linked.username, linked.person_id) == ("ada@uni.example", ada.identity_id)
    assert (linked.provider_id, linked.organization) == (university.provider_id, "University")
    assert await people.admit(university, claims(name="A. Lovelace")) == linked
    assert (await people.person(linked.identity_id)).name == "ada"
    own = [one.identity_id for one in await people.identity_set(linked.identity_id)]
    assert own == [ada.identity_id, linked.identity_id]
    assert await people.by_username("Ada@UNI.example") == linked


async def test_linked_identity_takeover(people, ada, eve, university):
    """An identity that is linked to one person cannot be linked to another."""
    linked = await people.link(ada.identity_id, university, claims())
    with pytest.raises(IdentityTaken):
        await people.link(eve.identity_id, university, claims())
    with pytest.raises(IdentityTaken):
        await people.link_username(eve.identity_id, "ada@uni.example")
    with pytest.raises(IdentityNotFound):
        await people.unlink(eve.identity_id, linked.identity_id)
    assert (await people.admit(university, claims())).person_id == ada.identity_id


async def test_linked_identity_takeover_at_once(people, ada, eve, university):
    outcomes = await asyncio.gather(
        *(people.link(one.identity_id, university, claims()) for one in (ada, eve)),
        return_exceptions=True,
    )
    assert {type(one) for one in outcomes} == {Identity, IdentityTaken}


async def test_an_unlinked_identity_is_nobodys(people, ada, eve, university):
    linked = await people.link(ada.identity_id, university, claims())
    assert (await people.unlink(ada.identity_id, linked.identity_id)).person_id == ""
    with pytest.raises(NotAdmitted):
        await people.admit(university, claims())
    assert [one.user_name for one in await people.identity_set(ada.identity_id)] == ["ada"]
    again = await people.link(eve.identity_id, university, claims())
    assert again.identity_id == linked.identity_id, "the identity is the same, whoever has it"


async def test_links_end_with_the_user(people, identities, ada, eve, university, account_id):
    await people.link(ada.identity_id, university, claims())
    await identities.users.delete(account_id, "ada")
    with pytest.raises(NotAdmitted):
        await people.admit(university, claims())
    await identities.users.create(account_id, "ada")
    with pytest.raises(NotAdmitted):
        await people.admit(university, claims())
    await people.link(eve.identity_id, university, claims())
    assert (await people.admit(university, claims())).user_name == "eve"


async def test_a_link_needs_a_person(people, university):
    with pytest.raises(PersonNotFound):
        await people.link("8e1f6a62-6bb8-4d5e-a7a6-3e1e7c9d1f00", university, claims())


async def test_an_administrator_links_somebody_who_never_came(people, ada, university):
    named = await people.link_username(ada.identity_id, "ada@uni.example")
    assert named.status == "unused"
    came = await people.admit(university, claims())
    assert (came.identity_id, came.status) == (named.identity_id, "used")
    assert came.person_id == ada.identity_id


async def test_a_name_waits_for_its_own_provider_only(people, ada, university):
    """Who takes over a domain does not take over whom the former provider was to vouch for."""
    await people.link_username(ada.identity_id, "ada@uni.example")
    await people.providers.delete("uni")
    other = await people.providers.create(
        NewProvider(
            name="other",
            issuer="https://elsewhere.example",
            client_id="c",
            domains=("uni.example",),
        )
    )
    with pytest.raises(NotAdmitted):
        await people.admit(other, claims())


async def test_only_the_first_to_come_gets_a_name_that_waited(people, ada, university):
    await people.link_username(ada.identity_id, "ada@uni.example")
    await people.admit(university, claims(subject="first"))
    with pytest.raises(NotAdmitted):
        await people.admit(university, claims(subject="second"))


async def test_a_provider_that_may_makes_users(people, identities, account_id, store):
    await identities.groups.create(account_id, "students")
    provider = await people.providers.create(
        NewProvider(
            name="uni",
            issuer="https://login.uni.example",
            client_id="c",
            domains=("uni.example",),
            admission="create",
            account_id=account_id,
            group_name="students",
        )
    )
    first = await people.admit(provider, claims(name="Ada", email="ada@uni.example"))
    assert (first.user_name, first.account_id) == ("ada@uni.example", account_id)
    user = await identities.users.get(account_id, "ada@uni.example")
    assert (user.full_name, user.email) == ("Ada", "ada@uni.example")
    assert [one.name for one in await identities.groups.members(account_id, "students")] == [
        "ada@uni.example"
    ]
    assert await people.admit(provider, claims(name="Ada", email="ada@uni.example")) == first
    second = await people.admit(provider, claims(username="ada@uni.example", subject="s2"))
    assert second.user_name == "ada@uni.example-2", "another subject is another person"


async def test_a_name_that_changes_is_still_the_same_person(people, ada, university):
    linked = await people.link(ada.identity_id, university, claims())
    renamed = await people.admit(university, claims(username="lovelace@uni.example"))
    assert renamed.identity_id == linked.identity_id
    assert await people.by_username("ada@uni.example") is None
    assert (await people.by_username("lovelace@uni.example")).user_name == "ada"


async def test_provisioning_names_whom_a_provider_vouches_for(people, ada, university):
    made = await people.provision("grace@uni.example")
    assert (made.status, made.name, made.person_id) == ("unused", "", "")
    assert await people.provision("GRACE@uni.example") == made
    assert (await people.provision("ada@lab.localhost")).user_name == "ada"
    for unknown in ("grace@elsewhere.example", "nobody@lab.localhost", "grace", "@uni.example"):
        with pytest.raises(ProviderNotFound):
            await people.provision(unknown)


async def test_signing_in(people, identities, ada, account_id):
    await identities.set_password(account_id, "ada", "Correct-Horse-1")
    for name in ("ada", "ADA", "ada@lab.localhost", "ada@example.net"):
        assert (await people.sign_in(name, "Correct-Horse-1")).identity_id == ada.identity_id
    for name, password in (
        ("ada", "Correct-Horse-2"),
        ("ada", ""),
        ("nobody", "Correct-Horse-1"),
        ("", "Correct-Horse-1"),
        ("eve@lab.localhost", "x"),
    ):
        assert await people.sign_in(name, password) is None


async def test_user_enumeration_by_work(people, identities, ada, eve, account_id, monkeypatch):
    """One hash is computed for each attempt, whether or not there is such a user or password."""
    await identities.set_password(account_id, "ada", "Correct-Horse-1")
    hashes = identities.logins._hashes
    work = []
    real = hashes.matches

    async def counted(password, hashed):
        work.append(hashed is not None)
        return await real(password, hashed)

    monkeypatch.setattr(hashes, "matches", counted)
    for name in ("ada", "eve", "nobody", "nobody@lab.localhost", "nobody@no.localhost"):
        assert await people.sign_in(name, "wrong") is None
    assert work == [True, False, False, False, False]
