"""Engines that post webhooks."""
