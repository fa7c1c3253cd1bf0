"""The key-value store in one SQLite file, through `apsw`: durable, on one machine.

One thread writes. It takes all the transactions that wait, runs one after the other, each
above the buffered changes of those before it, brings all the changes into the tables and
commits them with one fsync (group commit); then it wakes all that waited. So a disk that
can sync 350 times in a second carries thousands of durable transactions. Nothing is
acknowledged before the commit, and nothing is remembered from one batch to the next, so
several processes can share one file.

Short reads run right on the event loop. The pages they need are nearly always in memory,
and then a read of a few keys takes 5 to 15 microseconds, while the way to a thread and
back takes 50 and more. Reads that say they are long go to threads of their own.
"""

from lenticular.engines.kv.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
