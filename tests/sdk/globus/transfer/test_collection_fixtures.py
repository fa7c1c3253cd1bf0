"""Our documents of collections against globus-sdk's own fixtures: key by key, type by type.

The differences, all of them: the fixture is of an endpoint of Globus Connect Server 4, which had
activations that end (``expire_time``) and servers with ports; and of no subscription's
administrator anything is said there.
"""

import pytest
from globus_sdk.testing import get_response_set

OLD = {"expire_time", "DATA", "organization", "description"}
"""Members of which the fixture has another type than null: of a server that is no more, or what
this collection says nothing of."""


def types(document):
    return {name: type(value) for name, value in document.items()}


def of(name, case="default"):
    return get_response_set(f"transfer.{name}").lookup(case).json


@pytest.fixture(scope="module")
def collection(ada, new_folder, tmp_path_factory):
    """The id of a collection of Ada's."""
    return new_folder(tmp_path_factory.mktemp("fixture"), ada)


def test_an_endpoint(transfer_of, ada, collection):
    expected, ours = of("get_endpoint"), transfer_of(ada).get_endpoint(collection).data
    assert expected.keys() <= ours.keys()
    differing = {
        name
        for name, kind in types(expected).items()
        if kind is not type(ours[name]) and expected[name] is not None
    }
    assert differing <= OLD
    # What is null there has the type that the API reference gives it.
    filled = {name for name in expected if expected[name] is None and ours[name] is not None}
    assert filled <= {"gcp_connected", "gcp_paused"}
    assert isinstance(ours["gcp_connected"], bool)


def test_the_server_of_an_endpoint(transfer_of, ada, collection):
    [expected] = of("get_endpoint")["DATA"]
    [ours] = transfer_of(ada).get_endpoint(collection)["DATA"]
    assert expected.keys() <= ours.keys()
    assert type(ours["id"]) is type(expected["id"])


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("update_endpoint", lambda client, one: client.update_endpoint(one, {"keywords": "a"})),
        ("set_subscription_id", lambda client, one: client.set_subscription_id(one, None)),
        (
            "set_subscription_admin_verified",
            lambda client, one: client.set_subscription_admin_verified(one, False),
        ),
    ],
)
def test_results(transfer_of, ada, collection, name, act):
    expected, ours = of(name), act(transfer_of(ada), collection).data
    assert types(ours) == types(expected)
    changing = {"request_id", "resource"}
    assert {**ours, **dict.fromkeys(changing)} == {**expected, **dict.fromkeys(changing)}


def test_an_error(transfer_of, ada, http, access_token):
    expected = of("set_subscription_id", "not_found")
    token = access_token(ada, "urn:globus:auth:scope:transfer.api.globus.org:all")
    path = expected["resource"]
    answer = http.put(path, json={}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert types(answer.json()) == types(expected)
    assert (answer.json()["code"], answer.json()["resource"]) == ("EndpointNotFound", path)
