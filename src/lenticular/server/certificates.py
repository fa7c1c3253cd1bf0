"""Certificates: what the ports are served with under TLS, and what clients need to trust it.

A cloud that is given no certificate makes an authority of its own, once, in the folder
``tls`` of the data folder, and a certificate by it for every name that the cloud goes by.
That one is renewed when it is about to expire or the names change; the authority, which
clients were told to trust, stays. (RFC 5280; CA/Browser Forum, Baseline Requirements, for
what browsers take.)
"""

import fcntl
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lenticular.server.configuration import Configuration, ConfigurationError
from lenticular.server.files import make_folder, sync_folder

FOLDER = "tls"
AUTHORITY = "authority.pem"
"""The authority's certificate: what a browser or a program is told to trust."""
BUNDLE = "bundle.pem"
"""The authority beside those that everybody trusts, for clients that take one file for all."""

_AUTHORITY_KEY = "authority.key"
_CERTIFICATE = "server.pem"
_KEY = "server.key"

_AUTHORITY_LIFE = timedelta(days=3650)
_LIFE = timedelta(days=365)
"""Of the cloud's certificate: browsers refuse one for much more than a year."""
_RENEWED = timedelta(days=30)
"""Before its end a certificate is replaced."""
_BACKDATED = timedelta(hours=1)
"""A certificate begins earlier than now: clocks of clients differ."""


def server_context(configuration: Configuration) -> ssl.SSLContext:
    """Return what every port is served with. Raises `ConfigurationError` or OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    load(context, configuration)
    return context


def load(context: ssl.SSLContext, configuration: Configuration) -> None:
    """Let new connections have the certificate that is right now. Raises as `server_context`."""
    certificate, key = files(configuration)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{certificate} and {key} are no certificate with its key: {error}"
        ) from error


def trusted(configuration: Configuration) -> Path | None:
    """Return the file of authorities that a client of this cloud needs to trust.

    None where it needs none: without TLS, and under a certificate that the cloud was given.
    """
    if not configuration.tls or configuration.tls_certificate:
        return None
    return configuration.data / FOLDER / BUNDLE


def files(configuration: Configuration) -> tuple[Path, Path]:
    """Return the files of the certificate and its key, which are made when they are missing.

    Raises `ConfigurationError` or OSError.
    """
    given, key = configuration.tls_certificate, configuration.tls_key
    if bool(given) is not bool(key):
        raise ConfigurationError(
            "tls_certificate and tls_key go together: set both, or neither to have them made"
        )
    if given:
        return Path(given).expanduser(), Path(key).expanduser()
    folder = configuration.data / FOLDER
    make_folder(folder)
    with _one_at_a_time(folder):
        if not (folder / AUTHORITY).exists():
            _make_authority(folder)
        names = _names(configuration)
        if not _is_current(folder, names):
            _make_certificate(folder, names)
    return folder / _CERTIFICATE, folder / _KEY


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keep other workers from making a certificate meanwhile: key and certificate go together."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _names(configuration: Configuration) -> list[str]:
    """Return every name and address that this cloud goes by on the network."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), configuration.host]
    names.append(configuration.public_host)
    for domain in configuration.domains:
        names += [domain, f"*.{domain}"]
        names += [f"*.s3-website.{domain}", f"*.s3-website-{configuration.region}.{domain}"]
    return sorted({name for name in names if name and not _is_unspecified(name)})


def _is_unspecified(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return False


def _is_current(folder: Path, names: Iterable[str]) -> bool:
    """Tell whether the cloud's certificate has these names, lasts, and goes with the key."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / _CERTIFICATE).read_bytes())
        key = load_pem_private_key((folder / _KEY).read_bytes(), None)
    except (FileNotFoundError, ValueError):
        return False
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        # A crash while both are replaced leaves the new key with the old certificate.
        certificate.public_key() == key.public_key()
        and set(held) == set(_alternatives(names))
        and certificate.not_valid_after_utc - datetime.now(UTC) > _RENEWED
    )


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _make_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lenticular"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Lenticular on {socket.gethostname()}"[:64]),
        ]
    )
    certificate = (
        _begun(name, name, key.public_key(), _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / _AUTHORITY_KEY, key)
    text = certificate.public_bytes(Encoding.PEM)
    everybody = Path(certifi.where()).read_bytes()
    _write(folder / BUNDLE, text + everybody, 0o644)
    _write(folder / AUTHORITY, text, 0o644)  # last: it says that all of them are there


def _make_certificate(folder: Path, names: Iterable[str]) -> None:
    authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    authority_key = load_pem_private_key((folder / _AUTHORITY_KEY).read_bytes(), None)
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lenticular")])
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _begun(subject, authority.subject, key.public_key(), _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    _write_key(folder / _KEY, key)
    _write(folder / _CERTIFICATE, certificate.public_bytes(Encoding.PEM), 0o644)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(path, text, 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file whole or not at all, readable by whom `mode` says from its first byte on."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)
