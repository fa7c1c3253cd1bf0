"""Secrets: values that are kept sealed, in versions that bear stages, and rotated by themselves."""

from lenticular.primitives.secrets.passwords import PasswordRules, random_password
from lenticular.primitives.secrets.records import (
    ACCESS_KEY,
    CURRENT,
    PENDING,
    PREVIOUS,
    RANDOM,
    Rotation,
    Secret,
    SecretName,
    Value,
    Version,
)
from lenticular.primitives.secrets.secrets import Secrets

__all__ = [
    "ACCESS_KEY",
    "CURRENT",
    "PENDING",
    "PREVIOUS",
    "RANDOM",
    "PasswordRules",
    "Rotation",
    "Secret",
    "SecretName",
    "Secrets",
    "Value",
    "Version",
    "random_password",
]
