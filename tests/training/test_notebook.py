from pathlib import Path

import pytest

from recsys.errors import UnknownIdError
from training.nightly import NightResult
from training.notebook import measured, plot_calibration, plot_models


def test_what_a_release_measured_is_a_frame_and_two_plots(trained: tuple[Path, NightResult]) -> None:
    home, result = trained
    figures = measured(home)
    recipe = figures.query("model == 'recipe' and segment == 'all' and metric == 'ndcg' and k == 20")
    expected = result.judgement.figure("recipe", "all", "ndcg", 20)

    assert recipe[["value", "low", "high"]].to_numpy().tolist() == [
        [expected.value, expected.low, expected.high]
    ]
    assert not figures["model"].str.contains("_over_").any()
    assert {"popularity", "recipe"} <= set(figures["model"])
    assert measured(home, result.release_id).equals(figures)
    for plot in (plot_models(home), plot_calibration(home)):
        assert plot._repr_png_().startswith(b"\x89PNG")
    bars = plot_models(home).figure.axes[0].patches
    assert len(bars) == len(set(figures["model"]))


def test_calibration_is_drawn_from_what_the_night_found(trained: tuple[Path, NightResult]) -> None:
    home, result = trained
    assert result.rehearsal.checked is not None
    (_, drawn, *_) = plot_calibration(home).figure.axes[0].lines
    assert drawn.get_xdata() == pytest.approx([one.expected for one in result.rehearsal.checked.reliability])


def test_a_release_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownIdError, match="recsys train"):
        measured(tmp_path)
