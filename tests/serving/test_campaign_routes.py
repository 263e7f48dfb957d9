import pytest
from fastapi.testclient import TestClient

from tests.serving.test_problems import assert_problem

PLAN = "/v1/campaigns/plan"


def test_a_campaign_is_planned(campaign_client: TestClient) -> None:
    answer = campaign_client.post(PLAN, json={"brand_id": "glow", "samples": 2, "exclude_promoted": False})
    body = answer.json()
    assert answer.status_code == 200
    assert (body["objective"], body["currency"], body["candidates"]) == ("new_shoppers", "EUR", 5)
    assert [sample["rank"] for sample in body["samples"]] == [1, 2]
    assert body["samples"][0]["audience"].keys() == {"low", "high"}


def test_requests_for_samples_are_ranked(campaign_client: TestClient) -> None:
    body = campaign_client.get("/v1/brands/glow/sample-requests", params={"sample_cost": 0}).json()
    assert (body["pending"], body["approved"]) == (1, 1)
    assert body["requests"][0]["application_id"] == "a1"
    assert body["requests"][0]["requested_at"] == "2025-12-31T00:00:00Z"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"samples": 0}, "samples"),
        ({"budget": 0}, "budget"),
        ({"include": ["ada"], "exclude": ["ada"]}, "include"),
        ({"samples": 500}, "samples"),
        ({"region": "us"}, "region"),
        ({"sampels": 3}, "sampels"),
        ({"samples": True}, "samples"),
        ({"budget": "5"}, "budget"),
    ],
)
def test_a_plan_of_what_cannot_be_is_a_problem_that_names_the_field(
    campaign_client: TestClient, asked: dict[str, object], field: str
) -> None:
    answer = campaign_client.post(PLAN, json={"brand_id": "glow", "samples": 1} | asked)
    body = assert_problem(answer, 422, PLAN)
    assert isinstance(body["errors"], dict)
    assert list(body["errors"]) == [field]


def test_an_unknown_brand_is_a_404_with_the_nearest(campaign_client: TestClient) -> None:
    answer = campaign_client.post(PLAN, json={"brand_id": "glo", "samples": 1})
    assert "'glow'" in str(assert_problem(answer, 404, PLAN)["detail"])
    path = "/v1/brands/glo/sample-requests"
    assert "'glow'" in str(assert_problem(campaign_client.get(path), 404, path)["detail"])


def test_a_release_without_shoppers_is_a_503_that_says_so(client: TestClient) -> None:
    answer = client.post(PLAN, json={"brand_id": "glow", "samples": 1})
    assert "train anew" in str(assert_problem(answer, 503, PLAN)["detail"])
