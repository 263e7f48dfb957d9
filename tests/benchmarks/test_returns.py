from benchmarks.returns import Order, Refund, Return, match_returns


def test_a_return_takes_from_the_latest_earlier_order_first() -> None:
    orders = [Order(10, "a", 5), Order(20, "b", 3), Order(40, "later", 9)]

    states, unmatched = match_returns(orders, [Return(30, 4)])

    assert states == [Refund(30, "b", 3), Refund(30, "a", 1)]
    assert unmatched == 0


def test_refunds_of_one_sale_add_up_over_time() -> None:
    states, unmatched = match_returns([Order(10, "a", 5)], [Return(30, 1), Return(20, 2)])

    assert states == [Refund(20, "a", 2), Refund(30, "a", 3)]
    assert unmatched == 0


def test_two_returns_of_one_instant_make_one_state() -> None:
    states, _ = match_returns([Order(10, "a", 5)], [Return(20, 2), Return(20, 1)])

    assert states == [Refund(20, "a", 3)]


def test_a_sale_of_the_same_instant_is_not_earlier() -> None:
    states, unmatched = match_returns([Order(10, "a", 5)], [Return(10, 2)])

    assert states == []
    assert unmatched == 2


def test_no_more_comes_back_than_was_sold() -> None:
    states, unmatched = match_returns([Order(10, "a", 5)], [Return(20, 4), Return(30, 4), Return(40, 1)])

    assert states == [Refund(20, "a", 4), Refund(30, "a", 5)]
    assert unmatched == 4


def test_a_sale_after_an_unmatched_return_is_left_alone() -> None:
    states, unmatched = match_returns([Order(20, "a", 5)], [Return(10, 4), Return(30, 1)])

    assert states == [Refund(30, "a", 1)]
    assert unmatched == 4
