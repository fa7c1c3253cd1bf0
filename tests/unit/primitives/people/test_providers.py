"""Identity providers: which are taken, and for whom each may vouch."""

import pytest

from lenticular.primitives.people import (
    NewProvider,
    ProviderExists,
    ProviderInvalid,
    ProviderNotFound,
    UsernameInvalid,
    qualified,
)


def new(**changes):
    given = {"name": "uni", "issuer": "https://login.uni.example", "client_id": "c"}
    return NewProvider(**given | changes)


async def test_a_provider_is_kept_with_its_secret_sealed(people, store):
    made = await people.providers.create(new(client_secret="their secret"))
    assert await people.providers.get("uni") == made
    assert await people.providers.by_id(made.provider_id) == made
    assert await people.providers.by_domain("LOGIN.uni.example") == made
    assert people.providers.client_secret(made) == "their secret"
    kept = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert not [value for _, value in kept if b"their secret" in value]


async def test_a_public_client_has_no_secret(people):
    made = await people.providers.create(new())
    assert people.providers.client_secret(made) is None


async def test_the_same_issuer_has_the_same_id_again(people):
    first = await people.providers.create(new())
    await people.providers.delete("uni")
    assert (await people.providers.create(new(name="again"))).provider_id == first.provider_id


@pytest.mark.parametrize(
    "change",
    [
        {"name": "UNI"},
        {"name": ""},
        {"name": "a/b"},
        {"issuer": "login.uni.example"},
        {"issuer": "ftp://login.uni.example"},
        {"issuer": "https://login.uni.example?tenant=1"},
        {"issuer": "https://login.uni.example#x"},
        {"issuer": "https://[::1"},
        {"issuer": "http://login.uni.example"},
        {"domains": ("not a domain",)},
        {"domains": ("localhost",)},
        {"domains": ("lab.localhost",)},
        {"domains": ("x.lab.example.org",)},
        {"domains": ("clients.auth.globus.org",)},
        {"issuer": "http://localhost:1"},
        {"scopes": ("profile",)},
        {"admission": "create"},
    ],
)
async def test_what_cannot_be_trusted_is_refused(people, change):
    with pytest.raises(ProviderInvalid):
        await people.providers.create(new(**change))


async def test_plain_http_is_for_this_machine_only(people):
    made = await people.providers.create(new(issuer="http://127.0.0.1:4205"))
    assert made.domains == ("127.0.0.1",)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"issuer": "https://other.example", "domains": ("other.example",)},
        {"name": "other", "issuer": "https://other.example", "domains": ("login.uni.example",)},
    ],
)
async def test_names_issuers_and_domains_are_one_providers(people, change):
    await people.providers.create(new())
    with pytest.raises(ProviderExists):
        await people.providers.create(new(**change))
    assert [one.name for one in await people.providers.list()] == ["uni"]


async def test_a_deleted_provider_is_gone(people):
    made = await people.providers.create(new())
    await people.providers.delete("uni")
    assert await people.providers.by_id(made.provider_id) is None
    assert await people.providers.by_domain("login.uni.example") is None
    with pytest.raises(ProviderNotFound):
        await people.providers.get("uni")
    with pytest.raises(ProviderNotFound):
        await people.providers.delete("uni")


async def test_a_provider_cannot_vouch_for_anothers_names(people):
    """Nor for ours: what is not in its own domains is qualified with the first of them."""
    uni = await people.providers.create(new(domains=("uni.example", "alumni.example")))
    assert qualified(uni, "ada@uni.example") == "ada@uni.example"
    assert qualified(uni, "ada@Alumni.example") == "ada@Alumni.example"
    assert qualified(uni, "ada") == "ada@uni.example"
    assert qualified(uni, "ada@lab.localhost") == "ada@lab.localhost@uni.example"
    assert qualified(uni, "ada@example.net") == "ada@example.net@uni.example"
    assert qualified(uni, "@uni.example") == "@uni.example@uni.example"


@pytest.mark.parametrize("name", ["", "  ", "a" * 256, "a\nb", "a\x00b"])
async def test_what_cannot_be_a_username_is_refused(people, name):
    with pytest.raises(UsernameInvalid):
        qualified(await people.providers.create(new()), name)
