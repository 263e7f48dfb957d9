"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypedDict

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

import recsys
from recsys.release.store import ReleaseStore
from serving.champion import Champion
from serving.problems import answer_with_problems
from serving.routes import health_routes, match_routes


class State(TypedDict):
    """What requests find in their state."""

    champion: Champion


def create_app(home: Path) -> FastAPI:
    """The service of one home folder. It starts without a champion too and serves the first that comes."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        champion = Champion(ReleaseStore(home))
        async with champion.followed():
            yield {"champion": champion}

    app = FastAPI(
        title="Creator–product recommender",
        version=recsys.__version__,
        description="Which products a creator should promote, and which creators a brand should ask.",
        lifespan=lifespan,
    )
    app.include_router(match_routes)
    app.include_router(health_routes)
    app.add_api_route("/", _to_docs, include_in_schema=False)
    answer_with_problems(app)
    return app


async def _to_docs() -> RedirectResponse:
    """A person who opens the bare address wants to know what there is."""
    return RedirectResponse("/docs")
