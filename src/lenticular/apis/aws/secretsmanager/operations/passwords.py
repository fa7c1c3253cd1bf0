"""Random passwords: GetRandomPassword."""

from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import PasswordRules, random_password


class PasswordOperations:
    """What is drawn."""

    async def get_random_password(self, call: Call, params: Params) -> Result:
        """Draw a password by the rules that are given."""
        call.require("secretsmanager:GetRandomPassword")
        rules = PasswordRules(
            length=params.get("PasswordLength", 32),
            excluded=params.get("ExcludeCharacters", ""),
            lowercase=not params.get("ExcludeLowercase", False),
            uppercase=not params.get("ExcludeUppercase", False),
            numbers=not params.get("ExcludeNumbers", False),
            punctuation=not params.get("ExcludePunctuation", False),
            space=params.get("IncludeSpace", False),
            each_kind=params.get("RequireEachIncludedType", True),
        )
        return {"RandomPassword": random_password(rules)}
