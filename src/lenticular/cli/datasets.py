"""``dataset``: folders published for good, under a persistent identifier."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lenticular.cli.options import Config, Data, Json, group, perform, text_of

commands = group("Datasets: folders published for good, with metadata and an identifier.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Of the dataset: its name, or its ARK (.vN: version).")
]


class Form(StrEnum):
    """What a dataset can be exported as."""

    DATACITE_XML = "datacite-xml"
    DATACITE_JSON = "datacite-json"
    BIBTEX = "bibtex"
    RIS = "ris"
    TEXT = "text"


@commands.command("list")
def list_datasets(data: Data = None, config: Config = None, json: Json = False) -> None:
    """List all versions of all datasets, drafts too."""
    _print(perform(data, config, "datasets.list"), json=json)


@commands.command("show")
def show(name: Name, data: Data = None, config: Config = None, json: Json = False) -> None:
    """Print what is known of a dataset, each version by itself."""
    from lenticular.cli.output import print_json, print_record

    found = perform(data, config, "datasets.show", name=name)
    if json:
        print_json(found)
        return
    for one in found:
        print_record(one, json=False)


@commands.command("publish")
def publish(
    owner: Annotated[
        str,
        typer.Option("--owner", metavar="USER", help="Whose it is, and with whose rights it goes."),
    ],
    collection: Annotated[
        str, typer.Option("--collection", metavar="ID", help="The collection with the folder.")
    ] = "",
    path: Annotated[str, typer.Option("--path", metavar="PATH", help="The folder in it.")] = "",
    metadata: Annotated[
        Path | None,
        typer.Option("--metadata", metavar="FILE", help="DataCite JSON: see docs/publishing.md."),
    ] = None,
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", help="A dataset that is to get a new version."),
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish a folder; the server copies, verifies and locks it in the background."""
    from lenticular.cli.output import print_record

    wanted = {
        "owner": owner,
        "collection_id": collection,
        "path": path,
        "metadata": text_of(metadata),
        "name": name,
    }
    print_record(perform(data, config, "datasets.publish", **wanted), json=json)


@commands.command("withdraw")
def withdraw(
    name: Name,
    version: Annotated[int, typer.Option("--version", metavar="N", help="Which version.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why: its page says so for ever.")
    ],
    erase: Annotated[
        bool,
        typer.Option(
            "--erase", help="Destroy its files too, although they are locked. It cannot be undone."
        ),
    ] = False,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Withdraw a version: its page stays and says why, its files can be had no more."""
    from lenticular.cli.output import print_record

    wanted = {"name": name, "version": version, "reason": reason, "erase": erase}
    print_record(perform(data, config, "datasets.withdraw", **wanted), json=json)


@commands.command("export")
def export(
    name: Name,
    form: Annotated[Form, typer.Option("--format", help="The form of it.")] = Form.DATACITE_XML,
    doi: Annotated[
        str, typer.Option("--doi", metavar="DOI", help="The DOI for which it is to be registered.")
    ] = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print a version's metadata, as DataCite takes them to register a DOI, or a citation."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "datasets.export", name=name, form=form.value, doi=doi)
    if json:
        print_json(found)
    else:
        print(found["text"])


def _print(found: list[dict[str, object]], *, json: bool) -> None:
    from lenticular.cli.output import print_json

    if json:
        print_json(found)
        return
    for one in found:
        print("  ".join(str(one[key]) for key in ("identifier", "state", "owner", "title")))
