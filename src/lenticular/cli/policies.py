"""``policy``: who may do what, and why."""

from typing import Annotated

import typer

from lenticular.cli import CommandError
from lenticular.cli.options import Config, Data, Json, group, perform

commands = group("Policies: who may do what, and why.")


@commands.command()
def explain(
    who: Annotated[
        str,
        typer.Argument(metavar="WHO", help="A user's name, or the ARN of a user or a role."),
    ],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="For example s3:GetObject.")],
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="An ARN, or *.")],
    context: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            metavar="KEY=VALUE",
            help="Value of a condition key, such as aws:SourceIp=192.0.2.7; may be repeated.",
        ),
    ] = None,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Tell whether somebody may do something, and which statement says so."""
    from lenticular.cli.output import print_json

    answer = perform(
        data,
        config,
        "policies.explain",
        who=who,
        action=action,
        resource=resource,
        context=_keys(context or []),
    )
    if json:
        print_json(answer)
        return
    print("allowed" if answer["allowed"] else f"denied: {answer['message']}")
    for statement in answer["statements"]:
        print(f"  {_name(statement)}")
    others = [each for each in answer["considered"] if each not in answer["statements"]]
    if others:
        print("other statements:")
    for statement in others:
        says = statement["effect"].lower() if statement["applies"] else statement["reason"]
        print(f"  {_name(statement)}: {says}")


def _keys(given: list[str]) -> dict[str, list[str]]:
    """Return the condition keys of ``--context``, each with its values."""
    keys: dict[str, list[str]] = {}
    for item in given:
        key, separator, value = item.partition("=")
        if not separator:
            raise CommandError(
                f"--context {item}: expected KEY=VALUE, for example aws:SourceIp=192.0.2.7"
            )
        keys.setdefault(key.strip().lower(), []).append(value)
    return keys


def _name(statement: dict[str, str]) -> str:
    return (
        f"statement {statement['statement']} of {statement['policy']} ({statement['policy_type']})"
    )
