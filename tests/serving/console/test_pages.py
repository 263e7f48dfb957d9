"""The console as a browser gets it."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.console.pages import POLICY
from serving.guard.keys import KeyFile, Role
from serving.objectives import CREATOR_OBJECTIVES, PRODUCT_OBJECTIVES, Objective
from tests.serving.marketplaces import Marketplace, publish
from tests.serving.values import FormulaValues

PAGES = (
    "/console",
    "/console?q=lam",
    "/console?q=<script>",
    "/console/creators/ada",
    "/console/products/cream",
    "/console/brands/glow",
    "/console/releases",
    "/console/health",
    "/console/sign-in",
    "/console/creators/nobody",
)
CAMPAIGN_PAGES = (
    "/console/brands/glow/plan?samples=2&exclude_promoted=false",
    "/console/brands/glow/plan?samples=2&exclude_promoted=false&objective=gmv&sample_cost=25",
    "/console/brands/glow/plan?samples=0",
    "/console/brands/glow/samples",
    "/console/brands/glow/samples?sample_cost=-1",
)
VOID = {"meta", "link", "input", "option", "polyline", "polygon", "circle", "line"}


class Outline(HTMLParser):
    """What a reader of the page relies on: closed elements, headings, labelled fields, names, links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.unlabelled: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.named: set[str] = set()
        self.labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        self.ids += [str(values["id"])] if "id" in values else []
        self.named |= {
            str(values[name]) for name in ("aria-labelledby", "aria-describedby") if name in values
        }
        if values.get("role") in ("img", "region"):
            assert values.keys() & {"aria-label", "aria-labelledby"}, values
        if tag in ("input", "select") and "label" not in self.open and values.get("id") not in self.labelled:
            self.unlabelled.append(str(values))
        self.links += [str(values[name]) for name in ("href", "src", "action") if values.get(name)]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_accessible_and_loads_nothing_from_elsewhere(
    valued_client: TestClient, path: str
) -> None:
    answer = valued_client.get(path)

    assert answer.status_code == (404 if "nobody" in path else 200)
    assert_accessible(answer)


@pytest.mark.parametrize("path", CAMPAIGN_PAGES)
def test_so_is_a_page_about_samples(campaign_client: TestClient, path: str) -> None:
    answer = campaign_client.get(path)

    assert answer.status_code == (422 if path.endswith(("=0", "-1")) else 200)
    assert_accessible(answer)


def assert_accessible(answer: httpx2.Response) -> None:
    outline = Outline(answer.text)

    assert answer.headers["content-security-policy"] == POLICY
    assert outline.open == []
    assert outline.headings.count("h1") == 1
    levels = [int(tag[1]) for tag in outline.headings]
    assert all(after - before <= 1 for before, after in pairwise([0, *levels]))
    assert len(set(outline.ids)) == len(outline.ids)
    assert outline.named <= set(outline.ids)
    assert outline.unlabelled == []
    assert '<html lang="en">' in answer.text
    assert "<script" not in answer.text
    assert all(link.startswith(("/", "#", "?", "data:,")) for link in outline.links)


def test_every_link_leads_to_a_page(valued_client: TestClient) -> None:
    seen: set[str] = set()
    links = ["/"]
    while links:
        link = links.pop()
        if link in seen or link.startswith(("#", "data:")) or link.endswith("sign-out"):
            continue
        seen.add(link)
        answer = valued_client.get(link)
        assert answer.status_code == 200, link
        if link.startswith(("/console", "/")) and "text/html" in answer.headers["content-type"]:
            links += [found for found in Outline(answer.text).links if found.startswith("/console")]

    assert {"/console/creators/ada", "/console/products/cream", "/console/brands/glow"} <= seen


def test_a_creators_page_says_what_to_promote_and_why(valued_client: TestClient) -> None:
    page = unescape(valued_client.get("/console/creators/ada").text)
    matches = valued_client.get("/v1/creators/ada/products").json()["matches"]

    assert re.findall(r'id="m(\d+)"', page) == [str(match["rank"]) for match in matches]
    assert all((match["title"] or match["product_id"]) in page for match in matches)
    assert all(reason["text"] in page for match in matches for reason in match["reasons"])
    assert all(match["summary"] in page for match in matches)


@pytest.mark.parametrize("unseen", [False, True])
def test_route_and_page_say_where_sales_are_of_listed_pairs_promoted_or_not(
    valued_client: TestClient, monkeypatch: pytest.MonkeyPatch, unseen: bool
) -> None:
    monkeypatch.setattr(FormulaValues, "promoted_or_not", unseen)
    matches = valued_client.get("/v1/products/cream/creators").json()["matches"]
    page = unescape(valued_client.get("/console/products/cream").text)
    assert {match["promoted_or_not"] for match in matches} == {unseen}
    assert ("expected sales, promoted or not</dt>" in page) is unseen
    assert all(match["summary"].startswith("promoted or not, ") is unseen for match in matches)


