import numpy as np
import pytest

from recsys.value.asking import TELLING
from recsys.value.context import CREATOR_FEATURES
from training.value.activity import FEWEST, Activity, fit_asking


def _activity(n: int = 4_000) -> Activity:
    """A third never posted and hardly ever will, a third fell silent, a third posts."""
    rng = np.random.default_rng(0)
    kind = np.arange(n) % 3
    creators = rng.normal(0, 1, (n, len(CREATOR_FEATURES))).astype(np.float32)
    columns = (kind == 0, np.where(kind == 2, np.log(5.0), 0.0), np.where(kind == 0, -1.0, 0.5))
    for name, column in zip(TELLING, columns, strict=True):
        creators[:, CREATOR_FEATURES.index(name)] = column
    return Activity(creators, rng.random(n) < np.array([0.05, 0.3, 0.95])[kind])


def test_who_never_posted_fell_silent_or_posts_promotes_as_such_did() -> None:
    activity = _activity()
    chance = fit_asking(activity).chance(activity.creators)
    for kind, expected in enumerate((0.05, 0.3, 0.95)):
        assert chance[kind::3].mean() == pytest.approx(expected, abs=0.03)
    assert chance.mean() == pytest.approx(activity.promoted.mean(), abs=0.005)


@pytest.mark.parametrize("promoted", [0, FEWEST - 1])
def test_where_too_few_did_or_did_not_it_is_certain(promoted: int) -> None:
    activity = _activity(100)
    some = np.arange(100) < promoted
    for given in (some, ~some):
        assert (fit_asking(Activity(activity.creators, given)).chance(activity.creators) == 1.0).all()
    assert len(Activity.stacked([activity, Activity.none()]).promoted) == 100
