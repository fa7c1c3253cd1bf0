"""What this cloud adds to the Transfer API: progress, server-sent events, webhooks."""

import json
import uuid

import globus_sdk
import httpx
import pytest
from globus_sdk import GlobusAPIError
from globus_sdk.scopes import TransferScopes


@pytest.fixture
def bearer(access_token, ada):
    return {"Authorization": f"Bearer {access_token(ada, str(TransferScopes.all))}"}


@pytest.fixture
def collection(new_folder, ada, tmp_path):
    (tmp_path / "one.txt").write_text("one")
    return new_folder(tmp_path, ada, "Followed")


def _told(text):
    """The messages of a stream: kind, id and document of each."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if fields:
            found.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return found


def test_a_task_is_followed_to_its_end_and_from_where_one_left_off(
    cloud, transfer_of, ada, bearer, collection
):
    data = globus_sdk.TransferData(collection, collection)
    data.add_item("/one.txt", "/two.txt")
    task_id = transfer_of(ada).submit_transfer(data)["task_id"]
    url = f"{cloud.configuration.url('globus')}/v0.10/task/{task_id}"
    with httpx.Client(headers=bearer, timeout=30, trust_env=False) as http:
        stream = http.get(f"{url}/events")
        assert stream.headers["content-type"] == "text/event-stream"
        told = _told(stream.text)
        assert told[-1][::2] == ("end", {"status": "SUCCEEDED"})
        happened = [(number, one["code"]) for kind, number, one in told if kind == "event"]
        assert [number for number, _ in happened] == [str(n) for n in range(len(happened))]
        assert happened[-1][1] == "SUCCEEDED"
        again = _told(http.get(f"{url}/events", headers={"Last-Event-ID": "0"}).text)
        assert [one[1] for one in again if one[0] == "event"] == [n for n, _ in happened[1:]]
        progress = http.get(f"{url}/progress").json()
        assert (progress["status"], progress["fraction"]) == ("SUCCEEDED", 1.0)
        assert progress == [one for kind, _, one in told if kind == "progress"][-1]
        assert http.get(f"{url}/events", headers={"Last-Event-ID": "x"}).status_code == 400


def test_nobody_follows_a_task_of_others(cloud, transfer_of, ada, grace, access_token, collection):
    data = globus_sdk.DeleteData(collection)
    data.add_item("/one.txt")
    task_id = transfer_of(ada).submit_delete(data)["task_id"]
    url = f"{cloud.configuration.url('globus')}/v0.10/task/{task_id}/events"
    token = access_token(grace, str(TransferScopes.all))
    for headers, status in (({"Authorization": f"Bearer {token}"}, 404), ({}, 401)):
        assert httpx.get(url, headers=headers, trust_env=False).status_code == status


def test_the_end_is_put_into_the_outbox_for_a_webhook(cloud, transfer_of, ada, collection):
    client = transfer_of(ada)
    url = f"https://{uuid.uuid4().hex}.example.org/hook"
    data = globus_sdk.TransferData(
        collection, collection, additional_fields={"webhook": {"url": url}}
    )
    data.add_item("/one.txt", "/three.txt")
    accepted = client.submit_transfer(data)
    assert accepted["webhook"]["secret"].startswith("whsec_")
    assert client.task_wait(accepted["task_id"], timeout=30, polling_interval=1)
    notices = cloud.run(cloud.engines.notices.latest())
    [notice] = [one for one in notices if one.channel == "webhook" and one.to in url]
    assert notice.subject == "task.succeeded"
    content = cloud.engines.notices.content(notice)
    assert (content.url, content.secret) == (url, accepted["webhook"]["secret"])
    assert (content.data["task_id"], content.data["status"]) == (accepted["task_id"], "SUCCEEDED")


@pytest.mark.parametrize(
    "webhook",
    [{"url": "ftp://x"}, {"url": "https://a:b@x"}, {"url": "https://x", "secret": "abc"}, {}],
)
def test_webhooks_that_cannot_be(transfer_of, ada, collection, webhook):
    data = globus_sdk.TransferData(collection, collection, additional_fields={"webhook": webhook})
    data.add_item("/one.txt", "/four.txt")
    with pytest.raises(GlobusAPIError) as refused:
        transfer_of(ada).submit_transfer(data)
    assert refused.value.http_status == 400
