"""An institution's OpenID provider that says whatever a test wants it to, on a free port."""

import base64
import hashlib
import json
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


@cache
def _key():
    return RSAKey.generate_key(2048, {"kid": "1"})


class Institution:
    """Signs everybody in, and remembers what it was asked."""

    def __init__(self):
        self.key = _key()
        self.header = {"alg": "RS256", "kid": "1"}
        self.metadata = {}
        """Changes to what it says of itself."""
        self.person = {"sub": "s1", "preferred_username": "ada@uni.example", "name": "Ada"}
        self.claims = {}
        """Changes to what it says in ID tokens; None leaves a claim out."""
        self.userinfo = None
        self.asked = []
        self._challenges = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, address):
        """Sign in who comes to `address`; return the query that they are sent back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(query)
        code = f"code-{len(self.asked)}"
        self._challenges[code] = query
        return {"code": code, "state": query["state"]}

    def description(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            **self.metadata,
        }

    def token(self, form, authorization):
        """Return the answer to a code, or None to refuse it."""
        query = self._challenges.pop(form.get("code"), None)
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        expected = "Basic " + base64.b64encode(b"lenticular:their secret").decode()
        if (
            query is None
            or query["code_challenge"] != challenge
            or form.get("redirect_uri") != query["redirect_uri"]
            or authorization != expected
        ):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "lenticular",
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            **self.person,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])
        return {"access_token": "at", "token_type": "Bearer", "id_token": signed}

    def _handler(self):
        institution = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                documents = {
                    "/.well-known/openid-configuration": institution.description(),
                    "/keys": {"keys": [institution.key.as_dict(private=False)]},
                    "/userinfo": institution.userinfo,
                }
                self._answer(documents.get(self.path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._answer(institution.token(form, self.headers.get("authorization")))

            def _answer(self, document):
                body = json.dumps(document).encode()
                self.send_response(200 if document is not None else 400)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        return Handler
