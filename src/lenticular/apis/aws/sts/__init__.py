"""AWS Security Token Service: who am I, and temporary credentials.

API reference: "AWS Security Token Service", version 2011-06-15.
"""

from lenticular.apis.aws.sts.errors import translate
from lenticular.apis.aws.sts.issuers import Issuers
from lenticular.apis.aws.sts.operations.callers import CallerOperations
from lenticular.apis.aws.sts.operations.messages import MessageOperations
from lenticular.apis.aws.sts.operations.roles import RoleOperations
from lenticular.apis.aws.sts.operations.tokens import TokenOperations
from lenticular.apis.aws.sts.webtokens import WebTokens
from lenticular.apis.aws.wire.explanations import Explanations
from lenticular.apis.aws.wire.service import Service
from lenticular.primitives.identities import Identities
from lenticular.primitives.sessions import Sessions


def service(
    identities: Identities, sessions: Sessions, explanations: Explanations, issuers: Issuers
) -> Service:
    """Return the service, whose sessions are kept in `sessions`.

    `issuers` finds the keys that the tokens of web identities are verified with.
    """
    return Service(
        "sts",
        CallerOperations(identities, sessions),
        RoleOperations(sessions, WebTokens(identities, issuers)),
        TokenOperations(sessions),
        MessageOperations(explanations),
        translate=translate,
    )


__all__ = ["service"]
