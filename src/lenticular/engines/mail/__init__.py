"""Engines that send mail."""
