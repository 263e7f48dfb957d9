"""Creators as their live events have left them: everyone else stays as the night saw them.

What a creator sells and moves is in its row at once, and folded in anew; who signed up today is known. What
promotions bring is estimated from the night's figures: a new creator is valued as the one without history
who has about as many followers. The lists of brands stay the night's.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from features.event_log import Event, EventLog, Value
from features.live_rows import LiveRow, microseconds_of
from recsys.arrays import CSR, Bool, Float32, Int32, csr, csr_of_parts
from recsys.blas import single_threaded
from recsys.models.blend import CreatorView
from recsys.models.contract import CreatorRows
from recsys.release.payload import Payload
from recsys.value.estimates import Estimates, Outlook, PairValues
from serving.catalog import CreatorTable
from serving.columns import NULL_CODE, TextColumn
from serving.live_rules import LiveRules
from serving.loaded import LoadedRelease, entries
from serving.matcher import Matcher

# Creators whose rows are kept ready; one more is made from its events again.
KEPT = 1_000
N = TypeVar("N", np.int64, np.int32, np.bool_)
_SHARED = (
    "all_buyers",
    "brand_buyers",
    "brand_rows",
    "click_rates",
    "promoted_by_creator",
    "promoted_by_product",
    "promoters",
    "sellers",
    "similarity",
)


class LiveCreators:
    """The matcher for each creator: that of the release, or one that knows its live events.

    `fold_ins` counts how often the latter was made.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._places = log.places()
        self._made: OrderedDict[tuple[str, str, int], Matcher] = OrderedDict()
        self._lock = Lock()
        self.fold_ins = 0

    @property
    def events(self) -> int:
        """How many rows the log took so far."""
        return self._places.end

    def followed(self) -> AbstractContextManager[None]:
        """Within the block events that others take are known soon too."""
        return self._places.followed()

    def append(self, events: Sequence[Event]) -> int:
        """Keep events, on the disk; the next answer knows them. Answers how many were not there yet."""
        recorded = self._log.append(events)
        self._places.keep_up()
        return recorded

    def last_event(self, creator_id: str) -> int:
        """The place of the last event of a creator in the log, 0 where there is none."""
        return self._places.last_of(creator_id)

    def matcher_for(self, matcher: Matcher, creator_id: str) -> Matcher:
        """What answers for a creator; the same while nothing happens."""
        release, last = matcher.release, self.last_event(creator_id)
        if last == 0 or release.live is None:
            return matcher
        key = (release.release_id, creator_id, last)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        events = [logged.event for logged in self._log.of_creator(creator_id)]
        made = with_events(release, release.live, creator_id, events)
        found = matcher if made is None else Matcher(made, matcher.explore)
        with self._lock:
            self.fold_ins += 1
            self._made[key] = found
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return found


@dataclass(frozen=True, kw_only=True)
class LiveRelease(LoadedRelease):
    """A release in which one creator, whose index is `creator`, is as its events say."""

    creator: int
    identifier: str
    row: tuple[Int32, Float32]
    sold: tuple[Int32, Float32]
    folded_in: CreatorView

    def creator_index(self, creator_id: str) -> int:
        """Its own, else the night's."""
        return self.creator if creator_id == self.identifier else super().creator_index(creator_id)

    def creator_id(self, creator: int) -> str:
        """Its own, else the night's."""
        return self.identifier if creator == self.creator else super().creator_id(creator)

    def scores_of(self, creator: int) -> Float32:
        """Of its own row, else the night's."""
        if creator != self.creator:
            return super().scores_of(creator)
        with single_threaded():
            lists = self.payload.model.lists(self.folded_in)
        scores: Float32 = lists[0]
        return scores

    def pair_scores(self, creators: Int32, products: Int32) -> Float32:
        """Of its own row, else the night's."""
        own = creators == self.creator
        scores = np.empty(len(creators), dtype=np.float32)
        if not own.all():
            scores[~own] = super().pair_scores(creators[~own], products[~own])
        mine = products[own].astype(np.int64)
        scores[own] = self.payload.model.score_pairs(self.folded_in, np.zeros_like(mine), mine)
        return scores

    def affinity_of(self, creator: int) -> tuple[Int32, Float32]:
        """Its own, else the night's."""
        return self.row if creator == self.creator else super().affinity_of(creator)

    def sold_by(self, creator: int) -> tuple[Int32, Float32]:
        """Its own, else the night's."""
        return self.sold if creator == self.creator else super().sold_by(creator)

    def promoted(self, creators: Int32, products: Int32) -> Bool:
        """Pairs with affinity or net units; of it with its events."""
        own = creators == self.creator
        mask = np.zeros((len(creators), len(products)), dtype=np.bool_)
        if not own.all():
            mask[~own] = super().promoted(creators[~own], products)
        known = np.concatenate([self.row[0], self.sold[0][self.sold[1] != 0]])
        mask[own] = np.isin(products, known)
        return mask


