"""Every operation of the document, asked whatever the document allows and forbids, all checks on."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from serving.app import create_app
from serving.loaded import load_champion
from tests.serving.campaigning import with_campaigns
from tests.serving.marketplaces import hand_made, publish
from tests.serving.test_app import contradicts_itself

CASES = int(os.environ.get("RECSYS_API_CASES", "10000"))
# What depends on what there is, as a brand or a product that a body names, no document can say.
DEPENDS = ["positive_data_acceptance"]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    """The service of a release with values, shoppers and an application, whose log of events is its own."""
    home = tmp_path_factory.mktemp("home")
    publish(home, hand_made())
    with pytest.MonkeyPatch.context() as patch:
        application = ("a1", "dan", "cream", "PENDING")
        patch.setattr(
            "serving.champion.load_champion", lambda store: with_campaigns(load_champion(store), application)
        )
        yield schemathesis.openapi.from_asgi("/openapi.json", create_app(home))


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_whatever_is_asked_is_answered_as_openapi_says(schema: BaseSchema) -> None:
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) >= 10
    excluded = [check for check in CHECKS.get_all() if check.__name__ in DEPENDS]
    # Of some there are few cases, and others make up for these.
    each, asked, faults = CASES // len(operations), 0, list[str]()
    for operation in operations:
        for mode in GenerationMode:
            asked += answered(operation, mode, each, excluded if operation.method == "post" else [], faults)
    assert faults == []
    assert asked >= CASES


def answered(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    n: int,
    excluded: list[Any],
    faults: list[str],
) -> int:
    """How many cases of one operation were asked; what is wrong with an answer joins the faults."""
    asked = 0

    @settings(max_examples=n, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(mode))
    def check(case: Case[APIOperation[Any, Any, Any, Any]]) -> None:
        nonlocal asked
        assume(mode is GenerationMode.NEGATIVE or not contradicts_itself(case.query or {}))
        asked += 1
        case.call_and_validate(excluded_checks=excluded)

    # Where nothing can be said, nothing wrong can.
    with suppress(Unsatisfiable):
        try:
            check()
        except (FailureGroup, AssertionError) as error:
            faults.append(f"{operation.label} ({mode.value}): {error}")
    return asked
