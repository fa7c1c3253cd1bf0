"""Every setting of the cloud.

`Configuration` is the one place where a setting is declared: its name, type, limits,
default and meaning. From it follow the key in ``lenticular.toml``, the environment
variable, the checks and the reference page: `lenticular.server.settings`.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from platformdirs import user_data_path

PREFIX = "LENTICULAR_"
"""What the name of every environment variable begins with."""

CONFIG_VARIABLE = "LENTICULAR_CONFIG"
"""Names another configuration file, as ``--config`` does."""

FILE_NAME = "lenticular.toml"
"""The configuration file, in the data folder."""

PORTS = {
    "portal": 0,
    "aws": 1,
    "azure": 2,
    "google": 3,
    "openstack": 4,
    "globus": 5,
    "hadoop": 6,
    "data": 7,
}
"""Each interface's port, counted from `Configuration.port_base`."""

LISTENING = ("portal", "aws", "globus")
"""The interfaces that exist; the other ports stay closed, but for that of ``data``: the built-in
agent listens there, once there is a collection that it serves."""


class ConfigurationError(ValueError):
    """A setting cannot be used; the message says which, from where, and what is expected."""


def default_data() -> Path:
    """Return the data folder of whoever names none."""
    return user_data_path("lenticular", appauthor=False)


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one cloud. All of them have defaults that suit one machine."""

    data: Annotated[Path, Meta(description="Folder that holds everything the cloud remembers.")] = (
        msgspec.field(default_factory=default_data)
    )
    host: Annotated[
        str,
        Meta(
            min_length=1,
            description="Address to listen on. The default is reached from this machine only.",
        ),
    ] = "127.0.0.1"
    port_base: Annotated[
        int,
        Meta(
            ge=0,
            le=65535 - max(PORTS.values()),
            description="First of eight ports: portal, AWS, Azure, Google, OpenStack, Globus, "
            "Hadoop, data. 0 takes eight free ones.",
        ),
    ] = 4200
    public_host: Annotated[
        str,
        Meta(
            description="Name or address by which other machines reach this cloud: it stands in "
            "the addresses that the cloud tells of itself (links, the issuer of tokens). Empty: "
            "`host`."
        ),
    ] = ""
    accept_lost_commits: Annotated[
        bool,
        Meta(
            description="Start although the log of the key-value store has rotted, without what "
            "was committed behind the damage. For one start, where there is no backup."
        ),
    ] = False
    region: Annotated[
        str,
        Meta(
            pattern="^[a-z0-9-]{1,32}$",
            description="Region that the cloud says it is. Requests may name any other.",
        ),
    ] = "us-east-1"
    domains: Annotated[
        tuple[str, ...],
        Meta(
            description="Host names of this cloud. `BUCKET.NAME` addresses a bucket of it "
            "(virtual-host style)."
        ),
    ] = ("localhost",)
    tls: Annotated[bool, Meta(description="Serve every port over TLS.")] = False
    tls_certificate: Annotated[
        str,
        Meta(
            description="File of the certificate (PEM, with its chain) to serve TLS with. Empty: "
            "the cloud makes one, and an authority of its own that clients can trust."
        ),
    ] = ""
    tls_key: Annotated[str, Meta(description="File of that certificate's private key (PEM).")] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="Least severe log line that is written."),
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"], Meta(description="How a log line is written.")
    ] = "text"
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Processes that serve requests, on this one data folder "
            "([workers.md](workers.md)). Limits of connections and queries hold for each.",
        ),
    ] = 1
    worker_patience: Annotated[
        float,
        Meta(
            ge=1,
            description="Seconds without a sign of life after which one of several workers is "
            "taken to hang: it is killed and started again.",
        ),
    ] = 30.0
    max_connections: Annotated[
        int,
        Meta(
            ge=1,
            description="Open connections above which one that idles is closed for a new one, or "
            "else new requests are answered 503.",
        ),
    ] = 4096
    max_request_head: Annotated[
        int, Meta(ge=1024, description="Longest request line and headers together, in bytes.")
    ] = 64 * 1024
    idle_timeout: Annotated[
        float,
        Meta(gt=0, description="Seconds without a request after which a connection is closed."),
    ] = 75.0
    shutdown_timeout: Annotated[
        float,
        Meta(ge=0, description="Seconds that requests under way are given to end when stopping."),
    ] = 30.0
    small_object_threshold: Annotated[
        int,
        Meta(
            ge=0,
            le=1024 * 1024,
            description="Objects up to this many bytes are kept beside their keys "
            "instead of in a file of their own.",
        ),
    ] = 64 * 1024
    store: Annotated[
        str,
        Meta(
            pattern="^(postgres(ql)?://.*)?$",
            description="Another store for everything that is not large: "
            "`postgresql://USER@HOST/DATABASE` ([clusters.md](clusters.md)); the password is best "
            "kept in `store.toml`. Empty: a SQLite file in the data folder.",
        ),
    ] = ""
    blob_store: Annotated[
        str,
        Meta(
            pattern="^((s3|az|gs)://[^/?#@]+(/[^?#]*)?)?$",
            description="Another store for the bytes of larger objects: `s3://BUCKET/PREFIX`, "
            "`az://CONTAINER/PREFIX` or `gs://BUCKET/PREFIX` ([remote-blobs.md](remote-blobs.md)). "
            "Empty: the data folder.",
        ),
    ] = ""
    blob_store_timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=180,
            description="Seconds for which a request to that store is repeated, before the "
            "client is told to come again.",
        ),
    ] = 15.0
    sweep_interval: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds between two sweeps of files that an interrupted upload left.",
        ),
    ] = 3600.0
    audit_delivery_interval: Annotated[
        float,
        Meta(
            gt=0, description="Seconds between two deliveries of audit events to trails' buckets."
        ),
    ] = 300.0
    access_log_interval: Annotated[
        float,
        Meta(gt=0, description="Seconds between two deliveries of buckets' access logs."),
    ] = 300.0
    query_concurrency: Annotated[
        int,
        Meta(ge=1, description="SQL queries over data that may run at once; others get a 503."),
    ] = 4
    query_memory: Annotated[
        int,
        Meta(ge=64 * 1024 * 1024, description="Bytes of memory that one query may hold."),
    ] = 512 * 1024 * 1024
    query_timeout: Annotated[
        float, Meta(gt=0, description="Seconds after which a query is stopped.")
    ] = 300.0
    query_threads: Annotated[
        int, Meta(ge=1, description="Processors that one query may keep busy.")
    ] = 2
    leaked_key_scan: Annotated[
        bool,
        Meta(description="Look for this cloud's access keys in uploaded objects, and warn."),
    ] = False
    default_encryption: Annotated[
        Literal["none", "AES256"],
        Meta(
            description="How objects are encrypted in buckets that say nothing of it: not at all, "
            "or with keys that the cloud keeps (docs/encryption.md)."
        ),
    ] = "none"
    issuers_over_http: Annotated[
        bool,
        Meta(
            description="Trust OpenID Connect issuers (web identities) that have no TLS. Only for "
            "a network whose machines you trust: whoever is between could make tokens."
        ),
    ] = False
    customer_keys_over_http: Annotated[
        bool,
        Meta(
            description="Take customers' encryption keys (SSE-C) over plain HTTP from other "
            "machines too. Without it they come by TLS, or from this machine."
        ),
    ] = False
    archive_store: Annotated[
        str,
        Meta(
            description="Folder for the bytes of objects in `GLACIER` and `DEEP_ARCHIVE`: another "
            "disk, a mount ([lifecycle.md](lifecycle.md)). Empty: they stay with the others."
        ),
    ] = ""
    lifecycle_day: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds that a day of lifecycle rules lasts. Days of another length are "
            "for trying rules out: nothing is rounded to midnight then.",
        ),
    ] = 86400.0
    restore_expedited: Annotated[
        float, Meta(ge=0, description="Seconds that an Expedited restoration takes.")
    ] = 1.0
    restore_standard: Annotated[
        float, Meta(ge=0, description="Seconds that a Standard restoration takes.")
    ] = 5.0
    restore_bulk: Annotated[
        float, Meta(ge=0, description="Seconds that a Bulk restoration takes.")
    ] = 10.0

    smtp_host: Annotated[
        str,
        Meta(
            description="Mail server through which people are told what concerns them "
            "([notices.md](notices.md)). Empty: mails are kept, and shown by "
            "`lenticular notices list`."
        ),
    ] = ""
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="Its port.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(
            description="How the way there is protected: by TLS that is begun on the plain "
            "connection, from the start (port 465), or not at all."
        ),
    ] = "starttls"
    smtp_user: Annotated[
        str,
        Meta(
            description="Who signs in there; the password is in the file `smtp-password` of the "
            "data folder, which nobody else may read. Empty: nobody signs in."
        ),
    ] = ""
    mail_from: Annotated[
        str,
        Meta(
            description="Who mails are from: `NAME <ADDRESS>`. Empty: `cloud` at `public_host`, or "
            "at the first of `domains`."
        ),
    ] = ""
    webhooks_to_private: Annotated[
        bool,
        Meta(
            description="Post webhooks to addresses inside of the network too, this machine "
            "included. Only where everybody who may ask for webhooks may reach those."
        ),
    ] = False
    ark_naan: Annotated[
        str,
        Meta(
            pattern="^[0-9bcdfghjkmnpqrstvwxz]{5,9}$",
            description="The Name Assigning Authority Number of the ARKs that published datasets "
            "get. Ask the ARK Alliance for one of your own; 99999 is for tests.",
        ),
    ] = "99999"
    repository_name: Annotated[
        str,
        Meta(
            description="What the repository of published datasets is called, and the publisher "
            "of datasets that name no other. Empty: they must name one."
        ),
    ] = ""

    @property
    def strict_transport(self) -> bool:
        """Whether browsers are told to come by TLS only: where others vouch for the name.

        It holds for every port of a host, for a year, so never for ``localhost``.
        """
        return self.tls and bool(self.tls_certificate)

    def port(self, interface: str) -> int:
        """Return the port of `interface`, one of `PORTS`."""
        return self.port_base + PORTS[interface]

    def url(self, interface: str) -> str:
        """Return the address at which clients find `interface`."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{reachable(self.public_host or self.host)}:{self.port(interface)}"


def reachable(host: str) -> str:
    """Return `host` as it is written in a URL; the unspecified address becomes the loopback."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"[{address}]" if address.version == 6 else str(address)
