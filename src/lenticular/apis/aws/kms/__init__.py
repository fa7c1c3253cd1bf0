"""AWS Key Management Service, spoken over the keys primitive.

API reference: "AWS Key Management Service", version 2014-11-01.
"""

from lenticular.apis.aws.kms.errors import translate
from lenticular.apis.aws.kms.operations.aliases import AliasOperations
from lenticular.apis.aws.kms.operations.ciphers import CipherOperations
from lenticular.apis.aws.kms.operations.datakeys import DataKeyOperations
from lenticular.apis.aws.kms.operations.grants import GrantOperations
from lenticular.apis.aws.kms.operations.keys import KeyOperations
from lenticular.apis.aws.kms.operations.policies import PolicyOperations
from lenticular.apis.aws.kms.operations.rotations import RotationOperations
from lenticular.apis.aws.kms.operations.signatures import SignatureOperations
from lenticular.apis.aws.kms.operations.tags import TagOperations
from lenticular.apis.aws.kms.requests import Requests
from lenticular.apis.aws.wire.service import Service, json_access_denied
from lenticular.primitives.keys import Keys

__all__ = ["service"]


def service(keys: Keys) -> Service:
    """Return the service over the keys of one cloud."""
    requests = Requests(keys.grants)
    return Service(
        "kms",
        KeyOperations(keys, requests),
        PolicyOperations(keys, requests),
        AliasOperations(keys, requests),
        TagOperations(keys, requests),
        GrantOperations(keys, requests),
        RotationOperations(keys, requests),
        CipherOperations(keys, requests),
        DataKeyOperations(keys, requests),
        SignatureOperations(keys, requests),
        translate=translate,
        denied=json_access_denied,
    )
