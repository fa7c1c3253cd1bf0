"""Routing: literal segments before named ones, methods, and who writes the error of nothing."""

import pytest

from lenticular.apis.globus.wire.errors import (
    CodedErrors,
    GlobusError,
    ListedErrors,
    OAuthErrors,
)
from lenticular.apis.globus.wire.routing import Router
from lenticular.apis.globus.wire.service import Service, operation


class Things:
    @operation("GET", "/v2/things/{thing_id}")
    async def get_thing(self, call): ...

    @operation("PUT", "/v2/things/{thing_id}")
    async def update_thing(self, call): ...

    @operation("GET", "/v2/things/mine")
    async def get_my_things(self, call): ...

    @operation("GET", "/v2/things/{thing_id}/parts/{part_id}")
    async def get_part(self, call): ...

    @operation("GET", "/v2/tokens/show", errors=OAuthErrors())
    async def show(self, call): ...

    async def no_operation(self, call): ...


THINGS = Service("things", Things(), resource_server="things", errors=ListedErrors())


@pytest.fixture
def router():
    return Router([THINGS])


@pytest.mark.parametrize(
    ("method", "path", "name", "arguments"),
    [
        ("GET", "/v2/things/7", "get_thing", {"thing_id": "7"}),
        ("HEAD", "/v2/things/7", "get_thing", {"thing_id": "7"}),
        ("PUT", "/v2/things/7", "update_thing", {"thing_id": "7"}),
        ("GET", "/v2/things/mine", "get_my_things", {}),
        ("GET", "/v2/things/mine/", "get_my_things", {}),
        ("GET", "/v2/things/mine/parts/a", "get_part", {"thing_id": "mine", "part_id": "a"}),
        ("GET", "/v2/things/a%2Fb", "get_thing", {"thing_id": "a/b"}),
        ("GET", "/v2/things/..", "get_thing", {"thing_id": ".."}),
    ],
)
def test_paths(router, method, path, name, arguments):
    route = router.route(method, path)
    assert route.operation.name == name
    assert route.arguments == arguments
    assert route.service is THINGS


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v2", "/v2/things", "/v2/things/", "/v2/things//parts/a", "/v2/things/7/parts"],
)
def test_what_is_not_there(router, path):
    with pytest.raises(GlobusError) as caught:
        router.route("GET", path)
    assert caught.value.status == 404


def test_methods_that_a_path_does_not_take(router):
    with pytest.raises(GlobusError) as caught:
        router.route("DELETE", "/v2/things/7")
    assert caught.value.status == 405
    assert caught.value.headers == {"Allow": "GET, PUT"}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v2/things", ListedErrors),
        ("/v2/things/7/what", ListedErrors),
        ("/v2/tokens/what", OAuthErrors),
        ("/v2/what", CodedErrors),
        ("/", CodedErrors),
    ],
)
def test_the_nearest_service_writes_the_error(router, path, form):
    assert type(router.errors_for(path)) is form


def test_two_operations_cannot_have_one_path():
    with pytest.raises(TypeError, match="two operations"):
        Router([THINGS, THINGS])


def test_only_what_is_marked_is_an_operation():
    assert sorted(one.name for one in THINGS.operations) == [
        "get_my_things",
        "get_part",
        "get_thing",
        "show",
        "update_thing",
    ]