@dataclass(frozen=True, slots=True)
class ValuedAs:
    """Values in which one creator is valued as another: the night knows nothing of it."""

    values: PairValues
    creator: int
    like: int

    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates:
        """With the other's figures."""
        return self.values.estimate(self._known(creators), products, scores, asked=asked)

    def outlook(self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False) -> Outlook:
        """With the other's figures."""
        return self.values.outlook(self._known(creators), products, scores, asked=asked)

    def _known(self, creators: Int32) -> Int32:
        return np.where(creators == self.creator, np.int32(self.like), creators)


def with_events(
    release: LoadedRelease, rules: LiveRules, creator_id: str, events: list[Event]
) -> LiveRelease | None:
    """The release with one creator as its events say; None where the night has seen all of them, or waits."""
    told = _newest_of_itself(release, events)
    found = release.payload.affinity.creators.find(creator_id)
    is_new = found < 0
    if is_new and told is None:
        return None
    creator = len(release.creators.is_active) if is_new else found
    creators = release.creators if told is None else _told(release.creators, creator, told)
    row = _row(release, rules, None if is_new else creator, events)
    if row is None:
        return None
    attributes: CSR = (
        release.payload.attributes[creator : creator + 1]
        if told is None
        else rules.attributes_of(
            int(creators.follower_count[creator]), creators.region[creator], creators.language[creator]
        )
    )
    n_products = release.payload.model.n_products
    affinity = csr_of_parts(row.affinity, row.products, np.array([0, len(row.products)]), (1, n_products))
    own = {field.name: getattr(release, field.name) for field in fields(LoadedRelease)}
    payload, values = release.payload, release.values
    if is_new:
        payload = _with_one_more(payload)
        like = _most_like(release, int(creators.follower_count[creator]))
        values = None if values is None else ValuedAs(values, creator, like)
    live = LiveRelease(
        **own | {"payload": payload, "creators": creators, "values": values, "prepared": None},
        creator=creator,
        identifier=creator_id,
        row=(row.products, row.affinity),
        sold=_sold(release, None if is_new else creator, row),
        folded_in=payload.model.view(CreatorRows(affinity, attributes)),
    )
    live.__dict__.update({name: getattr(release, name) for name in _SHARED})
    live.__dict__["focus"] = _focus(release, creator, row)
    return live


def _row(
    release: LoadedRelease, rules: LiveRules, creator: int | None, events: list[Event]
) -> LiveRow | None:
    """The creator's row; None where the night kept no totals to add to."""
    totals = release.payload.totals
    if creator is None:
        products, known = np.zeros(0, dtype=np.int32), np.zeros((0, 0), dtype=np.int64)
    elif totals is None:
        return None
    else:
        products, known = totals.of_creator(creator)
    return rules.since.row(products, known, events, release.payload.affinity.products.find)


