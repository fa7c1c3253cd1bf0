"""Migration: a cloud moves to another key-value store, another store of blobs, or both.

The cloud stands still meanwhile. `course` is the way of a migration, stage by stage; `journal`
is how far it is, on the disk, so that it goes on wherever it was cut off; `notes` in the stores
themselves keep everybody from starting a cloud that is half here and half there.
"""
