"""Where the objects primitive keeps what: the subspaces of the key-value store.

A key's current version lives under `CURRENT`, whether it is an object or a delete marker,
so that the common bucket (unversioned, or listed without its versions) is one range of one
record per key. Only what is no longer current moves to `OLDER`, newest first.
"""

from lenticular.engines.kv.keys import Subspace

BUCKET = Subspace("objects", "bucket")  # (name) -> Bucket
OWNED = Subspace("objects", "owned")  # (account id, name) -> nothing
CURRENT = Subspace("objects", "current")  # (bucket uid, key) -> Version
OLDER = Subspace("objects", "older")  # (bucket uid, key, sort) -> Version
NULL = Subspace("objects", "null")  # (bucket uid, key) -> sort of the null version in OLDER
UPLOAD = Subspace("objects", "upload")  # (bucket uid, key, upload id) -> Upload
PART = Subspace("objects", "part")  # (upload id, number) -> Part
ARCHIVING = Subspace("objects", "archiving")  # (bucket, uid, key, version id) -> nothing
SETTING = Subspace("objects", "setting")  # (bucket uid, kind, id) -> a setting of that kind
ACCOUNT_BLOCK = Subspace("objects", "account-block")  # (account id) -> one byte, a Block
ALLOWANCE = Subspace("objects", "allowance")  # (account id) -> Allowance
