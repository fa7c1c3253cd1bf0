"""Who it was that came to a page: told to the audit log, which sees only what requests show."""

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call
from lenticular.primitives.audit import HIDDEN
from lenticular.primitives.identities import Identities, User
from lenticular.primitives.oauth.callers import Caller


async def attribute(call: Call, identities: Identities, user: User) -> None:
    """Let a call be by a user, who has come by a page and not by a token."""
    principal = await identities.read(
        lambda reader: identities.user_principal(reader, user.account_id, user.name)
    )
    username = await identities.sign_in_name(user)
    call.caller = Caller(principal, identity_id=user.identity_id, username=username)


async def attribute_failure(
    call: Call, identities: Identities, name: str, status: int, message: str
) -> None:
    """Let a call be a failed one by whoever has a sign-in name.

    A name that nobody has is not kept: it may be a password, typed into the wrong field.
    """
    call.refusal = GlobusError(status, message, "FailedAuthentication")
    user = await identities.find_user(name)
    if user is not None:
        await attribute(call, identities, user)
    elif "username" in call.form:
        call.form = call.form | {"username": HIDDEN}
