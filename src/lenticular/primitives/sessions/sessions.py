"""Sessions: temporary credentials begun, found by their key, ended and swept."""

import time
from collections.abc import Callable

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.circumstances import NO_CIRCUMSTANCES, Circumstances
from lenticular.primitives.identities import USERS, EntityNotFound, Identities, OidcProvider, Signer
from lenticular.primitives.identities.policies import compiled
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.principals import Principal
from lenticular.primitives.sessions import limits, records, roles
from lenticular.primitives.sessions.credentials import (
    PREFIX,
    Issued,
    new_key_id,
    new_secrets,
    seal,
    unseal,
)
from lenticular.primitives.sessions.errors import NotForSessions, Refused, RequestInvalid
from lenticular.primitives.sessions.factors import SecondFactors
from lenticular.primitives.sessions.passed import NOTHING, Passed, inherit
from lenticular.primitives.sessions.principals import SessionPrincipals, federated_arn
from lenticular.primitives.sessions.records import Session
from lenticular.primitives.sessions.roles import RoleRequest
from lenticular.primitives.sessions.webidentity import WebIdentity
from lenticular.primitives.vault import Vault

REMEMBERED_EXPIRED = 24 * 3600
"""Seconds after its end for which a session is kept, so that its holder is told that it
expired and not that it never was."""

_SWEPT = 500
"""Sessions that one transaction removes."""


