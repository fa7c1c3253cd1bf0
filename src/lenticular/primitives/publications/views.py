"""What is known of a published version, in one piece, for whoever writes it down in some form."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from msgspec import Struct

from lenticular.primitives.publications import identifiers
from lenticular.primitives.publications.metadata import Metadata, RelatedIdentifier
from lenticular.primitives.publications.records import Version


class Edition(Struct, frozen=True):
    """A version of a dataset as it is told of, with what it is called and where it is found."""

    version: Version
    metadata: Metadata
    naan: str
    base: str
    """The address of the cloud, without a slash at the end."""
    files_base: str
    """The address of its files; ends with a slash."""
    numbers: Sequence[int] = ()
    """Of all public versions."""

    @property
    def ark(self) -> str:
        """Of this version."""
        return identifiers.ark(self.naan, self.version.name, self.version.number)

    @property
    def dataset_ark(self) -> str:
        """Of the dataset: it leads to the newest version."""
        return identifiers.ark(self.naan, self.version.name)

    @property
    def url(self) -> str:
        """Where this version is found."""
        return f"{self.base}/{self.ark}"

    @property
    def dataset_url(self) -> str:
        """Where the newest version is found."""
        return f"{self.base}/{self.dataset_ark}"

    @property
    def version_name(self) -> str:
        """What this version is called: as is said of it, or by its number."""
        return self.metadata.version or str(self.version.number)

    @property
    def description(self) -> str:
        """What it is about: at least its title."""
        return self.metadata.abstract or self.metadata.title

    @property
    def year(self) -> int:
        """Of the publication."""
        return self.metadata.publication_year

    @property
    def issued(self) -> str:
        """The day of publication; empty before."""
        return day(self.version.published)

    @property
    def withdrawn(self) -> str:
        """The day on which it was withdrawn; empty: it was not."""
        return day(self.version.withdrawn)

    def file_url(self, path: str) -> str:
        """Return where a file of it can be had."""
        return f"{self.files_base}data/{quote(path)}"

    def number_url(self, number: int) -> str:
        """Return where another version is found."""
        return f"{self.base}/{identifiers.ark(self.naan, self.version.name, number)}"

    @property
    def related(self) -> tuple[RelatedIdentifier, ...]:
        """What it has to do with: what was said, and the other versions."""

        def link(name: str, relation: str) -> RelatedIdentifier:
            return RelatedIdentifier(
                related_identifier=name, related_identifier_type="ARK", relation_type=relation
            )

        own, name = self.version.number, self.version.name
        links = [link(self.dataset_ark, "IsVersionOf")]
        if own - 1 in self.numbers:
            links.append(link(identifiers.ark(self.naan, name, own - 1), "IsNewVersionOf"))
        if own + 1 in self.numbers:
            links.append(link(identifiers.ark(self.naan, name, own + 1), "IsPreviousVersionOf"))
        return (*self.metadata.related_identifiers, *links)


def day(milliseconds: int) -> str:
    """Return the day of a time in UTC; empty for never."""
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d")
