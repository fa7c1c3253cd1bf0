"""Primitives: what the cloud is. Each is written once, above the engines' contracts, without HTTP."""
