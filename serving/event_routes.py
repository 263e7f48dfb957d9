"""The HTTP route by which a marketplace tells what happens."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends, Request

from features.event_log import Event, EventLog
from recsys.ids import IdIndex
from serving.event_schemas import EventsBody, RecordedBody
from serving.live import LiveCreators
from serving.matcher import Matcher
from serving.problems import problem_responses
from serving.routes import Served, refuse_repeated
from serving.valid import InvalidValueError

# Clocks differ; a state from next year would hold until then.
AHEAD = timedelta(minutes=5)

event_routes = APIRouter(
    prefix="/v1",
    tags=["events"],
    responses=problem_responses(422, 500, 503),
    dependencies=[Depends(refuse_repeated)],
)


@event_routes.post("/events", responses=problem_responses(400))
def record_events(request: Request, body: EventsBody, matcher: Served) -> RecordedBody:
    """Keep rows as they happen: sales and refunds, engagement, new creators and products.

    All or none are kept, on the disk before the answer. Rows are states: of one key the newest `updated_at`
    holds, so that sending again, late or in another order changes nothing. The next night reads them.
    """
    log: EventLog = request.state.events
    live: LiveCreators = request.state.live
    check_instants(body, datetime.now(UTC) + AHEAD)
    events = body.events()
    check_names(events, log, matcher)
    recorded = live.append(events)
    return RecordedBody(recorded=recorded, repeated=len(events) - recorded)


def check_instants(body: EventsBody, latest: datetime) -> None:
    """Raise `InvalidValueError` where a row is from after an instant."""
    for table, row in body.rows():
        if row.updated_at > latest:
            told = row.updated_at.isoformat()
            raise InvalidValueError(f"{table}.updated_at", told, "lies in the future: send what has happened")


def check_names(events: list[Event], log: EventLog, matcher: Matcher) -> None:
    """Raise `InvalidValueError` where a row names a creator or product that nobody told of."""
    affinity = matcher.release.payload.affinity
    for index in (affinity.creators, affinity.products):
        key = f"{index.kind}_id"
        for event, name in _named(events, index, key):
            if not log.has(f"{index.kind}s", name):
                mend = f"is not known; send it in `{index.kind}s` first, or together with this"
                raise InvalidValueError(f"{event.table}.{key}", name, mend)


def _named(events: list[Event], index: IdIndex, key: str) -> Iterator[tuple[Event, str]]:
    """What names an id that is neither in the release nor sent along."""
    sent = {str(one.row[key]) for one in events if one.table == f"{index.kind}s"}
    seen: set[str] = set()
    for event in events:
        name = str(event.row.get(key, ""))
        if key in event.row and name not in sent and name not in seen and name not in index:
            seen.add(name)
            yield event, name
