from dataclasses import replace

import pytest

from recsys.errors import UsageError
from serving.settings import DEFAULTS, LIMITS, ServiceSettings


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_of_nothing_is_refused_by_its_name(name: str) -> None:
    for value in (0, -1, float("nan")):
        with pytest.raises(UsageError, match=f"{name} is"):
            replace(DEFAULTS, **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_more_than_half_of_a_list_is_no_share_to_explore(share: float) -> None:
    with pytest.raises(UsageError, match="explore is"):
        ServiceSettings(explore=share)


@pytest.mark.parametrize("origin", ["*", "shop.example"])
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(UsageError, match="is no origin"):
        ServiceSettings(cors_origins=(origin,))


def test_by_default_no_other_page_may_ask() -> None:
    assert DEFAULTS.cors_origins == ()
