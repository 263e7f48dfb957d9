import pytest

from recsys.models.blend import Blend
from recsys.models.content import Content
from recsys.models.ials import IALS
from recsys.models.prior import AttributePrior
from recsys.models.ridge import Ridge
from recsys.search import MOST_FITS, choose_recipe, search
from tests.recsys.models.examples import record_fits
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
    fitted = record_fits(monkeypatch)

    search(BLEND, data, task)
    assert 1 < len(fitted) <= MOST_FITS + 1  # and once more with the other parts


def test_with_too_few_creators_everything_stays() -> None:
    data, task = market(30)

    assert search(BLEND, data, task).blend == BLEND


def test_the_recipe_has_content_where_it_is_told_so_and_weights_of_its_own() -> None:
    data, _ = market(100)
    with_content, without = (choose_recipe(data, with_content=told, seed=1) for told in (True, False))

    assert any(isinstance(part, Content) for part in with_content.parts)
    assert with_content.parts[1:-1] == without.parts[1:]
    assert len(set(without.weights)) > 1
