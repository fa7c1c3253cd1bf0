"""Stores of large immutable bytes: the contract, digests, and one file per technology."""
