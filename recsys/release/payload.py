"""What is in a release: the affinity matrix, the model, the creators as the model sees them, tables."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from recsys.affinity import AffinityMatrix
from recsys.arrays import CSR, Array, csr_of_parts
from recsys.audience import Audience
from recsys.campaign import CampaignData
from recsys.clearing.places import Places
from recsys.ids import IdIndex
from recsys.models.blend import BlendScorer, CreatorView
from recsys.models.contract import CreatorRows, Embedding
from recsys.pair_totals import StoredTotals
from recsys.release.prepared import Prepared
from recsys.release.reader import Release
from recsys.release.writer import ReleaseWriter
from recsys.value.model import ValueModel


@dataclass(frozen=True, slots=True)
class Payload:
    """All that serving needs, aligned by creator index and product index.

    `sold_units` (creators × products) holds net units, `attributes` the creators' attribute values;
    `rate_bonus` (creators × products) stores how much more than the product's open rate a collaboration pays;
    `audience` is what the creators' buyers bought from others; `creators` and `products` have one row per
    index; `view` is `model.view` of all creators; `values` says what promotions bring, None where the night
    had too little history to tell. `campaign` and `applications` (for samples, in the order of their request)
    are what campaigns are planned by; `places` what places on creators' lists cost, known where `values` are;
    `totals` what affinity was made of, for live events to be added to. `prepared` lists are rendered from all
    this, and so written last (`write_prepared`).
    """

    affinity: AffinityMatrix
    sold_units: CSR
    attributes: CSR
    model: BlendScorer
    view: CreatorView
    creators: pa.Table
    products: pa.Table
    audience: Audience
    rate_bonus: CSR
    values: ValueModel | None = None
    campaign: CampaignData | None = None
    applications: pa.Table | None = None
    places: Places | None = None
    totals: StoredTotals | None = None
    prepared: Prepared | None = None

    @property
    def rows(self) -> CreatorRows:
        """The creators' rows as the model takes them."""
        return CreatorRows(self.affinity.values, self.attributes)


def write_payload(writer: ReleaseWriter, payload: Payload) -> None:
    """Put the payload into a release that is being written."""
    for index in (payload.affinity.creators, payload.affinity.products):
        writer.array(f"{index.kind}s.ids.text", index.text)
        writer.array(f"{index.kind}s.ids.offsets", index.offsets)
    writer.table("creators", payload.creators)
    writer.table("products", payload.products)
    _write_csr(writer, "affinity", payload.affinity.values)
    _write_csr(writer, "sold_units", payload.sold_units)
    _write_csr(writer, "attributes", payload.attributes)
    _write_csr(writer, "audience.buyers", payload.audience.buyers)
    _write_csr(writer, "audience.units", payload.audience.units)
    _write_csr(writer, "rate_bonus", payload.rate_bonus)
    for name, array in payload.model.state().items():
        writer.array(f"model.{name}", array)
    optional = {
        "value": payload.values,
        "campaign": payload.campaign,
        "places": payload.places,
        "totals": payload.totals,
    }
    for prefix, part in optional.items():
        for name, array in part.state().items() if part is not None else ():
            writer.array(f"{prefix}.{name}", array)
    if payload.applications is not None:
        writer.table("applications", payload.applications)
    writer.array("view.coefficients", payload.view.coefficients)
    writer.array("view.offset", payload.view.offset)
    for position, embedding in enumerate(payload.view.embeddings):
        # A sparse embedding is the creators' own rows again: cheap to make, large to store twice.
        if isinstance(embedding, np.ndarray):
            writer.array(f"view.embedding.{position}", embedding)


def write_prepared(writer: ReleaseWriter, prepared: Prepared) -> None:
    """Put what was prepared from the payload beside it."""
    for name, array in prepared.state().items():
        writer.array(f"prepared.{name}", array)


def read_payload(release: Release) -> Payload:
    """Restore the payload, arrays memory-mapped."""
    affinity = AffinityMatrix(
        _read_ids(release, "creator"), _read_ids(release, "product"), _read_csr(release, "affinity")
    )
    attributes = _read_csr(release, "attributes")
    model = BlendScorer.from_state(_state(release, "model."))
    value_state, campaign_state = _state(release, "value."), _state(release, "campaign.")
    places_state = _state(release, "places.")
    totals, prepared = _state(release, "totals."), _state(release, "prepared.")
    return Payload(
        affinity=affinity,
        sold_units=_read_csr(release, "sold_units"),
        attributes=attributes,
        model=model,
        view=_read_view(release, model, CreatorRows(affinity.values, attributes)),
        creators=release.table("creators"),
        products=release.table("products"),
        audience=Audience(_read_csr(release, "audience.buyers"), _read_csr(release, "audience.units")),
        rate_bonus=_read_csr(release, "rate_bonus"),
        values=ValueModel.from_state(value_state) if value_state else None,
        campaign=CampaignData.from_state(campaign_state) if campaign_state else None,
        totals=StoredTotals.from_state(totals) if totals else None,
        applications=release.table("applications") if release.has_table("applications") else None,
        places=Places.from_state(places_state) if places_state else None,
        prepared=Prepared.from_state(prepared) if prepared else None,
    )


def _read_ids(release: Release, kind: str) -> IdIndex:
    text, offsets = (release.array(f"{kind}s.ids.{part}") for part in ("text", "offsets"))
    return IdIndex(kind, text.astype(np.uint8, copy=False), offsets.astype(np.int64, copy=False))


def _state(release: Release, prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): release.array(name) for name in release.array_names(prefix)}


def _read_view(release: Release, model: BlendScorer, rows: CreatorRows) -> CreatorView:
    embeddings: list[Embedding] = []
    stored = release.array_names("view.embedding.")
    for position, part in enumerate(model.parts):
        name = f"view.embedding.{position}"
        embeddings.append(
            release.array(name).astype(np.float32, copy=False) if name in stored else part.embed(rows)
        )
    return CreatorView(
        tuple(embeddings),
        release.array("view.coefficients").astype(np.float32, copy=False),
        release.array("view.offset").astype(np.float32, copy=False),
    )


def _write_csr(writer: ReleaseWriter, name: str, matrix: CSR) -> None:
    writer.array(f"{name}.data", matrix.data)
    writer.array(f"{name}.indices", matrix.indices)
    writer.array(f"{name}.indptr", matrix.indptr)
    writer.array(f"{name}.shape", np.array(matrix.shape, dtype=np.int64))


def _read_csr(release: Release, name: str) -> CSR:
    data, indices, indptr = (release.array(f"{name}.{part}") for part in ("data", "indices", "indptr"))
    n_rows, n_columns = release.array(f"{name}.shape").tolist()
    return csr_of_parts(data, indices, indptr, (n_rows, n_columns))
