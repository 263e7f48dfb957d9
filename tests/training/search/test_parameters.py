import numpy as np
import pytest

from recsys.models.blend import Blend
from recsys.models.ials import IALS
from recsys.models.item_item import ItemItem
from recsys.models.prior import AttributePrior
from recsys.models.ridge import Ridge
from tests.recsys.models.examples import record_fits
from tests.training.search.examples import market
from training.search.parameters import FITS_A_PART, Study, choose_parameters
from training.search.trials import worth_of

DROWNED = IALS(factors=8, regularization=0.3)


def chosen(blend: Blend, n_creators: int = 200) -> Blend:
    data, task = market(n_creators)
    return choose_parameters(Study.of(blend, data, task), data, task).blend


def test_the_penalty_of_the_factors_is_found_from_far_away() -> None:
    data, task = market(200)
    found = chosen(Blend((DROWNED,), (1.0,), AttributePrior())).parts[0]

    assert isinstance(found, IALS)
    assert found.regularization < DROWNED.regularization
    assert worth_of(found.fit(data), task).mean() > worth_of(DROWNED.fit(data), task).mean()


def test_a_part_must_be_good_alone_even_where_the_blend_does_not_hear_it() -> None:
    silent = Blend((ItemItem(), DROWNED), (1.0, 0.0), AttributePrior())
    neighbours, factors = chosen(silent).parts

    assert neighbours == ItemItem()
    assert isinstance(factors, IALS)
    assert factors.regularization < DROWNED.regularization


def test_a_part_counts_by_its_own_lists_and_by_those_of_all_parts() -> None:
    data, task = market(120)
    study = Study.of(Blend((ItemItem(), DROWNED), (1.0, 0.0), AttributePrior()), data, task)

    # Only the neighbours are heard in the blend, so they count twice.
    np.testing.assert_allclose(study.trial_of(0).values, 2 * study.trial().values)
    assert study.trial_of(1).figure < study.trial_of(0).figure


def test_no_part_is_fitted_more_often_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    regressions, factors = record_fits(monkeypatch, Ridge), record_fits(monkeypatch, IALS)

    chosen(Blend((Ridge(), IALS(factors=8)), (0.5, 0.5), AttributePrior()), 120)
    assert len(regressions) == FITS_A_PART
    assert len(factors) == FITS_A_PART


def test_the_short_lists_of_what_is_found_are_its_own() -> None:
    data, task = market(120)
    start = Blend((Ridge(), DROWNED), (0.5, 0.5), AttributePrior())
    found = choose_parameters(Study.of(start, data, task), data, task)

    assert found.trial().figure == pytest.approx(
        float(np.mean(worth_of(found.blend.fit(data), task))), abs=0.01
    )
