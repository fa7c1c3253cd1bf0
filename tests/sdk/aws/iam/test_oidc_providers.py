"""OpenID Connect identity providers."""

import pytest

URL = "https://id.example.org/tenant"
TAGS = [{"Key": "Team", "Value": "sky"}]


@pytest.fixture
def provider(root):
    """The ARN of a provider."""
    return root.create_open_id_connect_provider(
        Url=URL, ClientIDList=["a"], ThumbprintList=["AB" * 20], Tags=TAGS
    )["OpenIDConnectProviderArn"]


def test_a_provider_is_made_told_of_changed_and_deleted(root, provider, arn, refused):
    assert provider == arn("oidc-provider/id.example.org/tenant")
    with refused("EntityAlreadyExists", 409):
        root.create_open_id_connect_provider(Url=URL)
    ask = {"OpenIDConnectProviderArn": provider}
    root.add_client_id_to_open_id_connect_provider(**ask, ClientID="b")
    root.add_client_id_to_open_id_connect_provider(**ask, ClientID="b")
    root.remove_client_id_from_open_id_connect_provider(**ask, ClientID="a")
    root.update_open_id_connect_provider_thumbprint(**ask, ThumbprintList=["cd" * 20])
    root.tag_open_id_connect_provider(**ask, Tags=[{"Key": "x", "Value": ""}])
    root.untag_open_id_connect_provider(**ask, TagKeys=["Team"])
    told = root.get_open_id_connect_provider(**ask)
    assert told["Url"] == "id.example.org/tenant"
    assert told["ClientIDList"] == ["b"]
    assert told["ThumbprintList"] == ["cd" * 20]
    assert told["Tags"] == root.list_open_id_connect_provider_tags(**ask)["Tags"]
    assert root.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": provider}]
    root.delete_open_id_connect_provider(**ask)
    with refused("NoSuchEntity", 404, f"OpenIDConnect Provider not found for arn {provider}"):
        root.get_open_id_connect_provider(**ask)


@pytest.mark.parametrize(
    "options",
    [
        {"Url": "http://id.example.org"},
        {"Url": "id.example.org"},
        {"Url": "https://id.example.org/?tenant=1"},
        {"Url": URL, "ThumbprintList": ["--" * 20]},
    ],
)
def test_what_cannot_be_an_issuer_is_refused(root, options, refused):
    with refused("InvalidInput", 400):
        root.create_open_id_connect_provider(**options)


def test_an_issuer_on_this_machine_may_be_plain(root, arn):
    made = root.create_open_id_connect_provider(Url="http://localhost:4205")
    assert made["OpenIDConnectProviderArn"] == arn("oidc-provider/localhost:4205")


def test_another_accounts_provider_is_not_there(provider, aws, other, refused):
    stranger, ask = aws("iam", other), {"OpenIDConnectProviderArn": provider}
    stranger.create_open_id_connect_provider(Url=URL)
    for operation in (
        stranger.get_open_id_connect_provider,
        stranger.delete_open_id_connect_provider,
        stranger.list_open_id_connect_provider_tags,
    ):
        with refused("NoSuchEntity", 404):
            operation(**ask)
