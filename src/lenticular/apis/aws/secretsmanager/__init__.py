"""AWS Secrets Manager, spoken over the secrets primitive.

API reference: "AWS Secrets Manager", version 2017-10-17.
"""

from lenticular.apis.aws.secretsmanager.access import Access
from lenticular.apis.aws.secretsmanager.errors import translate
from lenticular.apis.aws.secretsmanager.operations.deletion import DeletionOperations
from lenticular.apis.aws.secretsmanager.operations.listings import ListingOperations
from lenticular.apis.aws.secretsmanager.operations.passwords import PasswordOperations
from lenticular.apis.aws.secretsmanager.operations.policies import PolicyOperations
from lenticular.apis.aws.secretsmanager.operations.rotation import RotationOperations
from lenticular.apis.aws.secretsmanager.operations.secrets import SecretOperations
from lenticular.apis.aws.secretsmanager.operations.tags import TagOperations
from lenticular.apis.aws.secretsmanager.operations.values import ValueOperations
from lenticular.apis.aws.wire.service import Service, json_access_denied
from lenticular.primitives.secrets import Secrets

__all__ = ["service"]


def service(secrets: Secrets) -> Service:
    """Return the service over the secrets of one cloud."""
    access = Access(secrets)
    return Service(
        "secretsmanager",
        SecretOperations(secrets, access),
        ValueOperations(secrets, access),
        ListingOperations(secrets, access),
        DeletionOperations(secrets, access),
        RotationOperations(secrets, access),
        PolicyOperations(secrets, access),
        TagOperations(secrets, access),
        PasswordOperations(),
        translate=translate,
        denied=json_access_denied,
    )
