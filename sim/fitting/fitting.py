"""One fit: independent chains, saved level by level, and their joint results."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sim.ensemble.code import code_digest
from sim.ensemble.executors import Executor
from sim.fitting.elsewhere import Elsewhere
from sim.fitting.likelihood import Crisis, DrawSimulator
from sim.fitting.sampler import Level, Particles, Sampler
from sim.fitting.space import MISSING, Space
from sim.io.atomic import atomic_file, folder_below
from sim.io.errors import UsageError
from sim.results.layout import FITS
from sim.scenario import Choice, Posterior, Quantity, digest

Array = NDArray[np.float64]

FOLDER = FITS
SILENT_CONTRACTION = 0.1
SILENT_DISTANCE = 0.05
"""The record does not inform a value with a smaller contraction and a smaller distance.

Its variance then shrinks by less than 10%, and its distribution function moves by at most 5%.
Chance can do that to about 1,000 draws of the prior. Thresholds are wider for fewer effective
draws.
"""
CRITICAL_DISTANCE = 1.63
CRITICAL_SCORE = 2.33
"""Critical values at 1%: of the Kolmogorov distance times the root of n, and of a normal score."""
MATCHED_RUNS = 40_000
"""Minimum number of runs per crisis for match rates, because 1 in 1,000 may match all targets."""


LEAST = {"particles": 10, "replicates": 1, "moves": 1, "chains": 1, "seed": 0}
"""Smallest settings of a fit."""


@dataclass(frozen=True)
class Settings:
    """The size of a fit.

    Attributes:
        particles: parameter draws per chain.
        replicates: runs of a draw per crisis for one estimate of its likelihood.
        moves: proposals per draw at each level.
        chains: number of independent chains, used to assess convergence.
        seed: seed of all random numbers.
    """

    particles: int = 1000
    replicates: int = 60
    moves: int = 12
    chains: int = 2
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                raise UsageError(f"{name} {getattr(self, name)}; allowed: {least} or more")


@dataclass(frozen=True)
class Fit:
    """The result of a fit.

    Attributes:
        crises: fitted crises.
        space: fitted values.
        settings: settings of the fit.
        chains: final particles of each chain.
        others: names of crises whose records inform shared values without being simulated here.
    """

    crises: tuple[Crisis, ...]
    space: Space
    settings: Settings
    chains: tuple[Particles, ...]
    others: tuple[str, ...] = ()

    @property
    def scores(self) -> Array:
        """Normal scores of the draws, taken evenly from all chains: ``(particles, dimensions)``."""
        stacked = np.concatenate([chain.scores for chain in self.chains])
        return stacked[:: len(self.chains)]

    @property
    def settled(self) -> bool:
        """Whether every chain converged."""
        return all(chain.settled for chain in self.chains)

    @property
    def posterior(self) -> Posterior:
        """The draws in the form that scenarios use."""
        return self.space.posterior(self.scores)


def fit(
    crises: Sequence[Crisis],
    settings: Settings,
    executor: Executor,
    out: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
    elsewhere: Elsewhere | None = None,
) -> Fit:
    """Fit the uncertain values of some crises to their targets.

    Args:
        crises: crises with their targets.
        settings: size of the fit.
        executor: simulates blocks.
        out: folder for saved levels, from which the same call resumes; None to save nothing.
        say: function that takes a message about every level.
        elsewhere: what the records of other crises say about shared values; None for nothing.

    Raises:
        UsageError: there is nothing to fit, or a required package is missing.
        RunsFailed: runs could not be simulated.
    """
    # 1. what to fit, and with what
    space = Space.of([crisis.scenario for crisis in crises])
    if not space.values:
        raise UsageError("nothing to fit: these crises have no uncertain values")
    if settings.chains > 1:
        _arviz()  # fail before the work, not after it
    simulator = DrawSimulator(tuple(crises), space, settings.replicates, executor)
    log_likelihood = simulator.log_likelihood
    if elsewhere is not None:
        of_others = elsewhere.over(space)

        def log_likelihood(scores: Array, seed: int) -> Array:
            return simulator.log_likelihood(scores, seed) + of_others(scores)

    folder = None if out is None else folder_below(out, FOLDER) / key(crises, settings, elsewhere)
    # 2. run each chain from its saved level, or from the prior
    chains = []
    for chain in range(settings.chains):
        sampler = Sampler(
            log_likelihood,
            len(space.values),
            settings.particles,
            settings.moves,
            seed=settings.seed,
            chain=chain,
        )
        saved = SavedLevels(None if folder is None else folder / f"chain-{chain}.npz")
        last = saved.get()
        if last is not None and not sampler.is_done(last):
            say(f"chain {chain + 1}: resuming after level {len(last.levels)}")

        def keep(state: Particles, saved: SavedLevels = saved, chain: int = chain) -> None:
            saved.put(state)
            say(_progress(chain, settings.chains, state))

        chains.append(sampler.run(last, keep))
    others = () if elsewhere is None else elsewhere.crises
    return Fit(tuple(crises), space, settings, tuple(chains), others)


def key(crises: Sequence[Crisis], settings: Settings, elsewhere: Elsewhere | None = None) -> str:
    """Return the digest of everything that a fit depends on.

    These are values, targets, kernels, settings and code.
    """
    parts = [digest(crisis.scenario.fitted(None)) + repr(crisis.targets) for crisis in crises]
    files = sorted(Path(__file__).parent.glob("*.py"))
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    others = "" if elsewhere is None else elsewhere.key
    whole = " ".join([*parts, repr(settings), code_digest(), code, others])
    return sha256(whole.encode()).hexdigest()[:16]


def _progress(chain: int, chains: int, state: Particles) -> str:
    start = f"chain {chain + 1} of {chains}, level {len(state.levels)}: "
    if not state.levels:
        return f"{start}{len(state.loglik)} draws of the prior simulated"
    level = state.levels[-1]
    accepted = f"{np.mean(level.accepted):.0%} accepted, {level.distinct} distinct"
    return f"{start}power {level.power:.3f}, mean log likelihood {level.mean:.2f}, {accepted}"


@dataclass(frozen=True)
class SavedLevels:
    """The file with the last level of a chain. Nothing is saved if ``file`` is None."""

    file: Path | None

    def get(self) -> Particles | None:
        """Return the saved level, or None if there is none or it is damaged."""
        if self.file is None:
            return None
        try:
            with np.load(io.BytesIO(self.file.read_bytes()), allow_pickle=False) as stored:
                levels = tuple(map(_level, json.loads(str(stored["levels"]))))
                evidence = float(stored["evidence"])
                return Particles(stored["scores"], stored["loglik"], levels, evidence)
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
            return None

    def put(self, state: Particles) -> None:
        """Save a level."""
        if self.file is None:
            return
        levels = json.dumps([asdict(level) for level in state.levels])
        buffer = io.BytesIO()
        np.savez(
            buffer,
            scores=state.scores,
            loglik=state.loglik,
            evidence=state.evidence,
            levels=np.array(levels),
        )
        with atomic_file(self.file) as aside:
            aside.write_bytes(buffer.getvalue())


def _level(stored: dict[str, Any]) -> Level:
    """Return a level from its JSON form, which has lists for tuples."""
    lists = {name: tuple(stored[name]) for name in ("accepted", "step")}
    return Level(**{**stored, **lists})


@dataclass(frozen=True)
class Marginal:
    """The posterior of one value.

    Attributes:
        name: name of its column.
        path: path in the scenario.
        low: lower end of the middle 80% of the draws, as a quantile of the prior.
        median: median of the draws, as a quantile of the prior.
        high: upper end of the middle 80%, as a quantile of the prior.
        contraction: relative reduction of the variance of the normal score; negative if it grew.
        distance: largest difference from the prior in cumulative probability (Kolmogorov-Smirnov);
            for categories, in the probability of any set of them.
        silent: whether the record does not inform the value, as far as these draws can show.
        rhat: split R-hat over the chains; 1 if they agree.
        ess: effective number of draws, from differences between chains.
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


