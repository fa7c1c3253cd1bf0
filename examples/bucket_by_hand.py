"""Create and delete a bucket with nothing but Python: XML over HTTP, signed by hand.

    eval "$(lenticular env)"
    python examples/bucket_by_hand.py

No SDK is involved. What an SDK does before it sends a request is the function `sign` below:
Signature Version 4 ("Create a signed AWS API request", AWS IAM User Guide).
"""

import hashlib
import hmac
import http.client
import os
import uuid
from datetime import UTC, datetime
from urllib.parse import urlsplit

ENDPOINT = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "https://s3.us-east-1.amazonaws.com"))
REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")

CREATE_BUCKET = b"""<?xml version="1.0" encoding="UTF-8"?>
<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <LocationConstraint>us-west-2</LocationConstraint>
</CreateBucketConfiguration>"""


def sign(method: str, path: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that make a request the owner's of the access key.

    `path` has no query and only characters that URLs need not escape.
    """
    access_key = os.environ["AWS_ACCESS_KEY_ID"]
    secret_key = os.environ["AWS_SECRET_ACCESS_KEY"]
    time = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": ENDPOINT.netloc,
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-date": time,
    }

    # 1. The request in its canonical form. Sender and receiver must come to the same bytes.
    signed = ";".join(headers)
    lines = [method, path, "", *(f"{name}:{value}" for name, value in headers.items())]
    canonical = "\n".join([*lines, "", signed, headers["x-amz-content-sha256"]])

    # 2. What is signed: when and for what (the scope), and the digest of the request.
    scope = f"{time[:8]}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}"

    # 3. A key for this day, region and service, derived from the secret, which is never sent.
    key = b"AWS4" + secret_key.encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()

    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )
    return headers


def send(method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """Send one signed request and return the status and the body of the answer."""
    secure = ENDPOINT.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(ENDPOINT.netloc, timeout=30)
    try:
        connection.request(method, path, body, sign(method, path, body, datetime.now(UTC)))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def main() -> None:
    """Create a bucket, see that it is there, delete it, see that it is gone."""
    bucket = f"/by-hand-{uuid.uuid4().hex[:8]}"
    for meaning, expected, method, body in [
        ("create the bucket", 200, "PUT", CREATE_BUCKET),
        ("it is there", 200, "HEAD", b""),
        ("delete it", 204, "DELETE", b""),
        ("it is gone", 404, "HEAD", b""),
    ]:
        status, answer = send(method, bucket, body)
        print(f"{method:<6} {bucket}  {status} {http.client.responses[status]:<10}  {meaning}")
        if status != expected:
            raise SystemExit(f"expected {expected}, got {status}: {answer.decode()}")


if __name__ == "__main__":
    main()
