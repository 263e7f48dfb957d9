"""The marketplace as the tables of an export."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.clock import MICROSECONDS_PER_DAY, Clock
from training.simulation.columns import (
    Table,
    content_ids,
    creator_ids,
    flags,
    ids,
    integers,
    labels,
    numbers,
    product_ids,
    take,
    times,
)
from training.simulation.creators import Creators
from training.simulation.demand import SITEWIDE, DemandEvents
from training.simulation.disorder import (
    SALE_STATUSES,
    EngagementStates,
    SaleStates,
    delivery,
    engagement_states,
    sale_states,
)
from training.simulation.engagement import Engagement
from training.simulation.lists import Impressions
from training.simulation.orders import Orders
from training.simulation.partnerships import (
    COLLABORATION_STATUSES,
    SAMPLE_STATUSES,
    Collaborations,
    Samples,
)
from training.simulation.products import Products
from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings
from training.simulation.taxonomy import LANGUAGES, LEAVES, REGIONS, TOPS
from training.simulation.truth import WEEK_DAYS
from training.simulation.world import World


def export_tables(world: World, settings: SimulationSettings) -> dict[str, Callable[[], Table]]:
    """Builders of all tables by name, to be called in order: each shuffles with one shared stream."""
    rng = generator(settings.seed, Concern.DISORDER)

    def shuffled(table: Table, replay_share: float = 0.0) -> Table:
        rows = len(next(iter(table.values())).values)
        return take(table, delivery(rng, rows, replay_share))

    clock = world.clock

    def engagement() -> Table:
        states = engagement_states(rng, clock, world.engagement, settings.late_share)
        return engagement_table(clock, world.engagement, states)

    def sales() -> Table:
        states = sale_states(rng, clock, world.orders, settings.late_share)
        return sales_table(clock, world.orders, states)

    tables: dict[str, Callable[[], Table]] = {
        "creators": lambda: shuffled(creators_table(clock, world.creators, world.truth.growth)),
        "products": lambda: shuffled(products_table(clock, world.products)),
        "demand_events": lambda: demand_events_table(clock, world.events),
        "collaborations": lambda: shuffled(
            collaborations_table(clock, world.collaborations, settings.products)
        ),
        "samples": lambda: shuffled(samples_table(clock, world.samples)),
        "engagement": lambda: shuffled(engagement(), settings.replay_share),
        "sales": lambda: shuffled(sales(), settings.replay_share),
    }
    if (impressions := world.impressions) is not None:
        tables["impressions"] = lambda: shuffled(impressions_table(clock, impressions))
    return tables


def creators_table(clock: Clock, creators: Creators, growth: Floats, there: Flags | None = None) -> Table:
    """The creators who are `there`, or all, with who has not left by the clock's end.

    Without growth of followers (one week of it) there is one state each, else one a week that changed any.
    """
    weeks = np.arange(min(growth.shape[1], clock.days // WEEK_DAYS + 1))
    followers = np.floor(creators.followers[:, None] * growth[:, weeks]).astype(np.int64)
    active = np.stack([creators.active_on(WEEK_DAYS * week) for week in weeks.tolist()], axis=1)
    if len(weeks) == 1:
        active[:, 0] = creators.active_on(clock.days)
    changed = np.ones(followers.shape, dtype=np.bool_)
    changed[:, 1:] = (np.diff(followers, axis=1) != 0) | (active[:, 1:] != active[:, :-1])
    if there is not None:
        changed &= there[:, None]
    who, week = np.nonzero(changed)
    table = {
        "creator_id": creator_ids(who),
        "follower_count": integers(followers[who, week]),
        "region": labels(REGIONS, creators.region[who], ~creators.region_known[who]),
        "language": labels(LANGUAGES, creators.language[who], ~creators.language_known[who]),
        "joined_at": times(clock.instant(creators.joined_day[who])),
        "is_active": flags(active[who, week]),
    }
    if growth.shape[1] > 1:
        table["updated_at"] = times(_midnight(clock, WEEK_DAYS * week), week == 0)
    return table


def products_table(clock: Clock, products: Products) -> Table:
    """All products, with what is still on sale at the clock's end."""
    return {
        "product_id": product_ids(np.arange(len(products.price))),
        "brand_id": ids("b", 3, products.brand),
        "category": labels(LEAVES, products.leaf),
        "price": numbers(products.price),
        "commission_rate": numbers(products.commission_rate),
        "title": labels(products.titles, np.arange(len(products.price))),
        "stock": integers(products.stock, products.stock < 0),
        "sample_quota": integers(products.sample_quota),
        "min_followers": integers(products.min_followers),
        "listed_at": times(_midnight(clock, products.listed_day)),
        "is_active": flags(products.active_on(clock.days)),
    }


