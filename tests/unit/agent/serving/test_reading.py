"""GET and HEAD of files: ranges, conditions, headers."""

import hashlib
from email import message_from_bytes

import pytest

DATA = bytes(range(256)) * 5000


@pytest.fixture(autouse=True)
def _file(root):
    (root / "data.bin").write_bytes(DATA)
    (root / "page.html").write_text("<script>alert(1)</script>")


async def test_a_file_is_given_whole(http):
    answer = await http.get("/data.bin")
    assert answer.status_code == 200
    assert answer.content == DATA
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["last-modified"].endswith("GMT")
    assert answer.headers["content-disposition"].startswith('inline; filename="data.bin"')


async def test_head_says_the_same_without_the_bytes(http):
    whole, head = await http.get("/data.bin"), await http.head("/data.bin")
    assert head.content == b""
    for name in ("content-length", "etag", "last-modified", "content-type", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=1279999-", 1279999, 1280000),
        ("bytes=-5", 1279995, 1280000),
        ("bytes=1279990-99999999", 1279990, 1280000),
        ("bytes=-99999999", 0, 1280000),
    ],
)
async def test_a_range_is_given(http, header, start, end):
    answer = await http.get("/data.bin", headers={"Range": header})
    assert answer.status_code == 206
    assert answer.content == DATA[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"


async def test_several_ranges_are_given_as_parts(http):
    answer = await http.get("/data.bin", headers={"Range": "bytes=0-9, 500-599 ,-7"})
    assert answer.status_code == 206
    kind = answer.headers["content-type"].encode()
    message = message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + answer.content)
    parts = message.get_payload()
    assert [part["Content-Range"] for part in parts] == [
        f"bytes 0-9/{len(DATA)}",
        f"bytes 500-599/{len(DATA)}",
        f"bytes 1279993-1279999/{len(DATA)}",
    ]
    assert DATA[500:600] in answer.content
    assert answer.content.count(DATA[:10]) >= 1


@pytest.mark.parametrize(
    "header", ["bytes=5-2", "lines=1-2", "bytes=", "bytes=-", "bytes=0-5,3-9", "bytes=1-2,x"]
)
async def test_a_range_that_is_none_is_passed_over(http, header):
    answer = await http.get("/data.bin", headers={"Range": header})
    assert (answer.status_code, len(answer.content)) == (200, len(DATA))


async def test_a_range_outside_is_refused(http):
    answer = await http.get("/data.bin", headers={"Range": f"bytes={len(DATA)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


async def test_if_range_gives_the_range_of_that_file_only(http):
    tag = (await http.head("/data.bin")).headers["etag"]
    for meant, status in ((tag, 206), ('"other"', 200), ("Mon, 01 Jan 2001 00:00:00 GMT", 200)):
        headers = {"Range": "bytes=0-4", "If-Range": meant}
        assert (await http.get("/data.bin", headers=headers)).status_code == status


async def test_conditions(http):
    head = (await http.head("/data.bin")).headers
    for name, value, status in (
        ("If-None-Match", head["etag"], 304),
        ("If-None-Match", '"other"', 200),
        ("If-None-Match", "*", 304),
        ("If-Match", head["etag"], 200),
        ("If-Match", '"other"', 412),
        ("If-Modified-Since", head["last-modified"], 304),
        ("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT", 200),
        ("If-Modified-Since", "no date", 200),
        ("If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT", 412),
    ):
        answer = await http.get("/data.bin", headers={name: value})
        assert answer.status_code == status, (name, value)


async def test_another_content_has_another_tag(http, root):
    first = (await http.head("/data.bin")).headers["etag"]
    (root / "data.bin").write_bytes(DATA[::-1])
    assert (await http.head("/data.bin")).headers["etag"] != first


async def test_download_says_to_keep_it(http, root):
    (root / 'ü"quoted".txt').write_text("text")
    answer = await http.get("/%C3%BC%22quoted%22.txt?download")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"__quoted_.txt\"; filename*=UTF-8''%C3%BC%22quoted%22.txt"
    )


async def test_an_empty_file(http, root):
    (root / "empty").touch()
    answer = await http.get("/empty")
    assert (answer.status_code, answer.headers["content-length"]) == (200, "0")


async def test_what_is_not_there(http):
    answer = await http.get("/nothing")
    assert answer.status_code == 404
    assert answer.json()["code"] == "FILE_NOT_FOUND"
    assert (await http.get("/data.bin/inner")).status_code == 404
    assert (await http.get("/data.bin/")).status_code == 404


async def test_large_files_are_the_same_over_tls(root):
    import httpx

    from lenticular.agent.certificates import own_context
    from lenticular.testing.doors import SHOWN, open_door

    context, _ = own_context()
    async with open_door(context) as door, httpx.AsyncClient(verify=False, trust_env=False) as one:
        door.cloud.let_in(root)
        url = f"{door.url}/data.bin"
        answer = await one.get(url, headers={"Authorization": f"Bearer {SHOWN}"})
        assert hashlib.md5(answer.content).digest() == hashlib.md5(DATA).digest()
