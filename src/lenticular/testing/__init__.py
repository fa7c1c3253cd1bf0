"""For other people's tests: an in-process cloud, and the conformance suite of each contract."""
