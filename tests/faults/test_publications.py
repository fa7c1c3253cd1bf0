"""Publications while the server is killed, again and again: each comes to its end, and is right."""

import hashlib
import json
import os
import time

import httpx

SAID = {
    "creators": [{"name": "Carberry, Josiah"}],
    "titles": [{"title": "Broken pots"}],
    "publisher": {"name": "The lab"},
    "types": {"resourceTypeGeneral": "Dataset"},
}
KILLS = 4 if os.environ.get("FAULTS") == "long" else 2
FILES = {f"pots/{number:03}.csv": f"{number}\n".encode() * number for number in range(300)}


def test_a_publication_outlives_its_server(make_server, tmp_path, record_property):
    """Killed whenever the publication has come to its next step."""
    root = tmp_path / "files"
    for name, data in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    said = tmp_path / "metadata.json"
    said.write_text(json.dumps(SAID))
    server = make_server()
    server.start()
    user = server.run("user", "create", "ada", "--email=ada@example.org", "--json")
    assert user.returncode == 0, user.stderr
    made = server.run("collection", "create", "Pots", str(root), "--owner", "ada", "--json")
    assert made.returncode == 0, made.stderr
    collection = json.loads(made.stdout)["id"]
    begun = server.run(
        "dataset", "publish", "--owner=ada", f"--collection={collection}", "--path=/",
        f"--metadata={said}", "--json",
    )  # fmt: skip
    assert begun.returncode == 0, begun.stderr
    name = json.loads(begun.stdout)["name"]
    kills, found = 0, {"state": ""}
    end = time.monotonic() + 300
    while found["state"] != "published":
        assert time.monotonic() < end, (found, server.output())
        if kills < KILLS:
            time.sleep(0.4 * kills)
            server.kill()
            kills += 1
            server.start()
        [found] = json.loads(server.run("dataset", "show", name, "--json").stdout)
        assert found["state"] in ("publishing", "published"), found
    url = f"http://127.0.0.1:{server.record.port_base + 5}"
    listed = httpx.get(f"{url}/{found['identifier']}?format=files", trust_env=False).json()
    assert listed["total"] == len(FILES)
    assert {one["path"]: one["sha256"] for one in listed["DATA"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()
    }
    for one in listed["DATA"][::50]:
        got = httpx.get(one["url"], trust_env=False)
        assert got.content == FILES[one["path"]], got.text
    record_property("servers killed while a dataset was published", kills)
