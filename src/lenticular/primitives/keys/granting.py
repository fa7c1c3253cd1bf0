"""Grants as they count: whether one lets somebody do something with a key.

AWS KMS Developer Guide, "Grants in AWS KMS", "Grant constraints". A grant gives its grantee
what an Allow of the key's policy would that names it: no policy of its own is needed for that,
and whatever denies it, or limits what it may do, still counts.
"""

from collections.abc import Iterator
from dataclasses import replace as replaced

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.keys.ciphertexts import Context
from lenticular.primitives.keys.records import GRANT, GRANTEE, Grant, decode_grant
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.principals import Principal

_WITH_CONTEXT = frozenset(
    {
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    }
)
"""Operations that have an encryption context; a grant's constraints are about these."""


def allows(
    reader: Reader, access: Access, key_id: str, context: Context, made: Grant | None = None
) -> bool:
    """Tell whether a grant of a key allows what no policy does, and none denies.

    `made` is the grant that is to be made, if this is about that.
    """
    operation = access.action.partition(":")[2]
    if operation == "RetireGrant":
        return False  # a grant lets its grantee retire that very one: see `is_meant`
    for whole, grant in _grants_to(reader, access.principal, key_id):
        if (
            operation in grant.operations
            and (operation not in _WITH_CONTEXT or takes(grant, context))
            and (made is None or _hands_on(grant, made))
            and _may_take(access, whole)
        ):
            return True
    return False


def _hands_on(grant: Grant, made: Grant) -> bool:
    """Tell whether a grant that is made gives no more than the one that allows to make it."""
    if not set(made.operations) <= set(grant.operations):
        return False
    if grant.context_equals is not None:
        return made.context_equals == grant.context_equals
    if grant.context_subset is None:
        return True
    required = made.context_equals or made.context_subset or {}
    return grant.context_subset.items() <= required.items()


def takes(grant: Grant, context: Context) -> bool:
    """Tell whether an encryption context is within a grant's constraints."""
    if grant.context_equals is not None and grant.context_equals != context:
        return False
    return grant.context_subset is None or grant.context_subset.items() <= context.items()


def is_meant(principal: Principal, unique_id: str) -> bool:
    """Tell whether a grant's grantee or retiring principal is, or holds, this one."""
    return bool(unique_id) and (
        unique_id in _own_ids(principal)
        or (unique_id == principal.account_id and principal.kind == "root")
    )


def _own_ids(principal: Principal) -> set[str]:
    """Return what a grant can call a principal, or who it stands for, by."""
    ids = {principal.arn, principal.issuer_id}
    if principal.kind == "user":
        ids.add(principal.user_id)  # only a user's id is ours
    return ids - {""}


def _grants_to(reader: Reader, principal: Principal, key_id: str) -> Iterator[tuple[bool, Grant]]:
    """Yield a principal's grants, and whether each is to its account as a whole."""
    own = [(False, unique_id) for unique_id in _own_ids(principal)]
    for whole, unique_id in [*own, (True, principal.account_id)]:
        for index, _ in reader.range(*GRANTEE.range(key_id, unique_id)):
            data = reader.get(GRANT.pack(key_id, GRANTEE.unpack(index)[2]))
            if data is not None:
                yield whole, decode_grant(data)


def _may_take(access: Access, whole: bool) -> bool:
    """Tell whether the principal's own policies let it take what a grant gives.

    What is given to its account as a whole they must allow; else they need only not limit it.
    """
    principal = access.principal
    if not whole:
        authority = replaced(principal.authority, unlimited=True)
        principal = replace(principal, authority=authority)
    own = replace(
        access, principal=principal, account_id=principal.account_id, resource_policy=None
    )
    return decide(own).allowed
