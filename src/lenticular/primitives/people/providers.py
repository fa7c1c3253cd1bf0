"""Identity providers: the institutions whose sign-in this cloud accepts."""

import ipaddress
import re
import time
import uuid
from collections.abc import Collection
from urllib.parse import urlsplit

from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.people.errors import (
    ProviderExists,
    ProviderInvalid,
    ProviderNotFound,
    UsernameInvalid,
)
from lenticular.primitives.people.records import (
    CLIENT_DOMAIN,
    PROVIDER,
    PROVIDER_DOMAIN,
    PROVIDER_NAMED,
    Admission,
    IdentityProvider,
    decode_provider,
    encode,
    provider,
)
from lenticular.primitives.vault import Vault

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:]+\]")
_LONGEST_USERNAME = 255


class NewProvider(Struct, frozen=True, kw_only=True):
    """The provider to enter."""

    name: str
    issuer: str
    client_id: str
    client_secret: str = ""
    title: str = ""
    domains: tuple[str, ...] = ()
    """None: the issuer's host."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    username_claim: str = "preferred_username"
    email_claim: str = "email"
    admission: Admission = "link-only"
    account_id: str = ""
    group_name: str = ""


class IdentityProviders:
    """The identity providers of one cloud, besides itself."""

    def __init__(self, store: KeyValueStore, vault: Vault, domains: Collection[str]) -> None:
        """Keep providers in `store`; none may vouch for names in this cloud's own `domains`."""
        self._store = store
        self._vault = vault
        self._own = (*(domain.lower() for domain in domains), CLIENT_DOMAIN)

    async def create(self, new: NewProvider) -> IdentityProvider:
        """Enter a provider. Raises `ProviderInvalid` and `ProviderExists`."""
        made = self._made(new)

        def write(tx: Transaction) -> None:
            if tx.get(PROVIDER.pack(made.provider_id)) is not None:
                raise ProviderExists(f"the issuer {made.issuer} is that of a provider already")
            if tx.get(PROVIDER_NAMED.pack(made.name)) is not None:
                raise ProviderExists(f"there is an identity provider {made.name!r} already")
            for domain in made.domains:
                if tx.get(PROVIDER_DOMAIN.pack(domain)) is not None:
                    raise ProviderExists(f"another provider vouches for names in {domain}")
                tx.set(PROVIDER_DOMAIN.pack(domain), made.provider_id.encode())
            tx.set(PROVIDER.pack(made.provider_id), encode(made))
            tx.set(PROVIDER_NAMED.pack(made.name), made.provider_id.encode())

        await self._store.transact(write)
        return made

    def _made(self, new: NewProvider) -> IdentityProvider:
        if not _NAME.fullmatch(new.name):
            raise ProviderInvalid(
                f"a provider's name has lower-case letters, digits and dashes, not {new.name!r}"
            )
        host = _host(new.issuer)
        domains = tuple(dict.fromkeys(domain.lower() for domain in new.domains)) or (host,)
        for domain in domains:
            if not _DOMAIN.fullmatch(domain):
                raise ProviderInvalid(f"{domain!r} is no domain")
            if any(domain == own or domain.endswith(f".{own}") for own in self._own):
                raise ProviderInvalid(
                    f"names in {domain} are this cloud's own: say which domain the provider's "
                    f"usernames end with (--domain)"
                )
        if "openid" not in new.scopes:
            raise ProviderInvalid("one of the scopes must be openid")
        if new.admission == "create" and not new.account_id:
            raise ProviderInvalid("to make users, say in which account")
        provider_id = str(uuid.uuid5(uuid.NAMESPACE_URL, new.issuer))
        secret = new.client_secret.encode()
        return IdentityProvider(
            provider_id=provider_id,
            name=new.name,
            title=new.title or new.name,
            issuer=new.issuer,
            client_id=new.client_id,
            sealed_secret=self._vault.seal(secret, _context(provider_id)) if secret else b"",
            domains=domains,
            created=int(time.time() * 1000),
            scopes=new.scopes,
            username_claim=new.username_claim,
            email_claim=new.email_claim,
            admission=new.admission,
            account_id=new.account_id,
            group_name=new.group_name,
        )

    async def list(self) -> list[IdentityProvider]:
        """Return every provider, by name."""

        def collect(reader: Reader) -> list[IdentityProvider]:
            return [decode_provider(data) for _, data in reader.range(*PROVIDER.range())]

        found = await self._store.read(collect)
        return sorted(found, key=lambda provider: provider.name)

    async def get(self, name: str) -> IdentityProvider:
        """Return a provider by its name. Raises `ProviderNotFound`."""
        return await self._store.read(lambda reader: _named(reader, name))

    async def by_id(self, provider_id: str) -> IdentityProvider | None:
        """Return a provider by its id."""
        return await self._store.read(lambda reader: provider(reader, provider_id))

    async def by_domain(self, domain: str) -> IdentityProvider | None:
        """Return the provider that vouches for names in a domain."""
        return await self._store.read(lambda reader: provider_of_domain(reader, domain))

    async def delete(self, name: str) -> None:
        """Accept nothing more from a provider. Raises `ProviderNotFound`.

        Identities keep their links, for it may be entered again.
        """

        def remove(tx: Transaction) -> None:
            known = _named(tx, name)
            for domain in known.domains:
                tx.delete(PROVIDER_DOMAIN.pack(domain))
            tx.delete(PROVIDER_NAMED.pack(name))
            tx.delete(PROVIDER.pack(known.provider_id))

        await self._store.transact(remove)

    def client_secret(self, known: IdentityProvider) -> str | None:
        """Return our secret at a provider; None: we have none there. Raises `VaultError`."""
        if not known.sealed_secret:
            return None
        return self._vault.open(known.sealed_secret, _context(known.provider_id)).decode()


def provider_of_domain(reader: Reader, domain: str) -> IdentityProvider | None:
    """Return the provider that vouches for names in a domain."""
    known = reader.get(PROVIDER_DOMAIN.pack(domain.lower()))
    return None if known is None else provider(reader, known.decode())


def qualified(known: IdentityProvider, username: str) -> str:
    """Return the username that somebody has here whom a provider calls `username`.

    A provider says only names in its own domains as they are. Any other is followed by its
    domain (``ada@example.org@accounts.example.net``), so that none vouches for another's
    people, or for ours. Raises `UsernameInvalid`.
    """
    name = username.strip()
    stem, at, domain = name.rpartition("@")
    if not (at and stem and domain.lower() in known.domains):
        name = f"{name}@{known.domains[0]}"
    if not username.strip() or len(name) > _LONGEST_USERNAME or not name.isprintable():
        raise UsernameInvalid(
            f"{known.title} says a username of {len(username)} characters that cannot be one"
        )
    return name


def _named(reader: Reader, name: str) -> IdentityProvider:
    known = reader.get(PROVIDER_NAMED.pack(name))
    found = None if known is None else provider(reader, known.decode())
    if found is None:
        raise ProviderNotFound(name)
    return found


def _host(issuer: str) -> str:
    """Return the host of an issuer. Raises `ProviderInvalid` when it cannot be trusted as one."""
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
    except ValueError:
        raise ProviderInvalid(f"{issuer!r} is no URL") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ProviderInvalid(f"an issuer is an https URL without a query, not {issuer!r}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ProviderInvalid(
            f"{issuer} is not https: whoever is on the way there could sign in as anybody"
        )
    return f"[{host}]" if ":" in host else host.lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _context(provider_id: str) -> str:
    return f"identity provider {provider_id}"
