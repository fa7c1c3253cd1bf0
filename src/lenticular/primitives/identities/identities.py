"""The identities of one cloud: its parts, and what everybody asks of them."""

import time
from collections.abc import Callable, Collection
from typing import TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.accounts import Accounts, account_at, create_account
from lenticular.primitives.identities.attachments import Attachments
from lenticular.primitives.identities.devices import MfaDevices
from lenticular.primitives.identities.groups import Groups
from lenticular.primitives.identities.inline_policies import InlinePolicies
from lenticular.primitives.identities.keys import LASTING, Keys, add_key, keys_of, open_secret
from lenticular.primitives.identities.logins import Logins
from lenticular.primitives.identities.managed_policies import ManagedPolicies
from lenticular.primitives.identities.oidc import OidcProviders
from lenticular.primitives.identities.passwords import PasswordHashes
from lenticular.primitives.identities.principals import KeysOf, Principals
from lenticular.primitives.identities.profiles import InstanceProfiles
from lenticular.primitives.identities.records import Account, RootCredentials, Signer, User
from lenticular.primitives.identities.reports import CredentialReports
from lenticular.primitives.identities.roles import Roles
from lenticular.primitives.identities.signers import FindSigner, Signers
from lenticular.primitives.identities.sshkeys import SshKeys
from lenticular.primitives.identities.store import IdentityStore
from lenticular.primitives.identities.users import Users, user_signing_in
from lenticular.primitives.identities.uses import Uses
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.principals import Principal
from lenticular.primitives.throttle import Throttle
from lenticular.primitives.vault import Vault

FIRST_ACCOUNT = "lab"
"""Name of the account that a new cloud starts with."""

T = TypeVar("T")


