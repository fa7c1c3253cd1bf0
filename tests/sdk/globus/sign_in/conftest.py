"""Browsers in front of a cloud's sign-in pages: plain HTTP, cookies and forms, no scripts."""

import re
import ssl
import uuid
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest
from argon2 import PasswordHasher

from lenticular.primitives.signin import Throttle
from lenticular.testing.cloud import running_cloud

PASSWORD = "Correct-Horse-1"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.forms.append((found["action"], {}))
        elif tag == "input" and self.forms and "name" in found:
            self.forms[-1][1][found["name"]] = found.get("value", "")


class Browser:
    """A browser without scripts."""

    def __init__(self, url, **options):
        self.http = httpx.Client(base_url=url, **options)
        self.page = None

    def open(self, path, **options):
        self.page = self.http.get(path, **options)
        return self.page

    def form(self, action):
        """Return the fields of the page's form that posts to `action`, as they are filled in."""
        parser = _Forms()
        parser.feed(self.page.text)
        return dict(next(fields for path, fields in parser.forms if path == action))

    def submit(self, action, headers=None, **fields):
        """Fill in a form of the page and post it."""
        data = self.form(action) | fields
        self.page = self.http.post(action, data=data, headers=headers)
        return self.page

    def sign_in(self, name, password=PASSWORD, to="/sign-in/identities"):
        """Sign in; return where that leads."""
        self.open("/sign-in", params={"next": to})
        answer = self.submit("/sign-in", username=name, password=password)
        return answer.headers.get("location") if answer.status_code == 303 else None

    def cookie(self, name):
        """Return one of our cookies."""
        found = [one.value for one in self.http.cookies.jar if f"lenticular_{name}_" in one.name]
        return found[0] if found else None

    @property
    def words(self):
        """The words of the page's content."""
        content = self.page.text.partition("<main")[2]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", content)).split())

    @property
    def signed_in_as(self):
        """The usernames of whoever has signed in; none: nobody."""
        answer = self.http.get("/sign-in/identities")
        return re.findall(r"<dt><strong>([^<]*)</strong>", answer.text)


@pytest.fixture(scope="session")
def cloud():
    with running_cloud() as running:
        # As costly as need be to tell right from wrong, and not as to keep guessers away.
        running.engines.identities.logins._hashes._hasher = CHEAP
        yield running


@pytest.fixture(autouse=True)
def _unthrottled(cloud):
    """Every test comes from the same address: let none pay for another's failures."""
    cloud.engines.signin.throttle = Throttle(cloud.engines.store, f"test {uuid.uuid4()}")


@pytest.fixture
def browser(cloud):
    """``browser()``: a fresh one."""
    made = []

    def fresh(of=cloud, **options):
        # Without TLS nothing is verified: reading the system's authorities would only take time.
        verify = ssl.create_default_context(cafile=of.trusted) if of.trusted else False
        made.append(Browser(of.configuration.url("globus"), verify=verify, **options))
        return made[-1]

    yield fresh
    for one in made:
        one.http.close()


@pytest.fixture
def user(cloud):
    """A user of the first account that signs in with `PASSWORD`."""
    return cloud.create_user(f"user-{uuid.uuid4().hex[:8]}", password=PASSWORD)
