"""A stranger's tokens must not make this cloud ask, or remember, an issuer many times."""

import base64
import json
import os

import pytest

from lenticular.apis.aws.sts.webtokens import WebTokens
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.identities import Identities
from lenticular.primitives.sessions import WebIdentityInvalid
from lenticular.primitives.vault import KEY_SIZE, Vault


class Asked:
    """Stands for `Issuers`, and notes whom it was asked about."""

    def __init__(self):
        self.issuers = []

    async def keys(self, issuer, *, fresh=False):
        self.issuers.append(issuer)
        return {"keys": []}


def token(issuer):
    parts = ({"alg": "RS256", "kid": "1"}, {"iss": issuer})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join((*(part.rstrip("=") for part in encoded), "c2ln"))


async def test_other_spellings_of_an_issuer_are_not_asked():
    identities = Identities(MemoryStore(), Vault(os.urandom(KEY_SIZE)))
    account = (await identities.first_account()).account_id
    await identities.oidc.create(account, "login.example.org/realm", ["app"], [], {})
    asked = Asked()
    tokens = WebTokens(identities, asked)
    spellings = [f"https://login.example.org/realm{'/' * count}" for count in range(2, 9)]
    spellings += [f"a{number}://login.example.org/realm" for number in range(9)]
    for issuer in spellings:
        with pytest.raises(WebIdentityInvalid):
            await tokens.verify(token(issuer), account)
    assert asked.issuers == []
    with pytest.raises(WebIdentityInvalid):
        await tokens.verify(token("https://login.example.org/realm/"), account)
    assert set(asked.issuers) == {"https://login.example.org/realm/"}
    await identities.close()
