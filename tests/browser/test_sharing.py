"""Shares, collections and search in the portal: found, described, opened to others."""

import asyncio
import re

import msgspec
import pytest
from playwright.sync_api import expect

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped
from lenticular.primitives.search import Viewer
from lenticular.primitives.search.records import Entry, Ingest, NewEntry

STATIONS = [
    ("Zugspitze", "alpine", 2023, -3.9),
    ("Tromsø", "polar", 2023, 3.1),
    ("Nairobi", "tropical", 2022, 19.2),
    ("Jungfraujoch", "alpine", 2022, -6.4),
]


def user(cloud, name):
    return cloud.run(cloud.engines.identities.users.find(cloud.credentials.account_id, name))


@pytest.fixture(scope="module")
def collection(cloud, tmp_path_factory):
    """A collection of ada's, with a folder to be shared."""
    folder = tmp_path_factory.mktemp("projects")
    (folder / "coral reef").mkdir()
    (folder / "coral reef/survey.csv").write_text("depth,cover\n5,0.4\n")
    (folder / "private").mkdir()
    ada = user(cloud, "ada")
    new = NewMapped(
        kind="folder",
        origin=Folder(str(folder)),
        account_id=ada.account_id,
        owner_id=ada.identity_id,
        details=Details(display_name="Projects", public=False),
    )
    return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


@pytest.fixture
def seat(take_seat, signed_in):
    """Ada at a browser."""
    return take_seat(storage_state=signed_in)


def test_a_folder_is_shared_with_somebody_who_then_sees_it(seat, take_seat, collection):
    page, other = seat.page, take_seat()
    other.sign_in("bob", to="/shares")
    assert other.open(f"/collections/{collection}").status == 404

    seat.open(f"/files?left={collection}")
    page.locator(".entry").filter(has_text="coral reef").locator("input").check()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_label("What the share is called")).to_have_value("coral reef")
    seat.look("share-new", "Share a folder")
    page.get_by_role("button", name="Share it").click()
    expect(page.get_by_role("status")).to_contain_text("Nobody but you is let in yet")
    page.get_by_label("Their sign-in name").fill("nobody-we-know")
    page.get_by_role("button", name="Let them in").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody here is called nobody-we-know@")
    page.get_by_label("Their sign-in name").fill("bob")
    page.get_by_label("Until the end of").fill("2999-12-31")
    page.get_by_role("button", name="Let them in").click()
    expect(page.locator(".rules")).to_contain_text("bob@lab.localhost")
    expect(page.locator(".rules")).to_contain_text("31 Dec 2999")
    page.get_by_label("Whom").select_option("email")
    expect(page.get_by_label("Their sign-in name")).to_be_hidden()
    page.get_by_label("Mail address").fill("colleague@example.org")
    page.get_by_label("What you want to say").fill("The survey that we spoke of")
    page.get_by_role("button", name="Let them in").click()
    expect(page.locator(".rules")).to_contain_text("invited, has not accepted yet")
    seat.look("share", "coral reef")

    other.open("/shares")
    other.look("shares", "Shares")
    other.page.get_by_role("link", name="coral reef").click()
    expect(other.page.locator("#left .entry")).to_have_text(re.compile("survey.csv"))
    other.page.get_by_text("New folder").click()
    other.page.get_by_label("Its name", exact=True).fill("mine")
    other.page.get_by_role("button", name="Make it").click()
    expect(other.page.locator("#said")).to_have_class("notice bad")

    page.get_by_role("button", name="Let them write bob@lab.localhost").click()
    expect(page.locator(".rules")).to_contain_text("reads and writes")
    page.get_by_role("button", name="Withdraw bob@lab.localhost").click()
    expect(page.locator(".rules")).not_to_contain_text("bob@lab.localhost")
    other.page.reload()
    expect(other.page.locator("#left .notice.bad")).to_be_visible()
    seat.open("/shares")
    seat.look("shares-of-ada", "Shares")
    page.get_by_role("link", name="coral reef", exact=True).click()
    seat.confirm(page.locator("main"), "Share it no more")
    expect(page.get_by_role("status")).to_contain_text("shared no more")


def test_a_collection_is_described_and_a_role_given(seat, collection):
    page = seat.page
    seat.open("/collections")
    page.get_by_label("Words of its name").fill("proj")
    page.get_by_role("button", name="Find").click()
    seat.look("collections", "Collections")
    page.get_by_role("link", name="Projects", exact=True).click()
    page.get_by_label("Sign-in name").fill("bob")
    page.get_by_label("Role", exact=True).select_option("activity_monitor")
    page.get_by_role("button", name="Give it").click()
    expect(page.get_by_role("status")).to_have_text("They have the role now.")
    page.get_by_text("Change what is said of it").click()
    page.get_by_label("Description").fill("What we work on <now>")
    seat.look("collection", "Projects")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lead")).to_have_text("What we work on <now>")
    page.get_by_role("button", name="Take away bob@lab.localhost").click()
    expect(page.get_by_role("status")).to_have_text("They no longer have the role.")


def test_a_machine_is_set_up(seat):
    page = seat.page
    seat.open("/collections/new")
    page.get_by_label("What is it called?").fill("Field laptop")
    page.get_by_role("button", name="Make its key").click()
    setup = page.locator("#setup").inner_text()
    assert re.fullmatch(r"lenticular connect setup \S+@http://\S+ --folder ~/data:rw", setup)
    seat.look("machine", "Set up Field laptop")
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("main")).to_contain_text("not connected")
    seat.confirm(page.locator("main"), "Delete this collection")


@pytest.fixture(scope="module")
def index_id(cloud):
    """An index of ada's with the stations in it, one of them for her alone."""
    ada = Viewer((user(cloud, "ada").identity_id,))
    indices = cloud.engines.indices

    async def fill():
        index = (await indices.create(ada, "Climate stations", "What is measured where")).index
        work = Ingest(tuple(_entry(ada, *station) for station in STATIONS))
        task = await indices.tasks.submit(ada, index.index_id, work)
        while task.state not in ("SUCCESS", "FAILED"):
            await asyncio.sleep(0.01)
            task = await indices.tasks.task(ada, task.task_id)
        assert task.state == "SUCCESS"
        return index.index_id

    return cloud.run(fill())


def _entry(owner, name, climate, year, mean):
    content = {
        "title": f"{name}, {year}",
        "description": f"Temperatures of the station {name}",
        "climate": climate,
        "year": year,
        "place": {"mean": mean},
    }
    for_all = name != "Nairobi"
    visible_to = ("public",) if for_all else (f"urn:globus:auth:identity:{owner.identity_ids[0]}",)
    entry = Entry(msgspec.json.encode(content), visible_to)
    return NewEntry(f"https://data.example.org/{name}", None, entry)


def test_data_are_found_and_narrowed_down(seat, take_seat, index_id):
    page = seat.page
    seat.open("/search")
    page.get_by_label("Words").fill("temperatures")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("4 results")
    seat.look("search", "Search")
    page.locator(".facets").get_by_role("link", name="alpine").click()
    expect(page.get_by_role("status")).to_contain_text("2 results")
    page.locator(".facets").get_by_role("link", name="2022").click()
    expect(page.locator("article h2")).to_have_text("Jungfraujoch, 2022")
    page.get_by_role("link", name="climate: alpine").click()
    expect(page.get_by_role("status")).to_contain_text("2 results")

    other = take_seat()
    other.sign_in("bob", to="/search")
    other.page.get_by_label("Id of the index").fill(index_id)
    other.page.get_by_role("button", name="Search").click()
    expect(other.page.get_by_role("status")).to_contain_text("3 results")
