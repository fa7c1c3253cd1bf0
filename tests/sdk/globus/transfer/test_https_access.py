"""Files of collections over HTTPS: with a token, a browser, nothing; of machines behind NAT."""

import time

import httpx
import pytest

from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Peer
from lenticular.primitives.oauth.builtin import url_scope

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def web():
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


def when_served(web, url, **request):
    """Return the answer of an agent that may still be starting, or be about to connect."""
    until = time.monotonic() + 30
    while True:
        try:
            answer = web.get(url, **request)
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.1)
            continue
        if answer.status_code < 500 or time.monotonic() > until:
            return answer
        time.sleep(0.1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory, cloud, web, ada, new_folder):
    """A collection of Ada's with a file: its id, URL and folder."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "data.txt").write_text("measured")
    collection_id = new_folder(folder, ada)
    url = cloud.engines.collections.https_server(collection_id)
    when_served(web, url)
    return collection_id, url, folder


@pytest.fixture(scope="module")
def bearer(access_token):
    """``bearer(person, collection)``: the header with a token of its https scope."""

    def header(person, collection_id, suffix="https"):
        token = access_token(person, url_scope(collection_id, suffix))
        return {"Authorization": f"Bearer {token}"}

    return header


def test_the_owner_reads_and_writes(web, shared, ada, bearer):
    collection_id, url, folder = shared
    headers = bearer(ada, collection_id)
    assert web.get(f"{url}/data.txt", headers=headers).text == "measured"
    assert web.put(f"{url}/new.txt", headers=headers, content=b"new").status_code == 201
    assert (folder / "new.txt").read_bytes() == b"new"
    names = [item["name"] for item in web.get(f"{url}/", headers=headers).json()["entries"]]
    assert names == ["data.txt", "new.txt"]
    assert web.delete(f"{url}/new.txt", headers=headers).status_code == 204


def test_another_person_is_refused(web, shared, grace, bearer):
    collection_id, url, _ = shared
    answer = web.get(f"{url}/data.txt", headers=bearer(grace, collection_id))
    assert answer.status_code == 403


def test_a_token_for_something_else_is_none(web, shared, ada, bearer, new_folder, tmp_path):
    collection_id, url, _ = shared
    other = new_folder(tmp_path, ada)
    elsewhere = web.get(f"{url}/data.txt", headers=bearer(ada, other))
    too_little = web.get(f"{url}/data.txt", headers=bearer(ada, collection_id, "data_access"))
    assert (elsewhere.status_code, too_little.status_code) == (401, 403)
    made_up = web.get(f"{url}/data.txt", headers={"Authorization": "Bearer ticket.a.1.0.b"})
    assert made_up.status_code == 401


def test_everybody_reads_what_is_public(web, cloud, ada, new_folder, tmp_path):
    (tmp_path / "open.txt").write_text("open")
    url = cloud.engines.collections.https_server(new_folder(tmp_path, ada, anonymous_read=True))
    assert web.get(f"{url}/open.txt").text == "open"
    assert web.put(f"{url}/new.txt", content=b"x").status_code == 403
    assert "open.txt" in web.get(f"{url}/", headers=PAGE).text


def test_a_browser_signs_in_on_the_way(web, cloud, shared, ada, browse):
    collection_id, url, _ = shared
    with httpx.Client(trust_env=False, headers=PAGE) as tab:
        sent = tab.get(f"{url}/data.txt")
        assert sent.status_code == 302
        assert f"client_id={collection_id}" in sent.headers["location"]
        back = browse(ada).authorize(sent.headers["location"])
        assert tab.get(back, follow_redirects=True).text == "measured"
        assert tab.get(f"{url}/data.txt").text == "measured"


def test_a_right_that_is_taken_away_ends_within_five_seconds(
    web, cloud, shared, ada, grace, bearer, transfer_of
):
    host, _, _ = shared
    transfer = transfer_of(ada)
    document = {
        "DATA_TYPE": "shared_endpoint",
        "host_endpoint": host,
        "host_path": "/",
        "display_name": "A share",
    }
    guest = transfer.create_shared_endpoint(document)["id"]
    rule = transfer.add_endpoint_acl_rule(
        guest,
        {
            "DATA_TYPE": "access",
            "principal_type": "identity",
            "principal": grace.identity_id,
            "path": "/",
            "permissions": "r",
        },
    )["access_id"]
    url = f"{cloud.engines.collections.https_server(guest)}/data.txt"
    headers = bearer(grace, guest)
    assert web.get(url, headers=headers).text == "measured"
    transfer.delete_endpoint_acl_rule(guest, rule)
    until = time.monotonic() + 5
    while web.get(url, headers=headers).status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_machine_that_only_calls_out_is_reached(
    web, cloud, ada, bearer, new_machine, connect, tmp_path
):
    """By way of the server's own agent, and of its relay."""
    folder = tmp_path / "offered"
    folder.mkdir()
    (folder / "laptop.txt").write_text("from the laptop")
    collection_id = new_machine(tmp_path / "config", ada, f"{folder}:rw")
    connect("run", "--config", tmp_path / "config")
    headers = bearer(ada, collection_id)
    url = cloud.engines.collections.https_server(collection_id)
    answer = when_served(web, f"{url}{folder}/laptop.txt", headers=headers)
    assert answer.text == "from the laptop"
    assert web.put(f"{url}{folder}/new", headers=headers, content=b"1" * 100_000).is_success
    assert (folder / "new").stat().st_size == 100_000

    async def through_the_relay():
        engines = cloud.engines
        mapped = await engines.store.read(lambda one: engines.collections.find(one, collection_id))
        hello = await engines.store.read(lambda one: engines.agents.hello(one, mapped.agent_id))
        assert hello.addresses == ()
        where = (engines.collections.relayed(collection_id),)
        token = headers["Authorization"].removeprefix("Bearer ")
        files = PeerFiles(Peer(where, token, hello.fingerprint))
        try:
            return await files.stat(f"{folder}/laptop.txt")
        finally:
            await files.close()

    assert cloud.run(through_the_relay()).size == len("from the laptop")
