"""Whatever comes in, it is answered as the client's fault, never as ours."""

import pytest

from lenticular.primitives.oauth.builtin import AUTH, SCOPES
from lenticular.server.interfaces import globus_services

JUNK = ("x", "%00", "%ff%fe", "..", "a%2Fb", "9" * 400, "%F0%9F%8C%A9", "'%22%3C")
BODIES = (
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"[[1]]", "application/json"),
    (
        b'{"client": {"name": null, "template_id": 7}, "project": {}, "scope": []}',
        "application/json",
    ),
    (b'{"client": {"name": "\\ud800"}}', "application/json"),
    (b"a=b&c", "application/x-www-form-urlencoded"),
    (b"%zz=%f0%28&token=%00&client_id=%ff", "application/x-www-form-urlencoded"),
    (bytes(range(256)), "multipart/form-data"),
)
QUERIES = ("", "?x", "?ids=%00&usernames=%ff&all=maybe", "?" + "&".join(["a=1"] * 300))


@pytest.fixture(scope="module")
def operations(cloud):
    """Every operation on the port: its method and path."""
    services = globus_services(cloud.configuration, cloud.engines)
    return [(one.method, one.path) for service in services for one in service.operations]


@pytest.fixture(scope="module")
def all_of_auth(grant, ada):
    """A token that may do everything at Auth."""
    scopes = " ".join(one.string for one in SCOPES.values() if one.client_id == AUTH)
    return grant(ada, scopes)[AUTH].access_token


@pytest.mark.parametrize("authorization", ["", "Basic Og==", "Bearer \xff", "token"])
def test_nothing_makes_the_server_fail(http, operations, all_of_auth, authorization):
    if authorization == "token":
        authorization = f"Bearer {all_of_auth}"
    assert len(operations) > 50
    failed = []
    for number, (method, path) in enumerate(operations):
        junk, query = JUNK[number % len(JUNK)], QUERIES[number % len(QUERIES)]
        address = "/".join(junk if part.startswith("{") else part for part in path.split("/"))
        for body, kind in BODIES if method in ("POST", "PUT") else BODIES[:1]:
            headers = {"Content-Type": kind, "Authorization": authorization.encode("latin-1")}
            answer = http.request(method, address + query, content=body, headers=headers)
            if answer.status_code >= 500:
                failed.append((method, address, body, answer.status_code))
    assert failed == []
