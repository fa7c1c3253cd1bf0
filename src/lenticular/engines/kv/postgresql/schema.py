"""The tables and functions in the database, and how they come there."""

from typing import Any

from lenticular.engines.kv.contract import StoreFailed

FORMAT = 1
"""Raised when the tables change; kept in the table ``format``."""

GET = "SELECT key, version, value FROM pairs WHERE key = ANY($1::bytea[])"

_RANGE = """
SELECT pair.key, pair.tail, pair.version, pair.value, span.number
FROM unnest($1::bytea[], $2::bytea[], $3::bigint[])
    WITH ORDINALITY AS span (start, stop, most, number)
CROSS JOIN LATERAL (
    SELECT key, tail, version, value FROM pairs
    WHERE key >= span.start AND key < span.stop ORDER BY key {} LIMIT span.most
) AS pair
"""
RANGE, RANGE_BACK = _RANGE.format(""), _RANGE.format("DESC")

COMMIT = "SELECT commit_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"

TAKE_TURN = """
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL idle_in_transaction_session_timeout = '10s';
LOCK TABLE turn IN EXCLUSIVE MODE;
"""
"""Keep all others from committing until this transaction ends, or its process is gone."""

REFUSE = """
INSERT INTO batches (writer, number, refused) VALUES ($1, $2, true) ON CONFLICT DO NOTHING
"""
IS_REFUSED = "SELECT refused FROM batches WHERE writer = $1 AND number = $2"
FORGET = "DELETE FROM batches WHERE writer = $1"
FORGET_OLD = "DELETE FROM batches WHERE begun < now() - interval '1 day'"

_TABLES = """
CREATE TABLE format (number integer NOT NULL);

-- Everything: the key, or its head and a digest of its tail, in bytewise order. The version
-- is that of the batch that wrote the value, and tells whether it was changed.
CREATE TABLE pairs (
    key bytea PRIMARY KEY, tail bytea, version bigint NOT NULL, value bytea NOT NULL
) WITH (fillfactor = 90);
ALTER TABLE pairs ALTER COLUMN value SET STORAGE EXTERNAL;
CREATE SEQUENCE versions;

-- Who holds its lock is the one who commits.
CREATE TABLE turn ();

-- The last batches of each process, by which it finds out what became of a commit to which
-- it got no answer: a batch is committed once, or refused for good.
CREATE TABLE batches (
    writer uuid, number bigint, refused boolean NOT NULL, begun timestamptz DEFAULT now(),
    PRIMARY KEY (writer, number)
);
"""

# Each statement of a function sees what was committed before it began (READ COMMITTED), so
# those behind the lock see all that those who had the turn before have written.
_FUNCTIONS = """
CREATE FUNCTION commit_batch(
    of_writer uuid, batch bigint,
    read_keys bytea[], read_versions bigint[],
    span_starts bytea[], span_stops bytea[], span_counts bigint[], span_versions bigint[],
    cleared_starts bytea[], cleared_stops bytea[],
    removed bytea[], written bytea[], tails bytea[], contents bytea[],
    notices text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    own_version bigint;
    notice text;
BEGIN
    LOCK TABLE turn IN EXCLUSIVE MODE;
    IF EXISTS (
        SELECT FROM unnest(read_keys, read_versions) AS seen (key, version)
        LEFT JOIN pairs ON pairs.key = seen.key
        WHERE coalesce(pairs.version, 0) <> seen.version
    ) OR EXISTS (
        SELECT FROM unnest(span_starts, span_stops, span_counts, span_versions)
            AS seen (start, stop, count, version)
        CROSS JOIN LATERAL (
            SELECT count(*) AS count, coalesce(max(pairs.version), 0) AS version FROM pairs
            WHERE pairs.key >= seen.start AND pairs.key < seen.stop
        ) AS current
        WHERE current.count <> seen.count OR current.version <> seen.version
    ) THEN
        RETURN false;
    END IF;
    INSERT INTO batches (writer, number, refused) VALUES (of_writer, batch, false);
    own_version := nextval('versions');
    IF cardinality(cleared_starts) > 0 THEN
        DELETE FROM pairs USING unnest(cleared_starts, cleared_stops) AS gone (start, stop)
        WHERE pairs.key >= gone.start AND pairs.key < gone.stop;
    END IF;
    IF cardinality(removed) > 0 THEN
        DELETE FROM pairs WHERE key = ANY (removed);
    END IF;
    INSERT INTO pairs (key, tail, version, value)
    SELECT key, tail, own_version, value
    FROM unnest(written, tails, contents) AS fresh (key, tail, value)
    ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value;
    FOREACH notice IN ARRAY notices LOOP
        PERFORM pg_notify(notice_channel(), notice);
    END LOOP;
    IF batch % 256 = 0 THEN
        DELETE FROM batches WHERE writer = of_writer AND number < batch;
    END IF;
    RETURN true;
END $$;

CREATE FUNCTION notice_channel() RETURNS text LANGUAGE sql STABLE
RETURN 'lenticular ' || md5(current_schema());
"""

_OTHERS = """
SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
AND relname IN ('pairs', 'batches', 'turn', 'versions')
"""


async def prepare(connection: Any, place: str) -> None:
    """Make sure that the tables are there, are ours, and are of this release.

    Raises StoreFailed when they are not.
    """
    async with connection.transaction():
        # Another machine may be doing the same.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('lenticular'))")
        if await connection.fetchval("SELECT to_regclass('format')") is None:
            if await connection.fetchval(_OTHERS):
                raise StoreFailed(
                    f"{place} has tables of another program: name another database, or another "
                    f"schema of it (?search_path=NAME)"
                )
            await connection.execute(_TABLES + _FUNCTIONS)
            await connection.execute("INSERT INTO format VALUES ($1)", FORMAT)
        found = await connection.fetchval("SELECT number FROM format")
        if found != FORMAT:
            raise StoreFailed(
                f"{place} has format {found}, and this release reads format {FORMAT}: "
                "use the release that wrote it"
            )
        await connection.execute(FORGET_OLD)
