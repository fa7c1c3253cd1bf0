"""The connector of HTTP servers keeps the contract, and takes them as they are."""

import hashlib
import html
import shutil
import socket
import subprocess
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

import pytest

from lenticular.engines.connectors.contract import Fault
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Place, Rule, Web
from lenticular.engines.connectors.web.listing import Links
from lenticular.testing.conformance_connectors import (
    FILES,
    NASTY_NAMES,
    ODD_NAMES,
    ReadingConformance,
    coded,
    listed,
    read_file,
)

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")


class Site(ThreadingHTTPServer):
    """Serves files from memory; `asked` is what came, `ranges` and `heads` what it knows."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = dict(files)
        self.asked = []
        self.ranges = self.heads = True
        self.redirects = {}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        if self.server.heads:
            self.do_GET()
        else:
            self.answer(403, b"")

    def do_GET(self):
        self.server.asked.append(self)
        path, files = unquote(self.path.partition("?")[0]), self.server.files
        below = path.rstrip("/") + "/"
        if path in self.server.redirects:
            self.answer(302, b"", {"Location": self.server.redirects[path]})
        elif path in files:
            self.file(files[path])
        elif path != "/" and not any(name.startswith(below) for name in files):
            self.answer(404, b"nothing")
        elif not path.endswith("/"):
            self.answer(301, b"", {"Location": quote(path) + "/"})
        else:
            names = {name[len(below) :].partition("/") for name in files if name.startswith(below)}
            links = "".join(
                f'<a href="{html.escape(quote(name, safe="") + slash)}">{html.escape(name)}</a>'
                for name, slash in sorted({(name, slash) for name, slash, _ in names})
            )
            page = f'<a href="?C=N;O=D">Name</a><a href="../">up</a>{links}<a href="//x/y">ad</a>'
            self.answer(200, page.encode(), {"Content-Type": "text/html"})

    def file(self, data):
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Last-Modified": formatdate(1e9, usegmt=True)}
        asked = self.headers.get("Range")
        if self.headers.get("If-Match", tag) != tag:
            self.answer(412, b"")
        elif asked and self.server.ranges:
            start, end = map(int, asked.removeprefix("bytes=").split("-"))
            if start >= len(data):
                self.answer(416, b"")
                return
            part = data[start : end + 1]
            told = f"bytes {start}-{start + len(part) - 1}/{len(data)}"
            self.answer(206, part, {**headers, "Content-Range": told})
        else:
            self.answer(200, data, headers)

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            try:
                self.wfile.write(body)
            except OSError:  # whoever asked has read enough
                self.close_connection = True


@pytest.fixture
def new_site():
    sites = []

    def new_site(files):
        sites.append(Site(files))
        return sites[-1]

    yield new_site
    for site in sites:
        site.stop()


class TestWeb(ReadingConformance):
    odd_names = (*ODD_NAMES, *NASTY_NAMES)

    @pytest.fixture
    def fill(self, new_site):
        async def fill(files):
            return open_place(Place(Web(new_site(files).url)))

        return fill


class TestPlainWeb(ReadingConformance):
    """A server that knows neither ranges nor HEAD."""

    @pytest.fixture
    def fill(self, new_site):
        async def fill(files):
            site = new_site({f"/in{path}": data for path, data in files.items()})
            site.ranges = site.heads = False
            return open_place(Place(Web(site.url), prefix="/in/"))

        return fill


@pytest.mark.skipif(NGINX is None, reason="no nginx here")
class TestNginx(ReadingConformance):
    # It does not list hidden files.
    odd_names = tuple(name for name in (*ODD_NAMES, *NASTY_NAMES) if not name.startswith("."))

    @pytest.fixture
    def fill(self, tmp_path):
        async def fill(files):
            for path, data in files.items():
                file = root / path[1:]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            return open_place(Place(Web(f"http://127.0.0.1:{port}")))

        root = tmp_path / "root"
        root.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        kinds = " ".join(
            f"{kind}_temp_path {tmp_path};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; user root; master_process off; pid {tmp_path}/pid; "
            f"error_log {tmp_path}/errors; events {{}} http {{ access_log off; {kinds} "
            f"server {{ listen 127.0.0.1:{port}; root {root}; autoindex on; }} }}"
        )
        process = subprocess.Popen([NGINX, "-c", tmp_path / "nginx.conf", "-e", "/dev/null"])
        try:
            _wait_for(port, process)
            yield fill
        finally:
            process.kill()
            process.wait()


def _wait_for(port, process):
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    pytest.fail("nginx does not start")


@pytest.fixture
async def open_it(new_site):
    connectors = []

    def open_it(site, **more):
        connectors.append(open_place(Place(Web(site.url, {"X-Key": "secret"}), **more)))
        return connectors[-1]

    yield open_it
    for connector in connectors:
        await connector.close()


async def test_nothing_is_written(new_site, open_it):
    connector = open_it(new_site(FILES))
    assert not connector.traits.is_writable
    for call in (
        connector.open_writer("/new", 1),
        connector.make_folder("/new"),
        connector.rename("/small", "/new"),
        connector.remove("/small"),
        connector.set_modified("/small", 1.0),
    ):
        with coded("PERMISSION_DENIED"):
            await call


async def test_a_file_that_changes_is_noticed(new_site, open_it):
    site = new_site({"/file": b"before"})
    for site.ranges in (True, False):
        site.files["/file"] = b"before"
        source = await open_it(site).open_source("/file")
        site.files["/file"] = b"after!"
        with coded("FILE_SIZE_CHANGED"):
            assert [chunk async for chunk in source.read(0, 6)] == []


async def test_what_is_for_one_server_goes_to_no_other(new_site, open_it):
    other, site = new_site({"/data": b"data"}), new_site({})
    site.redirects["/file"] = f"{other.url}data"
    assert await read_file(open_it(site), "/file") == b"data"
    assert {request.headers["X-Key"] for request in site.asked} == {"secret"}
    assert {request.headers["X-Key"] for request in other.asked} == {None}


@pytest.mark.parametrize("target", ["/file", "file:///etc/passwd", "ftp://127.0.0.1/x"])
async def test_a_server_that_sends_astray_is_a_fault(new_site, open_it, target):
    site = new_site({})
    site.redirects["/file"] = target
    with coded("ENDPOINT_ERROR"):
        await open_it(site).stat("/file")


async def test_rules_hold(new_site, open_it):
    connector = open_it(new_site(FILES), rules=(Rule("/folder/inner/", "r"),))
    assert set(await listed(connector, "/")) == {"folder"}
    assert set(await listed(connector, "/folder")) == {"inner"}
    with coded("FILE_NOT_FOUND"):
        await connector.open_source("/folder/one")


@pytest.mark.parametrize("url", ["ftp://x/", "file:///etc", "x", "http:///", "http://x/?a=b"])
def test_other_addresses_are_refused(url):
    with pytest.raises(Fault, match="NOT_SUPPORTED"):
        open_place(Place(Web(url)))


def test_links_that_lead_elsewhere_are_passed_over():
    links = Links("http://host/data/")
    page = """
    <table><tr><td><a href="a.txt"><img src="icon"></a></td><td><a href="a.txt">a.txt</a></td></tr>
    <a href="/data/b%20b.txt">b</a> <a href='http://host/data/c/'>c</a> <A HREF=d&amp;d>d</A>
    <a href="/">up</a> <a href="../../etc/passwd">x</a> <a href="c/d">deep</a> <a href="">self</a>
    <a href="http://other/data/e">e</a> <a href="https://host/data/f">f</a> <a href="?C=M">sort</a>
    <a href="%2e%2e%2fetc">g</a> <a href="%ff">h</a> <a href="%00">i</a> <a name="anchor">j</a>
    <a href="javascript:alert(1)">k</a> <a href="mailto:x@y">l</a> <a href="http://[">m</a>
    """
    for at in range(0, len(page), 7):
        links.feed(page[at : at + 7])
    found = links.take()
    assert [each for each in found if not isinstance(each, Fault)] == [
        ("a.txt", False),
        ("b b.txt", False),
        ("c", True),
        ("d&d", False),
    ]
    assert [each.code for each in found if isinstance(each, Fault)] == ["INVALID_PATH"] * 3
    assert links.take() == []
