"""One fit: independent chains, kept level by level, and what they say together."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sim.ensemble.code import code_digest
from sim.ensemble.ensemble import Engine
from sim.fitting.likelihood import Crisis, Players
from sim.fitting.sampler import Level, Particles, Sampler
from sim.fitting.space import MISSING, Space
from sim.io.atomic import whole_file
from sim.io.errors import UsageError
from sim.results.layout import FITS
from sim.scenario import Choice, Posterior, Quantity, digest

Array = NDArray[np.float64]

FOLDER = FITS
SILENT_CONTRACTION, SILENT_DISTANCE = 0.1, 0.05
"""The record is silent, as far as one value alone can show, where its variance shrinks by less than a tenth and its
distribution moves nowhere by more than a twentieth: what chance does to some 1,000 draws of the prior. Fewer
effective draws leave more to chance."""
ONE_IN_A_HUNDRED = 1.63, 2.33
"""What chance exceeds once in a hundred times: the distance of n draws of the prior from it, times the root of n
(Kolmogorov), and a normal score."""
MATCHED_RUNS = 40_000
"""Runs of a crisis, at least, that match rates are counted over: one in a thousand may match all targets at once."""


@dataclass(frozen=True)
class Settings:
    """How much work a fit is.

    Attributes:
        particles: draws of each chain.
        replicates: plays of a draw, in each crisis, for one estimate of its likelihood.
        moves: proposals to every draw at each level.
        chains: independent samplers, from which convergence is judged.
        seed: seed of all luck.
    """

    particles: int = 1000
    replicates: int = 60
    moves: int = 12
    chains: int = 2
    seed: int = 1


@dataclass(frozen=True)
class Fit:
    """What came of a fit.

    Attributes:
        crises: the crises fitted to.
        space: values that were fitted.
        settings: how it was done.
        chains: final particles of each chain.
    """

    crises: tuple[Crisis, ...]
    space: Space
    settings: Settings
    chains: tuple[Particles, ...]

    @property
    def scores(self) -> Array:
        """Normal scores of as many draws as a chain has, taken evenly from all chains: ``(particles, dimensions)``."""
        stacked = np.concatenate([chain.scores for chain in self.chains])
        return stacked[:: len(self.chains)]

    @property
    def settled(self) -> bool:
        """Whether every chain went on until it had settled."""
        return all(chain.settled for chain in self.chains)

    @property
    def posterior(self) -> Posterior:
        """The draws, as a scenario takes them."""
        return self.space.posterior(self.scores)


def fit(
    crises: Sequence[Crisis],
    settings: Settings,
    engine: Engine,
    out: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Fit:
    """Fit the open values of some crises to their targets.

    Args:
        crises: what is fitted, each with the targets it is held against.
        settings: how much work to do.
        engine: where runs are played.
        out: folder below which finished levels are kept, and found again by the same call; none are where None.
        say: told of every level, in words.

    Raises:
        UsageError: nothing to fit, or a package that is needed is not installed.
        RunsFailed: runs could not be played.
    """
    space = Space.of([crisis.scenario for crisis in crises])
    if not space.values:
        raise UsageError("nothing to fit: these crises leave no value open")
    if settings.chains > 1:
        _arviz()  # better told before the work than after it
    players = Players(tuple(crises), space, settings.replicates, engine)
    folder = None if out is None else out / FOLDER / key(crises, settings)
    chains = []
    for chain in range(settings.chains):
        sampler = Sampler(
            players.log_likelihood,
            len(space.values),
            settings.particles,
            settings.moves,
            seed=settings.seed,
            chain=chain,
        )
        saved = SavedLevels(None if folder is None else folder / f"chain-{chain}.npz")
        kept = saved.get()
        if kept is not None and not sampler.is_done(kept):
            say(f"chain {chain + 1}: going on after level {len(kept.levels)}")

        def keep(state: Particles, saved: SavedLevels = saved, chain: int = chain) -> None:
            saved.put(state)
            say(_said(chain, settings.chains, state))

        chains.append(sampler.run(kept, keep))
    return Fit(tuple(crises), space, settings, tuple(chains))


def key(crises: Sequence[Crisis], settings: Settings) -> str:
    """Return the digest of all that a fit depends on: values, targets, kernels, settings and code."""
    parts = [digest(crisis.scenario.fitted(None)) + repr(crisis.targets) for crisis in crises]
    code = "".join(file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parent.glob("*.py")))
    return sha256(" ".join([*parts, repr(settings), code_digest(), code]).encode()).hexdigest()[:16]


def _said(chain: int, chains: int, state: Particles) -> str:
    start = f"chain {chain + 1} of {chains}, level {len(state.levels)}: "
    if not state.levels:
        return f"{start}{len(state.loglik)} draws of the prior played"
    level = state.levels[-1]
    accepted = f"{np.mean(level.accepted):.0%} accepted, {level.distinct} distinct"
    return f"{start}power {level.power:.3f}, mean log likelihood {level.mean:.2f}, {accepted}"


@dataclass(frozen=True)
class SavedLevels:
    """The file that keeps the last level of a chain, written whole; none where ``file`` is None."""

    file: Path | None

    def get(self) -> Particles | None:
        """Return what is kept; None where there is nothing, or nothing whole."""
        if self.file is None:
            return None
        try:
            with np.load(io.BytesIO(self.file.read_bytes()), allow_pickle=False) as kept:
                raw = json.loads(str(kept["levels"]))
                levels = tuple(
                    Level(**{**level, "accepted": tuple(level["accepted"]), "step": tuple(level["step"])})
                    for level in raw
                )
                return Particles(kept["scores"], kept["loglik"], levels, float(kept["evidence"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
            return None

    def put(self, state: Particles) -> None:
        """Keep a level."""
        if self.file is None:
            return
        levels = json.dumps([asdict(level) for level in state.levels])
        buffer = io.BytesIO()
        np.savez(buffer, scores=state.scores, loglik=state.loglik, evidence=state.evidence, levels=np.array(levels))
        with whole_file(self.file) as aside:
            aside.write_bytes(buffer.getvalue())


@dataclass(frozen=True)
class Marginal:
    """What a fit says of one value.

    Attributes:
        name: name of its column.
        path: where it stands.
        low: lower end of the middle 80% of the draws, as a share of the prior's draws below it.
        median: their median, likewise.
        high: upper end, likewise.
        contraction: share of the prior's variance that is gone, of the normal score; below 0 where it grew.
        distance: largest difference from the prior in cumulative probability (Kolmogorov & Smirnov); of readings, in
            the probability of any set of them.
        silent: whether the record says nothing about the value that these draws could show.
        rhat: split R-hat over the chains; 1 where they agree.
        ess: effective draws, as far as differences between the chains show them.
    """

    name: str
    path: str
    low: float
    median: float
    high: float
    contraction: float
    distance: float
    silent: bool
    rhat: float | None
    ess: float | None


def marginals(made: Fit) -> list[Marginal]:
    """Return what a fit says of each value: first those the record speaks of, the most contracted of either first."""
    shares = made.space.shares(np.concatenate([chain.scores for chain in made.chains]))
    scores = np.concatenate([chain.scores for chain in made.chains])
    rhats, sizes = convergence([chain.scores for chain in made.chains])
    found = []
    for column, value in enumerate(made.space.values):
        low, median, high = np.quantile(shares[:, column], (0.1, 0.5, 0.9))
        draws = len(scores) if sizes is None else min(len(scores), int(sizes[column]))
        contraction, distance = float(1.0 - scores[:, column].var()), distance_from_prior(value, shares[:, column])
        found.append(
            Marginal(
                name=made.space.names[column],
                path=value.path,
                low=float(low),
                median=float(median),
                high=float(high),
                contraction=contraction,
                distance=distance,
                silent=is_silent(value, contraction, distance, draws),
                rhat=None if rhats is None else float(rhats[column]),
                ess=None if sizes is None else float(sizes[column]),
            )
        )
    return sorted(found, key=lambda marginal: (marginal.silent, -marginal.contraction))


def is_silent(value: Quantity | Choice, contraction: float, distance: float, draws: int) -> bool:
    """Whether what so many effective draws show of a value is what the prior's may show; readings have no variance."""
    far, wide = by_chance(draws)
    if distance >= max(SILENT_DISTANCE, far):
        return False
    return isinstance(value, Choice) or contraction < max(SILENT_CONTRACTION, wide)


