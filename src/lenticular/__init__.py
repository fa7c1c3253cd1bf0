"""Lenticular: the science cloud that a lab runs itself."""

__version__ = "0.1.0"
