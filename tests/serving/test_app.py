from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis import Case

from serving.app import create_app

LISTS = {
    "/v1/creators/{creator_id}/products",
    "/v1/products/{product_id}/creators",
    "/v1/brands/{brand_id}/creators",
}


@pytest.fixture(scope="module")
def api_schema(home: Path) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(home))


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_the_answer_is_what_openapi_says(case: Case) -> None:
    case.call_and_validate()


def test_openapi_lists_every_route_with_its_problems(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == LISTS | {"/health/live", "/health/ready"}
    for path in LISTS:
        responses = paths[path]["get"]["responses"]
        assert set(responses) == {"200", "404", "422", "500", "503"}
        for status in responses.keys() - {"200"}:
            assert set(responses[status]["content"]) == {"application/problem+json"}
    assert set(paths["/health/ready"]["get"]["responses"]) == {"200", "503"}


def test_the_docs_are_served(client: TestClient) -> None:
    assert client.get("/docs").status_code == 200
