"""OAuth 2: clients, scopes, consents, tokens and the keys they are signed with (RFC 6749)."""
