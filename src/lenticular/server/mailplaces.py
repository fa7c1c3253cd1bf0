"""How notices leave the cloud: the mail server of the settings, and webhooks."""

import stat
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address

from lenticular.engines.mail.contract import MailEngine
from lenticular.engines.mail.smtp import SmtpMail, SmtpServer
from lenticular.engines.webhooks.contract import WebhookEngine
from lenticular.engines.webhooks.http import HttpWebhooks
from lenticular.primitives.notices import is_address
from lenticular.server.configuration import Configuration, ConfigurationError

CREDENTIAL_NAME = "smtp-password"
"""The file in the data folder with the password for the mail server."""

_NOWHERE = "cloud@localhost"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What notices go out by."""

    mail: MailEngine | None = None
    """None: mails stay in the outbox, to be read there."""
    webhooks: WebhookEngine = field(default_factory=HttpWebhooks)
    mail_from: Address = field(default_factory=lambda: Address("Lenticular", addr_spec=_NOWHERE))


def outgoing(configuration: Configuration) -> Outgoing:
    """Return what the settings say. Raises `ConfigurationError`."""
    sender = _mail_from(configuration)
    return Outgoing(
        SmtpMail(_server(configuration, sender.domain)) if configuration.smtp_host else None,
        HttpWebhooks(to_private=configuration.webhooks_to_private),
        sender,
    )


def _server(configuration: Configuration, own_name: str) -> SmtpServer:
    host, security = configuration.smtp_host, configuration.smtp_security
    if configuration.smtp_user and security == "none" and not _is_this_machine(host):
        raise ConfigurationError(
            "smtp_security is none: a password would go over the network in the clear; "
            "set starttls or tls, or take smtp_user away"
        )
    password = _password(configuration) if configuration.smtp_user else ""
    return SmtpServer(
        host, configuration.smtp_port, security, configuration.smtp_user, password, own_name
    )


def _password(configuration: Configuration) -> str:
    path = configuration.data / CREDENTIAL_NAME
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigurationError(f"{path} holds a secret and is open to others: chmod 600 it")
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigurationError(
            f"smtp_user is set, and the password is to be in {path}: {error.strerror}"
        ) from None


def _mail_from(configuration: Configuration) -> Address:
    given = configuration.mail_from
    if not given:
        domain = configuration.public_host or next(iter(configuration.domains), "")
        address = f"cloud@{domain}"
        return Address("Lenticular", addr_spec=address if is_address(address) else _NOWHERE)
    name, address = parseaddr(given)
    try:
        if given.isprintable() and is_address(address):
            return Address(name, addr_spec=address)
    except (ValueError, HeaderParseError):
        pass
    raise ConfigurationError(f"mail_from is {given!r}: expected NAME <ADDRESS> or ADDRESS")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
