"""Requests that a test signs itself, alters as it likes, and sends as they are."""

from dataclasses import dataclass, field, replace
from unittest.mock import patch

import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime
from botocore.credentials import Credentials

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
JSON = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.ListTables",
}


def fetch(method, url, **options):
    """Return the answer to a request; quicker than ``httpx.request``, which loads authorities."""
    with httpx.Client(verify=False) as client:
        return client.request(method, url, **options)


@dataclass(frozen=True)
class Raw:
    """A request, signed or not."""

    method: str
    url: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    def signed(self, keys, service, *, region="us-east-1", ago=None):
        """Return it signed, as if some time `ago`; `keys` are those of `credentials`."""
        unsigned = AWSRequest(self.method, self.url, headers=dict(self.headers), data=self.body)
        signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, region)
        now = get_current_datetime()
        with patch("botocore.auth.get_current_datetime", lambda: now - ago if ago else now):
            signer.add_auth(unsigned)
        return replace(self, headers=dict(unsigned.headers.items()))

    def but(self, **changes):
        """Return it with headers (by their names, with underscores) or parts changed."""
        parts = {name: changes.pop(name) for name in ("method", "url", "body") if name in changes}
        headers = {name.lower(): value for name, value in self.headers.items()}
        for name, value in changes.items():
            headers[name.replace("_", "-")] = value
        kept = {name: value for name, value in headers.items() if value is not None}
        return replace(self, headers=kept, **parts)

    def send(self):
        """Return the response."""
        return fetch(self.method, self.url, headers=self.headers, content=self.body)

    def status(self):
        """Send it and return the status."""
        return self.send().status_code

    def code(self):
        """Send it and return the code of the error that must come."""
        response = self.send()
        assert response.status_code >= 400, response.text
        return code_of(response)


def code_of(response):
    """Return the code of an error."""
    if response.headers["content-type"].startswith("application/x-amz-json"):
        return response.json()["__type"].rpartition("#")[2]
    return response.text.partition("<Code>")[2].partition("</Code>")[0]


def credentials(issued):
    """Return what to sign with, of an access key or of temporary credentials."""
    if isinstance(issued, dict):
        keys = issued["Credentials"]
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    return Credentials(issued.access_key_id, issued.secret_access_key)
