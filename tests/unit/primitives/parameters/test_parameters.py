"""Parameters: sealed values, a hundred versions, labels that protect, counted limits."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.parameters import (
    ADVANCED,
    SECURE,
    STANDARD,
    TEXT,
    ParameterName,
    Parameters,
    ParameterVersion,
)
from lenticular.primitives.parameters import parameters as implementation
from lenticular.primitives.parameters.errors import (
    OldestLabelled,
    ParameterExists,
    ParameterNotFound,
    TooManyParameters,
    VersionNotFound,
)
from lenticular.primitives.vault import KEY_SIZE, Vault, VaultError

ACCOUNT, REGION = "111111111111", "us-east-1"


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def parameters(store):
    return Parameters(store, Vault(bytes(KEY_SIZE)))


def named(name="/lab/one"):
    return ParameterName(ACCOUNT, REGION, name)


def version(value="x", kind=TEXT, tier=STANDARD):
    return ParameterVersion(0, kind, value.encode(), 0, "arn", tier)


async def put(parameters, name="/lab/one", value="x", *, overwrite=True, **settings):
    return await parameters.put(named(name), version(value, **settings), overwrite=overwrite)


async def test_what_is_secure_is_sealed_in_the_store(parameters, store):
    await put(parameters, value="treasure", kind=SECURE)
    pairs = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert not any(b"treasure" in value for _, value in pairs)
    assert (await parameters.get(named())).value == "treasure"
    other = Parameters(store, Vault(b"x" * KEY_SIZE))
    with pytest.raises(VaultError):
        await other.get(named())


async def test_a_hundred_versions_are_kept(parameters):
    for number in range(1, 103):
        assert (await put(parameters, value=str(number))).number == number
    history = await parameters.history(named())
    assert [found.version.number for found in history] == list(range(3, 103))
    assert (await parameters.get(named(), 3)).value == "3"
    with pytest.raises(VersionNotFound):
        await parameters.get(named(), 2)


async def test_a_label_keeps_the_oldest_version(parameters):
    for number in range(1, 101):
        await put(parameters, value=str(number))
    await parameters.label(named(), 1, ["keep"])
    with pytest.raises(OldestLabelled):
        await put(parameters, value="101")
    assert (await parameters.get(named())).value == "100", "nothing of it was written"
    await parameters.label(named(), 50, ["keep"])
    await put(parameters, value="101")
    assert (await parameters.get(named(), "keep")).value == "50"


async def test_what_exists_is_overwritten_only_on_purpose(parameters):
    await put(parameters, value="first", overwrite=False)
    with pytest.raises(ParameterExists):
        await put(parameters, value="second", overwrite=False)
    assert (await parameters.get(named())).value == "first"


async def test_a_new_parameter_of_an_old_name_has_none_of_its_versions(parameters):
    for value in ("a", "b"):
        await put(parameters, value=value)
    await parameters.delete(named())
    with pytest.raises(ParameterNotFound):
        await parameters.get(named())
    assert (await put(parameters, value="c")).number == 1
    assert len(await parameters.history(named())) == 1


async def test_there_are_so_many_parameters_of_a_tier(parameters, monkeypatch):
    monkeypatch.setattr(implementation, "MOST_PARAMETERS", {STANDARD: 2, ADVANCED: 1})
    for name in ("/a", "/b"):
        await put(parameters, name)
    with pytest.raises(TooManyParameters):
        await put(parameters, "/c")
    await put(parameters, "/a", tier=ADVANCED)
    await put(parameters, "/c")
    await parameters.delete(named("/b"))
    await put(parameters, "/d")
    with pytest.raises(TooManyParameters):
        await put(parameters, "/e", tier=ADVANCED)


async def test_pages_go_on_behind_a_name(parameters, monkeypatch):
    monkeypatch.setattr(implementation, "_PAGE", 2)
    for number in range(7):
        await put(parameters, f"/p/{number}")
    await put(parameters, "/q")
    names = []
    behind = ""
    while behind is not None:
        found, behind = await parameters.page(ACCOUNT, REGION, prefix="/p/", behind=behind, limit=3)
        names += [each.parameter.name for each in found]
        assert len(found) <= 3
    assert names == [f"/p/{number}" for number in range(7)]


async def test_a_page_takes_what_is_wanted(parameters):
    for number in range(5):
        await put(parameters, f"/p/{number}", str(number))
    found, behind = await parameters.page(
        ACCOUNT, REGION, takes=lambda parameter, version: version.value in {b"1", b"3"}
    )
    assert [each.value for each in found] == ["1", "3"]
    assert behind is None
