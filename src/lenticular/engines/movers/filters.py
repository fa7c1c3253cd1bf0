"""Filters: which of the names met within a folder are meant.

Transfer API, "Filter Rules": the first rule that matches a name counts, a name that none
matches is meant, and what is in a folder that is not meant is not met at all.
"""

import re
from collections.abc import Sequence
from fnmatch import translate
from typing import Literal

from lenticular.engines.movers.contract import FilterRule


class Filters:
    """The rules of a job."""

    def __init__(self, rules: Sequence[FilterRule]) -> None:
        self._rules = [
            (re.compile(translate(rule.name)), rule.type, rule.method == "include")
            for rule in rules
        ]

    def meant(self, name: str, kind: Literal["file", "dir"]) -> bool:
        """Tell whether something of that name is to be moved."""
        for pattern, type_, includes in self._rules:
            if type_ in ("", kind) and pattern.match(name):
                return includes
        return True
