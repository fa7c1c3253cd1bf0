"""Globus Auth: signing in, OAuth 2 and OpenID Connect, identities and who vouches for them."""
