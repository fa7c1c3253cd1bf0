"""A publication that is interrupted: after any step, and when the server is killed."""

import asyncio

import pytest

from lenticular.primitives.objects import Attributes
from lenticular.primitives.publications import publishing

STEPS = ("deposit", "submit", "copy", "verify", "keep", "describe", "announce", "clear")


class Killed(BaseException):
    """The server ends here."""


def test_every_step_can_be_done_again(cloud, publisher_of, folder_of, ada, http, monkeypatch):
    """Whatever a step did, the server ends before it is noted; it is done once more, whole."""
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {"a.txt": b"one", "b/c.txt": b"two"})
    name = publisher.draft(collection)["name"]
    publisher.call("POST", f"/{name}/publish", 202)
    noted, ended = publishing._go_on, []

    def dies(tx, old, new):
        if old.step not in ended:
            ended.append(old.step)
            raise Killed(old.step)
        return noted(tx, old, new)

    async def until_killed():
        while True:
            await cloud.engines.publications.advance()
            await asyncio.sleep(0.05)  # the agent is to be heard meanwhile

    monkeypatch.setattr(publishing, "_go_on", dies)
    for _ in range(len(STEPS)):
        with pytest.raises(Killed):
            cloud.run(until_killed())
    assert tuple(ended) == STEPS
    done = publisher.settled(name)
    assert done["state"] == "published"
    assert done["problem"] is None
    listed = http.get(f"/{done['identifier']}?format=files").json()
    assert [one["path"] for one in listed["DATA"]] == ["a.txt", "b/c.txt"]
    assert done["versions"][0]["files"] == 2
    assert done["versions"][0]["bytes"] == 6


def test_what_changes_on_the_way_is_noticed(cloud, publisher_of, folder_of, ada, monkeypatch):
    """A file that came in, and then is another one, is not published."""
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {"a.txt": b"one"})
    name = publisher.draft(collection)["name"]
    engines = cloud.engines
    verify = engines.publications.publishing._steps["verify"]

    async def tampered(version, place):
        principal = await engines.publications.place.principal(place)
        page = await engines.storage.listings.list(
            principal, place.arrivals, prefix=version.deposit
        )
        [(key, _)] = page.objects
        attributes = Attributes()
        await engines.storage.objects.put(principal, place.arrivals, key, two(), attributes)
        return await verify(version, place)

    async def two():
        yield b"two"

    monkeypatch.setitem(engines.publications.publishing._steps, "verify", tampered)
    failed = publisher.publish(name)
    assert failed["state"] == "draft"
    assert failed["problem"] == "'a.txt' has another checksum than at the source"
    monkeypatch.undo()
    assert publisher.publish(name)["state"] == "published"
