"""Browsers sign in: away with a question, back with a code, a cookie for looking."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from lenticular.engines.movers.messages import Admission, SignedIn
from lenticular.testing.doors import COLLECTION, SHOWN

SIGN_IN = "https://cloud.example/authorize?client_id=x"
PAGE = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
async def browser(door, root):
    (root / "a.txt").write_text("text")
    door.cloud.admissions[COLLECTION, ""] = Admission("unknown", sign_in=SIGN_IN)
    door.cloud.signed_in["good"] = SignedIn(SHOWN, 3600)
    async with httpx.AsyncClient(headers=PAGE, trust_env=False) as client:
        yield client


async def sent_away(door, browser, path="/a.txt?download"):
    answer = await browser.get(f"{door.url}{path}")
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location.startswith(SIGN_IN)
    asked = parse_qs(urlsplit(location).query)
    assert asked["code_challenge_method"] == ["S256"]
    return asked["state"][0]


async def come_back(door, browser, state, code="good"):
    query = {"state": state, "code": code}
    return await browser.get(f"{door.origin}/sign-in/{COLLECTION}", params=query)


async def test_a_browser_signs_in(door, browser):
    state = await sent_away(door, browser)
    back = await come_back(door, browser, state)
    assert back.status_code == 303
    assert back.headers["location"] == f"/collections/{COLLECTION}/a.txt?download"
    for crumb in back.headers.get_list("set-cookie"):
        assert "HttpOnly" in crumb
        assert "SameSite=Lax" in crumb
        assert SHOWN not in crumb
    file = await browser.get(f"{door.url}/a.txt")
    assert (file.status_code, file.text) == (200, "text")


async def test_the_cookie_is_for_looking_only(door, browser, root):
    await come_back(door, browser, await sent_away(door, browser))
    assert (await browser.put(f"{door.url}/b", content=b"1")).status_code == 401
    assert (await browser.delete(f"{door.url}/a.txt")).status_code == 401
    assert (await browser.post(f"{door.url}/", content=b"")).status_code == 401
    assert [entry.name for entry in root.iterdir()] == ["a.txt"]


async def test_a_stranger_signs_nobody_in(door, browser):
    """A link with the code of somebody else's account (login CSRF)."""
    state = await sent_away(door, browser)
    async with httpx.AsyncClient(headers=PAGE, trust_env=False) as victim:
        assert (await come_back(door, victim, state)).status_code == 400
        assert not victim.cookies
    assert (await come_back(door, browser, "another state")).status_code == 400
    assert door.cloud.sign_ins == []


async def test_a_code_that_is_no_good(door, browser):
    state = await sent_away(door, browser)
    assert (await come_back(door, browser, state, "bad")).status_code == 403


async def test_a_person_who_said_no(door, browser):
    state = await sent_away(door, browser)
    query = {"state": state, "error": "access_denied", "error_description": "<b>no</b>"}
    answer = await browser.get(f"{door.origin}/sign-in/{COLLECTION}", params=query)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/json"


async def test_the_cookie_of_another_collection_is_nothing(door, browser):
    await come_back(door, browser, await sent_away(door, browser))
    sealed = browser.cookies[f"lenticular-{COLLECTION}"]
    other = COLLECTION.replace("8f0e", "8f0f")
    browser.cookies.set(f"lenticular-{other}", sealed)
    await browser.get(f"{door.origin}/collections/{other}/a.txt")
    assert door.cloud.asked[-1].token == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Requested-With": "XMLHttpRequest"},
        {"Accept": "application/json"},
        {"Sec-Fetch-Mode": "cors"},
        {"Authorization": "Bearer nonsense"},
    ],
)
async def test_a_program_is_told_and_not_sent_away(door, browser, headers):
    answer = await browser.get(f"{door.url}/a.txt", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "AuthenticationFailed"
