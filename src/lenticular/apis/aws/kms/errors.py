"""The errors of KMS: what the keys' own are in its words."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.keys import errors as keys
from lenticular.primitives.policies.documents import PolicyMalformed, PrincipalUnknown


def validation(message: str) -> AwsError:
    """Return the error of a parameter that cannot be taken."""
    return AwsError("ValidationException", message)


def unsupported(message: str) -> AwsError:
    """Return the error of what this cloud does not do."""
    return AwsError("UnsupportedOperationException", message)


def not_found(message: str) -> AwsError:
    """Return the error of what is not there."""
    return AwsError("NotFoundException", message)


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the keys is in KMS; None: it is none of theirs."""
    match error:
        case AccessDenied():
            return AwsError("AccessDeniedException", str(error))
        case PrincipalUnknown():
            return AwsError(
                "MalformedPolicyDocumentException",
                "Policy contains a statement with one or more invalid principals: "
                f"{error.arn} is not there",
            )
        case PolicyMalformed():
            return AwsError("MalformedPolicyDocumentException", str(error))
        case keys.KeyNotFound():
            return not_found(_not_found(error))
        case keys.KeysError():
            return _of_state(error) or _of_input(error) or _of_data(error)
    return None


def _not_found(error: keys.KeyNotFound) -> str:
    if isinstance(error, keys.AliasNotFound):
        return f"Alias {error.key} is not found."
    if error.key.startswith("arn:"):
        return f"Key '{error.key}' does not exist"
    return f"Invalid keyId '{error.key}'"


def _of_state(error: keys.KeysError) -> AwsError | None:
    match error:
        case keys.KeyDisabled():
            return AwsError("DisabledException", f"{error.arn} is disabled.")
        case keys.KeyStateInvalid(state="PendingDeletion"):
            return AwsError("KMSInvalidStateException", f"{error.arn} is pending deletion.")
        case keys.KeyStateInvalid():
            return AwsError("KMSInvalidStateException", f"{error.arn} is not pending deletion.")
        case keys.KeyUsageInvalid():
            return AwsError("InvalidKeyUsageException", str(error))
        case keys.OperationUnsupported() | keys.SpecUnsupported():
            return unsupported(str(error))
        case keys.LimitExceeded():
            return AwsError("LimitExceededException", str(error))
        case keys.LockedOut():
            return AwsError(
                "MalformedPolicyDocumentException",
                "The new key policy will not allow you to update the key policy in the future.",
            )
    return None


def _of_input(error: keys.KeysError) -> AwsError | None:
    match error:
        case keys.KeyNameInvalid():
            return AwsError("InvalidArnException", f"Invalid ARN: {error.name}")
        case keys.GranteeInvalid():
            return AwsError("InvalidArnException", str(error))
        case keys.AliasNameInvalid():
            return AwsError("InvalidAliasNameException", str(error))
        case keys.AliasReserved():
            return AwsError("NotAuthorizedException", f"{error.arn}: alias/aws/ is reserved")
        case keys.AliasExists():
            return AwsError(
                "AlreadyExistsException", f"An alias with the name {error.arn} already exists"
            )
        case keys.GrantNotFound():
            return not_found(f"Grant ID {error.grant_id} not found")
        case keys.GrantTokenInvalid():
            return AwsError("InvalidGrantTokenException", "The grant token is not one of ours")
        case keys.InputInvalid() | keys.GrantInvalid() | keys.AliasTargetInvalid():
            return validation(str(error))
    return None


def _of_data(error: keys.KeysError) -> AwsError | None:
    match error:
        case keys.CiphertextInvalid():
            return AwsError(
                "InvalidCiphertextException",
                "The ciphertext was made by another key or with another encryption context, or it "
                "was changed",
            )
        case keys.KeyDiffers():
            return AwsError(
                "IncorrectKeyException",
                "The key ID in the request does not identify a CMK that can perform this "
                "operation.",
            )
        case keys.SignatureInvalid():
            return AwsError(
                "KMSInvalidSignatureException", "The signature is not one of this key and message"
            )
        case keys.MacInvalid():
            return AwsError("KMSInvalidMacException", "The MAC is not one of this key and message")
    return None