def _newest_of_itself(release: LoadedRelease, events: list[Event]) -> Mapping[str, Value] | None:
    """What the newest event after the night says of the creator itself."""
    states = [event for event in events if event.table == "creators"]
    if not states:
        return None
    newest = max(states, key=lambda event: (microseconds_of(str(event.row["updated_at"])), event.text))
    known = release.payload.affinity.creators.find(str(newest.row["creator_id"])) >= 0
    seen = known and microseconds_of(str(newest.row["updated_at"])) <= release.as_of_us
    return None if seen else newest.row


def _sold(release: LoadedRelease, creator: int | None, row: LiveRow) -> tuple[Int32, Float32]:
    before: tuple[Int32, Float32] = (
        (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
        if creator is None
        else release.sold_by(creator)
    )
    n_products = release.payload.model.n_products
    products = np.concatenate([before[0], row.sold_products])
    units = np.concatenate([before[1], row.sold_units.astype(np.float32)])
    return entries(csr(units, np.zeros(len(products)), products, (1, n_products)), 0)


def _focus(release: LoadedRelease, creator: int, row: LiveRow) -> Int32:
    """The category of most of the creator's affinity, beside those of all others."""
    category = release.products.category
    focus = np.append(release.focus, np.int32(NULL_CODE))[: max(len(release.focus), creator + 1)]
    by_category = np.bincount(category.codes[row.products], row.affinity, len(category.values))
    focus[creator] = by_category.argmax() if len(row.products) else NULL_CODE
    return focus


def _most_like(release: LoadedRelease, followers: int) -> int:
    """The creator without history, where there is one, who has about as many followers."""
    lengths = np.diff(release.payload.affinity.values.indptr)
    without = np.flatnonzero(lengths == 0)
    candidates = without if len(without) else np.arange(len(lengths))
    apart = np.abs(np.log1p(release.creators.follower_count[candidates]) - np.log1p(followers))
    return int(candidates[apart.argmin()])


def _told(table: CreatorTable, creator: int, told: Mapping[str, Value]) -> CreatorTable:
    """The creators with one as it was told, at its place or behind all."""
    followers = int(told["follower_count"])
    tier = CreatorTable.tier_of(followers)
    return CreatorTable(
        follower_count=_put(table.follower_count, creator, followers),
        region=_put_text(table.region, creator, told.get("region")),
        language=_put_text(table.language, creator, told.get("language")),
        tier=_put_text(table.tier, creator, tier),
        is_active=_put(table.is_active, creator, bool(told["is_active"])),
        # As of the night, for the lists of brands; a new creator had sold nothing.
        recent_gmv=None
        if table.recent_gmv is None
        else np.append(table.recent_gmv, np.zeros(max(creator + 1 - len(table.recent_gmv), 0))),
    )


def _put(column: npt.NDArray[N], place: int, value: int) -> npt.NDArray[N]:
    longer = np.append(column, np.zeros(max(place + 1 - len(column), 0), column.dtype))
    longer[place] = value
    return longer


def _put_text(column: TextColumn, place: int, value: Value | None) -> TextColumn:
    values = column.values if value is None or value in column.values else (*column.values, str(value))
    code = NULL_CODE if value is None else values.index(str(value))
    return TextColumn(values, _put(column.codes, place, code))


def _with_one_more(payload: Payload) -> Payload:
    """The same with a creator behind all, of whom nothing is known; nothing scarce is given to it."""
    audience, places, totals = payload.audience, payload.places, payload.totals
    return replace(
        payload,
        rate_bonus=_longer(payload.rate_bonus),
        audience=replace(audience, buyers=_longer(audience.buyers), units=_longer(audience.units)),
        places=None if places is None else replace(places, given=_longer(places.given)),
        totals=None
        if totals is None
        else replace(totals, starts=np.append(totals.starts, totals.starts[-1])),
        # Its shoppers are not known either, and a creator's own list needs nobody else's.
        campaign=None,
    )


def _longer(matrix: CSR) -> CSR:
    """The same with one more row, which is empty."""
    indptr = np.append(matrix.indptr, matrix.indptr[-1])
    n_rows, n_columns = matrix.shape
    return csr_of_parts(matrix.data, matrix.indices, indptr, (n_rows + 1, n_columns))
