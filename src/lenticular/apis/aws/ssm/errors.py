"""The errors of Parameter Store: what the parameters' own are in its words."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.parameters import errors as parameters


def validation(message: str) -> AwsError:
    """Return the error of a request that cannot be served as it is."""
    return AwsError("ValidationException", message)


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the parameters is in Parameter Store; None: it is none of theirs."""
    match error:
        case parameters.ParameterNotFound():
            return AwsError("ParameterNotFound", f"Parameter {error.name} not found.")
        case parameters.ParameterExists():
            return AwsError(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option "
                "in the request to true.",
            )
        case parameters.VersionNotFound():
            kind = error.what.partition(" ")[0]
            return AwsError(
                "ParameterVersionNotFound",
                f"Systems Manager could not find {error.what} of {error.name}. Verify the {kind} "
                "and try again.",
            )
        case parameters.ParametersError():
            return _refused(error)
    return None


def _refused(error: parameters.ParametersError) -> AwsError | None:
    match error:
        case parameters.OldestLabelled():
            return AwsError(
                "ParameterMaxVersionLimitExceeded",
                f"You attempted to create a new version of {error.name} by calling the "
                f"PutParameter API with the overwrite flag. Version {error.number}, the oldest "
                "version, can't be deleted because it has a label associated with it. Move the "
                "label to another version of the parameter, and try again.",
            )
        case parameters.TooManyLabels():
            return AwsError(
                "ParameterVersionLabelLimitExceeded",
                "A parameter version can have maximum 10 labels. Move one or more labels to "
                "another version and try again.",
            )
        case parameters.TooManyParameters():
            return AwsError(
                "ParameterLimitExceeded",
                "You have exceeded the number of parameters for this AWS account. Delete one or "
                "more parameters and try again.",
            )
        case parameters.TooManyTags():
            return AwsError("TooManyTagsError", "A parameter can have at most 50 tags.")
        case parameters.TypeFixed():
            return AwsError(
                "HierarchyTypeMismatchException",
                "Parameter Store doesn't support changing a parameter type in a hierarchy. For "
                "example, you can't change a parameter from a String type to a SecureString type. "
                "You must create a new, unique parameter.",
            )
        case parameters.TierFixed():
            return validation(
                "This parameter uses the advanced-parameter tier. You can't downgrade a parameter "
                "from the advanced-parameter tier to the standard-parameter tier. If necessary, "
                "you can delete the advanced parameter and recreate it as a standard parameter."
            )
    return None
