"""``endpoint_search`` with globus-sdk: words, filters, pages."""

import uuid

import globus_sdk
import pytest


@pytest.fixture(scope="module")
def word(ada, new_folder, tmp_path_factory):
    """A word that stands in the names of three collections of Ada's."""
    word = f"w{uuid.uuid4().hex}"
    for number in range(3):
        folder = tmp_path_factory.mktemp("found")
        new_folder(folder, ada, f"{word} {number}", public=number > 0)
    return word


def names(found):
    return [one["display_name"].partition(" ")[2] for one in found]


def test_words(transfer_of, ada, grace, word):
    assert names(transfer_of(ada).endpoint_search(word)) == ["0", "1", "2"]
    assert names(transfer_of(grace).endpoint_search(word)) == ["1", "2"]
    assert names(transfer_of(grace).endpoint_search(f"{word} 2")) == ["2"]


def test_pages(transfer_of, ada, word):
    client = transfer_of(ada)
    first = client.endpoint_search(word, limit=2)
    assert (len(first["DATA"]), first["has_next_page"]) == (2, True)
    assert (first["offset"], first["limit"]) == (0, 2)
    rest = client.endpoint_search(word, limit=2, offset=2)
    assert (names(rest), rest["has_next_page"]) == (["2"], False)
    assert names(client.paginated.endpoint_search(word).items()) == ["0", "1", "2"]


def test_filters(transfer_of, ada, grace, word):
    client = transfer_of(ada)
    assert len(names(client.endpoint_search(word, filter_owner_id=ada.identity_id))) == 3
    assert names(client.endpoint_search(word, filter_owner_id=grace.identity_id)) == []
    assert len(names(client.endpoint_search(word, filter_scope="my-endpoints"))) == 3
    mapped = client.endpoint_search(word, filter_entity_type="GCP_mapped_collection")
    assert len(names(mapped)) == 3
    assert names(client.endpoint_search(word, filter_entity_type="GCP_guest_collection")) == []
    assert names(client.endpoint_search(word, filter_entity_type="GCSv5_endpoint")) == []
    assert names(client.endpoint_search(word, filter_non_functional=True)) == []
    assert len(names(client.endpoint_search(word, filter_non_functional=False))) == 3


def test_guests_of_a_host(transfer_of, ada, word):
    client = transfer_of(ada)
    host = next(iter(client.endpoint_search(word)))["id"]
    shared = {"host_endpoint": host, "host_path": "/", "display_name": "Shared"}
    made = client.create_shared_endpoint(shared)["id"]
    found = client.endpoint_search(filter_host_endpoint=host)
    assert [one["id"] for one in found] == [made]
    client.delete_endpoint(made)


@pytest.mark.parametrize(
    "query",
    [
        {"filter_scope": "yours"},
        {"filter_owner_id": "ada"},
        {"filter_entity_type": "folder"},
        {"filter_entity_type": "GCP_mapped_collection", "filter_non_functional": True},
        {"filter_scope": "my-endpoints", "filter_owner_id": str(uuid.uuid4())},
        {"limit": -1},
    ],
)
def test_what_cannot_be_searched(transfer_of, ada, query):
    with pytest.raises(globus_sdk.TransferAPIError) as error:
        transfer_of(ada).endpoint_search("x", **query)
    assert (error.value.http_status, error.value.code) == (400, "ClientError.BadRequest")
