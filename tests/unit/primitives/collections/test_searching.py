"""Collections found by words, owner, kind, and what they are to whoever looks."""

import pytest

from lenticular.primitives.collections import InputInvalid


@pytest.fixture
async def found(lab):
    """``found("ada", scope=...)``: names of what a search finds, in order."""

    async def search(name, **wanted):
        matches = await lab.collections.search(lab.search(**wanted), lab.person(name))
        return [one.collection.display_name for one in matches]

    return search


async def test_words(lab, found):
    await lab.mapped(name="Rain gauges", public=True)
    await lab.mapped(name="Stations", description="Measures rain and snow", public=True)
    await lab.mapped(name="Ice", keywords=("ice-cores",), organization="Polar Lab", public=True)
    assert await found("eve", text="rain") == ["Rain gauges", "Stations"]
    assert await found("eve", text="RAI snow") == ["Stations"]
    assert await found("eve", text="cores") == await found("eve", text="polar ice") == ["Ice"]
    assert await found("eve", text="ain") == []
    assert await found("eve") == ["Ice", "Rain gauges", "Stations"]


async def test_an_id(lab, found):
    mine = await lab.mapped(name="Rain")
    assert await found("ada", text=mine.collection_id.upper()) == ["Rain"]
    assert await found("eve", text=mine.collection_id) == []


async def test_scopes(lab, found):
    mine = await lab.mapped(name="Mine")
    bucket = await lab.mapped(name="Bucket", kind="bucket", owner="")
    share = await lab.guest(mine, name="Share")
    theirs = await lab.guest(bucket, owner="bob", name="Theirs")
    await lab.rule(share, lab.id("bob"))
    await lab.rule(theirs, lab.id("ada"), by="bob")
    await lab.collections.assignments.give(
        theirs.collection_id, lab.person("bob"), "identity", lab.id("cleo"), "activity_monitor"
    )
    assert await found("ada", scope="my-endpoints") == ["Mine", "Share"]
    assert await found("ada", scope="my-gcp-endpoints") == ["Mine"]
    assert await found("ada", scope="shared-by-me") == ["Share"]
    assert await found("ada", scope="shared-with-me") == ["Theirs"]
    assert await found("ada", scope="administered-by-me") == ["Mine", "Share"]
    assert await found("cleo", scope="administered-by-me") == ["Theirs"]
    assert await found("cleo", scope="shared-with-me") == []
    assert await found("cleo") == ["Bucket", "Share", "Theirs"]


async def test_filters(lab, found):
    mine = await lab.mapped(name="Mine")
    await lab.guest(mine, name="Share")
    host = mine.collection_id
    assert await found("ada", entity="guest") == ["Share"]
    assert await found("ada", host_id=host) == ["Share"]
    assert await found("ada", owner_id=lab.id("ada"), entity="mapped") == ["Mine"]
    assert await found("ada", owner_id=lab.id("bob")) == []
    assert await found("bob", owner_id=lab.id("ada")) == ["Share"]
    assert await found("ada", is_functional=False) == []
    with pytest.raises(InputInvalid):
        await found("ada", scope="my-endpoints", owner_id=lab.id("ada"))


async def test_what_was_used(lab, found):
    first, second = await lab.mapped(name="First"), await lab.mapped(name="Second")
    for used in (second, first):
        note = (used.collection_id, lab.id("ada"))
        await lab.cloud.store.transact(lambda tx, note=note: lab.collections.note_use(tx, *note))
    assert set(await found("ada", scope="recently-used")) == {"First", "Second"}
    assert await found("bob", scope="recently-used") == []
    assert await found("ada", scope="in-use") == []
    lab.collections.add_uses(lambda reader, identity_ids: {second.collection_id})
    assert await found("ada", scope="in-use") == ["Second"]
    assert await found("eve", scope="in-use") == []
