"""A snapshot: what was known at one instant."""

from dataclasses import dataclass
from typing import Final

from features.engine import Engine
from recsys.ids import IdIndex

# Before and after all instants that a time column can hold.
BEGINNING: Final = -(2**62)
END: Final = 2**62


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The states of all tables that held at an instant (microseconds of UTC).

    Its tables are relations, SQL that may stand after FROM; none is ever written, so snapshots cannot
    meet. Creators and products are numbered alike in all snapshots of the same facts.
    """

    engine: Engine
    creator_ids: IdIndex
    product_ids: IdIndex
    instant: int

    @property
    def shape(self) -> tuple[int, int]:
        """Of a matrix creators × products."""
        return len(self.creator_ids), len(self.product_ids)

    @property
    def creators(self) -> str:
        """`creator_index` beside the columns of the contract."""
        return self._relation("creators")

    @property
    def products(self) -> str:
        """`product_index` beside the columns of the contract."""
        return self._relation("products")

    @property
    def engagement(self) -> str:
        """Indexes stand for ids."""
        return self._relation("engagement")

    @property
    def sales(self) -> str:
        """Order lines with what is left of them (`features.attribution`); indexes stand for ids."""
        return self._relation("sales")

    @property
    def samples(self) -> str:
        """Indexes stand for ids."""
        return self._relation("samples")

    @property
    def collaborations(self) -> str:
        """Indexes stand for ids."""
        return self._relation("collaborations")

    @property
    def demand_events(self) -> str:
        """The columns of the contract."""
        return self._relation("demand_events")

    @property
    def impressions(self) -> str:
        """Indexes stand for ids."""
        return self._relation("impressions")

    def _relation(self, table: str) -> str:
        held = f"valid_from <= {self.instant} AND valid_until > {self.instant}"
        return f"(SELECT * FROM facts_{table} WHERE {held}) AS {table}"
