"""The champion that is being served, followed as its pointer moves."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from recsys.errors import ReleaseError
from recsys.release.store import ReleaseStore
from serving.loaded import LOAD_ERRORS, LoadedRelease, load_champion
from serving.matcher import Matcher

LOOK_S = 1.0
# Hashing a large release every second would cost more than noticing late that it was mended.
RETRY_S = 30.0

_log = logging.getLogger(__name__)


class Champion:
    """Holds one matcher and replaces it whole, so that a request sees one release from start to end.

    `refresh` is for one thread at a time; the rest may be read from any. `refusal` says why the champion
    could not be loaded, None where it is being served; `refusals` counts how often that happened. The share
    `explore` of each list's places is drawn (`serving.exploration`). `swapped` is called when another release
    is served.
    """

    def __init__(
        self,
        store: ReleaseStore,
        clock: Callable[[], float] = time.monotonic,
        explore: float = 0.0,
        swapped: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self._clock = clock
        self._explore = explore
        self._swapped = swapped
        self._matcher: Matcher | None = None
        self._refused: str | None = None
        self.refusal: str | None = None
        self.refusals = 0
        self._retry_at = -math.inf

    def matcher(self) -> Matcher:
        """The matcher of the release being served; raises `ReleaseError` where there is none yet."""
        if self._matcher is None:
            raise ReleaseError(
                "no verified release is loaded; train one with `recsys train` or promote one with "
                "`recsys releases promote`, the service's log says what it found"
            )
        return self._matcher

    def refresh(self) -> None:
        """Look at the pointer and, where it moved, load that release and swap.

        A release that cannot be loaded is logged and the one before it goes on being served, or is loaded
        where nothing is served yet.
        """
        pointer: str | None = None
        try:
            pointer = self.store.resolve("champion")
            if self._is_settled(pointer):
                if not self._waits_for_retry(pointer):
                    self.refusal = None
                return
            matcher = Matcher(load_champion(self.store), self._explore)
        except LOAD_ERRORS as error:
            self._refused, self._retry_at = pointer, self._clock() + RETRY_S
            self.refusal, self.refusals = self._without_home(error), self.refusals + 1
            if self._matcher is None and (before := self._before()) is not None:
                self._serve(before)
            _log.error("%s: %s", self._consequence(pointer), error)
        else:
            self._serve(matcher)
            self.refusal = None
            _log.info("serving release %s", matcher.release.release_id)

    @asynccontextmanager
    async def followed(self, interval_s: float = LOOK_S) -> AsyncIterator[None]:
        """Load the champion, then look again every interval beside the requests until the block ends."""
        await asyncio.to_thread(self.refresh)
        task = asyncio.create_task(self._follow(interval_s))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await asyncio.to_thread(self.refresh)

    def _serve(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._swapped()

    def _is_settled(self, pointer: str | None) -> bool:
        """Is there nothing to do for a pointer: it is being served, or was refused just now."""
        served = None if self._matcher is None else self._matcher.release.release_id
        return (pointer is not None and pointer == served) or self._waits_for_retry(pointer)

    def _waits_for_retry(self, pointer: str | None) -> bool:
        return pointer == self._refused and self._clock() < self._retry_at

    def _before(self) -> Matcher | None:
        """The release before the champion, where there is one and it can be served."""
        try:
            return Matcher(LoadedRelease.of(self.store.previous().own()), self._explore)
        except LOAD_ERRORS:
            return None

    def _without_home(self, error: Exception) -> str:
        """What an error says, less where on this machine: it is told to whoever asks for the health."""
        return str(error).replace(f"{self.store.home}/", "")

    def _consequence(self, pointer: str | None) -> str:
        refused = "no champion yet" if pointer is None else f"champion {pointer} not loaded"
        if self._matcher is None:
            return f"{refused}, nothing to serve"
        return f"{refused}, still serving {self._matcher.release.release_id}"