def demand_events_table(clock: Clock, events: DemandEvents) -> Table:
    """The calendar, which is announced ahead."""
    return {
        "name": labels(events.names, np.arange(len(events.names))),
        "starts_at": times(_midnight(clock, events.first_day)),
        "ends_at": times(_midnight(clock, events.last_day)),
        "category": labels(TOPS, np.maximum(events.top, 0), events.top == SITEWIDE),
    }


def collaborations_table(clock: Clock, collaborations: Collaborations, products: int) -> Table:
    """All collaborations of a market of so many products."""
    creator, product = np.divmod(collaborations.pair, products)
    return {
        "creator_id": creator_ids(creator),
        "product_id": product_ids(product),
        "commission_rate": numbers(collaborations.rate),
        "status": labels(COLLABORATION_STATUSES, ~collaborations.is_active),
        "since": times(clock.instant(collaborations.since)),
    }


def samples_table(clock: Clock, samples: Samples) -> Table:
    """All applications."""
    unposted = np.isnan(samples.posted)
    return {
        "application_id": ids("a", 7, np.arange(len(samples.creator))),
        "creator_id": creator_ids(samples.creator),
        "product_id": product_ids(samples.product),
        "requested_at": times(clock.instant(samples.requested)),
        "status": labels(SAMPLE_STATUSES, samples.status),
        "posted_at": times(clock.instant(np.nan_to_num(samples.posted)), unposted),
    }


def impressions_table(clock: Clock, impressions: Impressions, first_number: int = 0) -> Table:
    """One row a place of a list; `first_number` is that of the first one's id."""
    return {
        "impression_id": ids("i", 9, first_number + np.arange(len(impressions.creator))),
        "shown_at": times(clock.instant(impressions.shown)),
        "creator_id": creator_ids(impressions.creator),
        "product_id": product_ids(impressions.product),
        "position": integers(impressions.position),
        "propensity": numbers(impressions.propensity),
        "surface": labels(("products",), np.zeros(len(impressions.creator))),
    }


def engagement_table(clock: Clock, engagement: Engagement, states: EngagementStates) -> Table:
    """One row a reported state."""
    rows, known = engagement.take(states.row), states.complete
    return {
        "content_id": content_ids(rows.content),
        "product_id": product_ids(rows.product),
        "period_start": times(_midnight(clock, rows.day)),
        "creator_id": creator_ids(rows.creator),
        "content_type": labels(("VIDEO", "LIVE"), rows.live),
        "views": integers(_known(rows.views, known)),
        "likes": integers(_known(rows.likes, known)),
        "comments": integers(_known(rows.comments, known)),
        "shares": integers(_known(rows.shares, known)),
        "product_clicks": integers(_known(rows.clicks, known)),
        "add_to_carts": integers(_known(rows.carts, known)),
        "updated_at": times(states.updated_at),
    }


def sales_table(clock: Clock, orders: Orders, states: SaleStates, first_number: int = 0) -> Table:
    """One row a reported state; `first_number` is that of the first order line's id."""
    of = states.order
    return {
        "sale_id": ids("s", 8, first_number + of),
        "ordered_at": times(clock.instant(orders.ordered[of])),
        "creator_id": creator_ids(orders.creator[of]),
        "product_id": product_ids(orders.product[of]),
        "content_id": content_ids(orders.content[of]),
        "quantity": integers(orders.quantity[of]),
        "amount": numbers(orders.amount[of]),
        "commission_rate": numbers(orders.commission_rate[of]),
        "buyer_id": ids("u", 8, orders.buyer[of]),
        "refunded_quantity": integers(states.refunded),
        "status": labels(SALE_STATUSES, states.status),
        "updated_at": times(states.updated_at),
    }


def _known(counts: Integers, share: Floats) -> Integers:
    return np.floor(counts * share).astype(np.int64)


def _midnight(clock: Clock, day: Integers) -> Integers:
    return clock.start + day * MICROSECONDS_PER_DAY
