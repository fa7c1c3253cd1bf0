"""AWS Identity and Access Management, spoken over the identities primitive.

API reference: "AWS Identity and Access Management", version 2010-05-08.
"""

from lenticular.apis.aws.iam.errors import translate
from lenticular.apis.aws.iam.operations.access_keys import AccessKeyOperations
from lenticular.apis.aws.iam.operations.account import AccountOperations
from lenticular.apis.aws.iam.operations.attachments import AttachmentOperations
from lenticular.apis.aws.iam.operations.boundaries import BoundaryOperations
from lenticular.apis.aws.iam.operations.groups import GroupOperations
from lenticular.apis.aws.iam.operations.inline_policies import InlinePolicyOperations
from lenticular.apis.aws.iam.operations.instance_profiles import InstanceProfileOperations
from lenticular.apis.aws.iam.operations.managed_policies import ManagedPolicyOperations
from lenticular.apis.aws.iam.operations.mfa_devices import MfaDeviceOperations
from lenticular.apis.aws.iam.operations.oidc_providers import OidcProviderOperations
from lenticular.apis.aws.iam.operations.passwords import (
    LoginProfileOperations,
    PasswordPolicyOperations,
)
from lenticular.apis.aws.iam.operations.reports import ReportOperations
from lenticular.apis.aws.iam.operations.roles import RoleOperations
from lenticular.apis.aws.iam.operations.service_linked_roles import ServiceLinkedRoleOperations
from lenticular.apis.aws.iam.operations.simulation import SimulationOperations
from lenticular.apis.aws.iam.operations.ssh_keys import SshKeyOperations
from lenticular.apis.aws.iam.operations.tags import TagOperations
from lenticular.apis.aws.iam.operations.users import UserOperations
from lenticular.apis.aws.iam.targets import Targets
from lenticular.apis.aws.wire.service import Service
from lenticular.primitives.identities import Identities


def service(identities: Identities, *, issuers_over_http: bool = False) -> Service:
    """Return the service, whose entities are kept in `identities`."""
    targets = Targets(identities)
    return Service(
        "iam",
        UserOperations(identities, targets),
        GroupOperations(identities, targets),
        RoleOperations(identities, targets),
        ServiceLinkedRoleOperations(identities, targets),
        InstanceProfileOperations(identities, targets),
        ManagedPolicyOperations(identities),
        AttachmentOperations(identities, targets),
        InlinePolicyOperations(identities, targets),
        BoundaryOperations(identities, targets),
        SimulationOperations(identities, targets),
        AccessKeyOperations(identities, targets),
        LoginProfileOperations(identities, targets),
        PasswordPolicyOperations(identities),
        MfaDeviceOperations(identities, targets),
        SshKeyOperations(identities, targets),
        OidcProviderOperations(identities, targets, issuers_over_http=issuers_over_http),
        TagOperations(identities, targets),
        AccountOperations(identities),
        ReportOperations(identities),
        translate=translate,
    )


__all__ = ["service"]
