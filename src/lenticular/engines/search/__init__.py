"""Search engines: indexes of documents, derived from the key-value store, that answer queries."""
