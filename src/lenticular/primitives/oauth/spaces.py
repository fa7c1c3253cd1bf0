"""Where the store keeps what OAuth needs, and in which form.

Tokens and codes are found by their digests: whoever reads the store cannot use what is in it.
"""

from lenticular.engines.kv.keys import Subspace

CLIENT = Subspace("oauth", "client")  # (client id) -> Client
CLIENT_OF = Subspace("oauth", "client-of")  # (account id, client id) -> nothing
UNUSED = Subspace("oauth", "unused")  # (seconds, client id) -> nothing: an instance to go then
CREDENTIAL = Subspace("oauth", "credential")  # (client id, credential id) -> ClientCredential
PROJECT = Subspace("oauth", "project")  # (account id, project id) -> Project
SERVER = Subspace("oauth", "server")  # (name of a resource server) -> client id

SCOPE = Subspace("oauth", "scope")  # (scope string) -> Scope
SCOPE_ID = Subspace("oauth", "scope-id")  # (scope id) -> scope string
SCOPE_OF = Subspace("oauth", "scope-of")  # (client id, scope string) -> nothing

LAST_CONSENT = Subspace("oauth", "last-consent").pack()  # -> packed number
CONSENT = Subspace("oauth", "consent")  # (consent number) -> Consent
CONSENT_AT = Subspace("oauth", "consent-at")  # (identity id, client id, scope ids...) -> number

GRANT = Subspace("oauth", "grant")  # (grant id) -> Grant
GRANT_OF = Subspace("oauth", "grant-of")  # (identity id, client id, grant id) -> nothing
TOKEN_OF = Subspace("oauth", "token-of")  # (grant id, kind, digest or family id) -> nothing

CODE = Subspace("oauth", "code")  # (digest) -> Code
ACCESS = Subspace("oauth", "access")  # (digest) -> AccessToken
REFRESH = Subspace("oauth", "refresh")  # (family id) -> RefreshToken
DEVICE = Subspace("oauth", "device")  # (digest of the device code) -> DeviceCode
USER_CODE = Subspace("oauth", "user-code")  # (digest of the user code) -> digest of the device's
UNTIL = Subspace("oauth", "until")  # (seconds, kind, key) -> nothing: it expires then

SIGNING = Subspace("oauth", "signing")  # (milliseconds, key id) -> SigningKey