class Sampled(Protocol):
    """A fit: a space and chains that sampled its posterior."""

    @property
    def space(self) -> Space:
        """The fitted values."""

    @property
    def chains(self) -> tuple[Particles, ...]:
        """Final particles of each chain."""


def marginals(made: Sampled) -> list[Marginal]:
    """Return the posterior of each value: informed values first, and by decreasing contraction."""
    scores = np.concatenate([chain.scores for chain in made.chains])
    shares = made.space.shares(scores)
    rhats, sizes = convergence([chain.scores for chain in made.chains])
    posteriors = []
    for column, value in enumerate(made.space.values):
        # 1. location, as quantiles of the prior
        low, median, high = np.quantile(shares[:, column], (0.1, 0.5, 0.9))
        # 2. distance from the prior, whose normal scores have variance 1
        contraction = float(1.0 - scores[:, column].var())
        distance = distance_from_prior(value, shares[:, column])
        # 3. effective number of draws, which decides how large a distance chance can give
        draws = len(scores) if sizes is None else min(len(scores), int(sizes[column]))
        posteriors.append(
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
    return sorted(posteriors, key=lambda marginal: (marginal.silent, -marginal.contraction))


def is_silent(value: Quantity | Choice, contraction: float, distance: float, draws: int) -> bool:
    """Return whether draws of a value are consistent with the prior. A choice has no variance."""
    largest_distance, largest_contraction = by_chance(draws)
    if distance >= max(SILENT_DISTANCE, largest_distance):
        return False
    return isinstance(value, Choice) or contraction < max(SILENT_CONTRACTION, largest_contraction)


def by_chance(draws: int) -> tuple[float, float]:
    """Return the 1% critical values of distance and contraction for a number of draws.

    >>> [round(value, 3) for value in by_chance(1000)]
    [0.052, 0.104]
    """
    # the variance of n draws from a normal distribution has a standard error of sqrt(2 / n)
    return CRITICAL_DISTANCE / draws**0.5, CRITICAL_SCORE * (2 / draws) ** 0.5


def distance_from_prior(value: Quantity | Choice, shares: Array) -> float:
    """Return the distance of draws of a value from its prior, 0 to 1.

    Args:
        value: the value.
        shares: the draws as quantiles of the prior, ``(draws,)``.
    """
    if not isinstance(value, Choice):
        return distance_from_uniform(shares)
    options = len(value.options)
    picked = np.bincount(value.pick(shares), minlength=options) / len(shares)
    return float(np.abs(picked - 1 / options).sum() / 2)  # total variation distance


def distance_from_uniform(shares: Array) -> float:
    """Return the largest distance of an empirical distribution on 0 to 1 from the uniform one.

    >>> distance_from_uniform(np.array([0.25, 0.75]))
    0.25
    """
    ordered = np.sort(shares)
    size = len(shares)
    # the empirical distribution steps at each draw: compare the top and the foot of each step
    above = np.arange(1, size + 1) / size - ordered
    below = ordered - np.arange(size) / size
    return float(max(above.max(), below.max()))


def convergence(chains: Sequence[Array]) -> tuple[Array | None, Array | None]:
    """Return rank-normalised split R-hat and bulk effective size of each dimension.

    Both are None for a single chain. Particles of a chain have no order. Its effective size depends
    on resampling and shows in differences between chains: the more they differ, the higher R-hat
    (Vehtari et al. 2021) and the smaller the effective size.

    >>> convergence([np.zeros((10, 2))])
    (None, None)
    """
    if len(chains) < 2:
        return None, None
    tools = _arviz()
    data = tools.convert_to_dataset({"x": np.stack(chains)})
    return np.asarray(tools.rhat(data)["x"]), np.asarray(tools.ess(data)["x"])


def _arviz() -> Any:
    """Return ArviZ. Raise UsageError if it is not installed."""
    import sim.io.headless  # noqa: F401  (first: ArviZ imports Matplotlib)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about future versions of ArviZ
            import arviz
    except ImportError:
        raise UsageError(MISSING) from None
    return arviz


def match_rates(made: Fit, executor: Executor) -> dict[str, Any]:
    """Return the share of runs near the record, for prior and posterior.

    For each crisis, this is the share near each target and near all targets. ``at_once`` is the
    share near all targets of all crises, with independent runs of each crisis given a draw.
    """
    draws = len(made.scores)
    replicates = max(1, -(-MATCHED_RUNS // draws))
    simulator = DrawSimulator(made.crises, made.space, replicates, executor)
    prior = np.random.default_rng(made.settings.seed).standard_normal(made.scores.shape)
    rates: list[dict[str, Any]] = [
        {"crisis": crisis.name, "targets": {t.name: {} for t in crisis.targets}, "all": {}}
        for crisis in made.crises
    ]
    at_once = {}
    for distribution, scores in (("prior", prior), ("posterior", made.scores)):
        all_matched = np.ones(draws)
        simulated = simulator.play(scores, made.settings.seed)
        for row, crisis, values in zip(rates, made.crises, simulated, strict=True):
            # 1. share of all runs near each target
            near = _near(crisis, values)
            for target, hits in zip(crisis.targets, near, strict=True):
                row["targets"][target.name][distribution] = float(hits.mean())
            # 2. share of each draw's runs near all targets of the crisis at once
            by_draw = near.all(axis=0).mean(axis=0)
            row["all"][distribution] = float(by_draw.mean())
            # 3. given a draw, crises are independent, so their shares multiply
            all_matched *= by_draw
        at_once[distribution] = float(all_matched.mean())
    return {"crises": rates, "at_once": at_once}


def _near(crisis: Crisis, values: Array) -> NDArray[np.bool_]:
    """Return whether each run is near each target of a crisis: ``(targets, replicates, draws)``."""
    pairs = zip(crisis.targets, values, strict=True)
    return np.array([target.kernel.near(value, target.observed) for target, value in pairs])
