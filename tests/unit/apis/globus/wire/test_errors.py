"""Each service's form of errors."""

import json

import pytest

from lenticular.apis.globus.wire.errors import (
    CodedErrors,
    GlobusError,
    ListedErrors,
    OAuthErrors,
)
from lenticular.apis.http import Request

REQUEST = Request("R1", "GET", "/v2/x", "/v2/x", "", {})


def _written(form, error):
    response = form.respond(REQUEST, error)
    assert response.status == error.status
    assert ("Content-Type", "application/json") in response.headers
    return json.loads(response.body)


def test_auth_lists_errors():
    document = _written(ListedErrors(), GlobusError(404, "no such client"))
    [error] = document["errors"]
    assert len(error.pop("id")) == 36
    assert error == {
        "status": "404",
        "code": "NOT_FOUND",
        "title": "Not Found",
        "detail": "no such client",
    }


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "", "invalid_request"),
        (400, "invalid_grant", "invalid_grant"),
        (401, "", "invalid_client"),
        (413, "", "invalid_request"),
        (500, "", "server_error"),
    ],
)
def test_the_token_endpoint(status, code, expected):
    document = _written(OAuthErrors(), GlobusError(status, "why", code))
    assert document == {"error": expected, "error_description": "why"}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ClientError.BadRequest"),
        (401, "AuthenticationFailed"),
        (403, "PermissionDenied"),
        (404, "ClientError.NotFound"),
        (405, "ClientError.MethodNotAllowed"),
        (429, "ClientError.TooManyRequests"),
        (500, "ServiceError.InternalServerError"),
    ],
)
def test_groups_and_transfer_have_codes(status, code):
    document = _written(CodedErrors(), GlobusError(status, "why", fields={"more": 1}))
    assert document == {
        "code": code,
        "message": "why",
        "request_id": "R1",
        "resource": "/v2/x",
        "more": 1,
    }


def test_a_service_has_codes_of_its_own():
    form = CodedErrors({404: "GroupNotFound"})
    assert _written(form, GlobusError(404, "x"))["code"] == "GroupNotFound"
    assert _written(form, GlobusError(404, "x", "Else"))["code"] == "Else"


def test_headers_go_out_with_it():
    response = ListedErrors().respond(REQUEST, GlobusError(429, "x", headers={"Retry-After": "3"}))
    assert ("Retry-After", "3") in response.headers
