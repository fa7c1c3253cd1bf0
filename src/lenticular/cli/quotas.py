"""``quota``: how many bytes buckets and accounts may hold."""

import re
from typing import Annotated

import typer

from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Quotas: how many bytes buckets and accounts may hold.")

Bucket = Annotated[str, typer.Option(metavar="NAME", help="A bucket.")]
Account = Annotated[
    str,
    typer.Option(
        "--account",
        metavar="ID",
        help="All buckets of this account together; by default of the first account.",
    ),
]

_UNITS = {"": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("KMGTP", 1)
    for suffix, base in (("B", 1000), ("iB", 1024))
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")


@commands.command("set")
def set_limit(
    size: Annotated[str, typer.Argument(metavar="SIZE", help="Bytes, for example 500GB or 2TiB.")],
    bucket: Bucket = "",
    account: Account = "",
    data: Data = None,
    config: Config = None,
) -> None:
    """Let a bucket or an account hold so many bytes and no more."""
    perform(data, config, "quotas.set", limit=_size(size), bucket=bucket, account_id=account)


@commands.command()
def lift(
    bucket: Bucket = "", account: Account = "", data: Data = None, config: Config = None
) -> None:
    """Let a bucket or an account hold what it likes."""
    perform(data, config, "quotas.set", limit=None, bucket=bucket, account_id=account)


@commands.command()
def show(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Print every quota with what is used of it."""
    from lenticular.cli.output import print_json

    quotas = perform(data, config, "quotas.show")
    if json:
        print_json(quotas)
        return
    for quota in quotas:
        what = f"bucket {quota['bucket']}" if quota["bucket"] else f"account {quota['account_id']}"
        share = quota["used"] / quota["limit"]
        print(f"{what}: {quota['used']:,} of {quota['limit']:,} bytes ({share:.0%})")
    if not quotas:
        print("There are no quotas.")


def _size(text: str) -> int:
    """Return a number of bytes. Raises typer.BadParameter."""
    match = _SIZE.fullmatch(text.strip())
    unit = match and {name.lower(): size for name, size in _UNITS.items()}.get(match[2].lower())
    if match is None or unit is None or not float(match[1]):
        raise typer.BadParameter(f"a size is a number of bytes, KB, GiB and so on, not {text!r}")
    return int(float(match[1]) * unit)
