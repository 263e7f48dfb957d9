import json
from collections.abc import Mapping
from dataclasses import asdict, replace

import pytest

from recsys.models.recipe import default_recipe
from recsys.models.ridge import Ridge
from recsys.release.manifest import Provenance
from training.incumbent import Choices, incumbent_of

TODAY = Choices(default_recipe(100, 50, with_profile=True, seed=3), {"views": 0.1, "units": 4.0})


def provenance(recipe: object, weights: Mapping[str, float]) -> Provenance:
    """As a manifest gives it back."""
    parameters = {"recipe": recipe, "affinity_function": {"weights": weights}}
    return Provenance(0, "digest", "0", 0, json.loads(json.dumps(parameters)), {})


def test_the_champions_choices_come_back_from_its_manifest() -> None:
    first, *others = TODAY.recipe.parts
    assert isinstance(first, Ridge)
    other = replace(
        TODAY.recipe,
        parts=(replace(first, seed=99), *others),
        weights=(0.6, 0.1, 0.1, 0.1, 0.1),
        evidence=2.5,
    )
    found = incumbent_of(provenance(asdict(other), {"views": 0.2, "units": 2, "likes": 7}), TODAY)
    assert found == Choices(other, {"views": 0.2, "units": 2.0})
    assert incumbent_of(provenance(asdict(TODAY.recipe), TODAY.channel_weights), TODAY) == TODAY


def test_choices_that_are_made_up_otherwise_cannot_be_compared() -> None:
    recipe = asdict(TODAY.recipe)
    fewer = {**recipe, "parts": recipe["parts"][:-1], "weights": recipe["weights"][:-1]}
    renamed = {**recipe, "parts": [{**recipe["parts"][0], "name": "older"}, *recipe["parts"][1:]]}
    unknown = {**recipe, "parts": [{**recipe["parts"][0], "more": 1}, *recipe["parts"][1:]]}
    for other in (fewer, renamed, unknown, {}, None, "recipe"):
        assert incumbent_of(provenance(other, TODAY.channel_weights), TODAY) is None


@pytest.mark.parametrize("weights", [{"views": 0.1}, {}, {"views": "much", "units": 1}])
def test_weights_of_other_channels_cannot_be_compared(weights: Mapping[str, float]) -> None:
    assert incumbent_of(provenance(asdict(TODAY.recipe), weights), TODAY) is None


def test_a_manifest_without_choices_has_none() -> None:
    assert incumbent_of(Provenance(0, "digest", "0", 0, {}, {}), TODAY) is None
