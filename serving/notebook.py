"""For notebooks: a release opened, and its matches and plans as frames."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import pandas as pd
from pydantic import BaseModel

from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from serving import lists
from serving.campaign_schemas import CampaignPlanBody, CampaignQuestion, SampleRequestsBody
from serving.campaigns import plan_campaign
from serving.loaded import LoadedRelease
from serving.matcher import Matcher
from serving.queries import CreatorQuery as AskedOfCreators
from serving.queries import ProductQuery as AskedOfProducts
from serving.sample_requests import rank_requests

if TYPE_CHECKING:
    # Of the client's, which needs httpx2, only what its keywords are called and hold.
    from serving.client.questions import CampaignLimits, CreatorQuery, ProductQuery


@dataclass(frozen=True, slots=True)
class Matches:
    """A release that is asked as the service is: the same questions by the same names, the same answers.

    Each answer is a frame, its rows best first; `frame.attrs` has what holds for all of it, such as release,
    currency and horizon. Raises `UnknownIdError` for what is not in the release, and pydantic's
    `ValidationError` for what cannot be asked.
    """

    matcher: Matcher

    @classmethod
    def of(cls, home: str | Path, release_id: str | None = None) -> "Matches":
        """Those of a release of a home, the champion by default, its files verified first.

        Raises `ReleaseError` where there is none, or it is damaged or of another version.
        """
        store = ReleaseStore(Path(home))
        release = store.champion() if release_id is None else open_release(store.releases / release_id)
        return cls(Matcher(LoadedRelease.of(release)))

    @property
    def release(self) -> LoadedRelease:
        """What is asked."""
        return self.matcher.release

    def products(self, creator_id: str, **asked: "Unpack[ProductQuery]") -> pd.DataFrame:
        """What a creator should promote, with why in words."""
        query = AskedOfProducts.model_validate(_given(asked))
        return _frame(lists.products_for_creator(self.matcher, creator_id, query), "matches")

    def creators(self, product_id: str, **asked: "Unpack[CreatorQuery]") -> pd.DataFrame:
        """Whom to ask for a product, with why in words."""
        query = AskedOfCreators.model_validate(_given(asked))
        return _frame(lists.creators_for_product(self.matcher, product_id, query), "matches")

    def creators_of_brand(self, brand_id: str, **asked: "Unpack[CreatorQuery]") -> pd.DataFrame:
        """Whom to ask for any product of a brand, with why in words."""
        query = AskedOfCreators.model_validate(_given(asked))
        return _frame(lists.creators_for_brand(self.matcher, brand_id, query), "matches")

    def plan(self, brand_id: str, samples: int, **asked: "Unpack[CampaignLimits]") -> pd.DataFrame:
        """Whom to send a brand's samples, what each adds, and whether it pays."""
        body = CampaignQuestion.model_validate({**_given(asked), "brand_id": brand_id, "samples": samples})
        found = plan_campaign(self.release, body.campaign())
        return _frame(CampaignPlanBody.of(self.release, found), "samples")

    def requests(self, brand_id: str, sample_cost: float | None = None) -> pd.DataFrame:
        """Which pending applications for a brand's samples to approve, and why."""
        found = rank_requests(self.release, brand_id, sample_cost)
        return _frame(SampleRequestsBody.of(self.release, found), "requests")


def _given(asked: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in asked.items() if value is not None}


def _frame(body: BaseModel, rows: str) -> pd.DataFrame:
    answer = body.model_dump()
    frame = pd.DataFrame([_flat(row) for row in answer.pop(rows)])
    frame.attrs.update(answer)
    return frame


def _flat(row: dict[str, object]) -> dict[str, object]:
    """A row without what is nested: reasons in words, counts of shoppers by their ends."""
    flat: dict[str, object] = {}
    for name, value in row.items():
        if name == "reasons" and isinstance(value, list):
            flat["why"] = "; ".join(reason["text"] for reason in value)
        elif isinstance(value, dict):
            flat |= {f"{name}_{part}": one for part, one in value.items()}
        elif isinstance(value, list):
            flat[name] = ", ".join(map(str, value))
        else:
            flat[name] = value
    return flat
