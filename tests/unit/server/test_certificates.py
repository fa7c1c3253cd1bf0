"""Certificates: an authority that stays, a certificate by it that follows names and time."""

import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from lenticular.server import certificates
from lenticular.server.configuration import Configuration, ConfigurationError


@pytest.fixture
def configuration(tmp_path):
    return Configuration(
        data=tmp_path, tls=True, public_host="cloud.example", domains=("lab.example",)
    )


def read(configuration, name):
    return (configuration.data / certificates.FOLDER / name).read_bytes()


def certificate(configuration, name="server.pem"):
    return x509.load_pem_x509_certificate(read(configuration, name))


def names(found):
    held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in held}


def test_the_certificate_is_the_authoritys_and_for_every_name(configuration):
    certificates.server_context(configuration)
    made, authority = certificate(configuration), certificate(configuration, "authority.pem")
    made.verify_directly_issued_by(authority)
    expected = {"localhost", "127.0.0.1", "::1", "cloud.example", "lab.example", "*.lab.example"}
    assert expected <= names(made)
    assert {"*.s3-website.lab.example", "*.s3-website-us-east-1.lab.example"} <= names(made)
    assert made.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=398)
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca
    assert constraints.value.path_length == 0


@pytest.mark.parametrize("name", ["authority.key", "server.key"])
def test_keys_are_their_owners_only(configuration, name):
    certificates.server_context(configuration)
    mode = (configuration.data / certificates.FOLDER / name).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_old_protocols_are_refused(configuration):
    context = certificates.server_context(configuration)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_certificate_that_lasts_is_kept(configuration):
    certificates.server_context(configuration)
    before = read(configuration, "server.pem")
    certificates.server_context(configuration)
    assert read(configuration, "server.pem") == before


def test_a_new_name_gets_a_new_certificate_by_the_same_authority(configuration, tmp_path):
    certificates.server_context(configuration)
    authority = read(configuration, "authority.pem")
    renamed = Configuration(data=tmp_path, tls=True, domains=("other.example",))
    certificates.server_context(renamed)
    assert "other.example" in names(certificate(renamed))
    assert read(renamed, "authority.pem") == authority


def test_a_certificate_about_to_expire_is_replaced(configuration, monkeypatch):
    monkeypatch.setattr(certificates, "_LIFE", timedelta(days=29))
    certificates.server_context(configuration)
    short = read(configuration, "server.pem")
    monkeypatch.undo()
    certificates.server_context(configuration)
    assert read(configuration, "server.pem") != short


def test_a_given_certificate_needs_its_key(tmp_path):
    configuration = Configuration(data=tmp_path, tls=True, tls_certificate="lab.pem")
    with pytest.raises(ConfigurationError, match="tls_key"):
        certificates.server_context(configuration)


def test_what_is_no_certificate_is_named(tmp_path):
    (tmp_path / "lab.pem").write_text("nothing")
    configuration = Configuration(
        data=tmp_path,
        tls=True,
        tls_certificate=str(tmp_path / "lab.pem"),
        tls_key=str(tmp_path / "lab.pem"),
    )
    with pytest.raises(ConfigurationError, match=r"lab\.pem"):
        certificates.server_context(configuration)


def test_clients_need_to_trust_only_our_own_authority(configuration, tmp_path):
    certificates.server_context(configuration)
    bundle = certificates.trusted(configuration)
    assert bundle.read_bytes().startswith(read(configuration, "authority.pem"))
    assert certificates.trusted(Configuration(data=tmp_path)) is None
    given = Configuration(data=tmp_path, tls=True, tls_certificate="a", tls_key="b")
    assert certificates.trusted(given) is None


def test_a_certificate_without_its_key_is_replaced(configuration):
    """A crash while both were replaced has left the new key with the old certificate."""
    certificates.server_context(configuration)
    old = certificate(configuration)
    folder = configuration.data / certificates.FOLDER
    (folder / "server.key").write_bytes((folder / "authority.key").read_bytes())
    certificates.server_context(configuration)
    assert certificate(configuration) != old


def test_several_workers_make_one_certificate(configuration):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(certificates.server_context, [configuration] * 8))  # none raises
    first = certificate(configuration)
    certificates.server_context(configuration)
    assert certificate(configuration) == first
