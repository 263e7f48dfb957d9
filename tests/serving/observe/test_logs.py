import json
import logging
from logging.config import dictConfig
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.observe.exchange import Exchange
from serving.observe.logs import JsonFormatter, TextFormatter, log_config, log_exchange

EXCHANGE = Exchange("r1", "GET", "/v1/brands/{brand_id}/creators", 200, 0.01234, "brand")


def record(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    return caplog.records[-1]


def test_an_exchange_is_one_line_of_json(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        log_exchange(EXCHANGE)
    line = JsonFormatter().format(record(caplog))
    told = json.loads(line)

    assert "\n" not in line
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info",
        "logger": "serving.requests",
        "message": "GET /v1/brands/{brand_id}/creators 200 in 12.3 ms",
        "request_id": "r1",
        "method": "GET",
        "route": "/v1/brands/{brand_id}/creators",
        "status": 200,
        "duration_ms": 12.34,
        "role": "brand",
    }


def test_a_person_reads_time_level_and_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        log_exchange(EXCHANGE)

    assert (
        TextFormatter()
        .format(record(caplog))
        .endswith(" INFO    GET /v1/brands/{brand_id}/creators 200 in 12.3 ms")
    )


def test_a_fault_is_logged_with_its_place_and_without_the_values_in_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ada is secret") from KeyError("ada")

    monkeypatch.setattr("serving.matcher.Matcher.products_for", broken)
    with TestClient(create_app(home)) as client:
        answer = client.get("/v1/creators/ada/products", headers={"X-Request-ID": "r2"})
    assert answer.status_code == 500
    found = next(entry for entry in caplog.records if entry.name == "serving.observe.faults")
    told = json.loads(JsonFormatter().format(found))

    assert told["message"] == "request r2 failed"
    assert told["fault"][:2] == ["KeyError", "RuntimeError"]
    assert told["fault"][-1].endswith("in broken")
    assert "ada" not in json.dumps(told)
    assert told["fault"][-1] in TextFormatter().format(found)


@pytest.mark.parametrize("for_person", [True, False])
def test_the_configuration_is_one_that_logging_takes(for_person: bool) -> None:
    loggers = [logging.getLogger(name) for name in ("uvicorn", "serving")]
    before = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    try:
        dictConfig(log_config(for_person))
        handler = logging.getLogger("serving").handlers[0]
        assert isinstance(handler.formatter, TextFormatter if for_person else JsonFormatter)
    finally:
        for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
            logger.handlers[:], logger.propagate = handlers, propagate
            logger.setLevel(level)
