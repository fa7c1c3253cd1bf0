"""How fast the cloud is, how small, and whether it stays so as it fills.

    python -m benchmarks [NAME ...] [--secs N] [--rounds N] [--long] [--page FILE] [--json FILE]

Peers are started beside it and measured in the same run. ``docs/performance.md`` has results.
"""
