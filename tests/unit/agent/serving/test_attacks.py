"""What strangers try at an agent's door. Each test is named after the attack."""

import asyncio
import socket
from contextlib import suppress

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from lenticular.agent.serving import held
from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.peer import wire
from lenticular.engines.connectors.places import Rule
from lenticular.engines.connectors.posix import PosixFiles
from lenticular.engines.movers.messages import Admission
from lenticular.testing.doors import COLLECTION, SHOWN

OTHER = "11111111-2222-4333-8444-555555555555"


async def raw(door, text):
    """Send what no client would, and return the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(text.encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.decode("latin-1")


def request(path, method="GET", *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    return "\r\n".join([*lines, f"Authorization: Bearer {SHOWN}", "", ""])


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/a/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/a/%2e%2e/%2e%2e/secret",
        "/link",
        "/folder-link/secret",
        "/%00",
        "/secret%00.txt",
        "/%ff%fe",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_path_tricks_stay_in_the_collection(door, root, method, path):
    secret = root.parent / "secret"
    secret.write_text("nobody's business")
    (root / "a").mkdir()
    (root / "link").symlink_to(secret)
    (root / "folder-link").symlink_to(root.parent)
    body = ("Content-Length: 1",) if method == "PUT" else ()
    text = request(f"/collections/{COLLECTION}{path}", method, *body)
    answer = await raw(door, f"{text}x" if body else text)
    assert "nobody's business" not in answer
    if method == "GET":
        assert answer.split()[1] in ("400", "403", "404")
    assert secret.read_text() == "nobody's business"


async def test_the_token_of_another_collection_is_none_here(door, http):
    door.cloud.admissions[OTHER, "other"] = door.cloud.admissions[COLLECTION, SHOWN]
    answer = await http.get("/", headers={"Authorization": "Bearer other"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_ticket_that_has_expired_lets_nobody_in(door, http, root):
    (root / "a").write_text("text")
    assert (await http.get("/a")).status_code == 200
    del door.cloud.admissions[COLLECTION, SHOWN]
    door.clock.now += 4.6
    assert (await http.get("/a")).status_code == 401


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "Token x", ""])
async def test_a_credential_that_is_none_is_not_nobody(door, stranger, header):
    door.cloud.admissions[COLLECTION, ""] = door.cloud.admissions[COLLECTION, "reader"]
    answer = await stranger.get("/", headers={"Authorization": header})
    assert answer.status_code == 401


async def test_the_host_header_is_in_no_answer(door, root):
    (root / "folder").mkdir()
    for path in (f"/collections/{COLLECTION}", f"/collections/{COLLECTION}/folder"):
        text = request(path).replace("Host: x", "Host: evil.example")
        answer = await raw(door, text)
        assert answer.split()[1] in ("307", "308")
        assert "evil" not in answer
        assert f"Location: {path}/" in answer


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "//evil.example/%2f..", "/collections//evil"]
)
async def test_a_redirect_leads_nowhere_else(door, path):
    answer = await raw(door, request(path))
    assert "Location:" not in answer
    assert answer.split()[1] in ("400", "404")


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)<!script>",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        "data:text,<b>",
        "&lt;b&gt;",
        "?query#fragment",
        "%3Cscript%3E",
        "new\nline\r\nSet-Cookie: a=b",
    ],
)
async def test_html_in_file_names_is_text(http, root, name):
    (root / name).write_text("text")
    page = await http.get("/", headers={"Accept": "text/html"})
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert 'href="javascript:' not in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("sandbox")
    link = page.text.split('<td><a href="')[1].split('"')[0]
    assert link.startswith("./")
    file = await http.get(httpx.URL(f"{page.url}").join(link))
    assert file.text == "text"
    assert "\n" not in file.headers["content-disposition"]
    assert "set-cookie" not in file.headers


async def test_html_in_the_path_is_text(http, root):
    (root / "<b>bold").mkdir()
    page = await http.get("/%3Cb%3Ebold/", headers={"Accept": "text/html"})
    assert "<b>" not in page.text
    assert "&lt;b&gt;bold" in page.text


async def test_a_page_in_a_collection_runs_no_script(http, root):
    (root / "page.html").write_text("<script>alert(1)</script>")
    answer = await http.get("/page.html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_page_elsewhere_uses_no_cookie(door, stranger):
    """It may send what it has a token for; credentials of a browser it may not."""
    answer = await stranger.options(
        "/a", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_operations_of_agents_take_the_same_rights(http, root):
    (root / "a").write_text("text")
    for operation in (
        wire.Remove("/a"),
        wire.Rename("/a", "/b"),
        wire.Open("/b", 1),
        wire.MakeFolder("/c"),
        wire.SetModified("/a", 1.0),
    ):
        answer = await http.post(
            "/",
            content=wire.encode(operation),
            headers={"Content-Type": wire.DOCUMENT, "Authorization": "Bearer reader"},
        )
        assert answer.status_code == 422
        assert wire.read_failure(answer.content).code == "PERMISSION_DENIED"
    assert [entry.name for entry in root.iterdir()] == ["a"]


async def test_a_form_of_another_site_is_no_operation(http):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        body = wire.encode(wire.Remove("/a"))
        answer = await http.post("/", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 415


async def test_the_writer_of_another_visitor_is_not_there(door, http, root):
    door.cloud.let_in(root, token="another")
    documents = {"Content-Type": wire.DOCUMENT}
    opened = await http.post("/", content=wire.encode(wire.Open("/a", 4)), headers=documents)
    writer = msgspec.msgpack.decode(opened.content, type=wire.Opened).writer
    frames = {"Content-Type": wire.FRAMES, "Authorization": "Bearer another"}
    body = wire.FRAME.pack(0, 4) + b"evil"
    answer = await http.post(f"/?writer={writer}", content=body, headers=frames)
    assert answer.status_code == 422
    commit = wire.encode(wire.Commit(writer, 4))
    headers = documents | {"Authorization": "Bearer another"}
    assert (await http.post("/", content=commit, headers=headers)).status_code == 422
    assert not (root / "a").exists()


async def test_a_writer_ends_with_the_right_to_write(door, http, root):
    documents = {"Content-Type": wire.DOCUMENT}
    opened = await http.post("/", content=wire.encode(wire.Open("/a", 4)), headers=documents)
    writer = msgspec.msgpack.decode(opened.content, type=wire.Opened).writer
    door.cloud.let_in(root, Rule("/", "r"))
    door.clock.now += 4.6
    commit = wire.encode(wire.Commit(writer, 0))
    answer = await http.post("/", content=commit, headers=documents)
    assert wire.read_failure(answer.content).code == "PERMISSION_DENIED"


async def test_a_right_that_ends_stops_what_is_being_read(door, root):
    """However much of the file is still to come."""
    (root / "large").write_bytes(bytes(64 * 1024 * 1024))
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port, limit=65536)
    writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    writer.write(request(f"/collections/{COLLECTION}/large").encode())
    came = len(await reader.read(65536))
    door.cloud.admissions[COLLECTION, SHOWN] = Admission("refused")
    door.clock.now += 4.6
    with suppress(ConnectionResetError):
        while chunk := await asyncio.wait_for(reader.read(65536), 10):
            came += len(chunk)
    assert came < 32 * 1024 * 1024
    writer.close()


async def test_a_body_that_says_too_much_is_refused(door):
    kind, size = f"Content-Type: {wire.DOCUMENT}", f"Content-Length: {1 << 40}"
    answer = await raw(door, request(f"/collections/{COLLECTION}/", "POST", kind, size))
    assert answer.split()[1] == "413"


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x81", b"null", bytes(1000)])
async def test_an_operation_that_is_none_is_refused(http, body):
    answer = await http.post("/", content=body, headers={"Content-Type": wire.DOCUMENT})
    assert answer.status_code == 400


@pytest.mark.parametrize("modified", [1e12, 1e300, float("inf"), float("nan"), -1e18])
async def test_a_file_of_a_year_that_is_none_hides_no_folder(
    door, http, root, monkeypatch, modified
):
    entry = Entry("far", "file", 4, modified)
    entries, stat = PosixFiles.entries, PosixFiles.stat

    async def with_far(self, path):
        async for page in entries(self, path):
            yield [*page, entry]

    async def of_far(self, path, *, follow=True):
        return entry if path == "/far" else await stat(self, path, follow=follow)

    monkeypatch.setattr(PosixFiles, "entries", with_far)
    monkeypatch.setattr(PosixFiles, "stat", of_far)
    for accepted in ("text/html", "application/json"):
        answer = await http.get("/", headers={"Accept": accepted})
        assert answer.status_code == 200
        assert "far" in answer.text
    assert (await http.head("/far")).status_code == 200


async def test_one_person_who_begins_so_much_that_nobody_else_can(door, http, root, monkeypatch):
    """With several tokens, too: an access token is had as often as one likes."""
    monkeypatch.setattr(held, "MOST_OF_ONE", 3)
    other = door.cloud.admissions[COLLECTION, SHOWN]
    door.cloud.admissions[COLLECTION, "second"] = other
    door.cloud.admissions[COLLECTION, "ada"] = replace(other, identity_id="Ada")
    piece = {"Content-Range": "bytes 0-0/2"}
    for number in range(3):
        answer = await http.put(f"/{number}", content=b"x", headers=piece)
        assert answer.status_code == 202
    for token, status in ((SHOWN, 502), ("second", 502), ("ada", 202)):
        headers = piece | {"Authorization": f"Bearer {token}"}
        answer = await http.put(f"/{token}", content=b"x", headers=headers)
        assert answer.status_code == status
    rest = {"Content-Range": "bytes 1-1/2"}
    assert (await http.put("/0", content=b"y", headers=rest)).status_code == 201
    assert (await http.put("/new", content=b"x", headers=piece)).status_code == 202
    assert len(list(root.iterdir())) == 5
