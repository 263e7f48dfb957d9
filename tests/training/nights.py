"""When nights of the small exports are run, how quietly, and what the shared one renders."""

# 2026-02-18, eleven days before the small export ends.
EARLIER = 1_771_372_800_000_000
# Lists in each direction that the night rendered of which tests share the release.
PREPARED = 40


def quiet(_: str) -> None:
    """Report nothing."""
