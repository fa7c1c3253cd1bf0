"""The key-value store in a PostgreSQL database: durable, and shared by many machines.

Transactions are executed as the SQLite engine does it, in batches, one after the other, each
above the buffered changes of those before it; so transactions of one process never get in
each other's way. Before that, all functions of a batch run side by side over one snapshot, in
waves: each runs until it needs something from the database, and what all of them need is asked
for in one round trip. A function that has read what an earlier one of its batch then wrote is
run again above that.

A batch is committed by one call of a function in the database. It waits for the turn of this
process, sees whether anything that the batch has read was changed meanwhile by another, and
if not, writes everything in one transaction; otherwise the batch is executed anew. So the
whole is serialisable, and a batch costs one fsync. Why PostgreSQL's own serialisable
transactions are not used is in docs/decisions/, with measurements.
"""

from lenticular.engines.kv.postgresql.store import PostgresqlStore

__all__ = ["PostgresqlStore"]
