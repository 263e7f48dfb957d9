"""One drawn marketplace: everybody in it, everything that happened, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.simulation.clock import Clock
from training.simulation.content import draw_contents, draw_link_plan, own_links
from training.simulation.creators import Creators, draw_creators
from training.simulation.demand import DemandEvents, draw_events, draw_trends, event_lift
from training.simulation.engagement import Engagement, draw_engagement, reported
from training.simulation.lists import Impressions, follow_lists
from training.simulation.orders import Orders, deal_buyer_numbers, draw_orders, draw_shoppers
from training.simulation.partnerships import (
    Collaborations,
    Samples,
    draw_collaborations,
    draw_samples,
    first_posts,
)
from training.simulation.products import Products, draw_products
from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings
from training.simulation.success import crowds, with_growth
from training.simulation.taste import with_taste
from training.simulation.taxonomy import draw_taxonomy
from training.simulation.truth import Rates, Truth


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """The marketplace before it is reported as tables."""

    clock: Clock
    creators: Creators
    products: Products
    events: DemandEvents
    engagement: Engagement
    orders: Orders
    collaborations: Collaborations
    samples: Samples
    impressions: Impressions | None
    """None where no lists were shown."""
    truth: Truth


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """Who and what is there, and what shoppers want, before anybody posts."""

    creators: Creators
    products: Products
    events: DemandEvents
    truth: Truth


def draw_stage(settings: SimulationSettings) -> Stage:
    """Draws people, products and demand."""
    seed = settings.seed
    taxonomy = draw_taxonomy(generator(seed, Concern.TAXONOMY), settings.latent_dimensions)
    creators = draw_creators(generator(seed, Concern.CREATORS), settings, taxonomy)
    products = draw_products(generator(seed, Concern.PRODUCTS), settings, taxonomy)
    demand = generator(seed, Concern.DEMAND)
    trends = draw_trends(demand, settings, products.listed_day)
    events = draw_events(demand, settings)
    truth = Truth(
        start=settings.start,
        taste=creators.taste,
        reach=creators.reach,
        factor=products.factor,
        appeal=products.appeal,
        conversion=products.conversion,
        refund_rate=products.refund_rate,
        price=products.price,
        commission_rate=products.commission_rate,
        leaf=products.leaf,
        listed_day=products.listed_day,
        closed_day=products.closed_day,
        trends=trends,
        event_lift=event_lift(events, settings.days),
        growth=np.ones((settings.creators, 1)),
        rates=_rates(settings),
    )
    return Stage(creators=creators, products=products, events=events, truth=with_taste(truth, settings))


def _rates(settings: SimulationSettings) -> Rates:
    crowd = np.inf if settings.saturation is None else settings.saturation * settings.creators
    return Rates(crowd_half=float(crowd), shock=settings.shock, shock_day=settings.shock_day)


def draw_world(settings: SimulationSettings) -> World:
    """Draws the stage, then lets the window pass."""
    seed = settings.seed
    stage = draw_stage(settings)
    creators, products, truth = stage.creators, stage.products, stage.truth
    content = generator(seed, Concern.CONTENT)
    contents = draw_contents(content, settings, creators)
    truth = with_growth(truth, settings, contents)
    plan = draw_link_plan(content, settings, contents, creators, products, truth)
    impressions = None
    if settings.listed_share > 0.0:
        plan, impressions = follow_lists(settings, contents, plan, creators, products)
    links = own_links(contents, plan, products)
    engagement = draw_engagement(
        generator(seed, Concern.ENGAGEMENT),
        settings,
        contents,
        links,
        truth,
        crowds(settings, contents, links),
    )
    partnerships = generator(seed, Concern.PARTNERSHIPS)
    promoted, first_posted = first_posts(settings, contents, links)
    collaborations = draw_collaborations(partnerships, settings, creators, products, promoted)
    samples = draw_samples(partnerships, settings, creators, products, promoted, first_posted)
    orders = draw_orders(
        generator(seed, Concern.ORDERS), settings, engagement, products, collaborations, truth.rates
    )
    audience = generator(seed, Concern.AUDIENCE)
    shoppers = draw_shoppers(audience, orders, creators, products)
    return World(
        clock=Clock.of(settings),
        creators=creators,
        products=products,
        events=stage.events,
        engagement=reported(engagement, settings),
        orders=replace(orders, buyer=deal_buyer_numbers(audience, creators)[shoppers]),
        collaborations=collaborations,
        samples=samples,
        impressions=impressions,
        truth=truth,
    )
