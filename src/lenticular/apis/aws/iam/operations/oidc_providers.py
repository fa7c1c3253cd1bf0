"""OpenID Connect identity providers (AWS IAM API Reference, CreateOpenIDConnectProvider and
the like).
"""

import re
from urllib.parse import urlsplit

from msgspec.structs import replace

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.keys import given_tags
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities, InputInvalid, QuotaExceeded

_MOST_CLIENTS = 100
_MOST_THUMBPRINTS = 5
_THUMBPRINT = re.compile(r"[0-9a-zA-Z]{40}")


class OidcProviderOperations:
    """Issuers are trusted, told of, changed and not trusted any more."""

    def __init__(
        self, identities: Identities, targets: Targets, *, issuers_over_http: bool = False
    ) -> None:
        self._oidc = identities.oidc
        self._targets = targets
        self._issuers_over_http = issuers_over_http

    async def create_open_id_connect_provider(self, call: Call, params: Params) -> Result:
        """Let roles of the account trust the tokens of an issuer."""
        issuer, over_http = self._issuer(params["Url"])
        tags = given_tags(params)
        resource = arn(call, "oidc-provider", issuer)
        require(call, resource, request_tags(tags))
        if tags:
            call.require("iam:TagOpenIDConnectProvider", resource, keys=request_tags(tags))
        clients = params.get("ClientIDList", [])
        _check_clients(len(clients))
        made = await self._oidc.create(
            call.principal.account_id,
            issuer,
            clients,
            _thumbprints(params.get("ThumbprintList", [])),
            tags,
            over_http=over_http,
        )
        return {
            "OpenIDConnectProviderArn": made.arn,
            "Tags": descriptions.tag_list(made.tags) or None,
        }

    async def get_open_id_connect_provider(self, call: Call, params: Params) -> Result:
        """Tell what the account knows of an issuer."""
        provider = await self._targets.oidc_provider(call, params["OpenIDConnectProviderArn"])
        return {
            "Url": f"http://{provider.issuer}" if provider.over_http else provider.issuer,
            "ClientIDList": provider.client_ids,
            "ThumbprintList": provider.thumbprints,
            "CreateDate": descriptions.seconds(provider.created),
            "Tags": descriptions.tag_list(provider.tags) or None,
        }

    async def list_open_id_connect_providers(self, call: Call, params: Params) -> Result:
        """Tell which issuers the account trusts."""
        require(call, arn(call, "oidc-provider", ""))
        found = await self._oidc.list(call.principal.account_id)
        return {"OpenIDConnectProviderList": [{"Arn": provider.arn} for provider in found]}

    async def delete_open_id_connect_provider(self, call: Call, params: Params) -> Result:
        """Trust an issuer no more."""
        provider = await self._targets.oidc_provider(call, params["OpenIDConnectProviderArn"])
        await self._oidc.delete(provider.account_id, provider.issuer)
        return {}

    async def add_client_id_to_open_id_connect_provider(self, call: Call, params: Params) -> Result:
        """Accept an issuer's tokens for a further audience."""
        provider = await self._targets.oidc_provider(call, params["OpenIDConnectProviderArn"])
        _check_clients(len({*provider.client_ids, params["ClientID"]}))
        await self._oidc.add_client(provider.account_id, provider.issuer, params["ClientID"])
        return {}

    async def remove_client_id_from_open_id_connect_provider(
        self, call: Call, params: Params
    ) -> Result:
        """Accept an issuer's tokens for an audience no more."""
        provider = await self._targets.oidc_provider(call, params["OpenIDConnectProviderArn"])
        await self._oidc.remove_client(provider.account_id, provider.issuer, params["ClientID"])
        return {}

    async def update_open_id_connect_provider_thumbprint(
        self, call: Call, params: Params
    ) -> Result:
        """Expect an issuer to have a certificate of other authorities."""
        provider = await self._targets.oidc_provider(call, params["OpenIDConnectProviderArn"])
        thumbprints = _thumbprints(params["ThumbprintList"])
        await self._oidc.alter(
            provider.account_id,
            provider.issuer,
            lambda provider: replace(provider, thumbprints=thumbprints),
        )
        return {}

    def _issuer(self, url: str) -> tuple[str, bool]:
        """Return host and path of an issuer's address, and whether it is reached without TLS.

        Raises `InputInvalid`.
        """
        parts = urlsplit(url)
        over_http = parts.scheme == "http"
        known = parts.scheme in ("https", "http")
        if not known or not parts.hostname or parts.query or parts.fragment:
            raise InputInvalid(
                f"Invalid Open ID Connect Provider URL {url}: expected https://HOST/PATH, no query"
            )
        if over_http and not self._issuers_over_http and parts.hostname not in _LOOPBACK:
            raise InputInvalid(
                "Invalid Open ID Connect Provider URL: tokens are trusted over https:// only, but "
                "for issuers on this machine (or with the setting issuers_over_http)"
            )
        return f"{parts.netloc}{parts.path}".rstrip("/"), over_http


_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _thumbprints(given: list[str]) -> tuple[str, ...]:
    if len(given) > _MOST_THUMBPRINTS:
        raise InputInvalid("Thumbprint list must contain fewer than 5 entries.")
    for thumbprint in given:
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise InputInvalid("A thumbprint has 40 letters and digits.")
    return tuple(given)


def _check_clients(count: int) -> None:
    if count > _MOST_CLIENTS:
        raise QuotaExceeded("ClientIdsPerOpenIdConnectProvider", _MOST_CLIENTS)
