"""Authorization codes: given to a client by way of the browser, exchanged for tokens once.

RFC 6749, section 4.1; RFC 7636 (PKCE), of which only S256 is taken; RFC 9700, section 4.5.
"""

import hmac

from authlib.oauth2.rfc7636.challenge import (
    CODE_CHALLENGE_PATTERN,
    CODE_VERIFIER_PATTERN,
    create_s256_code_challenge,
)
from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.oauth import consents, families
from lenticular.primitives.oauth.clients import note_used
from lenticular.primitives.oauth.errors import GrantInvalid, RequestInvalid
from lenticular.primitives.oauth.lookup import get_client
from lenticular.primitives.oauth.records import Client, Code, Grant, decode
from lenticular.primitives.oauth.scopes import Wanted
from lenticular.primitives.oauth.spaces import CODE
from lenticular.primitives.signin import Authentication
from lenticular.primitives.signin.tokens import digest, new_token

LIFETIME = 600
"""Seconds that a code is good for."""


class Authorization(Struct, frozen=True, kw_only=True):
    """What a person lets a client have, and where the code for it goes."""

    client_id: str
    identity_id: str
    wanted: tuple[Wanted, ...]
    redirect_uri: str = ""
    challenge: str = ""
    """Of PKCE, by S256; empty: the client sent none."""
    nonce: str = ""
    state: str = ""
    offline: bool = False
    authentications: tuple[Authentication, ...] = ()
    label: str = ""


def check_challenge(client: Client, challenge: str, method: str) -> None:
    """Raise `RequestInvalid` unless a request's PKCE is what its client must send.

    A public client must; the method ``plain``, also as what a missing method stands for,
    protects from nobody who reads the request.
    """
    if not challenge:
        if method:
            raise RequestInvalid("code_challenge_method comes with a code_challenge")
        if client.is_public:
            raise RequestInvalid("a public client must send a code_challenge (PKCE, S256)")
        return
    if method != "S256":
        raise RequestInvalid(f"code_challenge_method must be S256, not {method or 'plain'!r}")
    if not CODE_CHALLENGE_PATTERN.fullmatch(challenge):
        raise RequestInvalid("code_challenge must be 43 characters of base64url")


def begin(tx: Transaction, allowed: Authorization, now: int) -> Grant:
    """Write down what a person allowed, and begin the family of the tokens for it."""
    consents.grant(
        tx,
        allowed.identity_id,
        allowed.client_id,
        allowed.wanted,
        refresh=allowed.offline,
        now=now,
    )
    return families.new_grant(
        tx,
        allowed.client_id,
        allowed.identity_id,
        now,
        authentications=allowed.authentications,
        label=allowed.label,
    )


def create(tx: Transaction, allowed: Authorization, now: int) -> str:
    """Write down what a person allowed and return the code for it."""
    note_used(tx, get_client(tx, allowed.client_id))
    grant = begin(tx, allowed, now)
    code = new_token()
    record = Code(
        allowed.client_id,
        allowed.redirect_uri,
        allowed.identity_id,
        grant.grant_id,
        tuple(one.scope.string for one in allowed.wanted),
        allowed.challenge,
        allowed.nonce,
        allowed.state,
        allowed.offline,
        now + LIFETIME,
    )
    families.put(tx, "code", digest(code), record)
    return code


def take(
    tx: Transaction, client: Client, code: str, redirect_uri: str, verifier: str, now: int
) -> Code | GrantInvalid:
    """Use a code up and return what it stands for, or why not: both leave their traces.

    A code that is used a second time takes all tokens that it gave with it: one of the two
    who had it is a thief. One that comes with a wrong URI or verifier is used up by that.
    """
    key = digest(code)
    data = tx.get(CODE.pack(key))
    record = None if data is None else decode(data, Code)
    if record is None or record.client_id != client.client_id or now >= record.expires:
        return GrantInvalid("the code is unknown, expired or another client's")
    if record.used:
        families.revoke(tx, record.grant_id)
        return GrantInvalid("the code was used before: all tokens that it gave are revoked")
    problem = _problem(record, redirect_uri, verifier)
    if problem:
        families.drop(tx, "code", key)
        return GrantInvalid(problem)
    families.put(tx, "code", key, replace(record, used=True))
    return record


def _problem(record: Code, redirect_uri: str, verifier: str) -> str:
    if not hmac.compare_digest(record.redirect_uri.encode(), redirect_uri.encode()):
        return "redirect_uri is not the one that the code was sent to"
    if not record.challenge:
        # A verifier without a challenge: somebody took the challenge out of the request on
        # its way (RFC 9700, section 4.8.2).
        return "code_verifier came, but no code_challenge had been sent" if verifier else ""
    if not CODE_VERIFIER_PATTERN.fullmatch(verifier):
        return "code_verifier must be 43 to 128 unreserved characters"
    expected = create_s256_code_challenge(verifier)
    if not hmac.compare_digest(expected, record.challenge):
        return "code_verifier is not the one that code_challenge was made of"
    return ""
