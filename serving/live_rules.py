"""What a release states of how live events become rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from features.decay import microseconds
from features.live_rows import Since
from features.weighting import AffinityFunction
from recsys.arrays import CSR, csr
from recsys.errors import ReleaseError, UsageError
from recsys.release.manifest import Provenance
from serving.catalog import CreatorTable


@dataclass(frozen=True, slots=True)
class LiveRules:
    """How events since the night become affinity, and by which names creators' attributes are known."""

    since: Since
    attributes: Mapping[str, int]

    @classmethod
    def of(cls, provenance: Provenance) -> Self | None:
        """From what a night states; None where it states nothing of the kind.

        Raises `ReleaseError` where it states what makes no sense.
        """
        parameters = provenance.parameters
        names = ("half_life_days", "affinity_function", "creator_attributes")
        half_life, function, attributes = (parameters.get(name) for name in names)
        if not isinstance(half_life, int | float) or not isinstance(function, dict):
            return None
        if not isinstance(attributes, list):
            return None
        try:
            known = AffinityFunction(function["weights"], function["scales"])
        except (KeyError, TypeError, UsageError) as error:
            raise ReleaseError(f"the affinity function of a release makes no sense: {error}") from error
        places = {str(name): place for place, name in enumerate(attributes)}
        return cls(Since(provenance.as_of, float(microseconds(half_life)), known), places)

    def attributes_of(self, followers: int, region: str | None, language: str | None) -> CSR:
        """The attribute row of a creator; a region or language that the night has not seen tells nothing."""
        named = (f"tier={CreatorTable.tier_of(followers)}", f"region={region}", f"language={language}")
        found = [self.attributes[name] for name in named if name in self.attributes]
        return csr(np.ones(len(found)), np.zeros(len(found)), found, (1, len(self.attributes)))
