"""Second factors: the one-time code of a device, given with a request for a session."""

from lenticular.primitives.identities import Identities
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys
from lenticular.primitives.principals import Principal
from lenticular.primitives.sessions.errors import RequestInvalid, SecondFactorWrong
from lenticular.primitives.throttle import TooManyAttempts

GIVEN: Keys = {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"}
"""The condition keys of a request that came with a code."""


class SecondFactors:
    """Verifies codes, a few at a time: six digits must not be guessed."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._throttle = identities.throttle("second factors")

    async def given(self, caller: Principal, serial_number: str, code: str) -> Keys:
        """Return the condition keys of what was given; without device and code, none.

        Raises `SecondFactorWrong`, also when too many codes were tried, and `RequestInvalid`.
        """
        if not serial_number and not code:
            return NO_KEYS
        if not serial_number or not code:
            raise RequestInvalid("SerialNumber and TokenCode come together or not at all.")
        if caller.kind not in ("root", "user"):
            raise SecondFactorWrong
        name, address = f"{caller.user_id} {serial_number}", caller.circumstances.source_ip
        try:
            await self._throttle.attempt(name, address)
        except TooManyAttempts as error:
            raise SecondFactorWrong from error
        user_name = str(caller.keys["aws:username"]) if caller.kind == "user" else ""
        verified = await self._identities.devices.verify(
            caller.account_id, user_name, serial_number, code
        )
        if not verified:
            raise SecondFactorWrong
        await self._throttle.succeeded(name, address)
        return GIVEN
