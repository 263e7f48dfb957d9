"""The marketplace as the tables of an export."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.simulation.arrays import Floats, Integers
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
from training.simulation.demand import SITEWIDE
from training.simulation.disorder import SALE_STATUSES, delivery, engagement_states, sale_states
from training.simulation.partnerships import COLLABORATION_STATUSES, SAMPLE_STATUSES
from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings
from training.simulation.taxonomy import LANGUAGES, LEAVES, REGIONS, TOPS
from training.simulation.world import World


def export_tables(world: World, settings: SimulationSettings) -> dict[str, Callable[[], Table]]:
    """Builders of all tables by name, to be called in order: each shuffles with one shared stream."""
    rng = generator(settings.seed, Concern.DISORDER)

    def shuffled(table: Table, replay_share: float = 0.0) -> Table:
        rows = len(next(iter(table.values())).values)
        return take(table, delivery(rng, rows, replay_share))

    return {
        "creators": lambda: shuffled(_creators(world)),
        "products": lambda: shuffled(_products(world)),
        "demand_events": lambda: _demand_events(world),
        "collaborations": lambda: shuffled(_collaborations(world, settings.products)),
        "samples": lambda: shuffled(_samples(world)),
        "engagement": lambda: shuffled(_engagement(world, rng, settings.late_share), settings.replay_share),
        "sales": lambda: shuffled(_sales(world, rng, settings.late_share), settings.replay_share),
    }


def _creators(world: World) -> Table:
    creators = world.creators
    return {
        "creator_id": creator_ids(np.arange(len(creators.followers))),
        "follower_count": integers(creators.followers),
        "region": labels(REGIONS, creators.region, ~creators.region_known),
        "language": labels(LANGUAGES, creators.language, ~creators.language_known),
        "joined_at": times(world.clock.instant(creators.joined_day)),
        "is_active": flags(creators.is_active),
    }


def _products(world: World) -> Table:
    products = world.products
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
        "listed_at": times(_midnight(world.clock, products.listed_day)),
        "is_active": flags(products.is_active),
    }


def _demand_events(world: World) -> Table:
    events = world.events
    return {
        "name": labels(events.names, np.arange(len(events.names))),
        "starts_at": times(_midnight(world.clock, events.first_day)),
        "ends_at": times(_midnight(world.clock, events.last_day)),
        "category": labels(TOPS, np.maximum(events.top, 0), events.top == SITEWIDE),
    }


def _collaborations(world: World, products: int) -> Table:
    collaborations = world.collaborations
    creator, product = np.divmod(collaborations.pair, products)
    return {
        "creator_id": creator_ids(creator),
        "product_id": product_ids(product),
        "commission_rate": numbers(collaborations.rate),
        "status": labels(COLLABORATION_STATUSES, ~collaborations.is_active),
        "since": times(world.clock.instant(collaborations.since)),
    }


def _samples(world: World) -> Table:
    samples = world.samples
    unposted = np.isnan(samples.posted)
    return {
        "application_id": ids("a", 7, np.arange(len(samples.creator))),
        "creator_id": creator_ids(samples.creator),
        "product_id": product_ids(samples.product),
        "requested_at": times(world.clock.instant(samples.requested)),
        "status": labels(SAMPLE_STATUSES, samples.status),
        "posted_at": times(world.clock.instant(np.nan_to_num(samples.posted)), unposted),
    }


def _engagement(world: World, rng: np.random.Generator, late_share: float) -> Table:
    states = engagement_states(rng, world.clock, world.engagement, late_share)
    rows, known = world.engagement.take(states.row), states.complete
    return {
        "content_id": content_ids(rows.content),
        "product_id": product_ids(rows.product),
        "period_start": times(_midnight(world.clock, rows.day)),
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


def _sales(world: World, rng: np.random.Generator, late_share: float) -> Table:
    orders = world.orders
    states = sale_states(rng, world.clock, orders, late_share)
    of = states.order
    return {
        "sale_id": ids("s", 8, of),
        "ordered_at": times(world.clock.instant(orders.ordered[of])),
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