def test_a_plan_says_whom_to_send_samples_and_what_each_adds(campaign_client: TestClient) -> None:
    asked = {"brand_id": "glow", "samples": 3, "exclude_promoted": False, "sample_cost": 20}
    plan = campaign_client.post("/v1/campaigns/plan", json=asked).json()
    path = "/console/brands/glow/plan?samples=3&exclude_promoted=false&sample_cost=20"
    page = unescape(campaign_client.get(path).text)

    assert re.findall(r'id="s(\d+)"', page) == ["1", "2", "3"]
    assert [f">{one['creator_id']}</a>" in page for one in plan["samples"]] == [True] * 3
    assert all(f"{one['added']:,.1f} new shoppers" in page for one in plan["samples"])
    assert f"Send {plan['stop_after']} sample" in page
    assert page.count("does not pay") == 3 - plan["stop_after"]
    assert 'role="img"' in page


def test_a_form_that_cannot_be_meant_says_where_and_keeps_what_was_typed(campaign_client: TestClient) -> None:
    path = "/console/brands/glow/plan"
    many = campaign_client.get(path, params={"samples": "500", "region": "US"})
    named = campaign_client.get(path, params={"samples": "1", "include": "ada, nobody"})
    tier = campaign_client.get(
        path, params={"samples": "1", "at_least_nano": "2", "exclude_promoted": "false"}
    )

    region = campaign_client.get(path, params={"samples": "1", "min_by_region": "GB=1, US"})

    for answer, message in ((many, "samples"), (named, "nobody"), (tier, "nano"), (region, "such as US=3")):
        assert answer.status_code == 422
        assert message in re.findall(r'role="alert" id="problems">(.*?)</div>', answer.text, re.DOTALL)[0]
    assert 'value="500" type="number"' in many.text
    assert 'aria-invalid="true"' in many.text
    assert 'value="ada, nobody"' in named.text
    british = {"samples": "1", "min_by_region": "GB=1", "exclude_promoted": "false"}
    assert ">cyd</a>" in campaign_client.get(path, params=british).text
    assert campaign_client.get("/console/brands/nobody/plan").status_code == 404


def test_applications_are_shown_with_whether_to_approve_and_why(campaign_client: TestClient) -> None:
    path = "/v1/brands/glow/sample-requests"
    for cost in (0, 10_000):
        (one,) = campaign_client.get(path, params={"sample_cost": cost}).json()["requests"]
        page = unescape(campaign_client.get(f"/console/brands/glow/samples?sample_cost={cost}").text)
        assert f"Approve <strong>{int(one['approve'])} of 1</strong>" in page
        assert one["why"].capitalize() in page
        assert f"application {one['application_id']}" in page
    assert "is no number" in campaign_client.get("/console/brands/glow/samples?sample_cost=x").text


def test_a_brand_finds_its_pages_where_the_release_knows_enough(
    campaign_client: TestClient, valued_client: TestClient
) -> None:
    for client, is_known in ((campaign_client, True), (valued_client, False)):
        assert ("/console/brands/glow/plan" in client.get("/console/brands/glow").text) is is_known
        assert ("/console/brands/glow/plan" in client.get("/console").text) is is_known
    assert "train anew" in valued_client.get("/console/brands/glow/plan").text


def test_a_list_is_read_on_and_back_with_its_filters(valued_client: TestClient) -> None:
    first = valued_client.get("/console/products/lamp?k=2&exclude_promoted=false")
    (link,) = re.findall(r'href="([^"]+)" rel="next"', first.text)
    second = valued_client.get(f"/console/products/lamp{unescape(link)}")

    assert 'rel="prev"' not in first.text
    assert re.findall(r'id="m(\d+)"', second.text) == ["3", "4"]
    assert "exclude_promoted=false" in link
    assert 'rel="prev"' in second.text


def test_filters_are_heard_empty_fields_ask_nothing_and_bad_ones_are_told(valued_client: TestClient) -> None:
    all_of_them = valued_client.get("/console/creators/ada?category=&min_commission=&objective=").text
    some = valued_client.get("/console/creators/ada?category=Beauty").text
    bad = valued_client.get("/console/products/cream?min_followers=5&max_followers=1")

    assert all_of_them.count("<article") > some.count("<article") > 0
    assert bad.status_code == 422
    assert "min_followers" in bad.text
    sold = valued_client.get("/console/products/cream?min_recent_gmv=100").text
    assert sold.count("<article") == 1
    assert 'name="min_recent_gmv" type="number" min="0" step="any" value="100.0"' in sold


