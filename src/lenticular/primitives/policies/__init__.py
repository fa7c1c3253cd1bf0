"""Policies: who may do what, in IAM's language, with one evaluator for every interface."""
