"""The page that the link of an invitation leads to, for somebody who is nobody here yet."""

import re

from playwright.sync_api import expect

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped, NewRule, Person

HEADLINE = "Shared with you"


def invite(cloud, folder, address):
    """Share a folder of ada's with an address; return the link in the mail."""
    collections = cloud.engines.collections
    ada = cloud.run(cloud.engines.identities.users.get(cloud.credentials.account_id, "ada"))
    person = Person((ada.identity_id,))

    async def work():
        host = await collections.create_mapped(
            NewMapped(
                kind="folder",
                origin=Folder(str(folder)),
                account_id=ada.account_id,
                owner_id=ada.identity_id,
                details=Details(display_name="Disk"),
            )
        )
        guest = await collections.create_guest(
            host.collection_id, "/", Details(display_name="Results of 2026"), person
        )
        rule = NewRule(principal_type="email", principal=address, path="/", permission="r")
        await collections.rules.create(guest.collection_id, rule, person)
        notice = (await cloud.engines.notices.latest())[0]
        return cloud.engines.notices.content(notice).text

    return re.search(r"http\S+token=\S+", cloud.run(work()))[0]


def test_somebody_without_an_account_accepts(cloud, seat, tmp_path):
    link = invite(cloud, tmp_path, "mary@elsewhere.example")
    page = seat.page
    page.goto(link)
    seat.look("invitation", HEADLINE)
    page.get_by_label("Your name").fill("Mary")
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("Password").fill("A-long-walk-8")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Accept as mary@guests.localhost").click()
    expect(page.get_by_text("The folder is yours to use")).to_be_visible()
    seat.look("invitation-accepted", HEADLINE)
    address = page.get_by_role("link", name="Open the files").get_attribute("href")
    assert address.startswith(cloud.configuration.url("data"))
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is used up")
