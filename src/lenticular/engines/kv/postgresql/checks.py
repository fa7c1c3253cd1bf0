"""Looks for what is wrong in the database."""

from lenticular.engines.kv.contract import StoreFailed, StoreUnavailable
from lenticular.engines.kv.postgresql.connections import Connection

_SECONDS = 24 * 3600.0

# The first way reads the whole table, the values too (a sum of digests cannot be had without
# them); the second one the index.
_TABLE = "SELECT count(*), count(DISTINCT get_byte(sha256(value), 0)) FROM pairs"
_INDEX = "SELECT count(*) FROM pairs WHERE key >= ''"
_LONG_KEYS = """
SELECT count(*) FROM pairs
WHERE (length(key) > 2000) <> (tail IS NOT NULL)
OR (tail IS NOT NULL AND substring(key FROM 2001) <> sha256(tail))
"""


async def faults(connection: Connection) -> list[str]:
    """Read everything and return what is wrong in it, in words; nothing when it is sound.

    Raises StoreUnavailable when the server goes away. The connection is used up.
    """
    found = []
    try:
        await connection.run(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_seqscan = on"
        )
        [[rows, _]] = await connection.fetch(_TABLE, seconds=_SECONDS)
        [[misplaced]] = await connection.fetch(_LONG_KEYS, seconds=_SECONDS)
        await connection.run("SET LOCAL enable_seqscan = off")
        [[entries]] = await connection.fetch(_INDEX, seconds=_SECONDS)
        if rows != entries:
            found.append(f"the table has {rows} rows, and its index finds {entries}")
        if misplaced:
            found.append(f"{misplaced} rows do not have the key that they are found by")
    except StoreUnavailable:
        raise
    except StoreFailed as error:
        found.append(str(error))
    finally:
        connection.raw.terminate()
    return found
