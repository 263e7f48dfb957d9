"""The HTTP route that answers for many creators at once."""

from fastapi import APIRouter, Depends, Request, Response

from recsys.errors import UnknownIdError
from serving import lists
from serving.live import LiveCreators
from serving.problems import problem_responses
from serving.queries import CreatorsBody
from serving.routes import Served, json_of, refuse_repeated
from serving.schemas import CreatorAnswer, CreatorProblem, ManyProductMatches

batch_routes = APIRouter(
    prefix="/v1",
    tags=["matches"],
    responses=problem_responses(400, 422, 500, 503),
    dependencies=[Depends(refuse_repeated)],
)


@batch_routes.post("/creators/products", response_model=ManyProductMatches)
def products_for_creators(request: Request, body: CreatorsBody, matcher: Served) -> Response:
    """Which products each of some creators should promote: all from one release, asked for alike.

    Who is not known is told in `problems`, and keeps nobody else from an answer.
    """
    live: LiveCreators = request.state.live
    answers, problems = list[CreatorAnswer](), list[CreatorProblem]()
    for creator_id in body.creator_ids:
        try:
            own = live.matcher_for(matcher, creator_id)
            found = lists.products_for_creator(own, creator_id, body)
        except UnknownIdError as error:
            problems.append(CreatorProblem(creator_id=creator_id, detail=str(error)))
        else:
            answers.append(CreatorAnswer(creator_id=creator_id, answer=found))
    return json_of(ManyProductMatches(answers=answers, problems=problems))
