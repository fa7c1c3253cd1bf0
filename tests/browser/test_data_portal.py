"""The example of a research data portal, with a cloud, a portal and a Graph service of its own."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

EXAMPLE = Path(__file__).parents[2] / "examples/data_portal"
PASSWORD = "Standing-wave-7"
ADA = "ada@example.org"


class Site:
    """What runs, and where."""

    def __init__(self, folder):
        self.data, self.files = folder / "cloud", folder / "files"
        self.environment = dict(os.environ)
        self.processes = []

    def lenticular(self, *arguments):
        return self.run("-m", "lenticular", *arguments, f"--data={self.data}")

    def run(self, *arguments):
        ran = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def serve(self, application, settings, listening):
        """Start an application on a socket that listens already."""
        descriptor = listening.fileno()
        with settings.with_suffix(".log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", application, f"--fd={descriptor}"],
                cwd=EXAMPLE,
                env=self.environment | {"SETTINGS": str(settings)},
                pass_fds=[descriptor],
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)

    def end(self):
        for process in self.processes:
            process.terminate()
            process.wait(30)
        self.lenticular("stop", "--force")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A cloud with Ada, and the two applications."""
    made = Site(tmp_path_factory.mktemp("portal"))
    made.lenticular("start", "--detach", "--port-base=0")
    try:
        made.environment |= json.loads(made.lenticular("env", "--json"))
        password = tmp_path_factory.mktemp("password") / "of-ada"
        password.write_text(PASSWORD)
        made.lenticular("user", "create", "ada", "--email", ADA, "--password-file", password)
        with (
            socket.create_server(("127.0.0.1", 0)) as one,
            socket.create_server(("127.0.0.1", 0)) as two,
        ):
            made.portal, made.graphs = (
                f"http://127.0.0.1:{each.getsockname()[1]}" for each in (one, two)
            )
            made.files.mkdir()
            made.run(
                EXAMPLE / "prepare.py",
                *(made.files, "--data", made.data),
                *("--portal", made.portal, "--graphs", made.graphs),
            )
            made.serve("portal:app", made.files / "portal.json", one)
            made.serve("graph_service:app", made.files / "graphs.json", two)
            yield made
    finally:
        made.end()


@pytest.fixture
def page(chromium, site):
    """A browser's page, which asks nobody else for anything."""
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(30_000)
    opened = context.new_page()
    strangers = []
    context.on(
        "request",
        lambda request: (
            None if request.url.startswith("http://127.0.0.1:") else strangers.append(request.url)
        ),
    )
    yield opened
    context.close()
    assert strangers == []


def sign_in(page, site):
    page.goto(f"{site.portal}/sign-in")
    page.get_by_label("User name or email").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    allow(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")


def allow(page):
    """Consent, where one is asked to."""
    button = page.get_by_role("button", name="Allow")
    if button.count():
        button.click()


def choose(page, site, *datasets):
    page.goto(f"{site.portal}/catalogue")
    for label in datasets:
        page.get_by_label(label).check()
    page.get_by_role("button", name="Put into the basket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")


def test_datasets_are_staged_shared_and_removed_again(site, page):
    choose(page, site, "Tromsø 2021", "Nairobi 2022")
    expect(page.get_by_text("2 datasets")).to_be_visible()
    sign_in(page, site)
    page.goto(f"{site.portal}/basket")
    page.get_by_role("button", name="Stage on a folder of mine").click()
    row = page.get_by_role("row").filter(has_text="20")
    for _ in range(60):
        if "SUCCEEDED" in row.inner_text():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(row).to_contain_text("SUCCEEDED")
    # The notice.
    [notice] = json.loads(site.lenticular("notices", "list", "--json"))["notices"]
    assert (notice["to"], notice["status"]) == (ADA, "waiting")
    assert "has shared a folder with you: Climate data for you" in notice["subject"]
    # The data channel: from the collection to the browser, once its owner allows it.
    row.get_by_role("link").click()
    allow(page)
    page.get_by_role("link", name="NO-TROMSO/").click()
    expect(page.get_by_role("link", name="2021.csv")).to_be_visible()
    staged = next((site.files / "shared/staged").glob("*/*/NO-TROMSO/2021.csv"))
    assert staged.read_bytes() == (site.files / "catalogue/NO-TROMSO/2021.csv").read_bytes()
    folder = page.url
    page.goto(f"{site.portal}/stages")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing is.")).to_be_visible()
    answer = page.request.get(folder)
    for _ in range(40):  # an admission is believed for a few seconds
        if answer.status != 200:
            break
        page.wait_for_timeout(250)
        answer = page.request.get(folder)
    assert answer.status in (403, 404)


def test_graphs_are_drawn_by_another_service_in_the_persons_name(site, page):
    sign_in(page, site)
    choose(page, site, "Zugspitze 2023")
    page.get_by_role("button", name="Draw graphs").click()
    link = page.get_by_role("link", name="DE-ZUGSPITZE/2023.csv")
    link.click()
    allow(page)
    expect(page.locator("svg title")).to_have_text("DE-ZUGSPITZE, 2023")
    assert page.locator("svg polygon").count() == 1
    [picture] = (site.files / "shared/graphs").glob("*/DE-ZUGSPITZE-2023.svg")
    assert re.search(r"mean -\d+\.\d °C", picture.read_text())


def test_the_graph_service_draws_for_nobody_without_their_token(site, page):
    asked = {"datasets": ["DE-ZUGSPITZE/2023.csv"]}
    assert httpx.post(f"{site.graphs}/graphs", json=asked).status_code == 401
    forged = {"Authorization": "Bearer forged"}
    assert httpx.post(f"{site.graphs}/graphs", json=asked, headers=forged).status_code == 401


def test_forms_of_other_sites_are_refused(site, page):
    page.goto(f"{site.portal}/catalogue")
    answer = page.request.post(f"{site.portal}/basket", form={"add": "NO-TROMSO/2021.csv"})
    assert answer.status == 403
    assert page.request.post(f"{site.portal}/stages", form={}).status == 403
    assert page.request.get(f"{site.portal}/callback?code=x&state=").status == 400