def test_what_data_says_is_shown_and_not_run(valued_client: TestClient) -> None:
    page = valued_client.get("/console", params={"q": '"><script>alert(1)</script>'}).text

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_health_tells_what_is_served_and_how_it_answered(valued_client: TestClient, tmp_path: Path) -> None:
    valued_client.get("/console/creators/ada")
    page = valued_client.get("/console/health").text
    with TestClient(create_app(tmp_path)) as client:
        empty = client.get("/console/health").text

    assert "<h1>All is well</h1>" in page
    assert '<th scope="row">GET /console/creators/{creator_id}</th><td>1</td><td>0</td>' in page
    assert "<h1>Nothing is served</h1>" in empty
    assert "no champion" in empty


def test_a_release_shows_whether_its_chances_came_true_and_how_places_spread(
    tmp_path: Path, market: Marketplace
) -> None:
    release_id = publish(tmp_path, market)
    path = tmp_path / "releases" / release_id / "manifest.json"
    manifest = json.loads(path.read_text())
    spread: dict[str, float] = {"distinct_products_before": 6, "distinct_products_after": 1_070}
    spread |= {"greatest_share_before": 0.5, "greatest_share_after": 0.255, "lists": 9, "scarce_products": 1}
    manifest["provenance"]["metrics"] = {f"places/{name}": figure for name, figure in spread.items()} | {
        "value/ece": 0.01,
        "value/bin_01/expected": 0.1,
        "value/bin_01/happened": 0.25,
    }
    path.write_text(json.dumps(manifest))
    with TestClient(create_app(tmp_path)) as client:
        answer = client.get(f"/console/releases/{release_id}")

    assert_accessible(answer)
    assert "10% told, 25% came." in answer.text
    assert '<td class="number">6</td><td class="number">1,070</td>' in answer.text
    assert '<td class="number">50.0%</td><td class="number">25.5%</td>' in answer.text
    assert "Of 1 product there is not enough" in answer.text


def test_without_a_release_the_console_says_how_to_get_one(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path)) as client:
        answer = client.get("/console")
        assert client.get("/console/releases").status_code == 200

    assert answer.status_code == 503
    assert "recsys train" in answer.text


@pytest.fixture
def guarded(tmp_path: Path, market: Marketplace) -> Iterator[tuple[TestClient, KeyFile]]:
    publish(tmp_path, market)
    file = KeyFile.of(tmp_path)
    file.create(Role.ADMIN, None, None, datetime.now(UTC))
    with TestClient(create_app(tmp_path)) as client:
        yield client, file


def test_a_key_signs_in_and_out(guarded: tuple[TestClient, KeyFile]) -> None:
    client, file = guarded
    key = file.create(Role.MARKETPLACE, None, None, datetime.now(UTC))[0]
    assert str(client.get("/console").url).endswith("/console/sign-in")

    wrong = client.post("/console/sign-in", data={"key": "recsys_0_0"})
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers
    right = client.post("/console/sign-in", data={"key": f" {key} "}, follow_redirects=False)
    assert (right.status_code, right.headers["location"]) == (303, "/console")
    assert all(
        part in right.headers["set-cookie"] for part in ("HttpOnly", "SameSite=strict", "Path=/console")
    )

    assert "Sign out" in client.get("/console/creators/ada").text
    assert client.get("/v1/creators/ada/products").status_code == 401
    client.post("/console/sign-out")
    assert str(client.get("/console").url).endswith("/console/sign-in")


def test_a_brand_sees_its_own_pages_only(guarded: tuple[TestClient, KeyFile]) -> None:
    client, file = guarded
    client.post("/console/sign-in", data={"key": file.create(Role.BRAND, "glow", None, datetime.now(UTC))[0]})
    own = client.get("/console/brands/glow").text

    assert "/console/brands/glow" in client.get("/console").text
    assert "/console/creators/" not in client.get("/console?q=a").text
    assert "/console/creators/" not in own
    assert client.get("/console/products/cream").status_code == 200
    for path in (
        "/console/products/lamp",
        "/console/brands/lux",
        "/console/creators/ada",
        "/console/releases",
        "/console/health",
    ):
        assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "objectives"),
    [("/console/creators/ada", PRODUCT_OBJECTIVES), ("/console/products/lamp", CREATOR_OBJECTIVES)],
)
def test_every_objective_is_offered_and_the_chosen_one_is_marked(
    valued_client: TestClient, path: str, objectives: Sequence[Objective]
) -> None:
    offered = set(re.findall(r'<option value="(\w*)"', valued_client.get(path).text))
    chosen = valued_client.get(f"{path}?objective=affinity").text

    assert set(objectives) <= offered
    assert '<option value="affinity" selected>' in chosen
