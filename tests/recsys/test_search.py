import pytest

from recsys.models.blend import Blend
from recsys.models.contract import TrainingData
from recsys.models.ials import IALS
from recsys.models.item_item import ItemItemScorer
from recsys.models.prior import AttributePrior
from recsys.models.ridge import Ridge
from recsys.search import MOST_FITS, search
from tests.recsys.test_tuning import market

BLEND = Blend((Ridge(), IALS(factors=8)), (0.5, 0.5), AttributePrior())


def test_it_keeps_the_parts_and_moves_only_the_regression() -> None:
    data, task = market(200)
    found = search(BLEND, data, task, seed=1).blend
    regression, factors = found.parts

    assert isinstance(regression, Ridge)
    assert regression.neighbours == Ridge().neighbours
    assert factors == IALS(factors=8)
    assert sum(found.weights) > 0.999


def test_it_never_fits_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    data, task = market(120)
    fits = 0
    fit = Ridge.fit

    def counted(self: Ridge, training: TrainingData) -> ItemItemScorer:
        nonlocal fits
        fits += 1
        return fit(self, training)

    monkeypatch.setattr(Ridge, "fit", counted)
    search(BLEND, data, task)
    assert 1 < fits <= MOST_FITS + 1  # and once more with the other parts


def test_with_too_few_creators_everything_stays() -> None:
    data, task = market(30)

    assert search(BLEND, data, task).blend == BLEND
