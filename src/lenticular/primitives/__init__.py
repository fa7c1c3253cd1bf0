"""Primitives: what the cloud is. Each is written once, over the contracts, without HTTP."""
