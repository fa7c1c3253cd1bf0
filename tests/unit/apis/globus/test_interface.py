"""The Globus interface on the request path: credentials, scopes, and what answers have."""

import base64
import json

import pytest
from msgspec import Struct

from lenticular.apis.globus.interface import GlobusInterface
from lenticular.apis.globus.wire.errors import CodedErrors, GlobusError
from lenticular.apis.globus.wire.service import Credential, Service, operation
from lenticular.apis.http import BufferedBody, Request, Response
from lenticular.primitives.oauth import Caller
from lenticular.primitives.policies.authority import ROOT_AUTHORITY
from lenticular.primitives.principals import Principal

ROOT = Principal("000011112222", "arn:root", "x", "c", authority=ROOT_AUTHORITY)


class Named(Struct):
    name: str


class Things:
    @operation("GET", "/open", credential=Credential.NOTHING)
    async def open_to_all(self, call):
        return {"who": call.caller.identity_id}

    @operation("GET", "/token", scopes=("urn:read", "urn:all"))
    async def with_token(self, call):
        return {
            "who": call.caller.identity_id,
            "from": call.caller.principal.circumstances.source_ip,
        }

    @operation("GET", "/client", credential=Credential.CLIENT)
    async def with_secret(self, call):
        return [call.caller.client_id]

    @operation("GET", "/either", credential=Credential.EITHER, scopes=("urn:all",))
    async def with_either(self, call):
        return None

    @operation("GET", "/optional", credential=Credential.OPTIONAL)
    async def with_or_without(self, call):
        return {"who": call.caller.identity_id}

    @operation("POST", "/named", credential=Credential.NOTHING, document=Named, status=201)
    async def name(self, call):
        return call.document

    @operation("POST", "/form", credential=Credential.NOTHING)
    async def form(self, call):
        return call.form

    @operation("GET", "/policy")
    async def policy(self, call):
        call.require("things:Do", "arn:aws:things:::x", account_id=call.query["account"])
        return {}

    @operation("GET", "/fails", credential=Credential.NOTHING)
    async def fails(self, call):
        raise KeyError("a secret of ours")

    @operation("GET", "/cached", credential=Credential.NOTHING)
    async def cached(self, call):
        return Response(200, [("Cache-Control", "public")], b"x")


class Credentials:
    """One token for one service, and one client."""

    async def token_caller(self, token, resource_server):
        if (token, resource_server) != ("good", "things.example.org"):
            return None
        return Caller(ROOT, "ada", client_id="portal", scopes=frozenset({"urn:read"}), token=token)

    async def client_caller(self, client_id, secret):
        if (client_id, secret) != ("portal", "secret"):
            return None
        return Caller(ROOT, "portal", client_id="portal")


def _translate(error):
    return GlobusError(409, "known") if isinstance(error, ValueError) else None


SERVICE = Service(
    "things",
    Things(),
    resource_server="things.example.org",
    errors=CodedErrors(),
    translate=_translate,
)
BASIC = "Basic " + base64.b64encode(b"portal:secret").decode()


@pytest.fixture
def ask():
    """Take a request through the steps of the request path."""
    api = GlobusInterface([SERVICE], Credentials(), region="lab-1")

    async def ask(method, path, authorization="", body=b"", kind="application/json"):
        headers = {"content-type": kind} | (
            {"authorization": authorization} if authorization else {}
        )
        bare, _, query = path.partition("?")
        request = Request(
            "R1", method, bare, bare, query, headers, BufferedBody(body), client="192.0.2.1"
        )
        route = None
        try:
            route = await api.route(request)
            caller = await api.authenticate(request, route)
            call = await api.parse(request, route, caller)
            await api.authorise(call)
            return api.serialise(call, await api.run(call))
        except Exception as error:
            return api.fail(request, route, error)

    return ask


@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [
        ("/open", "", 200),
        ("/open", "Bearer bad", 200),
        ("/token", "", 401),
        ("/token", "Bearer bad", 401),
        ("/token", "Bearer good", 200),
        ("/token", BASIC, 401),
        ("/client", "", 401),
        ("/client", BASIC, 200),
        ("/client", "Bearer good", 401),
        ("/either", BASIC, 204),
        ("/either", "Bearer good", 403),
        ("/either", "", 401),
        ("/optional", "", 200),
        ("/optional", "Bearer good", 200),
        ("/optional", "Bearer bad", 401),
        ("/optional", "Digest x", 401),
        ("/nothing", "", 404),
    ],
)
async def test_credentials(ask, path, authorization, status):
    response = await ask("GET", path, authorization)
    assert response.status == status
    assert (("WWW-Authenticate" in dict(response.headers)) or status not in (401, 403)) is True


async def test_the_caller_comes_under_the_requests_circumstances(ask):
    response = await ask("GET", "/token", "Bearer good")
    assert json.loads(response.body) == {"who": "ada", "from": "192.0.2.1"}


async def test_a_document_and_a_form(ask):
    response = await ask("POST", "/named", body=b'{"name": "x"}')
    assert (response.status, json.loads(response.body)) == (201, {"name": "x"})
    assert (await ask("POST", "/named", body=b"{}")).status == 400
    kind = "application/x-www-form-urlencoded"
    response = await ask("POST", "/form", body=b"a=b", kind=kind)
    assert json.loads(response.body) == {"a": "b"}
    assert json.loads((await ask("POST", "/form", body=b"a=b")).body) == {}


async def test_policies_rule_here_too(ask):
    assert (await ask("GET", "/policy?account=000011112222", "Bearer good")).status == 200
    response = await ask("GET", "/policy?account=999999999999", "Bearer good")
    assert response.status == 403
    assert "not authorized to perform: things:Do" in json.loads(response.body)["message"]


async def test_nothing_of_an_unknown_error_goes_out(ask):
    response = await ask("GET", "/fails")
    assert response.status == 500
    assert b"secret" not in response.body
    assert json.loads(response.body)["request_id"] == "R1"


async def test_what_every_answer_has(ask):
    for path in ("/open", "/nothing", "/token"):
        headers = dict((await ask("GET", path)).headers)
        assert headers["X-Request-Id"] == "R1"
        assert headers["Cache-Control"] == "no-store"
    headers = (await ask("GET", "/cached")).headers
    assert [value for name, value in headers if name == "Cache-Control"] == ["public"]


async def test_the_head_of_an_answer(ask):
    whole, head = await ask("GET", "/open"), await ask("HEAD", "/open")
    assert head.body == b""
    assert ("Content-Length", str(len(whole.body))) in head.headers
