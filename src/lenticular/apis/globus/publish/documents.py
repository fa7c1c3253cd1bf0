"""Datasets as the API describes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from lenticular.primitives.publications import Edition, File, Publications, Version
from lenticular.primitives.publications.identifiers import ark
from lenticular.primitives.publications.validation import advice

Document = dict[str, Any]


def dataset_document(publications: Publications, versions: Sequence[Version]) -> Document:
    """Describe a dataset to its owner: what is said of its newest version, and all versions."""
    last = versions[-1]
    return {
        "DATA_TYPE": "dataset",
        "name": last.name,
        "identifier": ark(publications.naan, last.name),
        "url": f"{publications.url}/{ark(publications.naan, last.name)}",
        "owner": last.username,
        "owner_id": last.owner_id,
        "version": last.number,
        "state": last.state,
        "problem": last.problem or None,
        "collection_id": last.collection_id or None,
        "path": last.path or None,
        "metadata": msgspec.to_builtins(last.said),
        "advice": advice(last.said),
        "versions": [_version_document(publications, one) for one in versions],
    }


def file_document(edition: Edition, file: File) -> Document:
    """Describe a file."""
    return {
        "path": file.path,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "sha512": file.sha512.hex(),
        "url": edition.file_url(file.path),
    }


def _version_document(publications: Publications, version: Version) -> Document:
    identifier = ark(publications.naan, version.name, version.number)
    return {
        "version": version.number,
        "identifier": identifier,
        "url": f"{publications.url}/{identifier}",
        "state": version.state,
        "step": version.step or None,
        "title": version.said.title,
        "task_id": version.task_id or None,
        "files": version.files,
        "bytes": version.size,
        "created": moment(version.created),
        "changed": moment(version.changed),
        "published": moment(version.published),
        "withdrawn": moment(version.withdrawn),
        "reason": version.reason or None,
    }


def moment(milliseconds: int) -> str | None:
    """Write a time; None for never."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
