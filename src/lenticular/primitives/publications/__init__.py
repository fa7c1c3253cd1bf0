"""Publications: folders published as datasets, for good, under a persistent identifier."""

from lenticular.primitives.publications.errors import (
    DatasetNotFound,
    MetadataInvalid,
    NotAllowed,
    PublicationError,
    SourceUnusable,
    StateWrong,
)
from lenticular.primitives.publications.harvests import Harvests, Page, Position
from lenticular.primitives.publications.metadata import Metadata
from lenticular.primitives.publications.publications import LISTED, Draft, Publications
from lenticular.primitives.publications.records import CHANGED, File, Repository, State, Version
from lenticular.primitives.publications.views import Edition

__all__ = [
    "CHANGED",
    "LISTED",
    "DatasetNotFound",
    "Draft",
    "Edition",
    "File",
    "Harvests",
    "Metadata",
    "MetadataInvalid",
    "NotAllowed",
    "Page",
    "Position",
    "PublicationError",
    "Publications",
    "Repository",
    "SourceUnusable",
    "State",
    "StateWrong",
    "Version",
]
