"""Engines: what the cloud stands on. One folder per contract, one file per technology."""
