"""How keys are asked for."""

import pytest

from lenticular.primitives.keys.errors import AliasNameInvalid, KeyNameInvalid, KeyNotFound
from lenticular.primitives.keys.names import check_alias, parse

ID = "01234567-89ab-cdef-0123-456789abcdef"
ACCOUNT, OTHER = "1" * 12, "2" * 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, (ACCOUNT, "here", ID)),
        ("alias/lab/raw", (ACCOUNT, "here", "alias/lab/raw")),
        (f"arn:aws:kms:there:{OTHER}:key/{ID}", (OTHER, "there", ID)),
        (f"arn:aws:kms:there:{OTHER}:alias/raw", (OTHER, "there", "alias/raw")),
    ],
)
def test_ids_aliases_and_arns_are_read(text, expected):
    found = parse(text, ACCOUNT, "here")
    assert found == expected
    assert parse(found.arn, "", "") == found


@pytest.mark.parametrize("text", ["", "x", ID.upper(), f"{ID}0", f"key/{ID}", f"arn:aws:kms:{ID}"])
def test_nothing_else_names_a_key(text):
    with pytest.raises((KeyNotFound, KeyNameInvalid)):
        parse(text, ACCOUNT, "here")


@pytest.mark.parametrize("name", ["raw", "alias/", "alias/a b", "alias/ä", "alias/" + "a" * 251])
def test_aliases_have_few_characters(name):
    with pytest.raises(AliasNameInvalid):
        check_alias(name)
    check_alias("alias/" + "a" * 250)
