"""The request path: its order, and that every failure is answered, counted and kept inside."""

import logging

import pytest

from lenticular.apis.http import Request, Response
from lenticular.primitives.audit import Event
from lenticular.primitives.principals import ANONYMOUS
from lenticular.server.app import App
from lenticular.server.configuration import Configuration
from lenticular.server.http.heads import new_request_id
from lenticular.server.metrics import Metrics
from lenticular.server.operations import Operations
from lenticular.server.wiring import build_in_memory


class Recorder:
    """An interface that notes the steps it is asked for, and fails at one of them."""

    name = "test"

    def __init__(self, fails_at=None):
        self.steps = []
        self.fails_at = fails_at
        self.failure = None
        self.status = 500
        self.event = None
        self.recorded = None

    def _step(self, name):
        self.steps.append(name)
        if name == self.fails_at:
            raise ValueError(f"secret of {name}")

    async def route(self, request):
        self._step("route")
        return "route"

    async def authenticate(self, request, route):
        self._step("authenticate")
        return "caller"

    async def parse(self, request, route, caller):
        self._step("parse")
        return "call"

    async def authorise(self, call):
        self._step("authorise")

    async def usages(self, call):
        self._step("usages")
        return []

    async def run(self, call):
        self._step("run")
        return "result"

    def serialise(self, call, result):
        self._step("serialise")
        return Response(200, [], b"done")

    def fail(self, request, route, error):
        self.failure = (route, error)
        return Response(self.status, [], f"failed {request.id}".encode())

    async def events(self, request, route, caller, call, result, error):
        self.recorded = (route, caller, call, result, error)
        if self.fails_at == "audit":
            raise ValueError("secret of audit")
        return [] if self.event is None else [self.event]

    async def answered(self, request, route, caller, call, response, measures):
        self.answer = response
        if self.fails_at == "answered":
            raise ValueError("secret of answered")

    def label(self, route):
        return ("service", "Operation")


@pytest.fixture
def metrics():
    return Metrics()


async def serve(api, metrics, path="/x", cloud=None):
    cloud = cloud or build_in_memory()
    operations = Operations(Configuration(), cloud, metrics)
    sent = []

    async def send(response):
        response.sent = len(response.body)
        sent.append(response)

    request = Request(
        id=new_request_id(), method="GET", raw_path=path, path=path, raw_query="", headers={}
    )
    await App(api, cloud.audit, cloud.spending, metrics, operations)(request, send)
    return sent[0].status, sent[0].body


async def test_what_cannot_be_noted_of_an_answer_is_reported_only(metrics, caplog):
    api = Recorder("answered")
    with caplog.at_level(logging.ERROR, "lenticular.request"):
        assert await serve(api, metrics) == (200, b"done")
    assert (api.answer.status, api.answer.sent) == (200, 4)
    assert "answered, but not recorded" in caplog.text


STEPS = ["route", "authenticate", "parse", "authorise", "usages", "run", "serialise"]


async def test_the_steps_come_in_order(metrics):
    api = Recorder()
    assert await serve(api, metrics) == (200, b"done")
    assert api.steps == STEPS
    counted = metrics.response().body.decode()
    labels = 'api="test",operation="Operation",service="service",status="200"'
    assert f"lenticular_requests_total{{{labels}}} 1.0" in counted
    assert "lenticular_requests_in_flight 0.0" in counted


@pytest.mark.parametrize("step", STEPS)
async def test_a_failing_step_ends_the_path_and_is_answered(metrics, caplog, step):
    api = Recorder(fails_at=step)
    with caplog.at_level(logging.ERROR):
        status, body = await serve(api, metrics)
    assert api.steps == STEPS[: STEPS.index(step) + 1]
    assert status == 500
    assert b"secret" not in body
    assert f"secret of {step}" in caplog.text
    assert api.failure[0] == (None if step == "route" else "route")
    known = ["route", "caller", "call", None][: STEPS.index(step)]
    assert api.recorded[:3] == tuple((known + [None] * 3)[:3])
    assert str(api.recorded[4]) == f"secret of {step}"


async def test_the_audit_log_has_the_call_before_it_is_answered(metrics):
    api, cloud = Recorder(), build_in_memory()
    api.event = Event.of(ANONYMOUS, "test.example.org", "Operation")
    assert await serve(api, metrics, cloud=cloud) == (200, b"done")
    assert api.recorded == ("route", "caller", "call", "result", None)
    [finding] = [found async for found in cloud.audit.verification.findings()]
    assert (finding.records, finding.problem) == (1, "")


@pytest.mark.parametrize("status", [502, 503, 507])
async def test_what_is_away_or_a_limit_that_was_reached_is_no_fault(metrics, caplog, status):
    api = Recorder(fails_at="run")
    api.status = status
    with caplog.at_level(logging.WARNING):
        assert (await serve(api, metrics))[0] == status
    assert "put off: secret of run" in caplog.text
    assert "Traceback" not in caplog.text


async def test_what_cannot_be_recorded_is_not_answered_as_done(metrics, caplog):
    with caplog.at_level(logging.ERROR):
        status, body = await serve(Recorder(fails_at="audit"), metrics)
    assert status == 500
    assert b"secret" not in body
    assert "secret of audit" in caplog.text


async def test_health_and_metrics_answer_on_every_port(metrics):
    api = Recorder()
    status, body = await serve(api, metrics, "/health")
    assert (status, api.steps) == (200, [])
    assert b'"status":"ok"' in body
    status, body = await serve(api, metrics, "/metrics")
    assert b"lenticular_requests_total" in body
