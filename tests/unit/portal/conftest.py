"""A cloud, and scripts with a cookie jar that walk through its portal."""

import re
from urllib.parse import urlsplit

import httpx
import pytest

from lenticular.testing.cloud import running_cloud

PASSWORD = "Standing-wave-7"
KEEPER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "*"}],
}


@pytest.fixture(scope="module")
def cloud():
    """A cloud with two people who may keep access keys."""
    with running_cloud() as running:
        for name in ("ada", "grace"):
            running.create_user(name, policies=[KEEPER], password=PASSWORD)
        yield running


class Script(httpx.Client):
    """A browser without a window: it keeps cookies and posts the forms that it is given."""

    def __init__(self, cloud):
        url = cloud.configuration.url("portal")
        super().__init__(base_url=url, timeout=30, follow_redirects=True)
        self.port = cloud.configuration.port("portal")

    def token(self, path):
        """Return the form token of a page."""
        return hidden(self.get(path, headers={"Accept": "text/html"}).text)["csrf"]

    def sign_in(self, name, to="/keys"):
        """Sign in and return the page that one comes to."""
        page = self.get("/sign-in", params={"to": to})
        fields = hidden(page.text) | {"username": name, "password": PASSWORD}
        return self.post(page.url.copy_with(query=None), data=fields)

    def step(self, url, **options):
        """Take one step, and do not follow where it leads."""
        return self.get(url, follow_redirects=False, **options)

    def cookie(self, kind):
        """Return the name of one of the portal's cookies."""
        return f"lenticular-{kind}-{self.port}"

    @property
    def is_signed_in(self):
        """Whether the portal lets this browser in."""
        return urlsplit(str(self.get("/keys").url)).port == self.port


def hidden(text):
    """Return the hidden fields of the last form on a page."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    return {name: value.replace("&amp;", "&") for name, value in found}


@pytest.fixture
def script(cloud):
    """``script()``: a browser of its own."""
    made = []

    def make():
        made.append(Script(cloud))
        return made[-1]

    yield make
    for each in made:
        each.close()
