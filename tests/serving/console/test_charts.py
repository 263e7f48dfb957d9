import pytest

from serving.console.charts import BOTTOM, LEFT, RIGHT, TOP, line, reach, reliability, ticks


def test_the_line_runs_from_zero_at_the_bottom_to_the_greatest_at_the_top() -> None:
    assert line([0.0, 0.1, 0.2]) == "0.0,60.0 160.0,30.0 320.0,0.0"
    assert line([0.3]) == ""
    assert line([0.0, 0.0]) == "0.0,60.0 320.0,60.0"


@pytest.mark.parametrize(
    ("top", "expected"),
    [(4.0, (0, 1, 2, 3, 4)), (7.0, (0, 2, 4, 6, 8)), (100.0, (0, 50, 100)), (0.3, (0, 0.1, 0.2, 0.3))],
)
def test_ticks_are_round_and_reach_the_top(top: float, expected: tuple[float, ...]) -> None:
    assert ticks(top) == pytest.approx(expected)


def test_whole_things_have_whole_ticks() -> None:
    assert ticks(2, whole=True) == (0, 1, 2)
    assert ticks(0.0) == (0, 1)


def test_the_curve_of_reach_begins_at_nothing_and_marks_where_to_stop() -> None:
    curve = reach([6.0, 9.0, 10.0], stop_after=2)

    assert [(tick.at, tick.value) for tick in curve.up] == [(BOTTOM, 0), (91.0, 5), (TOP, 10)]
    assert [tick.value for tick in curve.across] == [0, 1, 2, 3]
    assert curve.points.split()[0] == f"{LEFT},{BOTTOM}"
    assert curve.points.split()[-1] == f"{RIGHT},{TOP}"
    assert curve.stop == pytest.approx((LEFT + (RIGHT - LEFT) * 2 / 3, BOTTOM - (BOTTOM - TOP) * 0.9))


def test_a_plan_that_pays_throughout_has_no_stop_and_one_of_nothing_no_curve() -> None:
    assert reach([1.0, 2.0], stop_after=2).stop is None
    assert reach([0.0], stop_after=0).points == f"{LEFT},{BOTTOM} {RIGHT},{BOTTOM}"
    with pytest.raises(ValueError, match="no curve"):
        reach([], stop_after=0)


def test_what_came_stands_against_what_was_told_on_equal_axes() -> None:
    diagram = reliability([(0.1, 0.0), (0.2, 0.4)])

    assert [tick.value for tick in diagram.up] == [tick.value for tick in diagram.across]
    assert diagram.up[-1].value == pytest.approx(0.4)
    assert diagram.dots[-1] == pytest.approx(((LEFT + RIGHT) / 2, TOP))
    assert diagram.equal == f"{LEFT},{BOTTOM} {RIGHT},{TOP}"
