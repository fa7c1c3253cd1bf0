"""A folder is published in the portal, seen by everybody, and withdrawn."""

import pytest
from playwright.sync_api import expect

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped


@pytest.fixture(scope="module")
def collection(cloud, tmp_path_factory):
    """A collection of ada's."""
    folder = tmp_path_factory.mktemp("reef")
    (folder / "survey").mkdir()
    (folder / "survey/depths.csv").write_text("depth,cover\n5,0.4\n")
    account_id = cloud.credentials.account_id
    ada = cloud.run(cloud.engines.identities.users.find(account_id, "ada"))
    new = NewMapped(
        kind="folder",
        origin=Folder(str(folder)),
        account_id=ada.account_id,
        owner_id=ada.identity_id,
        details=Details(display_name="Reef", public=False),
    )
    return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


def advance(cloud, page):
    """Do what housekeeping does until the page says that nothing goes on any more."""
    for _ in range(40):
        for _ in range(5):
            cloud.run(cloud.engines.publications.advance())
            page.wait_for_timeout(100)
        page.reload()
        if not page.get_by_text("Being published", exact=True).count():
            return
    pytest.fail("it is still being published")


def test_a_folder_is_published_and_withdrawn(seat, take_seat, cloud, collection):
    page = seat.page
    seat.sign_in("ada", to="/datasets")
    expect(page.get_by_text("You have published nothing yet")).to_be_visible()
    seat.look("datasets-none", "Datasets")
    page.get_by_role("link", name="Publish a folder").click()
    page.get_by_label("Collection").select_option(collection)
    page.get_by_label("Folder", exact=True).fill("/survey/")
    page.get_by_label("Title").fill("Cover of the reef")
    names, orcids = page.get_by_label("Name"), page.get_by_label("ORCID")
    names.nth(0).fill("Carberry, Josiah")
    orcids.nth(0).fill("0000-0002-1825-0098")
    names.nth(1).fill("Lovelace, Ada")
    page.get_by_label("Publisher").fill("The reef lab")
    page.get_by_label("Licence").select_option("CC-BY-4.0")
    page.get_by_label("Subjects").fill("corals\nreefs")
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_role("alert")).to_contain_text("is no ORCID")
    seat.look("dataset-form", "Publish a folder")
    page.get_by_label("ORCID").nth(0).fill("0000-0002-1825-0097")
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_role("status")).to_contain_text("The draft is kept")
    expect(page.get_by_label("Name")).to_have_count(4)
    page.get_by_role("button", name="Publish it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cover of the reef")
    advance(cloud, page)
    seat.look("dataset", "Cover of the reef")
    identifier = page.get_by_role("link", name="ark:/")
    address = identifier.get_attribute("href")

    anybody = take_seat()
    anybody.page.goto(address)
    anybody.look("dataset-page", "Cover of the reef")
    expect(anybody.page.locator("#citation")).to_contain_text("Carberry, Josiah; Lovelace, Ada")
    expect(anybody.page.get_by_role("link", name="depths.csv")).to_be_visible()
    anybody.open("/datasets", "globus")
    anybody.look("dataset-list", "Datasets")

    page.get_by_label("Why").fill("The depths were in feet")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_role("status")).to_contain_text("withdrawn")
    anybody.page.goto(address)
    anybody.look("dataset-withdrawn", "Cover of the reef")
    expect(anybody.page.get_by_text("The depths were in feet")).to_be_visible()
