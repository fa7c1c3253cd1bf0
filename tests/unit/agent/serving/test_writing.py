"""PUT and DELETE: whole files, pieces, conditions, checksums."""

import base64
import hashlib

import pytest

DATA = bytes(range(256)) * 10_000


async def test_a_file_is_written_and_replaced(http, root):
    first = await http.put("/new", content=b"one")
    assert first.status_code == 201
    second = await http.put("/new", content=b"two")
    assert second.status_code == 204
    assert second.headers["etag"] == (await http.head("/new")).headers["etag"]
    assert (root / "new").read_bytes() == b"two"


async def test_a_file_of_unknown_size_is_written(http, root):
    async def chunks():
        for start in range(0, len(DATA), 100_000):
            yield DATA[start : start + 100_000]

    assert (await http.put("/new", content=chunks())).status_code == 201
    assert (root / "new").read_bytes() == DATA


async def test_a_file_is_written_if_it_is_as_expected(http, root):
    assert (await http.put("/a", content=b"1", headers={"If-Match": "*"})).status_code == 412
    made = await http.put("/a", content=b"1", headers={"If-None-Match": "*"})
    assert made.status_code == 201
    assert (await http.put("/a", content=b"2", headers={"If-None-Match": "*"})).status_code == 412
    tag = made.headers["etag"]
    assert (await http.put("/a", content=b"3", headers={"If-Match": tag})).status_code == 204
    assert (await http.put("/a", content=b"4", headers={"If-Match": tag})).status_code == 412
    assert (root / "a").read_bytes() == b"3"


def digest(name, data=DATA):
    return base64.b64encode(hashlib.new(name, data).digest()).decode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-MD5", digest("md5")),
        ("Digest", f"sha-256={digest('sha256')},unknown=AAAA"),
        ("Repr-Digest", f"sha-512=:{digest('sha512')}:"),
        ("Content-Digest", f"md5=:{digest('md5')}:, sha-256=:{digest('sha256')}:"),
    ],
)
async def test_a_checksum_is_checked(http, root, name, value):
    right = await http.put("/right", content=DATA, headers={name: value})
    wrong = await http.put("/wrong", content=DATA[1:], headers={name: value})
    assert (right.status_code, wrong.status_code) == (201, 400)
    assert wrong.json()["code"] == "VERIFY_CHECKSUM"
    assert [entry.name for entry in root.iterdir()] == ["right"]


@pytest.mark.parametrize("value", ["sha-256=x", "sha-256=AAAA", "=", "nonsense"])
async def test_a_checksum_that_is_none_is_refused(http, value):
    answer = await http.put("/a", content=b"1", headers={"Digest": value})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadDigest")


async def test_pieces_make_a_file(http, root):
    size = len(DATA)
    half = size // 2
    asked = {"Content-Range": f"bytes */{size}"}
    nothing = await http.put("/big", headers=asked)
    assert (nothing.status_code, "range" in nothing.headers) == (202, False)
    second = {"Content-Range": f"bytes {half}-{size - 1}/{size}"}
    answer = await http.put("/big", content=DATA[half:], headers=second)
    assert (answer.status_code, "range" in answer.headers) == (202, False)
    first = {"Content-Range": f"bytes 0-{half - 101}/{size}"}
    answer = await http.put("/big", content=DATA[: half - 100], headers=first)
    assert answer.headers["range"] == f"bytes=0-{half - 101}"
    assert (await http.put("/big", headers=asked)).headers["range"] == f"bytes=0-{half - 101}"
    assert not (root / "big").exists()
    rest = {"Content-Range": f"bytes {half - 100}-{half - 1}/{size}"}
    answer = await http.put("/big", content=DATA[half - 100 : half], headers=rest)
    assert answer.status_code == 201
    assert (root / "big").read_bytes() == DATA


@pytest.mark.parametrize(
    "header", ["bytes 0-3/10", "bytes 5-2/10", "bytes 0-4/3", "bits 0-4/5", "bytes 0-4/*"]
)
async def test_a_piece_that_is_none_is_refused(http, root, header):
    answer = await http.put("/a", content=b"12345", headers={"Content-Range": header})
    assert answer.status_code == 400
    assert list(root.iterdir()) == []


async def test_folders_are_made_and_removed(http, root):
    assert (await http.put("/folder/")).status_code == 201
    assert (await http.put("/folder/")).status_code == 409
    assert (await http.put("/folder", content=b"1")).status_code == 409
    assert (await http.put("/folder/file", content=b"1")).status_code == 201
    assert (await http.delete("/folder/")).status_code == 409
    assert (await http.delete("/folder/file")).status_code == 204
    assert (await http.delete("/folder/")).status_code == 204
    assert (await http.delete("/folder/")).status_code == 404
    assert (await http.put("/nowhere/file", content=b"1")).status_code == 404
    assert list(root.iterdir()) == []


async def test_a_delete_is_done_if_it_is_as_expected(http, root):
    (root / "a").write_text("text")
    assert (await http.delete("/a", headers={"If-Match": '"other"'})).status_code == 412
    tag = (await http.head("/a")).headers["etag"]
    assert (await http.delete("/a", headers={"If-Match": tag})).status_code == 204


async def test_who_may_only_read_changes_nothing(http, root):
    (root / "a").write_text("text")
    http.headers["Authorization"] = "Bearer reader"
    assert (await http.get("/a")).text == "text"
    for answer in (
        await http.put("/a", content=b"1"),
        await http.put("/b", content=b"1"),
        await http.put("/folder/"),
        await http.delete("/a"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    assert [entry.read_text() for entry in root.iterdir()] == ["text"]
