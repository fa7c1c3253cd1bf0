"""The operation that explains refusals: DecodeAuthorizationMessage."""

from lenticular.apis.aws.wire.explanations import Explanations
from lenticular.apis.aws.wire.service import Call, Params, Result


class MessageOperations:
    """Explanations of refusals, for those who may know."""

    def __init__(self, explanations: Explanations) -> None:
        self._explanations = explanations

    async def decode_authorization_message(self, call: Call, params: Params) -> Result:
        """Tell why a call of this account was refused, by the header of the answer."""
        call.require("sts:DecodeAuthorizationMessage")
        message = params["EncodedMessage"]
        return {"DecodedMessage": self._explanations.decode(message, call.principal.account_id)}
