"""Scores of single pairs, without the lists that they stand in."""

import numpy as np
from scipy import sparse

from recsys.arrays import CSR, Float32, Int64, stored_in, sums_by
from recsys.batches import batches
from recsys.models.contract import Embedding


def pair_products(embedding: Embedding, weights: Embedding, creators: Int64, products: Int64) -> Float32:
    """`embedding[creator] · weights[:, product]` of each pair, in batches: O(pairs × d).

    `creators` are rows of `embedding` (n × d), `products` columns of `weights` (d × products). A sparse
    embedding costs what it stores.
    """
    found = np.empty(len(creators), dtype=np.float32)
    if isinstance(embedding, np.ndarray) and isinstance(weights, np.ndarray):
        for batch in batches(len(creators), embedding.shape[1]):
            left, right = embedding[creators[batch]], weights.T[products[batch]]
            found[batch] = np.einsum("ij,ij->i", left, right)
        return found
    stored: CSR = sparse.csr_array(embedding) if isinstance(embedding, np.ndarray) else embedding
    longest = int((stored.indptr[creators + 1] - stored.indptr[creators]).max(initial=0))
    for batch in batches(len(creators), longest):
        pairs, at = stored_in(stored, creators[batch])
        entries = np.asarray(weights[stored.indices[at].astype(np.int64), products[batch][pairs]])
        found[batch] = sums_by(pairs, stored.data[at] * entries, len(creators[batch]))
    return found