def by_chance(draws: int) -> tuple[float, float]:
    """Return the distance and the contraction that so many draws of the prior show once in a hundred times."""
    far, wide = ONE_IN_A_HUNDRED
    return far / draws**0.5, wide * (2 / draws) ** 0.5


def distance_from_prior(value: Quantity | Choice, shares: Array) -> float:
    """Return how far draws of one value, in shares of the prior, are from the prior: 0 to 1."""
    if not isinstance(value, Choice):
        return distance_from_uniform(shares)
    options = len(value.options)
    taken = np.bincount(value.pick(shares), minlength=options) / len(shares)
    return float(np.abs(taken - 1 / options).sum() / 2)


def distance_from_uniform(shares: Array) -> float:
    """Return the largest distance of an empirical distribution on 0 to 1 from the uniform one."""
    ordered, size = np.sort(shares), len(shares)
    above, below = np.arange(1, size + 1) / size - ordered, ordered - np.arange(size) / size
    return float(max(above.max(), below.max()))


def convergence(chains: Sequence[Array]) -> tuple[Array | None, Array | None]:
    """Return rank-normalised split R-hat and bulk effective size of each dimension; None of one chain alone.

    The particles of one chain have no order. A chain's effective size is what its resampling left of it, and shows
    between chains: the more they differ, the higher R-hat (Vehtari et al. 2021), the smaller the size.
    """
    if len(chains) < 2:
        return None, None
    tools = _arviz()
    data = tools.convert_to_dataset({"x": np.stack(chains)})
    return np.asarray(tools.rhat(data)["x"]), np.asarray(tools.ess(data)["x"])


