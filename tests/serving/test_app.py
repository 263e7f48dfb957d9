import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode

from serving.app import create_app
from serving.loaded import load_champion
from tests.serving.campaigning import with_campaigns

KNOWN_IDS = {
    "/v1/creators/{creator_id}/products": {"creator_id": "ada"},
    "/v1/creators/{creator_id}/eligibility": {"creator_id": "ada"},
    "/v1/products/{product_id}/creators": {"product_id": "cream"},
    "/v1/brands/{brand_id}/creators": {"brand_id": "glow"},
}
# Asked of by tests of their own: the small release knows no shoppers.
EVENTS, BATCH = "/v1/events", "/v1/creators/products"
CAMPAIGNS = ("/v1/brands/{brand_id}/sample-requests", "/v1/campaigns/plan")
HEALTH = ("/health/live", "/health/ready", "/metrics")


@pytest.fixture(scope="module")
def schema(home: Path) -> Iterator[BaseSchema]:
    """The service of a release with values and shoppers, which answers every objective."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("serving.champion.load_champion", lambda store: with_campaigns(load_champion(store)))
        yield schemathesis.openapi.from_asgi("/openapi.json", create_app(home))


def check_answers(
    schema: BaseSchema, path: str, mode: GenerationMode, path_parameters: dict[str, str] | None
) -> None:
    strategy = schema[path]["GET"].as_strategy(mode, path_parameters=path_parameters)

    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def check(case: Case[APIOperation[Any, Any, Any, Any]]) -> None:
        # OpenAPI cannot say that one parameter must not exceed another.
        assume(mode is GenerationMode.NEGATIVE or not contradicts_itself(case.query))
        case.call_and_validate()

    check()


def contradicts_itself(query: Mapping[str, Any]) -> bool:
    ranges = ((f"min_{what}", f"max_{what}") for what in ("price", "followers"))
    crossed = any(low in query and high in query and query[low] > query[high] for low, high in ranges)
    counts = [int(count) for count in re.findall(r"\d+", str(query.get("tiers", "")))]
    return crossed or sum(counts) > int(query.get("k", 20)) or bool(counts and query.get("skip"))


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "path_parameters"), KNOWN_IDS.items())
def test_whatever_is_asked_of_a_known_id_is_answered_as_openapi_says(
    schema: BaseSchema, path: str, path_parameters: dict[str, str], mode: GenerationMode
) -> None:
    check_answers(schema, path, mode, path_parameters)


@pytest.mark.parametrize("path", [*KNOWN_IDS, *HEALTH])
def test_whatever_id_is_asked_for_is_answered_as_openapi_says(schema: BaseSchema, path: str) -> None:
    check_answers(schema, path, GenerationMode.POSITIVE, None)


def test_openapi_lists_every_route_with_its_problems(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {*KNOWN_IDS, *HEALTH, *CAMPAIGNS, EVENTS, BATCH}
    for path in (*KNOWN_IDS, *CAMPAIGNS, EVENTS, BATCH):
        ((method, operation),) = paths[path].items()
        responses = operation["responses"]
        unreadable = {"400"} if method == "post" else set()
        # Events name nothing that must be there: a creator who signed up today is in no release yet. Of many
        # creators those that are not there keep no other from an answer.
        missing = set() if path in (EVENTS, BATCH) else {"404"}
        assert (
            set(responses) == {"200", "401", "403", "413", "422", "429", "500", "503"} | missing | unreadable
        )
        for status in responses.keys() - {"200"}:
            assert set(responses[status]["content"]) == {"application/problem+json"}
    assert set(paths["/health/ready"]["get"]["responses"]) == {"200", "503"}
