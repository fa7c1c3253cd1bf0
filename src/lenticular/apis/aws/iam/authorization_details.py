"""What GetAccountAuthorizationDetails tells: everything that decides who may do what."""

from collections.abc import Iterable

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.wire.service import Result
from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import (
    Entity,
    Group,
    Identities,
    InstanceProfile,
    Role,
    User,
)
from lenticular.primitives.identities.attachments import attached_arns, boundary_arn
from lenticular.primitives.identities.groups import groups_of
from lenticular.primitives.identities.inline_policies import inline_documents
from lenticular.primitives.identities.managed_policies import (
    managed_policy,
    usage_of,
    versions_of,
)
from lenticular.primitives.identities.policy_records import ManagedPolicy
from lenticular.primitives.identities.profiles import profiles_of, role_in
from lenticular.primitives.identities.roles import as_shown

MEMBERS = {
    User: "UserDetailList",
    Group: "GroupDetailList",
    Role: "RoleDetailList",
    ManagedPolicy: "Policies",
}
"""The list that each kind goes into, in the order in which they are told."""

Detailed = User | Group | Role | ManagedPolicy


def place(detailed: Detailed) -> str:
    """Return what orders the whole, and is like no other's: kind, name, and whose it is."""
    kind = list(MEMBERS).index(type(detailed))
    return f"{kind} {detailed.name.lower()} {detailed.account_id}"


class Details:
    """Describes the entities and policies of an account while it reads."""

    def __init__(self, reader: Reader, identities: Identities, account_id: str) -> None:
        self._reader = reader
        self._identities = identities
        self._account_id = account_id

    def tell(self, page: Iterable[Detailed]) -> Result:
        """Return the members of the answer."""
        answer: Result = {member: [] for member in MEMBERS.values()}
        for detailed in page:
            answer[MEMBERS[type(detailed)]].append(self._detail(detailed))
        return answer

    def _detail(self, detailed: Detailed) -> Result:
        match detailed:
            case User():
                return self._user(detailed)
            case Group():
                return descriptions.group(detailed) | self._policies(detailed, "Group")
            case Role():
                return self._role(detailed)
        return self._policy(detailed)

    def _user(self, user: User) -> Result:
        groups = sorted(group.name for group in groups_of(self._reader, user))
        described = descriptions.user(user, boundary=self._boundary(user), detailed=True)
        del described["PasswordLastUsed"]  # not told here
        return described | {"GroupList": groups} | self._policies(user, "User")

    def _role(self, role: Role) -> Result:
        use = self._identities.uses.find(self._reader, role.id)
        shown, boundary = as_shown(self._reader, role), self._boundary(role)
        described = descriptions.role(shown, boundary=boundary, use=use, detailed=True)
        del described["Description"], described["MaxSessionDuration"]  # not told here
        profiles = [self._profile(profile) for profile in profiles_of(self._reader, role)]
        return described | {"InstanceProfileList": profiles} | self._policies(role, "Role")

    def _profile(self, profile: InstanceProfile) -> Result:
        return descriptions.profile(profile, role_in(self._reader, profile))

    def _boundary(self, entity: Entity) -> str:
        return boundary_arn(self._reader, self._account_id, entity.owner)

    def _policies(self, entity: Entity, noun: str) -> Result:
        inline = inline_documents(self._reader, self._account_id, entity.owner)
        arns = attached_arns(self._reader, self._account_id, entity.owner)
        attached = [managed_policy(self._reader, self._account_id, arn) for arn in arns]
        return {
            f"{noun}PolicyList": [
                {"PolicyName": name, "PolicyDocument": descriptions.document(text)}
                for name, text in inline
            ],
            "AttachedManagedPolicies": [
                {"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in attached
            ],
        }

    def _policy(self, policy: ManagedPolicy) -> Result:
        usage = usage_of(self._reader, self._account_id, policy.arn)
        return descriptions.policy(policy, usage) | {
            "Description": policy.description or None,
            "PolicyVersionList": [
                {
                    "Document": descriptions.document(version.document),
                    "VersionId": version.id,
                    "IsDefaultVersion": version.number == policy.default,
                    "CreateDate": descriptions.seconds(version.created),
                }
                for version in versions_of(self._reader, policy)
            ],
        }
