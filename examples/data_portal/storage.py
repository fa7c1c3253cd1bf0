"""Files of collections over HTTPS: the data channel, which is not the portal's business."""

from urllib.parse import quote

import globus_sdk
import httpx
from globus_sdk.scopes import GCSCollectionScopes, TransferScopes


class Robot:
    """An application that acts as itself, with an identity of its own."""

    def __init__(self, client: globus_sdk.ConfidentialAppAuthClient) -> None:
        self._client = client
        self.transfer = globus_sdk.TransferClient(
            authorizer=globus_sdk.ClientCredentialsAuthorizer(client, TransferScopes.all)
        )
        self._files: dict[str, Files] = {}

    def files(self, collection_id: str) -> "Files":
        """Return a collection's files, as far as this application may use them."""
        if collection_id not in self._files:
            authorizer = globus_sdk.ClientCredentialsAuthorizer(
                self._client, GCSCollectionScopes(collection_id).https
            )
            self._files[collection_id] = Files(address(self.transfer, collection_id), authorizer)
        return self._files[collection_id]


class Files:
    """The files of one collection, with somebody's token."""

    def __init__(self, base: str, authorizer: globus_sdk.authorizers.GlobusAuthorizer) -> None:
        self._base = base
        self._authorizer = authorizer

    def url(self, path: str) -> str:
        """Return the address of a file or folder."""
        return self._base + quote(path)

    def get(self, path: str) -> bytes:
        """Return what is in a file. Raises httpx.HTTPError."""
        return self._request("GET", path).content

    def put(self, path: str, content: bytes) -> str:
        """Write a file and return its address. Raises httpx.HTTPError."""
        self._request("PUT", path, content)
        return self.url(path)

    def _request(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        headers = {"Authorization": self._authorizer.get_authorization_header() or ""}
        response = httpx.request(
            method, self.url(path), content=content, headers=headers, timeout=60
        )
        return response.raise_for_status()


def address(transfer: globus_sdk.TransferClient, collection_id: str) -> str:
    """Return the address before the path of a collection's files."""
    return str(transfer.get_endpoint(collection_id)["https_server"])
