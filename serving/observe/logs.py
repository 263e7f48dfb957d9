"""Logs as one JSON object a line, and as text for a person at a terminal.

They hold no personal data: of a request its route without ids and query, of a fault its type and place
without its message, in which values stand.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime

from uvicorn.config import LOGGING_CONFIG

from serving.observe.exchange import Exchange

_encode = json.JSONEncoder(ensure_ascii=False).encode
_requests = logging.getLogger("serving.requests")


def log_exchange(exchange: Exchange) -> None:
    """One line for each request."""
    if not _requests.isEnabledFor(logging.INFO):
        return
    # Made by hand: the logger would look for the caller on the stack, at a third of the cost of a line.
    record = logging.makeLogRecord(
        {
            "name": _requests.name,
            "levelno": logging.INFO,
            "levelname": "INFO",
            "msg": f"{exchange.method} {exchange.route} {exchange.status} in {exchange.seconds * 1e3:.1f} ms",
            "fields": {
                "request_id": exchange.request_id,
                "method": exchange.method,
                "route": exchange.route,
                "status": exchange.status,
                "duration_ms": round(exchange.seconds * 1e3, 3),
                "role": exchange.role,
            },
        }
    )
    _requests.handle(record)


class JsonFormatter(logging.Formatter):
    """A record as `time`, `level`, `logger`, `message`, and its own `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields: Mapping[str, object] = getattr(record, "fields", {})
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields,
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["fault"] = fault(record.exc_info[1])
        return _encode(told)


class TextFormatter(logging.Formatter):
    """A record for a person: time, level, message, and where a fault came from."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, and more where there was a fault."""
        at = datetime.fromtimestamp(record.created)
        text = f"{at:%H:%M:%S} {record.levelname:<7} {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += "".join(f"\n  {place}" for place in fault(record.exc_info[1]))
        return text


def fault(error: BaseException) -> list[str]:
    """Type and place of an error and of what caused it, the innermost call last."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    cause = error.__cause__ or error.__context__
    return [*(fault(cause) if cause else []), type(error).__name__, *places]


def log_config(for_person: bool) -> dict[str, object]:
    """The logging of uvicorn and the service, all to standard error."""
    config: dict[str, object] = deepcopy(LOGGING_CONFIG)
    formatter = TextFormatter if for_person else JsonFormatter
    config["formatters"] = {"default": {"()": f"{formatter.__module__}.{formatter.__qualname__}"}}
    config["handlers"] = {
        "default": {"class": "logging.StreamHandler", "formatter": "default", "stream": "ext://sys.stderr"}
    }
    own = {"handlers": ["default"], "level": "INFO", "propagate": False}
    config["loggers"] = {"uvicorn": own, "uvicorn.error": {"level": "INFO"}, "serving": own}
    return config