class Identities:
    """Who there is: accounts, their users, groups and roles, and their credentials."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        *,
        domains: Collection[str] = ("localhost",),
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        hashes: PasswordHashes | None = None,
    ) -> None:
        """Keep identities in `store`.

        `domains` are this cloud's, which sign-in names end with; `now` tells the time in
        seconds since the epoch, `clock` in seconds since anything; `hashes` makes those of
        passwords.
        """
        self._store = IdentityStore(store, vault, time=now)
        self._domain = next(iter(domains), "localhost")
        self._domains = frozenset(domain.lower() for domain in domains)
        self._principals = Principals()
        self._signers = Signers(self._store, self._principals, clock=clock)
        self._hashes = hashes or PasswordHashes()
        self.uses = Uses(self._store)
        self.accounts = Accounts(self._store)
        self.policies = ManagedPolicies(self._store)
        self.inline_policies = InlinePolicies(self._store)
        self.attachments = Attachments(self._store)
        self.users = Users(self._store)
        self.groups = Groups(self._store)
        self.roles = Roles(self._store, self.uses)
        self.keys = Keys(self._store, self.uses)
        self.logins = Logins(self._store, self._hashes)
        self.profiles = InstanceProfiles(self._store)
        self.devices = MfaDevices(self._store)
        self.oidc = OidcProviders(self._store)
        self.ssh_keys = SshKeys(self._store)
        self.reports = CredentialReports(self._store)

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Read several things of one state, with the functions of this package."""
        return await self._store.read(fn)

    async def change(self, fn: Callable[[Transaction], T]) -> T:
        """Run a transaction that changes what identities are or may do: it counts at once."""
        return await self._store.change(fn)

    def throttle(self, kind: str) -> Throttle:
        """Return what counts attempts of one kind that fail."""
        return self._store.throttle(kind)

    def tell_changed(self) -> None:
        """Forget what is remembered: another process has changed something."""
        self._store.tell_changed()

    async def create_account(self, name: str, email: str = "") -> RootCredentials:
        """Create an account with a root identity and its access key.

        Raises `AccountTaken` or `AccountNameInvalid`.
        """
        return await self._store.change(lambda tx: self._create_account(tx, name, email))

    def _create_account(self, tx: Transaction, name: str, email: str) -> RootCredentials:
        account = create_account(tx, name, email, self._store.now())
        return self._new_root_credentials(tx, account)

    def _new_root_credentials(self, tx: Transaction, account: Account) -> RootCredentials:
        key, secret = add_key(tx, self._store, account.account_id, None)
        return RootCredentials(account.account_id, account.canonical_id, key.access_key_id, secret)

    async def first_account(self) -> RootCredentials:
        """Return the account that the cloud started with, creating it on first use.

        Its root identity gets a new key when none of its keys works any more. Raises
        `VaultError` when a secret does not open.
        """
        found = await self._store.read(self._find_first)
        if found is None:
            found = await self._store.change(self._create_first)
        return found

    def _find_first(self, reader: Reader) -> RootCredentials | None:
        known = reader.get(spaces.FIRST)
        if known is None:
            return None
        account = account_at(reader, known.decode())
        for key in keys_of(reader, account.account_id, None):
            if key.active:
                secret = open_secret(self._store.vault, key)
                return RootCredentials(
                    account.account_id, account.canonical_id, key.access_key_id, secret
                )
        return None

    def _create_first(self, tx: Transaction) -> RootCredentials:
        found = self._find_first(tx)
        if found is not None:
            return found
        known = tx.get(spaces.FIRST)
        if known is not None:
            return self._new_root_credentials(tx, account_at(tx, known.decode()))
        credentials = self._create_account(tx, FIRST_ACCOUNT, "")
        tx.set(spaces.FIRST, credentials.account_id.encode())
        return credentials

    async def first_account_id(self) -> str:
        """Return the id of the account that the cloud started with, creating it on first use."""
        known = await self._store.read(lambda reader: reader.get(spaces.FIRST))
        return (await self.first_account()).account_id if known is None else known.decode()

    async def account(self, account_id: str) -> Account | None:
        """Return an account by its id."""
        return await self.accounts.find(account_id)

    async def account_by_canonical(self, canonical_id: str) -> Account | None:
        """Return an account by the name it has in access control lists."""
        return await self.accounts.by_canonical(canonical_id)

    async def account_by_email(self, email: str) -> Account | None:
        """Return an account by its mail address, in any case."""
        return await self.accounts.by_email(email)

    async def signer(self, access_key_id: str) -> Signer | None:
        """Return what a signature by this key is checked with.

        None for a key that is unknown or switched off. Every request asks this, so it is
        remembered for `REMEMBERED` seconds.
        """
        return await self._signers.find(access_key_id)

    def add_signers(self, prefix: str, find: FindSigner) -> None:
        """Let `find` answer for the access key ids that start with four letters (``ASIA``)."""
        self._signers.add(prefix, find)

    def add_keys(self, keys_of: KeysOf) -> None:
        """Let every user have the condition keys that `keys_of` returns of its person, too.

        It takes a reader and the user's identity id. Whoever changes what it returns does so
        in `change`, so that the change counts at once.
        """
        self._principals.add_keys(keys_of)

    def root_principal(
        self, reader: Reader, account_id: str, access_key_id: str | None = None
    ) -> Principal:
        """Return the root identity of an account. Raises LookupError without the account."""
        return self._principals.root(reader, account_id, access_key_id)

    def user_principal(
        self, reader: Reader, account_id: str, user_name: str, access_key_id: str | None = None
    ) -> Principal:
        """Return a user as the principal that it is now. Raises `EntityNotFound`."""
        return self._principals.user_named(reader, account_id, user_name, access_key_id)

    def role_authority(self, reader: Reader, account_id: str, role_name: str) -> Authority:
        """Return what a role's policies say now. Raises `EntityNotFound`."""
        return self._principals.role_named(reader, account_id, role_name)

    async def user_by_identity(self, identity_id: str) -> User | None:
        """Return the user whose person has this UUID, or None."""
        return await self.users.by_identity(identity_id)

    async def find_user(self, sign_in_name: str) -> User | None:
        """Return whom a sign-in name stands for, or None.

        It is ``NAME@LABEL.DOMAIN`` (the account's label, alias or id; one of the cloud's
        domains), the name of a user in the first account, or a mail address that one user has.
        """
        return await self._store.read(
            lambda reader: user_signing_in(reader, sign_in_name, self._domains)
        )

    async def sign_in_name(self, user: User) -> str:
        """Return a user's name in every interface: ``NAME@LABEL.DOMAIN``."""
        account = await self.accounts.get(user.account_id)
        return f"{user.name}@{account.domain_label}.{self._domain}"

    async def verify_password(self, account_id: str, user_name: str, password: str) -> bool:
        """Tell whether a password is a user's; it takes as long for a user that is not there."""
        return await self.logins.verify(account_id, user_name, password)

    async def set_password(
        self, account_id: str, user_name: str, password: str, *, reset_required: bool = False
    ) -> None:
        """Let a user have a password, its first or another.

        Raises `EntityNotFound`, and `PasswordRefused` by the account's password policy.
        """
        await self.logins.set_password(
            account_id, user_name, password, reset_required=reset_required
        )

    def note_use(self, principal: Principal, service: str, region: str) -> None:
        """Note that a principal's key is used now for a service, or the role it stands for."""
        if principal.kind == "role":
            self.uses.note(principal.user_id.partition(":")[0], service, region)
        elif principal.access_key_id and principal.access_key_id.startswith(LASTING):
            self.uses.note(principal.access_key_id, service, region)

    async def maintain(self) -> None:
        """Do what is left to do now and then: write down what was last used."""
        await self.uses.flush()

    async def close(self) -> None:
        """Write what is only in memory, and release the threads."""
        try:
            await self.uses.flush()
        finally:
            self._hashes.close()
