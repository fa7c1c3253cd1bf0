"""Who may take a role: what its trust policy and the caller's own policies say.

IAM User Guide, "Methods to assume a role", "Cross-account policy evaluation logic": in the
role's account, a trust policy that names the caller is enough, and one that names the account
leaves it to the caller's policies; from another account both must allow.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import ROLES, Role
from lenticular.primitives.policies.context import PROVIDER, SERVICE
from lenticular.primitives.policies.documents import parse
from lenticular.primitives.policies.evaluation import Access, Decision, Keys, decide
from lenticular.primitives.principals import Principal
from lenticular.primitives.sessions.errors import Refused, RequestInvalid
from lenticular.primitives.sessions.passed import NOTHING, Passed
from lenticular.primitives.sessions.records import Session

_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/((?:[!-~]+/)?)([\w+=,.@-]{1,64})", re.ASCII)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)

_parse = lru_cache(maxsize=10_000)(parse)


class RoleArn(NamedTuple):
    """The ARN of a role, whether there is such a role or not."""

    text: str
    account_id: str
    path: str
    name: str

    def find(self, reader: Reader) -> Role | None:
        """Return the role, or None."""
        role = ROLES.find(reader, self.account_id, self.name)
        return role if role is not None and role.arn == self.text else None


def parse_role_arn(text: str) -> RoleArn:
    """Return the parts of a role's ARN. Raises `RequestInvalid`."""
    match = _ARN.fullmatch(text)
    if match is None:
        raise RequestInvalid(
            f"{text} is invalid: expected the ARN of a role, such as "
            f"arn:aws:iam::123456789012:role/NAME"
        )
    account_id, path, name = match.groups()
    return RoleArn(text, account_id, f"/{path}", name)


class RoleRequest(NamedTuple):
    """A session of a role, as somebody wants it."""

    role_arn: str
    session_name: str
    passed: Passed = NOTHING
    seconds: int | None = None
    """How long it is to last; None: an hour."""
    token_size: int = 0
    """Characters that its session token has at least."""

    def check(self) -> RoleArn:
        """Check the form of all of it and return the role's ARN.

        Raises `RequestInvalid` or `PolicyMalformed`.
        """
        check_session_name(self.session_name)
        self.passed.check()
        return parse_role_arn(self.role_arn)

    def keys(self) -> Keys:
        """Return the condition keys that tell of it, but for what is passed."""
        keys = {"sts:rolesessionname": self.session_name}
        if self.seconds is not None:
            keys["sts:durationseconds"] = str(self.seconds)
        return keys


def check_session_name(name: str) -> None:
    """Raise `RequestInvalid` for what a session cannot be called."""
    if not _SESSION_NAME.fullmatch(name):
        raise RequestInvalid(
            f"{name!r} cannot be the name of a session: it has 2 to 64 letters, digits and _+=,.@-"
        )


def session(role: Role, request: RoleRequest, passed: Passed, *, chained: bool = False) -> Session:
    """Return the session of a role that is to begin, with what is `passed` in the end."""
    return Session(
        "role",
        role.account_id,
        role.id,
        session_name=request.session_name,
        policy=passed.policy,
        policy_arns=passed.policy_arns,
        tags=passed.tags,
        transitive=passed.transitive,
        source_identity=passed.source_identity,
        chained=chained,
    )


def require(
    reader: Reader, caller: Principal, arn: RoleArn, action: str, keys: Keys, passed: Passed
) -> Role:
    """Return a role that the caller may take by `action`, with what is `passed`.

    `keys` are the condition keys of the request. Raises `Refused`, in the same words whether
    there is no such role or it does not trust the caller.
    """
    role = arn.find(reader)
    asked = {**keys, **passed.request_keys()}
    if role is not None:
        for name, value in role.tags.items():
            asked |= {f"{prefix}:resourcetag/{name.lower()}": value for prefix in ("aws", "iam")}
    actions = [action]
    if passed.tags:
        actions.append("sts:TagSession")
    if passed.source_identity:
        actions.append("sts:SetSourceIdentity")
    for each in actions:
        decision = _decide(caller, arn, role, each, asked)
        if not decision.allowed:
            raise Refused(decision)
    if role is None:
        raise LookupError(f"what is not there trusts nobody, and {arn.text} did")
    return role


def _decide(
    caller: Principal, arn: RoleArn, role: Role | None, action: str, keys: Keys
) -> Decision:
    trust, bindings = (_TRUSTS_NOBODY, ()) if role is None else (role.trust, role.bindings)
    access = Access(
        caller,
        action,
        arn.text,
        arn.account_id,
        keys,
        resource_policy=_parse(trust, f"the trust policy of role {arn.name}", "trust", bindings),
    )
    decision = decide(access)
    # A root identity has no limits but this: what it did in a role would be nobody's.
    if decision.allowed and caller.kind == "root":
        return Decision(access, False, "implicit")
    return decision


_TRUSTS_NOBODY = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"Service": "nobody.invalid"}}}'
)


def service_principal(service: str) -> Principal:
    """Return a service of this cloud as it takes a role (``lambda.amazonaws.com``)."""
    return Principal("", "", service, "", kind="anonymous", keys={SERVICE: service})


def web_principal(provider_arn: str, user_id: str, claims: Keys) -> Principal:
    """Return somebody whom an identity provider vouches for, and who is nobody here yet."""
    return Principal("", "", user_id, "", kind="federated", keys={**claims, PROVIDER: provider_arn})
