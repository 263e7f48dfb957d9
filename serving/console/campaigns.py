"""A brand's pages about samples: a campaign planned, and which applications to approve."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from features.attributes import FOLLOWER_TIERS
from recsys.errors import UnknownIdError, UsageError
from serving.campaign_schemas import CampaignPlanBody, CampaignQuestion, SampleRequestsBody
from serving.campaigns import plan_campaign
from serving.console.charts import reach
from serving.console.pages import faults, matcher_of, page, shown
from serving.loaded import LoadedRelease
from serving.sample_requests import rank_requests
from serving.valid import InvalidValueError, named_counts

campaign_pages = APIRouter()
SAMPLES: Final = "20"
# A page of more creators is read by nobody; the API answers them all.
SHOWN: Final = 200
# Nobody asks for creators without followers.
TIERS: Final = tuple(name for least, name in FOLLOWER_TIERS if least)
_TIER = "at_least_"
_REGIONS = "min_by_region"
_LISTS = ("include", "exclude")


@dataclass(frozen=True, slots=True)
class Tab:
    """One of a brand's pages."""

    name: str
    title: str
    address: str


def brand_pages(release: LoadedRelease) -> tuple[Tab, ...]:
    """The pages of a brand for which the release knows enough."""
    tabs = [Tab("creators", "Whom to ask", "")]
    if release.payload.campaign is not None and release.values is not None:
        tabs.append(Tab("plan", "Plan samples", "/plan"))
        if release.payload.applications is not None:
            tabs.append(Tab("samples", "Sample requests", "/samples"))
    return tuple(tabs)


@campaign_pages.get("/brands/{brand_id:path}/plan")
def plan(request: Request, brand_id: str) -> HTMLResponse:
    """Whom to send a brand's samples to, what each adds, and when to stop."""

    def show() -> HTMLResponse:
        release = matcher_of(request).release
        release.products_of_brand(brand_id)
        fields = {"samples": SAMPLES} | {name: text for name, text in request.query_params.items() if text}
        body, problems = _planned(release, brand_id, fields)
        return page(
            request,
            "plan.html",
            422 if problems else 200,
            brand_id=brand_id,
            tabs=brand_pages(release),
            fields=fields,
            tiers=TIERS,
            problems=problems,
            body=body,
            n_shown=SHOWN,
            curve=None if body is None else reach([s.total_added for s in body.samples], body.stop_after),
        )

    return shown(request, show)


@campaign_pages.get("/brands/{brand_id:path}/samples")
def samples(request: Request, brand_id: str) -> HTMLResponse:
    """Which pending applications for a brand's samples to approve, and why."""

    def show() -> HTMLResponse:
        release = matcher_of(request).release
        release.products_of_brand(brand_id)
        cost = request.query_params.get("sample_cost", "")
        body, problem = None, ""
        try:
            ranked = rank_requests(release, brand_id, float(cost) if cost else None)
            body = SampleRequestsBody.of(release, ranked)
        except ValueError:
            problem = f"sample_cost: {cost!r} is no number"
        except InvalidValueError as error:
            problem = str(error)
        return page(
            request,
            "samples.html",
            422 if problem else 200,
            brand_id=brand_id,
            tabs=brand_pages(release),
            cost=cost,
            problem=problem,
            body=body,
        )

    return shown(request, show)


def _planned(
    release: LoadedRelease, brand_id: str, fields: Mapping[str, str]
) -> tuple[CampaignPlanBody | None, Mapping[str, str]]:
    """The plan that a form asks for, or what is wrong with the form, by field."""
    try:
        campaign = _campaign(brand_id, fields).campaign()
        return CampaignPlanBody.of(release, plan_campaign(release, campaign)), {}
    except ValidationError as error:
        return None, faults(error)
    except InvalidValueError as error:
        return None, {error.field: str(error)}
    except (UnknownIdError, UsageError) as error:
        return None, {"": str(error)}


def _campaign(brand_id: str, fields: Mapping[str, str]) -> CampaignQuestion:
    """A form's fields as the API takes them: names are separated by commas, a tier has its own field."""
    tiers = {tier: text for tier in TIERS if (text := fields.get(_TIER + tier))}
    lists = {name: _parts(fields.get(name, "")) for name in _LISTS}
    regions = named_counts(_REGIONS, _parts(fields.get(_REGIONS, "")))
    own = {_TIER + tier for tier in TIERS} | {*_LISTS, _REGIONS}
    rest = {name: text for name, text in fields.items() if name not in own}
    minimums = {"min_by_tier": tiers, _REGIONS: regions}
    return CampaignQuestion.model_validate({**rest, **lists, **minimums, "brand_id": brand_id})


def _parts(text: str) -> list[str]:
    return [part for piece in text.split(",") if (part := piece.strip())]
