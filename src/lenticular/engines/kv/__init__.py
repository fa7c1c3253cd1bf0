"""Ordered transactional key-value stores: the contract, key encoding, and one file per technology."""
