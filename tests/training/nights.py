"""When nights of the small export are run, and how quietly."""

# 2026-02-18, eleven days before the small export ends.
EARLIER = 1_771_372_800_000_000


def quiet(_: str) -> None:
    """Report nothing."""
