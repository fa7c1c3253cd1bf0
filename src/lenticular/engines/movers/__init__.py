"""Movers: bring files from one place to another and see to it that they arrive as they were."""
