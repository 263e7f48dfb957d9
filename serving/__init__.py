"""Answers matches in both directions from a release."""
