"""A task that waits for a machine: told as it is, followed, labelled and ended."""

import re

import pytest

from lenticular.pages import FIELD

from .conftest import Script


@pytest.fixture(scope="module")
def ada(cloud):
    """Ada, signed in."""
    with Script(cloud) as signed_in:
        signed_in.sign_in("ada", to="/tasks")
        yield signed_in


def post(browser, path, **fields):
    return browser.post(path, data={FIELD: browser.token("/tasks"), **fields})


@pytest.fixture(scope="module")
def machine(ada):
    """The id of a collection of a machine that was never connected."""
    made = post(ada, "/collections/new", name="Field laptop")
    assert "lenticular connect setup " in made.text
    return re.search(r"/collections/([0-9a-f-]{36})", made.text)[1]


def test_a_task_is_followed_and_ended(ada, machine):
    fields = {"left": machine, "left_path": "/data/", "left_item": "two%0Alines.csv"}
    fields |= {"right": machine, "right_path": "/copy/", "sync_level": "3", "label": "Wait"}
    task = post(ada, "/files/act", verb="left:transfer", **fields)
    path = task.url.path
    assert re.fullmatch("/tasks/[0-9a-f-]{36}", path)
    assert "It is under way" in task.text
    assert '<meta http-equiv="refresh"' in task.text
    assert "another checksum" in task.text
    with ada.stream("GET", f"{path}/events") as events:
        assert events.headers["content-type"] == "text/event-stream"
        told = next(events.iter_text())
    assert "event: progress" in told
    post(ada, f"{path}/label", label="Wait for it")
    assert "Wait for it" in ada.get("/tasks").text
    assert "Wait for it" not in ada.get("/tasks", params={"status": "SUCCEEDED"}).text
    ended = post(ada, f"{path}/cancel")
    for _ in range(50):
        if "failed</span>" in ended.text:
            break
        ended = ada.get(path)
    assert "failed</span>" in ended.text
    assert '<meta http-equiv="refresh"' not in ended.text


def test_a_pane_says_why_it_shows_nothing(ada, machine):
    page = ada.get("/files", params={"left": machine})
    assert page.status_code == 200
    assert 'class="notice bad"' in page.text
    assert "Field laptop" in page.text


def test_what_is_selected_twice_or_nowhere_is_not_guessed(ada, machine):
    both = {"left": machine, "right": machine, "left_item": "a", "right_item": "b"}
    for fields in (both, {"left": machine, "right": machine}, {"left": machine, "left_item": "a"}):
        assert post(ada, "/files/act", verb="either:transfer", **fields).status_code == 400
