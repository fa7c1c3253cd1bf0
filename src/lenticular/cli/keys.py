"""``keys``: the keys under which the cloud keeps the data keys of what it encrypts."""

from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Keys that the cloud encrypts with: those of AES256 (SSE-S3), not KMS's.")


@commands.command("list")
def list_keys(data: Data = None, config: Config = None, json: Json = False) -> None:
    """List the keys, the oldest first."""
    from lenticular.cli.output import print_json

    keys = perform(data, config, "keys.list")
    if json:
        print_json(keys)
        return
    for key in keys:
        print(f"{key['id']}  {key['created']}  {key['state']}")


@commands.command()
def rotate(data: Data = None, config: Config = None, json: Json = False) -> None:
    """Make a new key; the running cloud wraps all data keys with it, and retires the older ones.

    No encrypted byte is touched.
    """
    from lenticular.cli.output import print_record

    print_record(perform(data, config, "keys.rotate"), json=json)
