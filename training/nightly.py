"""The nightly job: validate, build, choose, judge, fit, release, gate, register."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from operator import methodcaller
from pathlib import Path
from typing import TypeAlias

from features.build import FeatureSet
from features.intake import Validated
from features.settings import MarketplaceSettings
from features.source import Export
from recsys import __version__
from recsys.audience import Audience
from recsys.blas import single_threaded
from recsys.clearing.giving import Placed
from recsys.errors import ReleaseError
from recsys.models.blend import BlendScorer, CreatorView
from recsys.models.recipe import default_recipe
from recsys.release.manifest import Provenance
from recsys.release.payload import Payload, write_payload, write_prepared
from recsys.release.prepared import installed_prepare
from recsys.release.store import ReleaseStore
from recsys.release.writer import ReleaseWriter
from recsys.split import TemporalSplit
from recsys.value.model import ValueModel
from training.gate import Verdict, judge
from training.incumbent import Choices
from training.inputs import NightInputs, open_night
from training.judgement import BASELINE, RECIPE, Judgement, K
from training.lock import exclusive
from training.places import active_creators, place_all
from training.plots import compare_models, compare_segments, reliability
from training.rehearsal import Rehearsal, rehearse
from training.search.channels import ChosenChannels, choose_channels
from training.search.recipe import ChosenRecipe, choose_recipe
from training.tracking import TrackedRun, Tracker
from training.value.crowding import learn_crowd
from training.value.learn import Past, learn_values, read_past

Report: TypeAlias = Callable[[str], None]

# A list takes milliseconds, and those of who is not asked for are for nothing.
MOST_PREPARED = 500
STEPS = (
    "read and validate the export",
    "choose the channels' and the recipe's weights on validation",
    "read what past promotions brought",
    "judge models and lists on the test horizon",
    "learn what promotions bring and fit the recipe on everything",
    "write the release",
    "ask it, register and decide",
)


@dataclass(frozen=True, slots=True)
class NightOptions:
    """What to train on and where to put it. None leaves a value to `marketplace`, that in turn to
    `marketplace.toml` beside the data (frames have none: the defaults hold), and `as_of` (microseconds of
    UTC) to the newest row. For at most `prepared` creators and as many products the list is rendered.
    Live events are read from the database at the URL `events`, by default from the home's own log.
    """

    data: Export
    home: Path
    as_of: int | None = None
    seed: int = 0
    horizon_days: float | None = None
    half_life_days: float | None = None
    allowed_bad_share: float | None = None
    marketplace: MarketplaceSettings | None = None
    prepared: int | None = None
    # It may hold a password.
    events: str | None = field(default=None, repr=False)

    def settings(self) -> MarketplaceSettings:
        """The marketplace's settings with these options over them."""
        settings = self.marketplace or MarketplaceSettings.beside(self.data)
        return replace(
            settings,
            horizon_days=_given(self.horizon_days, settings.horizon_days),
            half_life_days=_given(self.half_life_days, settings.half_life_days),
            allowed_bad_share=_given(self.allowed_bad_share, settings.allowed_bad_share),
        )


@dataclass(frozen=True, slots=True)
class NightResult:
    """What a night came to."""

    release_id: str
    validated: Validated
    split: TemporalSplit
    channels: ChosenChannels
    tuned: ChosenRecipe
    rehearsal: Rehearsal
    values: ValueModel | None
    placed: Placed | None
    verdict: Verdict

    @property
    def judgement(self) -> Judgement:
        """How the models did."""
        return self.rehearsal.judgement


@dataclass(frozen=True, slots=True)
class _Settled:
    """What was chosen on past horizons, and how it did."""

    channels: ChosenChannels
    tuned: ChosenRecipe
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class _Made:
    """A release on the disk, and how it came to be."""

    release_id: str
    provenance: Provenance
    settled: _Settled
    values: ValueModel | None
    placed: Placed | None

    def result(self, inputs: NightInputs, verdict: Verdict) -> NightResult:
        """What the night came to with the gate's word on it."""
        settled = self.settled
        return NightResult(
            self.release_id,
            inputs.validated,
            inputs.split,
            settled.channels,
            settled.tuned,
            settled.rehearsal,
            self.values,
            self.placed,
            verdict,
        )


