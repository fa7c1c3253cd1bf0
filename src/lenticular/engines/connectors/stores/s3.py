"""What S3 tells and obstore does not ask for: folders page by page, and a file's checksum.

A listing comes with every key as it is, so that one which no path can name hides no other.
"""

from base64 import b64decode
from collections.abc import Iterator
from functools import cached_property
from threading import Lock
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

_LOADING = Lock()


class S3Bucket:
    """A bucket, by botocore. Everything here blocks, and raises botocore's errors."""

    def __init__(self, name: str, options: dict[str, str]) -> None:
        """Take obstore's options, by their names without ``aws_``."""
        self._name = name
        self._options = options

    def pages(self, prefix: str) -> Iterator[dict[str, Any]]:
        """Iterate over the answers of ListObjectsV2 for what is right below a prefix."""
        paginator = self._client.get_paginator("list_objects_v2")
        return iter(paginator.paginate(Bucket=self._name, Prefix=prefix, Delimiter="/"))

    def crc64nvme(self, key: str) -> str | None:
        """Return the checksum that the store has of a whole object, hexadecimal, if it has."""
        found = self._client.head_object(Bucket=self._name, Key=key, ChecksumMode="ENABLED")
        if found.get("ChecksumType", "FULL_OBJECT") != "FULL_OBJECT":
            return None
        told = found.get("ChecksumCRC64NVME")
        return b64decode(told).hex() if told else None

    def close(self) -> None:
        """Close its connections, if it has any."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Any:
        options = self._options
        virtual = options.get("virtual_hosted_style_request", "").lower() in {"true", "1"}
        config = Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"total_max_attempts": 5, "mode": "standard"},
            s3={"addressing_style": "virtual" if virtual else "path"},
            signature_version="s3v4" if "access_key_id" in options else UNSIGNED,
        )
        with _LOADING:  # botocore's sessions are not for several threads while they load
            return botocore.session.Session().create_client(
                "s3",
                region_name=options.get("region", "us-east-1"),
                endpoint_url=options.get("endpoint"),
                aws_access_key_id=options.get("access_key_id"),
                aws_secret_access_key=options.get("secret_access_key"),
                aws_session_token=options.get("session_token"),
                config=config,
            )
