"""Connectors: one way to reach files wherever they are (folders, buckets, SFTP, the web, peers)."""
