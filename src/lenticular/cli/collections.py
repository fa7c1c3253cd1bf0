"""``collection``: files that the server itself reaches, published for transfers and the web."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lenticular.cli import CommandError
from lenticular.cli.options import Config, Data, Json, group, perform, text_of

commands = group("Collections: folders, buckets and servers whose files people reach and share.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What people see it under.")]
Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="The collection: see `lenticular collection list`.")
]
Id = Annotated[str, typer.Option("--id", metavar="UUID", help="Its id; else a new one.")]
Owner = Annotated[
    str,
    typer.Option(
        "--owner",
        metavar="USER",
        help="Whose it is: a user's name or username, or an application's id. Without, everybody "
        "in the account may read and write it.",
    ),
]
AnonymousRead = Annotated[
    bool, typer.Option("--anonymous-read", help="Anybody may read it, without signing in.")
]
Public = Annotated[
    bool, typer.Option("--public", help="Everybody who signs in sees that it is there.")
]
Description = Annotated[str, typer.Option("--description", metavar="TEXT", help="What is in it.")]


@commands.command("create")
def create(
    name: Name,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The folder, on the server's machine.")
    ],
    id: Id = "",
    owner: Owner = "",
    anonymous_read: AnonymousRead = False,
    public: Public = False,
    description: Description = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish a folder of the server; print its id and the address of its files."""
    _create(
        data,
        config,
        "collections.create",
        json=json,
        name=name,
        path=str(path.absolute()),
        id=id,
        owner=owner,
        anonymous_read=anonymous_read,
        public=public,
        description=description,
    )


@commands.command("create-bucket")
def create_bucket(
    name: Name,
    bucket: Annotated[
        str, typer.Argument(metavar="BUCKET[/PREFIX]", help="The bucket, or a folder in it.")
    ],
    id: Id = "",
    owner: Owner = "",
    anonymous_read: AnonymousRead = False,
    public: Public = False,
    description: Description = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish a bucket of this cloud, to each user of its account with their own S3 rights."""
    bucket_name, _, prefix = bucket.partition("/")
    _create(
        data,
        config,
        "collections.create-bucket",
        json=json,
        name=name,
        bucket=bucket_name,
        prefix=prefix,
        id=id,
        owner=owner,
        anonymous_read=anonymous_read,
        public=public,
        description=description,
    )


@commands.command("create-store")
def create_store(
    name: Name,
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or gs://BUCKET/PREFIX."
        ),
    ],
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="An option of obstore, such as region=eu-central-1; may be repeated.",
        ),
    ] = None,
    options_file: Annotated[
        Path | None,
        typer.Option(
            "--options-file",
            metavar="FILE",
            help="A file with such options, one a line: secrets belong in here.",
        ),
    ] = None,
    id: Id = "",
    owner: Owner = "",
    anonymous_read: AnonymousRead = False,
    public: Public = False,
    description: Description = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish an object store elsewhere: S3, Azure Blob Storage or Google Cloud Storage."""
    lines = [*_lines(options_file), *(option or ())]
    _create(
        data,
        config,
        "collections.create-store",
        json=json,
        name=name,
        url=url,
        secret_options=_pairs(lines, "=", "NAME=VALUE"),
        id=id,
        owner=owner,
        anonymous_read=anonymous_read,
        public=public,
        description=description,
    )


@commands.command("create-sftp")
def create_sftp(
    name: Name,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="sftp://USER@HOST:PORT/FOLDER, with no password.")
    ],
    host_key: Annotated[
        str,
        typer.Option(
            "--host-key",
            metavar="LINE",
            help="The server's key, as `ssh-keyscan` prints it behind the host's name.",
        ),
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="A private key without passphrase."),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", metavar="FILE", help="A file with the password."),
    ] = None,
    id: Id = "",
    owner: Owner = "",
    anonymous_read: AnonymousRead = False,
    public: Public = False,
    description: Description = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish a folder of an SFTP server."""
    _create(
        data,
        config,
        "collections.create-sftp",
        json=json,
        name=name,
        url=url,
        host_key=host_key,
        private_key=text_of(key),
        password=text_of(password_file).rstrip("\r\n"),
        id=id,
        owner=owner,
        anonymous_read=anonymous_read,
        public=public,
        description=description,
    )


@commands.command("create-web")
def create_web(
    name: Name,
    url: Annotated[str, typer.Argument(metavar="URL", help="http:// or https://, of a folder.")],
    headers_file: Annotated[
        Path | None,
        typer.Option(
            "--headers-file",
            metavar="FILE",
            help="A file with headers to send along, `NAME: VALUE`, one a line.",
        ),
    ] = None,
    id: Id = "",
    owner: Owner = "",
    anonymous_read: AnonymousRead = False,
    public: Public = False,
    description: Description = "",
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish what lies below an address of a web server, to be read."""
    _create(
        data,
        config,
        "collections.create-web",
        json=json,
        name=name,
        url=url,
        secret_headers=_pairs(_lines(headers_file), ":", "NAME: VALUE"),
        id=id,
        owner=owner,
        anonymous_read=anonymous_read,
        public=public,
        description=description,
    )


@commands.command("list")
def list_collections(data: Data = None, config: Config = None, json: Json = False) -> None:
    """List all collections, those that people made too."""
    from lenticular.cli.output import print_json

    found = perform(data, config, "collections.list")
    if json:
        print_json(found)
        return
    for one in found:
        print("  ".join((one["id"], one["type"], one["name"], one["owner"], one["where"])))


@commands.command("show")
def show(id: Identifier, data: Data = None, config: Config = None, json: Json = False) -> None:
    """Print what is known of a collection."""
    from lenticular.cli.output import print_record

    print_record(perform(data, config, "collections.show", id=id), json=json)


@commands.command("setup-key")
def setup_key(id: Identifier, data: Data = None, config: Config = None, json: Json = False) -> None:
    """Make a new setup key for a machine's collection, as when the machine is another one now.

    The machine that is connected goes on until the key is used: `lenticular connect setup`.
    """
    from lenticular.cli.output import print_record

    print_record(perform(data, config, "collections.setup-key", id=id), json=json)


@commands.command("delete")
def delete(id: Identifier, data: Data = None, config: Config = None, json: Json = False) -> None:
    """Delete a collection, and those shared from it. The files stay where they are."""
    from lenticular.cli.output import print_record

    print_record(perform(data, config, "collections.delete", id=id), json=json)


def _create(
    data: Path | None, config: Path | None, operation: str, *, json: bool, **wanted: Any
) -> None:
    from lenticular.cli.output import print_record

    print_record(perform(data, config, operation, **wanted), json=json)


def _lines(path: Path | None) -> list[str]:
    lines = (line.strip() for line in text_of(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _pairs(lines: list[str], separator: str, form: str) -> dict[str, str]:
    """Return names with their values. Raises `CommandError`, which repeats no value."""
    pairs = {}
    for line in lines:
        name, found, value = line.partition(separator)
        if not found or not name.strip():
            raise CommandError(f"expected {form}, in each line, as in `region=eu-central-1`")
        pairs[name.strip()] = value.strip()
    return pairs
