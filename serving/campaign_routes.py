"""The HTTP routes by which a brand plans its samples."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import HTTPException

from serving.campaign_schemas import CampaignBody, CampaignPlanBody, SampleRequestsBody
from serving.campaigns import plan_campaign
from serving.guard.access import acts_for_brand
from serving.guard.keys import Principal
from serving.problems import problem_responses
from serving.queries import Money
from serving.routes import BrandId, Served, refuse_repeated
from serving.sample_requests import rank_requests

campaign_routes = APIRouter(
    prefix="/v1",
    tags=["campaigns"],
    responses=problem_responses(404, 422, 500, 503),
    dependencies=[Depends(refuse_repeated)],
)


@campaign_routes.post("/campaigns/plan", responses=problem_responses(400))
def plan_of_campaign(request: Request, body: CampaignBody, matcher: Served) -> CampaignPlanBody:
    """Which creators to send a brand's samples to, what each adds, and when to stop."""
    who: Principal = request.state.principal
    if not acts_for_brand(who, body.brand_id):
        raise HTTPException(403, f"this key may not plan for the brand {body.brand_id!r}")
    return CampaignPlanBody.of(matcher.release, plan_campaign(matcher.release, body.campaign()))


@campaign_routes.get("/brands/{brand_id:path}/sample-requests")
def sample_requests_of_brand(
    brand_id: BrandId,
    matcher: Served,
    sample_cost: Annotated[Money | None, Query(description="What one costs; its price by default")] = None,
) -> SampleRequestsBody:
    """Which pending applications for samples to approve, as a whole within the quotas."""
    return SampleRequestsBody.of(matcher.release, rank_requests(matcher.release, brand_id, sample_cost))
