"""Empirical Bayes, one module a likelihood: small counts lean on what is usual, large ones speak."""
