"""The certificates that agents show each other, which are known by their fingerprints.

No authority vouches for a machine without a name. An agent makes a certificate whenever it
starts, and announces its fingerprint to the cloud, which tells it to whoever may come: that
is who the cloud says it is, or the connection is not made.
"""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_LIFE: Final = timedelta(days=3650)
_BACKDATED: Final = timedelta(days=2)
"""It begins earlier than now: clocks of machines differ."""


def own_context() -> tuple[ssl.SSLContext, str]:
    """Return how to serve with a new certificate, and its fingerprint. The key is kept nowhere."""
    # A tenth of a start, and the server's own agent makes no certificate.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lenticular Connect")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with TemporaryDirectory(prefix="lenticular-") as folder:  # readable by its owner only
        file = Path(folder) / "agent.pem"
        file.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        return given_context(file, file), certificate.fingerprint(hashes.SHA256()).hex()


def given_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return how to serve with the certificate in a file. Raises OSError, `ssl.SSLError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key)
    return context
