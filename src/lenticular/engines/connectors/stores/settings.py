"""Opening a store as a place says, and with nothing but what the place says.

Whoever makes a place could be anybody: no credentials are taken from the machine, and no
option that names a file of it or an address to get credentials from.
"""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import from_url

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.places import Store
from lenticular.engines.connectors.stores.errors import message_of
from lenticular.engines.connectors.stores.files import StoreFiles
from lenticular.engines.connectors.stores.s3 import S3Bucket

_CREDENTIALS: Final = {
    "s3": {"access_key_id", "secret_access_key", "session_token"},
    "az": {
        *("account_key", "sas_key", "token", "client_id", "client_secret", "tenant_id"),
    },
    "gs": {"service_account_key", "bearer_token"},
}
"""Options that say who it is, by the scheme of the URL; without any of them nobody is."""

_OTHERS: Final = {
    "s3": {"region", "endpoint", "virtual_hosted_style_request", "request_payer"},
    "az": {"account_name", "endpoint"},
    "gs": {"base_url"},
}
_PREFIXES: Final = {"s3": "aws_", "az": "azure_", "gs": "google_"}

_CLIENT: Final = {
    "allow_http": True,  # where an endpoint says http; all that are known by default are https
    "connect_timeout": "10s",
    "read_timeout": "60s",
    "timeout": "1day",  # it holds for a whole answer, and a file may be large
}
_RETRIES: Final = {
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=5),
        "base": 2,
    },
    "max_retries": 10,
    "retry_timeout": timedelta(seconds=30),
}


def open_store(place: Store, prefix: str = "/") -> StoreFiles:
    """Return the files of a store below a folder of the place, without going there.

    Raises `Fault` ``NOT_SUPPORTED`` for an address or an option that cannot be used.
    """
    url = urlsplit(place.url)
    if url.scheme not in _CREDENTIALS or not url.netloc:
        raise Fault("NOT_SUPPORTED", "the address of a store is s3://, az:// or gs://BUCKET/PREFIX")
    options = _options(url.scheme, place.options)
    config: dict[str, Any] = dict(options)
    if not _CREDENTIALS[url.scheme] & options.keys():
        config["skip_signature"] = True
    if url.scheme == "s3":
        config["checksum_algorithm"] = "CRC64NVME"  # so the store verifies what arrives
    try:
        open_url: Any = from_url  # its types know one kind of store at a time
        store = open_url(
            f"{url.scheme}://{url.netloc}",
            config=config,
            client_options=_CLIENT,
            retry_config=_RETRIES,
        )
    except (BaseError, ValueError, TypeError) as error:
        raise Fault("NOT_SUPPORTED", f"{place.url}: {message_of(error)}") from None
    api = S3Bucket(url.netloc, options) if url.scheme == "s3" else None
    return StoreFiles(store, unquote(url.path) + prefix, api)


def _options(scheme: str, options: dict[str, str]) -> dict[str, str]:
    known = _CREDENTIALS[scheme] | _OTHERS[scheme]
    named = {name.lower().removeprefix(_PREFIXES[scheme]): name for name in options}
    if strange := named.keys() - known:
        raise Fault(
            "NOT_SUPPORTED",
            f"a store at {scheme}:// takes no {', '.join(sorted(strange))}; "
            f"it takes {', '.join(sorted(known))}",
        )
    return {short: options[name] for short, name in named.items()}
