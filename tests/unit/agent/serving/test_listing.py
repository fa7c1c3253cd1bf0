"""What is in a folder, for people and programs."""

from lenticular.agent.serving import listing


async def test_a_folder_is_told_as_json(http, root):
    (root / "b.txt").write_text("12345")
    (root / "folder").mkdir()
    (root / "link").symlink_to("b.txt")
    answer = await http.get("/")
    told = answer.json()
    assert told["path"] == "/"
    assert [(item["name"], item["type"]) for item in told["entries"]] == [
        ("folder", "dir"),
        ("b.txt", "file"),
        ("link", "link"),
    ]
    assert told["entries"][1]["size"] == 5
    assert told["entries"][1]["last_modified"].endswith("Z")
    assert told["entries"][2]["link_target"] == "b.txt"


async def test_a_folder_is_a_page_for_a_browser(http, root):
    (root / "folder").mkdir()
    (root / "folder" / "a.txt").write_text("text")
    page = await http.get("/folder", headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<a href="../">' in page.text
    assert '<a href="./a.txt">a.txt</a>' in page.text
    assert (await http.get("/folder/?format=json", headers={"Accept": "text/html"})).json()


async def test_an_empty_folder(http):
    assert (await http.get("/")).json() == {"path": "/", "entries": []}


async def test_a_folder_that_is_not_sorted_is_told_whole(http, root, monkeypatch):
    monkeypatch.setattr(listing, "SORTED", 10)
    names = {f"file-{number}" for number in range(2500)}
    for name in names:
        (root / name).touch()
    told = (await http.get("/")).json()
    assert {item["name"] for item in told["entries"]} == names
    page = await http.get("/", headers={"Accept": "text/html"})
    assert page.text.count("<tr>") == 2501
