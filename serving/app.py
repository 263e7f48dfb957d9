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
from serving.guard.gate import Gate
from serving.guard.keys import KeyFile, KeyRing
from serving.problems import answer_with_problems, problem_responses
from serving.routes import health_routes, match_routes
from serving.routing import AnswerHead, FindRoute


class State(TypedDict):
    """What requests find in their state, beside the `principal` that the gate adds on guarded routes."""

    champion: Champion


def create_app(home: Path) -> FastAPI:
    """The service of one home folder. It starts without a champion too and serves the first that comes.

    Raises `UsageError` where the file of keys is damaged.
    """

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
        # A redirect would trust the Host header, and a wrong address is better told than mended.
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    # The last one added is the first to see a request.
    app.add_middleware(Gate, keys=KeyRing(KeyFile.of(home)))
    app.add_middleware(FindRoute, routes=app.routes)
    app.add_middleware(AnswerHead)
    app.include_router(match_routes, responses=problem_responses(401, 403))
    app.include_router(health_routes)
    app.add_api_route("/", _to_docs, include_in_schema=False)
    answer_with_problems(app)
    return app


async def _to_docs() -> RedirectResponse:
    """A person who opens the bare address wants to know what there is."""
    return RedirectResponse("/docs")
