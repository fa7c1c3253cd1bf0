"""Who is let in: what the cloud says counts for seconds."""

import asyncio

from lenticular.engines.movers.messages import Admission
from lenticular.testing.doors import COLLECTION


async def test_the_cloud_is_asked_once_for_many(door, http, root):
    (root / "a").write_text("text")
    answers = await asyncio.gather(*(http.get("/a") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(door.cloud.asked) == 1
    door.clock.now += 4.1
    await http.get("/a")
    assert len(door.cloud.asked) == 2


async def test_a_refusal_is_asked_about_again_soon(door, stranger):
    assert (await stranger.put("/a", content=b"1")).status_code == 401
    door.cloud.admissions[COLLECTION, ""] = door.cloud.admissions[COLLECTION, "reader"]
    assert (await stranger.get("/")).status_code == 401
    door.clock.now += 1.1
    assert (await stranger.get("/")).status_code == 200


async def test_who_is_refused_is_told_why(door, stranger):
    door.cloud.admissions[COLLECTION, ""] = Admission("refused", reason="Not for you")
    answer = await stranger.get("/")
    assert (answer.status_code, answer.json()["message"]) == (403, "Not for you")


async def test_without_the_cloud_nobody_comes_in(door, http):
    door.cloud.error = ConnectionError("away")
    answer = await http.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_other_addresses_are_nothing(door, http):
    for path in ("/", "/collections", "/collections/", "/favicon.ico", "/sign-in"):
        assert (await http.get(f"{door.origin}{path}")).status_code == 404
    assert (await http.patch("/a")).status_code == 405
