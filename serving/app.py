"""The HTTP application."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path
from typing import TypedDict

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import RedirectResponse

import recsys
from features.event_log import EventLog
from features.impression_log import ImpressionLog
from features.open_log import open_log
from recsys.release.store import ReleaseStore
from serving.batch_routes import batch_routes
from serving.caching import Revalidate
from serving.campaign_routes import campaign_routes
from serving.champion import Champion
from serving.compression import COMPRESSED_FROM, Compress
from serving.console.routes import console_routes
from serving.docs import docs_routes
from serving.event_routes import event_routes
from serving.guard.body import LimitBody
from serving.guard.deadline import Deadline
from serving.guard.gate import Gate
from serving.guard.headers import SecureHeaders
from serving.guard.keys import KeyFile, KeyRing
from serving.guard.rate import LimitRate
from serving.guard.shedding import BoundWork, Load, ShedLoad
from serving.impressions import Impressions, KeepImpressions
from serving.live import LiveCreators
from serving.look_up import LookUp, may_be_looked_up
from serving.observe.exchange import HEADER, Listener, Observe
from serving.observe.faults import AnswerFaults
from serving.observe.logs import log_exchange
from serving.observe.metrics import Metrics
from serving.openapi import TAGS, DescribedService, operation_id
from serving.problems import answer_with_problems, problem_responses
from serving.routes import health_routes, match_routes, metrics_routes
from serving.routing import AnswerHead, FindRoute
from serving.settings import DEFAULTS, ServiceSettings


class State(TypedDict):
    """What requests find in their state, beside their `request_id` and the `principal` who asks."""

    champion: Champion
    metrics: Metrics
    keys: KeyRing
    events: EventLog
    live: LiveCreators


def create_app(
    home: Path, settings: ServiceSettings = DEFAULTS, swapped: Callable[[], None] = lambda: None
) -> FastAPI:
    """The service of one home folder. It starts without a champion too and serves the first that comes.

    `swapped` is called whenever another release is served.

    Raises `UsageError` where the file of keys is damaged, or the URL of the log of events cannot be meant.
    """
    load = Load(settings)
    keys = KeyRing(KeyFile.of(home))
    log = open_log(home, settings.events)
    live = LiveCreators(log)
    impressions = Impressions(ImpressionLog.of(home)) if settings.impressions else None
    metrics = Metrics(load, live, impressions)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        champion = Champion(ReleaseStore(home), explore=settings.explore, swapped=swapped)
        metrics.watch(champion)
        current_default_thread_limiter().total_tokens = settings.threads
        kept = nullcontext() if impressions is None else impressions.kept()
        # The last answers are kept too: those are over when this goes on.
        with kept, closing(log), live.followed():
            async with champion.followed():
                yield {"champion": champion, "metrics": metrics, "keys": keys, "events": log, "live": live}

    app = DescribedService(
        title="Creator–product recommender",
        version=recsys.__version__,
        description="Which products a creator should promote, and which creators a brand should ask.",
        openapi_tags=TAGS,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
        # A redirect would trust the Host header, and a wrong address is better told than mended.
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(match_routes, responses=problem_responses(401, 403, 413, 429))
    app.include_router(metrics_routes)
    app.include_router(batch_routes, responses=problem_responses(401, 403, 413, 429))
    app.include_router(campaign_routes, responses=problem_responses(401, 403, 413, 429))
    app.include_router(event_routes, responses=problem_responses(401, 403, 413, 429))
    app.include_router(health_routes)
    app.include_router(docs_routes)
    app.include_router(console_routes)
    app.add_api_route("/", _to_console, include_in_schema=False)
    answer_with_problems(app)
    _surround(app, settings, keys, load, impressions, (log_exchange, metrics.count))
    return app


def _surround(
    app: FastAPI,
    settings: ServiceSettings,
    keys: KeyRing,
    load: Load,
    impressions: Impressions | None,
    listeners: Sequence[Listener],
) -> None:
    """Put what every request passes around the routes; the last one added is the first to see it."""
    app.add_middleware(LimitBody, max_bytes=settings.max_body_bytes)
    app.add_middleware(Deadline, limit_s=settings.time_limit_s)
    app.add_middleware(BoundWork, load=load)
    app.add_middleware(LookUp)
    if impressions is not None:
        app.add_middleware(KeepImpressions, impressions=impressions)
    app.add_middleware(Revalidate)
    app.add_middleware(LimitRate, settings=settings)
    app.add_middleware(Gate, keys=keys)
    app.add_middleware(AnswerFaults)
    app.add_middleware(Compress, minimum_size=COMPRESSED_FROM)
    app.add_middleware(ShedLoad, load=load, spares=may_be_looked_up)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", HEADER],
            expose_headers=[HEADER, "Retry-After"],
        )
    app.add_middleware(SecureHeaders)
    app.add_middleware(Observe, listeners=listeners)
    app.add_middleware(FindRoute, routes=app.routes)
    app.add_middleware(AnswerHead)


async def _to_console() -> RedirectResponse:
    """Who opens the bare address is a person."""
    return RedirectResponse("/console")
