"""Ordered transactional key-value stores: the contract, keys, and one file per technology."""
