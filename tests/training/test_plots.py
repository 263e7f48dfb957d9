import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

from training.plots import reach, reach_png, reliability
from training.value.calibration import Bin


def test_reliability_shows_what_happened_against_what_was_told_with_two_standard_errors() -> None:
    plot = reliability([Bin(100, 0.1, 0.2), Bin(400, 0.5, 0.5), Bin(50, 0.9, 1.0)], "chance of an order")
    (axes,) = plot.axes
    ideal = axes.lines[0]
    (bars,) = [one for one in axes.containers if isinstance(one, ErrorbarContainer)]
    points, _, (whiskers,) = bars.lines
    assert axes.get_title() == "chance of an order: told and happened"
    assert np.asarray(ideal.get_xydata(), dtype=np.float64).tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert points is not None
    shown = np.asarray(points.get_xydata(), dtype=np.float64)
    np.testing.assert_allclose(shown, np.array([[0.1, 0.2], [0.5, 0.5], [0.9, 1.0]]))
    heights = [float(ends[1, 1] - ends[0, 1]) / 2 for ends in whiskers.get_segments()]
    # 2 · √(p (1 - p) / n); what always happened has none.
    assert heights == pytest.approx([2 * (0.16 / 100) ** 0.5, 2 * (0.25 / 400) ** 0.5, 0.0])


def test_a_single_bin_is_drawn() -> None:
    plot = reliability([Bin(5, 0.3, 0.0)], "x")
    plot.canvas.draw()
    assert len(plot.axes[0].containers) == 1


def test_reach_begins_with_nothing_and_marks_where_to_stop() -> None:
    (axes,) = reach([3.0, 5.0, 6.0], 2, "new shoppers").axes
    curve, stop = axes.lines
    assert np.asarray(curve.get_ydata(), dtype=np.float64).tolist() == [0.0, 3.0, 5.0, 6.0]
    assert np.asarray(stop.get_xdata(), dtype=np.float64).tolist() == [2.0, 2.0]
    assert axes.get_title() == "new shoppers by number of samples"
    assert len(reach([3.0, 5.0], 2, "EUR").axes[0].lines) == 1  # all of them pay
    assert reach_png([3.0], 0, "EUR").startswith(b"\x89PNG")