def _arviz() -> Any:
    """Return ArviZ; UsageError where it is not installed."""
    import sim.io.headless  # noqa: F401  (first: ArviZ imports Matplotlib)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own future
            import arviz
    except ImportError:
        raise UsageError(MISSING) from None
    return arviz


def match_rates(made: Fit, engine: Engine) -> dict[str, Any]:
    """Return the share of runs near the record, for prior and posterior.

    By crisis it is the share near each target and near all of them at once; ``at_once`` is that near all targets of
    all crises, which a draw's runs of each crisis meet independently.
    """
    draws = len(made.scores)
    replicates = max(1, -(-MATCHED_RUNS // draws))
    players = Players(made.crises, made.space, replicates, engine)
    prior = np.random.default_rng(made.settings.seed).standard_normal(made.scores.shape)
    crises: list[dict[str, Any]] = [
        {"crisis": crisis.name, "targets": {t.name: {} for t in crisis.targets}, "all": {}} for crisis in made.crises
    ]
    at_once = {}
    for of, scores in (("prior", prior), ("posterior", made.scores)):
        met = np.ones(draws)
        for record, crisis, values in zip(crises, made.crises, players.play(scores, made.settings.seed), strict=True):
            near = np.array([t.kernel.near(v, t.observed) for t, v in zip(crisis.targets, values, strict=True)])
            for target, hits in zip(crisis.targets, near, strict=True):
                record["targets"][target.name][of] = float(hits.mean())
            by_draw = near.all(axis=0).mean(axis=0)
            record["all"][of] = float(by_draw.mean())
            met *= by_draw
        at_once[of] = float(met.mean())
    return {"crises": crises, "at_once": at_once}