class Sessions:
    """The temporary credentials of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        identities: Identities,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep sessions in `store`, and let `identities` find their signers here.

        `clock` tells the time in seconds since the epoch.
        """
        self._store = store
        self._vault = vault
        self._identities = identities
        self._clock = clock
        self._principals = SessionPrincipals(identities)
        self._factors = SecondFactors(identities)
        identities.add_signers(PREFIX, self._signer)

    # -- roles

    async def assume_role(
        self,
        caller: Principal,
        request: RoleRequest,
        *,
        external_id: str = "",
        serial_number: str = "",
        token_code: str = "",
    ) -> Issued:
        """Begin a session of a role for somebody who has credentials already.

        `external_id` is what the role's owner and the caller agreed on against confused
        deputies; serial number and code are of the caller's second factor. Raises `Refused`,
        `RequestInvalid`, `PolicyMalformed`, `PackedPolicyTooLarge` and `SecondFactorWrong`.
        """
        arn = request.check()
        keys = dict(request.keys())
        keys |= await self._factors.given(caller, serial_number, token_code)
        if external_id:
            keys["sts:externalid"] = external_id

        def begin(tx: Transaction) -> Issued:
            own = records.find(tx, caller.access_key_id or "")
            passed = request.passed
            if own is not None:
                passed = inherit(passed, own.transitive_tags, own.source_identity)
            role = roles.require(tx, caller, arn, "sts:AssumeRole", keys, passed)
            session = roles.session(role, request, passed, chained=caller.kind == "role")
            seconds = limits.role_seconds(
                request.seconds, role.max_session_duration, chained=session.chained
            )
            return self._begin(tx, session, passed, seconds, request.token_size)

        return await self._store.transact(begin)

    async def assume_role_as_web_identity(
        self,
        identity: WebIdentity,
        provider: OidcProvider,
        request: RoleRequest,
        circumstances: Circumstances = NO_CIRCUMSTANCES,
    ) -> Issued:
        """Begin a session of a role for somebody whom an identity provider vouches for.

        `identity` is what `webidentity.verify` found in a token of the provider, one of the
        role's account. Raises as `assume_role`.
        """
        request = request._replace(
            passed=request.passed._replace(
                tags=identity.tags,
                transitive=identity.transitive,
                source_identity=identity.source_identity,
            )
        )
        arn = request.check()
        claims = identity.keys(provider.issuer)
        user_id = f"{provider.arn}:{identity.audience}:{identity.subject}"
        caller = roles.web_principal(provider.arn, user_id, claims).under(circumstances)
        if provider.account_id != arn.account_id:
            raise RequestInvalid(f"The provider {provider.arn} is not of the role's account.")

        def begin(tx: Transaction) -> Issued:
            role = roles.require(
                tx, caller, arn, "sts:AssumeRoleWithWebIdentity", request.keys(), request.passed
            )
            session = replace(
                roles.session(role, request, request.passed),
                provider=provider.arn,
                claims=tuple(claims.items()),
            )
            seconds = limits.role_seconds(request.seconds, role.max_session_duration)
            return self._begin(tx, session, request.passed, seconds, request.token_size)

        return await self._store.transact(begin)

    async def for_service(
        self, service: str, request: RoleRequest, *, source_arn: str = "", source_account: str = ""
    ) -> Issued:
        """Begin a session of a role for a service of this cloud (``lambda.amazonaws.com``).

        The role's trust policy must name the service. `source_arn` is what the service acts
        for, and `source_account` the account that owns it: with them a trust policy keeps the
        service from being somebody else's deputy. Raises as `assume_role`.
        """
        arn = request.check()
        caller = roles.service_principal(service)
        keys = dict(request.keys())
        if source_arn:
            keys["aws:sourcearn"] = source_arn
        if source_account:
            keys["aws:sourceaccount"] = source_account

        def begin(tx: Transaction) -> Issued:
            role = roles.require(tx, caller, arn, "sts:AssumeRole", keys, request.passed)
            session = roles.session(role, request, request.passed)
            seconds = limits.role_seconds(request.seconds, role.max_session_duration)
            return self._begin(tx, session, request.passed, seconds, request.token_size)

        return await self._store.transact(begin)

    # -- users

    async def session_token(
        self,
        caller: Principal,
        seconds: int | None = None,
        *,
        serial_number: str = "",
        token_code: str = "",
        token_size: int = 0,
    ) -> Issued:
        """Begin a session of the caller, who has an access key of their own.

        With a second factor it may do what asks for one. Raises `NotForSessions`,
        `RequestInvalid` and `SecondFactorWrong`.
        """
        _check_long_term(caller, "GetSessionToken")
        seconds = limits.token_seconds(seconds, root=caller.kind == "root")
        given = await self._factors.given(caller, serial_number, token_code)
        session = Session(
            "user",
            caller.account_id,
            caller.user_id,
            mfa_time=self._now() if given else 0,
            limits="token",
        )
        return await self._store.transact(
            lambda tx: self._begin(tx, session, NOTHING, seconds, token_size)
        )

    async def federate(
        self,
        caller: Principal,
        name: str,
        passed: Passed,
        seconds: int | None = None,
        *,
        token_size: int = 0,
    ) -> Issued:
        """Begin a session of somebody, called `name`, whom the caller vouches for.

        It may do what both the caller's policies and those passed allow: without any, nothing.
        Raises `NotForSessions`, `Refused`, `RequestInvalid`, `PolicyMalformed` and
        `PackedPolicyTooLarge`.
        """
        _check_long_term(caller, "GetFederationToken")
        roles.check_session_name(name)
        passed.check()
        seconds = limits.token_seconds(seconds, root=caller.kind == "root")
        arn = federated_arn(caller.account_id, name)
        for action in ("sts:GetFederationToken", "sts:TagSession")[: 2 if passed.tags else 1]:
            keys = passed.request_keys()
            decision = decide(Access(caller, action, arn, caller.account_id, keys))
            if not decision.allowed:
                raise Refused(decision)
        session = Session(
            "federated",
            caller.account_id,
            caller.user_id,
            session_name=name,
            policy=passed.policy,
            policy_arns=passed.policy_arns,
            tags=passed.tags,
            limits="federation",
        )
        return await self._store.transact(
            lambda tx: self._begin(tx, session, passed, seconds, token_size)
        )

    async def for_user(
        self, account_id: str, user_name: str, seconds: int, *, mfa_time: int = 0
    ) -> Issued:
        """Begin a session in which the portal acts as a user who signed in there.

        Nothing limits it but what the user may do. `mfa_time` is when the user gave a second
        factor, in milliseconds since the epoch (0: they did not). Raises `EntityNotFound` and
        `RequestInvalid`.
        """
        seconds = limits.token_seconds(seconds, root=False)

        def begin(tx: Transaction) -> Issued:
            user = USERS.get(tx, account_id, user_name)
            session = Session("user", account_id, user.id, mfa_time=mfa_time)
            return self._begin(tx, session, NOTHING, seconds, 0)

        return await self._store.transact(begin)

    # -- their lives

    def _begin(
        self, tx: Transaction, session: Session, passed: Passed, seconds: int, token_size: int
    ) -> Issued:
        for policy_arn in passed.policy_arns:
            try:
                compiled(tx, session.account_id, policy_arn)
            except EntityNotFound as error:
                raise RequestInvalid(
                    f"The managed session policy {policy_arn} is not there: expected one of the "
                    f"account {session.account_id} or of AWS"
                ) from error
        packed_percent = passed.packed_percent()
        key_id, made, begun = new_key_id(), new_secrets(token_size), self._now()
        session = replace(
            session,
            access_key_id=key_id,
            begun=begun,
            expires=begun + seconds * 1000,
            sealed=seal(self._vault, key_id, made),
        )
        principal = self._principals.of(tx, session, begun / 1000)
        if principal is None:
            raise EntityNotFound("The identity of the session cannot be found.")
        records.save(tx, session)
        return Issued(
            key_id,
            made.secret_access_key,
            made.session_token,
            session.expires,
            principal.arn,
            principal.user_id,
            session.source_identity,
            packed_percent,
        )

    def _signer(self, reader: Reader, access_key_id: str) -> Signer | None:
        """Return what a signature by a session is checked with, also when it is over."""
        session = records.find(reader, access_key_id)
        if session is None:
            return None
        principal = self._principals.of(reader, session, self._clock())
        if principal is None:
            return None
        opened = unseal(self._vault, access_key_id, session.sealed)
        return Signer(
            access_key_id,
            opened.secret_access_key,
            principal,
            opened.session_token,
            session.expires / 1000,
        )

    async def find(self, access_key_id: str) -> Session | None:
        """Return what is kept of a session, also when it is over."""
        return await self._store.read(lambda reader: records.find(reader, access_key_id))

    async def end(self, access_key_id: str) -> None:
        """End a session now. Not an error when there is none."""

        def end(tx: Transaction) -> None:
            session = records.find(tx, access_key_id)
            if session is not None:
                records.remove(tx, session)

        await self._identities.change(end)

    async def end_all(self, account_id: str, principal_id: str) -> int:
        """End every session that has its rights from a user or a role, by unique id, now.

        Returns how many there were.
        """

        def end(tx: Transaction) -> int:
            ended = records.sessions_of(tx, account_id, principal_id)
            for session in ended:
                records.remove(tx, session)
            return len(ended)

        return await self._identities.change(end)

    async def sweep(self) -> int:
        """Forget sessions that have long been over; return how many."""
        before = self._now() - REMEMBERED_EXPIRED * 1000
        swept = 0

        def sweep(tx: Transaction) -> int:
            over = records.expired(tx, before, _SWEPT)
            for session in over:
                records.remove(tx, session)
            return len(over)

        while found := await self._store.transact(sweep):
            swept += found
        return swept

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _check_long_term(caller: Principal, operation: str) -> None:
    """Raise `NotForSessions` for a caller who has temporary credentials."""
    temporary = (caller.access_key_id or "").startswith(PREFIX)
    if temporary or caller.kind not in ("root", "user"):
        raise NotForSessions(f"Cannot call {operation} with session credentials")
