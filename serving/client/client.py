"""A method for each route of the service."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar, Unpack, cast
from urllib.parse import quote

import httpx2

from serving.client.answers import (
    CampaignPlanBody,
    CreatorMatches,
    EligibilityBody,
    Live,
    ManyProductMatches,
    ProductMatches,
    Ready,
    RecordedBody,
    SampleRequestsBody,
)
from serving.client.errors import ProblemError, ServiceError
from serving.client.questions import (
    CampaignLimits,
    CreatorQuery,
    EligibilityQuery,
    Events,
    ProductQuery,
    SampleRequestsQuery,
)

TIMEOUT_S = 30.0
A = TypeVar("A")


class Client:
    """Asks a service. It keeps connections open: close it, or use it as a context.

    Every method raises `ProblemError` where the service refuses and `ServiceError` where none answers. An id
    may hold any character.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx2.Client(base_url=url, headers=headers, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def products_for_creator(self, creator_id: str, **asked: Unpack[ProductQuery]) -> ProductMatches:
        """Which products a creator should promote."""
        return self._get(ProductMatches, f"/v1/creators/{_part(creator_id)}/products", asked)

    def products_for_creators(
        self, creator_ids: Sequence[str], **asked: Unpack[ProductQuery]
    ) -> ManyProductMatches:
        """Which products each of some creators should promote."""
        body = _given({"creator_ids": creator_ids, **asked})
        return cast(ManyProductMatches, self._json(self._send("POST", "/v1/creators/products", body=body)))

    def eligibility_of_product(
        self, creator_id: str, product_id: str, **asked: Unpack[EligibilityQuery]
    ) -> EligibilityBody:
        """Which rules bar a product from a creator's matches."""
        path = f"/v1/creators/{_part(creator_id)}/eligibility"
        return self._get(EligibilityBody, path, {"product_id": product_id, **asked})

    def creators_for_product(self, product_id: str, **asked: Unpack[CreatorQuery]) -> CreatorMatches:
        """Which creators to ask to promote a product."""
        return self._get(CreatorMatches, f"/v1/products/{_part(product_id)}/creators", asked)

    def creators_for_brand(self, brand_id: str, **asked: Unpack[CreatorQuery]) -> CreatorMatches:
        """Which creators to ask to promote any of a brand's products."""
        return self._get(CreatorMatches, f"/v1/brands/{_part(brand_id)}/creators", asked)

    def sample_requests_of_brand(
        self, brand_id: str, **asked: Unpack[SampleRequestsQuery]
    ) -> SampleRequestsBody:
        """Which pending applications for samples to approve, as a whole within the quotas."""
        return self._get(SampleRequestsBody, f"/v1/brands/{_part(brand_id)}/sample-requests", asked)

    def plan_of_campaign(
        self, brand_id: str, samples: int, **asked: Unpack[CampaignLimits]
    ) -> CampaignPlanBody:
        """Which creators to send a brand's samples to, what each adds, and when to stop."""
        body = _given({"brand_id": brand_id, "samples": samples, **asked})
        return cast(CampaignPlanBody, self._json(self._send("POST", "/v1/campaigns/plan", body=body)))

    def record_events(self, **asked: Unpack[Events]) -> RecordedBody:
        """Keep rows as they happen: sales and refunds, engagement, new creators and products."""
        return cast(RecordedBody, self._json(self._send("POST", "/v1/events", body=_given(asked))))

    def live(self) -> Live:
        """Does the process run."""
        return self._get(Live, "/health/live", {})

    def ready(self) -> Ready:
        """Is a verified release being served, which, and is a newer one refused."""
        return self._get(Ready, "/health/ready", {})

    def metrics(self) -> str:
        """What a Prometheus server scrapes."""
        return self._send("GET", "/metrics").text

    def _get(self, kind: type[A], path: str, asked: Mapping[str, object]) -> A:
        """The answer as the `kind` that the document says it is; it is not checked against that."""
        return cast("A", self._json(self._send("GET", path, asked=asked)))

    def _send(
        self,
        method: str,
        path: str,
        *,
        asked: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx2.Response:
        """The answer; raises `ServiceError` where it is none."""
        query = {name: _text(value) for name, value in _given(asked or {}).items()}
        try:
            answer = self._http.request(method, path, params=query, json=body)
        except httpx2.TransportError as error:
            raise ServiceError(f"{self._http.base_url} does not answer: {error}") from error
        if not answer.is_success:
            raise _refusal(answer)
        return answer

    @staticmethod
    def _json(answer: httpx2.Response) -> object:
        try:
            found: object = answer.json()
        except ValueError as error:
            raise ServiceError(f"{answer.url} answered with what is no JSON: {answer.text[:80]!r}") from error
        return found


def _part(identifier: str) -> str:
    return quote(identifier, safe="")


def _given(asked: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in asked.items() if value is not None}


def _text(value: object) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(answer: httpx2.Response) -> ServiceError:
    """The problem that an answer tells of."""
    found: object = None
    with suppress(ValueError):
        found = answer.json()
    if not isinstance(found, dict) or "title" not in found:
        return ServiceError(f"{answer.url} answered {answer.status_code} without saying why")
    wait: float | None = None
    with suppress(KeyError, ValueError):
        wait = float(answer.headers["retry-after"])
    kind = str(found.get("type", "")).rpartition(":")[2]
    return ProblemError(
        answer.status_code,
        "" if kind == "blank" else kind,
        str(found["title"]),
        str(found.get("detail", "")),
        found.get("errors") or {},
        wait,
    )
