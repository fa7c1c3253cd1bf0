"""The policies of an identity as the evaluator wants them, and their end when it is deleted.

An entity is named by its `owner` (`records.Entity.owner`). Compiled policies are remembered
by their documents: what is asked again costs no parsing.
"""

from functools import lru_cache

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities.attachments import (
    attached_arns,
    boundary_arn,
    detach,
    entity_at,
    set_boundary,
)
from lenticular.primitives.identities.errors import EntityInUse
from lenticular.primitives.identities.inline_policies import inline_documents
from lenticular.primitives.identities.managed_policies import managed_policy, version_of
from lenticular.primitives.identities.policy_records import INLINE
from lenticular.primitives.policies import documents
from lenticular.primitives.policies.documents import Policy

_compile = lru_cache(maxsize=10_000)(documents.parse)


def attached(reader: Reader, account_id: str, owner: str) -> tuple[Policy, ...]:
    """Return the policies of an entity, attached and inline, compiled."""
    managed = [
        compiled(reader, account_id, arn) for arn in attached_arns(reader, account_id, owner)
    ]
    inline = inline_documents(reader, account_id, owner)
    if not inline:
        return tuple(managed)
    entity = entity_at(reader, account_id, owner)
    of_it = f"of {entity.kind} {entity.name}"
    return (
        *managed,
        *(_compile(each, f"inline policy {name} {of_it}", "identity") for name, each in inline),
    )


def boundary(reader: Reader, account_id: str, owner: str) -> Policy | None:
    """Return the permissions boundary of an entity, compiled; None: it has none."""
    arn = boundary_arn(reader, account_id, owner)
    return compiled(reader, account_id, arn) if arn else None


def compiled(reader: Reader, account_id: str, arn: str) -> Policy:
    """Return the version of a managed policy that counts, compiled. Raises `EntityNotFound`."""
    policy = managed_policy(reader, account_id, arn)
    return _compile(version_of(reader, policy, policy.default).document, arn, "identity")


def check_bare(reader: Reader, account_id: str, owner: str) -> None:
    """Raise `EntityInUse` while an entity that is to be deleted has policies.

    A permissions boundary does not keep it.
    """
    if attached_arns(reader, account_id, owner):
        raise EntityInUse("Cannot delete entity, must detach all policies first.")
    if inline_documents(reader, account_id, owner):
        raise EntityInUse("Cannot delete entity, must delete policies first.")


def forget_entity(tx: Transaction, account_id: str, owner: str) -> None:
    """Forget all policies of an entity that is deleted."""
    set_boundary(tx, account_id, owner, "")
    for arn in attached_arns(tx, account_id, owner):
        detach(tx, account_id, owner, arn)
    tx.delete_range(*INLINE.range(account_id, owner))