def run_night(options: NightOptions, report: Report) -> NightResult:
    """Train one night; `report` is called with each of `STEPS` as it begins.

    Whatever stops it, and whenever: the champion stays until a new release is complete on disk, has
    passed the gate and is named by one atomic rename. The next night removes what was left half done.
    """
    store = ReleaseStore(options.home)
    # Sums of a BLAS depend on its number of threads, and a release on every bit.
    with exclusive(options.home), single_threaded():
        store.clean()
        shutil.rmtree(options.home / "work", ignore_errors=True)
        report(STEPS[0])
        settings = options.settings()
        with open_night(options.data, options.home, settings, options.as_of, options.events) as inputs:
            tracker = Tracker(options.home)
            tracker.tidy(store.resolve("champion"))
            with tracker.run(f"night-{inputs.split.as_of}") as run:
                run.text("validation.txt", f"{inputs.validated.report}\n")
                return _train(options, inputs, store, tracker, run, report)


def _train(
    options: NightOptions,
    inputs: NightInputs,
    store: ReleaseStore,
    tracker: Tracker,
    run: TrackedRun,
    report: Report,
) -> NightResult:
    champion = _champion(store)
    made = _make(options, inputs, store, champion, report)
    rehearsal = made.settled.rehearsal
    report(STEPS[6])
    _track(run, made.provenance, made.settled.channels, rehearsal, store.releases / made.release_id)
    store.point("challenger", made.release_id)
    faults = store.faults(made.release_id)
    challenger = rehearsal.challenger(inputs.split.as_of, faults)
    verdict = judge(challenger, None if champion is None else rehearsal.rival(champion))
    run.text("gate.txt", "passed\n" if verdict.passed else "\n".join(verdict.reasons) + "\n")
    if verdict.passed:
        store.promote(made.release_id, faults)
        tracker.crown(made.release_id)
    return made.result(inputs, verdict)


def _make(
    options: NightOptions,
    inputs: NightInputs,
    store: ReleaseStore,
    champion: Provenance | None,
    report: Report,
) -> _Made:
    """Choose, judge, fit and write; what that was made of is let go of before lists are rendered."""
    report(STEPS[1])
    channels, tuned = _choose(inputs, options.seed)
    report(STEPS[2])
    windows = map(methodcaller("with_weights", channels.weights), inputs.windows())
    past = read_past(tuned.blend, windows, seed=options.seed)
    report(STEPS[3])
    chosen = Choices(tuned.blend, channels.weights)
    settled = _Settled(channels, tuned, rehearse(chosen, inputs, past, champion, options.seed))
    with store.writer() as writer:
        provenance, values, placed = _write(options, inputs, writer, settled, past, report)
        # Rendering and asking load the release beside whatever is still held.
        del past
        most = MOST_PREPARED if options.prepared is None else options.prepared
        prepare = installed_prepare() if most else None
        if prepare is not None and (prepared := prepare(writer.draft(provenance), most)) is not None:
            write_prepared(writer, prepared)
        return _Made(writer.commit(provenance), provenance, settled, values, placed)


def _write(
    options: NightOptions,
    inputs: NightInputs,
    writer: ReleaseWriter,
    settled: _Settled,
    past: Sequence[Past],
    report: Report,
) -> tuple[Provenance, ValueModel | None, Placed | None]:
    """Fit on everything and write the payload; features and model are let go of before lists are rendered."""
    report(STEPS[4])
    now = inputs.now().with_weights(settled.channels.weights)
    # All queries before there is a model: each wants memory of its own.
    crowd = learn_crowd(inputs.crowding(), len(active_creators(now)))
    audience, totals = inputs.audience(now.products), inputs.totals()
    campaign, applications = inputs.campaign(now.products)
    inputs.rest()
    values = learn_values([window.promotions for window in past], now)
    model = settled.tuned.blend.fit(now.training_data)
    view, placed = model.view(now.rows), None
    if values is not None:
        placed = place_all(now, model, view, values, crowd)
        values = replace(values, beside_others=placed.beside_others)
    report(STEPS[5])
    payload = _payload(model, view, now, audience, values, placed)
    payload = replace(payload, campaign=campaign, applications=applications, totals=totals)
    write_payload(writer, payload)
    return _provenance(options, inputs, now, settled, placed), values, placed


