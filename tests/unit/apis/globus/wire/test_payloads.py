"""Documents and forms: read strictly."""

import pytest
from msgspec import Struct

from lenticular.apis.globus.wire.credentials import basic_credential, bearer_token
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.payloads import LARGEST, read_document, read_form
from lenticular.apis.http import BufferedBody, Request


class Thing(Struct):
    name: str
    size: int = 0


def _request(body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("R1", "POST", "/", "/", "", named, BufferedBody(body))


async def test_a_document():
    assert await read_document(_request(b'{"name": "a", "more": 1}'), Thing) == Thing("a")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "name"),
        (b"{}", "name"),
        (b'{"name": 1}', "Expected `str`, got `int`"),
        (b"[]", "Expected `object`"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON|Expected"),
    ],
)
async def test_documents_that_are_none(body, says):
    with pytest.raises(GlobusError, match=says) as caught:
        await read_document(_request(body), Thing)
    assert caught.value.status == 400


async def test_a_form():
    body = b"a=1&b=x+y%26z&c=&d&=e&&%C3%A4=%C3%BC"
    fields = await read_form(_request(body))
    assert fields == {"a": "1", "b": "x y&z", "c": "", "d": "", "": "e", "ä": "ü"}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=1&a=1", "application/x-www-form-urlencoded", 400),
        (b"a=1&%61=2", "application/x-www-form-urlencoded; charset=utf-8", 400),
        (b"{}", "application/json", 400),
        (b"a=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"x=1"] * 1000), "application/x-www-form-urlencoded", 400),
        (b"a" * (LARGEST + 1), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_forms_that_are_none(body, kind, status):
    with pytest.raises(GlobusError) as caught:
        await read_form(_request(body, content_type=kind))
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer ", None),
        ("Bearer", None),
        ("Basic abc", None),
        ("", None),
    ],
)
def test_bearer(header, token):
    assert bearer_token(_request(authorization=header)) == token


@pytest.mark.parametrize(
    ("header", "credential"),
    [
        ("Basic YTpi", ("a", "b")),
        ("basic YTpiOmM=", ("a", "b:c")),
        ("Basic OmI=", ("", "b")),
        ("Basic YWI=", None),
        ("Basic %%%", None),
        ("Basic /w==", None),
        ("Basic", None),
        ("Bearer YTpi", None),
    ],
)
def test_basic(header, credential):
    assert basic_credential(_request(authorization=header)) == credential
