"""What is written in the form of a transfer, as the Transfer API has it."""

import pytest

from lenticular.portal.clients import Refused
from lenticular.portal.files.orders import filter_rules


def test_filters_are_read_line_by_line():
    text = "exclude *.tmp\n\n  include  file *.fastq \nexclude dir file\nexclude file"
    assert [(rule["method"], rule["type"], rule["name"]) for rule in lines(text)] == [
        ("exclude", None, "*.tmp"),
        ("include", "file", "*.fastq"),
        ("exclude", "dir", "file"),
        ("exclude", None, "file"),
    ]


@pytest.mark.parametrize("text", ["*.tmp", "exclude", "leave *.tmp", "exclude a\n" * 51])
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(Refused):
        lines(text)


def lines(text):
    return list(filter_rules(text.splitlines()))