def _choose(inputs: NightInputs, seed: int) -> tuple[ChosenChannels, ChosenRecipe]:
    """The channels' weights, then with these the recipe's, both on validation."""
    validation = inputs.validation()
    channels = choose_channels(validation, seed=seed)
    # Under the same name, so that the affinity with the weights of before can be freed.
    validation = validation.with_weights(channels.weights)
    data = validation.features.training_data
    recipe = default_recipe(len(data.rows), data.n_products, with_profile=True, seed=seed)
    return channels, choose_recipe(recipe, data, validation.task, seed=seed)


def _given(option: float | None, setting: float) -> float:
    return setting if option is None else option


def _provenance(
    options: NightOptions,
    inputs: NightInputs,
    now: FeatureSet,
    settled: _Settled,
    placed: Placed | None,
) -> Provenance:
    parameters: dict[str, object] = {
        **asdict(inputs.settings),
        "momentum_days": inputs.settings.momentum_days,
        "recipe": asdict(settled.tuned.blend),
        "affinity_function": asdict(now.affinity_function),
        "events_until": inputs.validated.events_until,
        "creator_attributes": list(now.creator_attributes.names),
        "validation_creators": settled.tuned.n_creators,
        "channel_creators": settled.channels.n_creators,
        "channel_trials": settled.channels.n_trials,
    }
    return Provenance(
        as_of=inputs.split.as_of,
        data_digest=inputs.validated.report.data_digest,
        code_version=__version__,
        seed=options.seed,
        parameters=parameters,
        metrics=settled.rehearsal.metrics() | (placed.metrics() if placed is not None else {}),
    )


def _champion(store: ReleaseStore) -> Provenance | None:
    """Where the champion comes from; None where there is none, or it is damaged and must be replaced."""
    try:
        return store.champion().manifest.provenance
    except ReleaseError:
        return None


def _payload(
    model: BlendScorer,
    view: CreatorView,
    now: FeatureSet,
    audience: Audience,
    values: ValueModel | None,
    placed: Placed | None,
) -> Payload:
    return Payload(
        affinity=now.affinity,
        sold_units=now.sold_units,
        attributes=now.creator_attributes.values,
        model=model,
        view=view,
        creators=now.creators,
        products=now.products,
        audience=audience,
        rate_bonus=now.context.rate_bonus,
        values=values,
        places=None if placed is None else placed.places,
    )


def _track(
    run: TrackedRun,
    provenance: Provenance,
    channels: ChosenChannels,
    rehearsal: Rehearsal,
    release: Path,
) -> None:
    run.params(
        {
            "as_of": provenance.as_of,
            "data_digest": provenance.data_digest,
            "code_version": provenance.code_version,
            "seed": provenance.seed,
            **provenance.parameters,
            # One by one, so that nights can be compared by them.
            **{f"weight_{channel}": weight for channel, weight in channels.weights.items()},
        }
    )
    run.metrics({**provenance.metrics, **rehearsal.judgement.beside_champion()})
    if channels.n_trials:
        run.metrics({"channels/default": channels.default_figure, "channels/chosen": channels.figure})
    run.plot("models", compare_models(rehearsal.judgement.figures, "ndcg", K))
    run.plot("segments", compare_segments(rehearsal.judgement.figures, "ndcg", K, (RECIPE, BASELINE)))
    if rehearsal.checked is not None:
        run.plot("reliability", reliability(rehearsal.checked.reliability, "chance of an order"))
    run.register(release)
