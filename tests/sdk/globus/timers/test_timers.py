"""Timers with globus-sdk: a transfer at set times, for its owner alone, while they consent."""

import time
import uuid

import globus_sdk
import pytest
from globus_sdk import OnceTimerSchedule, RecurringTimerSchedule, TransferTimer
from globus_sdk.gare import to_gare
from globus_sdk.scopes import TimersScopes, TransferScopes
from globus_sdk.transport import RetryConfig

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped

SCOPE = str(TimersScopes.timer.with_dependency(TransferScopes.all))


@pytest.fixture(scope="module")
def timers_of(access_token):
    """``timers_of(person)``: a TimersClient that acts for them."""
    made = []

    def client(person, scope=SCOPE):
        authorizer = globus_sdk.AccessTokenAuthorizer(access_token(person, scope))
        made.append(
            globus_sdk.TimersClient(authorizer=authorizer, retry_config=RetryConfig(max_retries=0))
        )
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def transfer_of(access_token):
    """``transfer_of(person)``: a TransferClient that acts for them."""

    def client(person):
        token = access_token(person, str(TransferScopes.all))
        return globus_sdk.TransferClient(authorizer=globus_sdk.AccessTokenAuthorizer(token))

    return client


@pytest.fixture
def collection(cloud, ada, tmp_path):
    """The id of a collection of Ada's, in `tmp_path`."""
    new = NewMapped(
        kind="folder",
        origin=Folder(str(tmp_path)),
        account_id=ada.account_id,
        owner_id=ada.identity_id,
        details=Details(display_name="Files"),
    )
    return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


def timer(collection, schedule, **fields):
    data = globus_sdk.TransferData(collection, collection, **fields)
    data.add_item("/a.txt", f"/{uuid.uuid4()}.txt")
    return TransferTimer(name="A timer", schedule=schedule, body=data)


def awaited(read, holds):
    """Return what is read once something holds of it."""
    until = time.monotonic() + 30
    while not holds(found := read()):
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


def refusal(do, *arguments):
    with pytest.raises(globus_sdk.TimersAPIError) as refused:
        do(*arguments)
    return refused.value


def test_once_and_at_once(cloud, timers_of, transfer_of, ada, collection, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    client = timers_of(ada)
    wanted = timer(collection, OnceTimerSchedule(), label="By a timer")
    made = client.create_timer(wanted)["timer"]
    assert (made["name"], made["schedule"]["type"]) == ("A timer", "once")
    copy = tmp_path / wanted["body"]["DATA"][0]["destination_path"].lstrip("/")
    cloud.run(cloud.engines.timers.run())
    job = client.get_job(made["job_id"])
    task_id = job["results"]["data"][0]["data"]["action_id"]
    task = awaited(lambda: transfer_of(ada).get_task(task_id), lambda task: task["completion_time"])
    assert (task["status"], task["label"]) == ("SUCCEEDED", "By a timer")
    assert copy.read_text() == "a"
    assert (job["status"], job["n_runs"], job["n_errors"]) == ("ended", 1, 0)
    assert job["next_run"] is None
    assert job["results"]["data"][0]["status"] == 202


def test_recurring(timers_of, ada, collection):
    client = timers_of(ada)
    schedule = RecurringTimerSchedule(
        3600, start="2090-01-01T00:00:00Z", end={"condition": "time", "datetime": "2091-01-01"}
    )
    made = client.create_timer(timer(collection, schedule))["timer"]
    assert made["next_run"] == "2090-01-01T00:00:00+00:00"
    assert made["schedule"]["end"]["datetime"] == "2091-01-01T00:00:00+00:00"
    timer_id = made["job_id"]
    assert client.update_job(timer_id, {"name": "Hourly"})["name"] == "Hourly"
    client.pause_job(timer_id)
    paused = client.get_job(timer_id)
    assert (paused["status"], paused["inactive_reason"]["cause"]) == ("inactive", "user")
    client.resume_job(timer_id)
    assert client.get_job(timer_id)["activity"]["code"] == "awaiting_next_run"
    assert timer_id in {one["job_id"] for one in client.list_jobs()["jobs"]}
    client.delete_job(timer_id)
    assert refusal(client.get_job, timer_id).http_status == 404


def test_timers_of_others_are_not_there(timers_of, ada, new_person, collection):
    made = timers_of(ada).create_timer(
        timer(collection, RecurringTimerSchedule(3600, start="2090-01-01"))
    )["timer"]["job_id"]
    thief = timers_of(new_person())
    assert thief.list_jobs()["jobs"] == []
    for do in (thief.get_job, thief.pause_job, thief.resume_job, thief.delete_job):
        assert refusal(do, made).http_status == 404
    assert refusal(thief.update_job, made, {"name": "Mine"}).http_status == 404


def test_a_timer_moves_nothing_that_its_owner_may_not(
    cloud, timers_of, new_person, collection, tmp_path
):
    (tmp_path / "a.txt").write_text("secret")
    thief = timers_of(new_person())
    made = thief.create_timer(timer(collection, OnceTimerSchedule()))["timer"]["job_id"]
    cloud.run(cloud.engines.timers.run())
    job = thief.get_job(made)
    assert (job["n_runs"], job["n_errors"]) == (1, 1)
    assert "CollectionNotFound" in job["results"]["data"][0]["errors"]["detail"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_consent_to_transfer_is_needed_and_can_be_withdrawn(
    cloud, timers_of, new_person, collection
):
    person = new_person()
    alone = timers_of(person, str(TimersScopes.timer))
    refused = refusal(alone.create_timer, timer(collection, OnceTimerSchedule()))
    assert (refused.http_status, refused.code) == (403, "ConsentRequired")
    schedule = RecurringTimerSchedule(3600)
    made = timers_of(person).create_timer(timer(collection, schedule))["timer"]["job_id"]
    consents = cloud.engines.oauth.consents
    for one in cloud.run(consents.of(person.identity_id)):
        if one.scope == str(TransferScopes.all):
            cloud.run(consents.withdraw(person.identity_id, one.number))
    client = timers_of(person, str(TimersScopes.timer))
    cloud.run(cloud.engines.timers.run())
    job = client.get_job(made)
    assert (job["status"], job["n_runs"]) == ("inactive", 0)
    gare = to_gare(job["inactive_reason"]["detail"])
    assert gare.authorization_parameters.required_scopes == [SCOPE]
    refused = refusal(client.resume_job, made)
    assert (refused.http_status, refused.code) == (403, "ConsentRequired")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"timer_type": "flow", "flow_id": str(uuid.uuid4())}, 422),
        ({"schedule": {"type": "sometimes"}}, 422),
        ({"schedule": {"type": "recurring"}}, 422),
        ({"schedule": {"type": "recurring", "interval_seconds": 1}}, 422),
        ({"schedule": {"type": "once", "datetime": "tomorrow"}}, 422),
        ({"schedule": None}, 400),
        ({"body": {}}, 400),
        ({"body": {"source_endpoint": "x", "destination_endpoint": "y"}}, 400),
    ],
)
def test_what_no_timer_can_be(timers_of, ada, collection, fields, status):
    wanted = dict(timer(collection, OnceTimerSchedule())) | fields
    assert refusal(timers_of(ada).create_timer, wanted).http_status == status


def test_tokens_for_other_services_are_worth_nothing_here(timers_of, ada):
    stranger = timers_of(ada, str(TransferScopes.all))
    assert refusal(stranger.list_jobs).http_status == 401
