"""The errors of Secrets Manager: what the secrets' own are in its words."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.policies.documents import PolicyMalformed, PrincipalUnknown
from lenticular.primitives.secrets import errors as secrets


def invalid_parameter(message: str) -> AwsError:
    """Return the error of a parameter that cannot be taken."""
    return AwsError("InvalidParameterException", message)


def invalid_request(message: str) -> AwsError:
    """Return the error of what cannot be done to a secret as it is."""
    return AwsError("InvalidRequestException", message)


def not_found() -> AwsError:
    """Return the error of a secret that is not there."""
    return AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the secrets is in Secrets Manager; None: it is none of theirs."""
    match error:
        case secrets.SecretNotFound():
            return not_found()
        case secrets.VersionNotFound():
            return AwsError(
                "ResourceNotFoundException",
                f"Secrets Manager can't find the specified secret value for {error.what}",
            )
        case secrets.SecretExists():
            return AwsError(
                "ResourceExistsException",
                f"The operation failed because the secret {error.name} already exists.",
            )
        case secrets.VersionExists():
            return AwsError(
                "ResourceExistsException",
                f"You can't use ClientRequestToken {error.version_id} because that value is "
                "already in use for a version of secret.",
            )
        case secrets.SecretNameTaken():
            return invalid_request(
                "You can't create this secret because a secret with this name is already "
                "scheduled for deletion."
            )
        case secrets.SecretDeleted():
            return invalid_request(
                "You can't perform this operation on the secret because it was marked for deletion."
            )
        case secrets.RotationImpossible():
            return invalid_request(str(error))
        case PrincipalUnknown():
            return AwsError(
                "MalformedPolicyDocumentException",
                f"This resource policy contains an unsupported principal: {error.arn}",
            )
        case PolicyMalformed():
            return AwsError(
                "MalformedPolicyDocumentException",
                f"This resource policy contains a syntax error: {error}",
            )
        case secrets.SecretsError():
            return _refused(error)
    return None


def _refused(error: secrets.SecretsError) -> AwsError | None:
    match error:
        case secrets.StageElsewhere(named=None):
            return invalid_parameter(
                f"The parameter RemoveFromVersionId can't be empty. Staging label {error.stage} is "
                f"currently attached to version {error.version_id}, so you must explicitly "
                "reference that version in RemoveFromVersionId."
            )
        case secrets.StageElsewhere():
            return invalid_parameter(
                f"Staging label {error.stage} is currently attached to version "
                f"{error.version_id}, and not to version {error.named}."
            )
        case secrets.StageNeeded():
            return invalid_parameter(
                "You can only move staging label AWSCURRENT to a different secret version. It "
                "can't be completely removed."
            )
        case secrets.TooManyVersions():
            return AwsError(
                "LimitExceededException",
                "The secret has as many versions as it may have: wait a day, or remove staging "
                "labels of old ones",
            )
        case secrets.TooManyStages():
            return AwsError("LimitExceededException", "A version has at most 20 staging labels")
        case secrets.TooManyTags():
            return invalid_parameter("A secret can have at most 50 tags")
        case secrets.PasswordRulesInvalid():
            return invalid_parameter(f"The password rules cannot be followed: {error}")
    return None
