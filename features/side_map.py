"""What side information tells of factors: the ridge regression that all rows share."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import linalg

from recsys.arrays import CSR, Bool, Float64
from recsys.models.sparse import most_frequent, scale_rows

# As if so many rows of each value had factors of 0: rare values say little.
PENALTY = 10.0
# The system to solve is dense, values × values.
MOST_VALUES = 1_024


@dataclass(frozen=True, slots=True)
class SideMap:
    """Ridge regression on `values` (rows × values) of whatever factors the `known` rows have.

    Of more than `MOST_VALUES` values the most frequent count.
    """

    values: CSR
    learned: CSR
    cholesky: Float64

    @classmethod
    def of(cls, values: CSR, known: Bool) -> Self:
        """With the system factorised, which is the same for all factors."""
        some: CSR = values[:, most_frequent(values, MOST_VALUES)]
        learned = scale_rows(some, known)
        system = np.asarray((learned.T @ some).toarray(), dtype=np.float64)
        system += PENALTY * np.eye(len(system))
        return cls(some, learned, np.asarray(np.linalg.cholesky(system), dtype=np.float64))

    def told(self, factors: Float64) -> Float64:
        """Factors of all rows (n × d) as their values suggest; 0 without values."""
        if not self.values.nnz or not factors.shape[1]:
            return np.zeros_like(factors)
        right = np.asarray(self.learned.T @ factors, dtype=np.float64)
        weights = linalg.cho_solve((self.cholesky, True), right)
        return np.asarray(self.values @ weights, dtype=np.float64)
