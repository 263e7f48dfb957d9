"""Which sales a return takes back."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Order:
    """Units of one product sold to one customer; `at` in microseconds of UTC."""

    at: int
    sale_id: str
    quantity: int


@dataclass(frozen=True, order=True)
class Return:
    """Units of that product that came back from that customer."""

    at: int
    quantity: int


@dataclass(frozen=True)
class Refund:
    """The state of a sale from `at` on: how many of its units have come back so far."""

    at: int
    sale_id: str
    refunded_quantity: int


def match_returns(orders: Sequence[Order], returns: Sequence[Return]) -> tuple[list[Refund], int]:
    """Match one customer's returns of one product to strictly earlier orders, latest first.

    Answers the new states, at most one for a sale and an instant, and the units no earlier order explains.
    """
    waiting = sorted(orders, reverse=True)
    kept: list[Order] = []
    taken: dict[str, int] = {}
    states: dict[tuple[str, int], Refund] = {}
    unmatched = 0
    for back in sorted(returns):
        while waiting and waiting[-1].at < back.at:
            kept.append(waiting.pop())
        left = back.quantity
        while left and kept:
            order = kept[-1]
            units = min(left, order.quantity - taken.get(order.sale_id, 0))
            left -= units
            taken[order.sale_id] = taken.get(order.sale_id, 0) + units
            states[order.sale_id, back.at] = Refund(back.at, order.sale_id, taken[order.sale_id])
            if taken[order.sale_id] == order.quantity:
                kept.pop()
        unmatched += left
    return list(states.values()), unmatched
