"""Parameters: small named values in versions that bear labels, plain or sealed."""

from lenticular.primitives.parameters.parameters import Found, Parameters, Selector
from lenticular.primitives.parameters.records import (
    ADVANCED,
    SECURE,
    STANDARD,
    STRING_LIST,
    TEXT,
    Parameter,
    ParameterName,
    ParameterVersion,
)

__all__ = [
    "ADVANCED",
    "SECURE",
    "STANDARD",
    "STRING_LIST",
    "TEXT",
    "Found",
    "Parameter",
    "ParameterName",
    "ParameterVersion",
    "Parameters",
    "Selector",
]
