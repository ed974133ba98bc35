"""Simulation-based calibration: simulate worlds, fit them, and compare fits with the true values.

True values are drawn from the prior, and a record with errors is simulated from them. If the fit is
correct, the rank of each true value among its posterior draws is uniform (Talts et al. 2018). The
likelihood of the truth is ranked as well, because a fit that ignores the record would otherwise
pass (Modrak et al. 2023). A second test concerns mechanisms that can be off: is a mechanism
detected in worlds without it, and in worlds with it?
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.executors import Executor, Failure, here
from sim.fitting.fitting import FOLDER, Settings, key
from sim.fitting.likelihood import Crisis, DrawSimulator, RunsFailed
from sim.fitting.ranks import RANKED, Ranks, is_calibrated, p_value
from sim.fitting.sampler import Likelihood, Sampler
from sim.fitting.space import Space, special
from sim.io.atomic import atomic_file, folder_below
from sim.io.errors import UsageError
from sim.results.layout import result_folder
from sim.scenario import Quantity

Array = NDArray[np.float64]

ACCOUNT = "calibration.json"
LIKELIHOOD = "likelihood of the truth"
SMALLEST_SHARE = 1e-9
FEWEST = 20
"""Minimum number of worlds for a verdict on a fit."""
FAR = 0.5
"""Share of the way from off to an end of the prior beyond which a mechanism is detected.

It is detected if 95% of its draws are beyond this point. For any record, a calibrated fit then
falsely detects it in at most 0.05 / 0.5 = 10% of the worlds in which it is weaker. With a tenth of
the way, the bound would be 50%.
"""
WORLDS_FOR_ONE_OFF = 20
"""Number of calibration worlds per world with one mechanism off."""


class Problem(Protocol):
    """A problem to calibrate: a standard normal prior, and data simulated from it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""

    def world(self, truth: Array, seed: int) -> Likelihood:
        """Return the likelihood of data simulated from the true values, ``(dimensions,)``."""


@dataclass(frozen=True)
class OfCrises:
    """The problem of a fit: a record with the error of its kernels is simulated for each crisis."""

    crises: tuple[Crisis, ...]
    space: Space
    replicates: int
    executor: Executor

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values."""
        return self.space.names

    def world(self, truth: Array, seed: int) -> Likelihood:
        """Simulate a record and return its likelihood."""
        crises = self.simulated(truth, seed)
        return DrawSimulator(crises, self.space, self.replicates, self.executor).log_likelihood

    def simulated(self, truth: Array, seed: int) -> tuple[Crisis, ...]:
        """Simulate one run of each crisis and return crises with the resulting record."""
        key = np.random.SeedSequence(seed, spawn_key=(stable_hash("record"),))
        random = np.random.default_rng(key)
        simulator = DrawSimulator(self.crises, self.space, 1, self.executor)
        simulated = zip(self.crises, simulator.play(truth[None], seed), strict=True)
        return tuple(_with_record(crisis, values[:, 0], random) for crisis, values in simulated)


def _with_record(crisis: Crisis, values: Array, random: np.random.Generator) -> Crisis:
    """Return a crisis whose record is a simulated run, with the error of its kernels.

    Args:
        crisis: the crisis.
        values: measured values of the run, ``(targets, 1)``.
        random: random numbers of the errors.
    """
    targets = tuple(
        replace(target, observed=float(target.kernel.sample(value, random)[0]))
        for target, value in zip(crisis.targets, values, strict=True)
    )
    return Crisis(crisis.scenario, targets)


@dataclass(frozen=True)
class Fitted:
    """The fit of one simulated world.

    Attributes:
        ranks: rank of each true value among the draws, 0 to :data:`RANKED`, followed by that of
            the likelihood.
        medians: medians of the draws, as quantiles of the prior, ``(dimensions,)``.
        ends: ends of the middle 90% of the draws, as quantiles of the prior,
            ``(2, dimensions)``.
        settled: whether the fit converged.
    """

    ranks: Ranks
    medians: Array
    ends: Array
    settled: bool

    def encode(self) -> bytes:
        """Return the fit as bytes."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            ranks=self.ranks,
            medians=self.medians,
            ends=self.ends,
            settled=np.array(self.settled),
        )
        return buffer.getvalue()

    @classmethod
    def decode(cls, content: bytes) -> Fitted:
        """Return the fit from bytes. Damaged bytes raise one of :data:`DAMAGED`."""
        with np.load(io.BytesIO(content), allow_pickle=False) as saved:
            return cls(saved["ranks"], saved["medians"], saved["ends"], bool(saved["settled"]))


DAMAGED = (OSError, ValueError, KeyError, EOFError, BadZipFile)


@dataclass(frozen=True)
class World:
    """A world to simulate.

    Attributes:
        number: number that seeds its random numbers.
        truth: normal scores of its true values, ``(dimensions,)``.
        off: position of the value that is off; None if every value is drawn.
    """

    number: int
    truth: Array
    off: int | None = None


@dataclass(frozen=True)
class Worlds:
    """Simulated worlds and their fits.

    Attributes:
        problem: problem to calibrate.
        settings: size of each fit; one chain is used.
        shares: function from normal scores to quantiles of the prior.
        saved: folder of finished worlds; None to save nothing.
    """

    problem: Problem
    settings: Settings
    shares: Callable[[Array], Array]
    saved: Path | None = None

    def fitted(self, world: World) -> Fitted:
        """Return the fit of a world, from the saved ones if possible."""
        if self.saved is None:
            return self._fit(world.truth, world.number)
        file = self.saved / f"world-{world.number}.npz"
        try:
            return Fitted.decode(file.read_bytes())
        except DAMAGED:
            made = self._fit(world.truth, world.number)
        with atomic_file(file) as aside:
            aside.write_bytes(made.encode())
        return made

    def _fit(self, truth: Array, world: int) -> Fitted:
        """Simulate a world, fit it with one chain, and rank the truth."""
        seeds = world_seeds(self.settings.seed, world)
        likelihood = self.problem.world(truth, seeds[0])
        return fit_and_rank(likelihood, truth, self.settings, seeds, self.shares)


def world_seeds(seed: int, world: int) -> tuple[int, int, int]:
    """Return the seeds of a world's record, of its chain and of its ranks."""
    stream = np.random.SeedSequence(seed, spawn_key=(world, stable_hash("worlds")))
    record, chain, fresh = (int(state) for state in stream.generate_state(3))
    return record, chain, fresh


def fit_and_rank(
    likelihood: Likelihood,
    truth: Array,
    settings: Settings,
    seeds: tuple[int, int, int],
    shares: Callable[[Array], Array],
) -> Fitted:
    """Fit a simulated record with one chain, and rank the truth among the draws.

    Args:
        likelihood: likelihood of the record.
        truth: normal scores of the true values, ``(dimensions,)``.
        settings: size of the fit.
        seeds: seeds of :func:`world_seeds`.
        shares: function from normal scores to quantiles of the prior.
    """
    _, chain_seed, fresh = seeds
    # 1. fit the record
    sampler = Sampler(likelihood, len(truth), settings.particles, settings.moves, seed=chain_seed)
    done = sampler.run()
    scores = done.scores
    # 2. evenly spaced draws; copies of a particle lie next to each other
    chosen = scores[np.linspace(0, len(scores) - 1, RANKED).round().astype(int)]
    # 3. new estimates for draws and truth, because the sampler prefers high estimates
    logs = likelihood(np.vstack([truth, chosen]), fresh)
    # 4. ranks of the true values, then the rank of the likelihood of the truth
    ranks = np.append((chosen < truth).sum(axis=0), (logs[1:] < logs[0]).sum())
    low, median, high = np.quantile(shares(scores), (0.05, 0.5, 0.95), axis=0)
    return Fitted(ranks, median, np.array([low, high]), done.settled)


def truths(dimensions: int, count: int, seed: int, of: str = "truths") -> Array:
    """Return true values of simulated worlds from the prior: ``(count, dimensions)``.

    >>> truths(3, 2, seed=1).shape
    (2, 3)
    """
    key = np.random.SeedSequence(seed, spawn_key=(stable_hash(of),))
    return np.random.default_rng(key).standard_normal((count, dimensions))


def off_share(value: Any) -> float | None:
    """Return the quantile of zero (off) in a mechanism's prior, or None if it cannot be off."""
    if not isinstance(value, Quantity) or not value.path.startswith("mechanisms."):
        return None
    if value.scale == "log" or not value.low <= 0.0 <= value.high:
        return None
    return (0.0 - value.low) / (value.high - value.low)


def is_detected(ends: Array, off: float) -> bool:
    """Return whether draws are far from off.

    Args:
        ends: ends of the middle 90% of the draws, as quantiles of the prior, ``(2,)``.
        off: quantile of off in the prior.

    >>> is_detected(np.array([0.6, 0.9]), 0.0), is_detected(np.array([0.1, 0.9]), 0.0)
    (True, False)
    """
    return bool(ends[0] > off + FAR * (1.0 - off) or ends[1] < off - FAR * off)


def calibrate(
    crises: Sequence[Crisis],
    settings: Settings,
    worlds: int,
    executor: Executor,
    out: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Simulate worlds, fit each, and test whether the fit is calibrated.

    Args:
        crises: crises whose record is simulated.
        settings: size of each fit; one chain is used.
        worlds: number of worlds from the prior.
        executor: fits worlds, one per worker.
        out: folder for saved worlds, from which the same call resumes.
        say: function that takes a message about every world.

    Returns:
        Ranks and tests of every quantity, and the recovery of each value: the correlation over
        worlds of its true value and the median of its draws. For each mechanism, the number of
        worlds with and without it in which it was detected. The verdict ``calibrated`` is None if
        there are too few worlds.
    """
    if settings.particles < RANKED + 1:
        allowed = f"allowed: at least {RANKED + 1} particles"
        raise UsageError(f"calibration ranks the truth among {RANKED} draws; {allowed}")
    space = Space.of([crisis.scenario for crisis in crises])
    name = f"{key(crises, settings)}-worlds"
    saved = None if out is None else folder_below(out, FOLDER) / name
    problem = OfCrises(tuple(crises), space, settings.replicates, here)
    simulated = Worlds(problem, settings, space.shares, saved)
    true_values = truths(len(space.values), worlds, settings.seed)
    drawn = [World(number, truth) for number, truth in enumerate(true_values)]
    without = list(worlds_without(space, max(1, worlds // WORLDS_FOR_ONE_OFF), settings.seed))
    fits = _fit_all(simulated, [*drawn, *without], executor, say)
    sizes = {
        "crises": [crisis.name for crisis in crises],
        "settings": {**asdict(settings), "chains": 1},
    }
    return sizes | account(space, drawn, without, fits)


def account(
    space: Space, drawn: Sequence[World], without: Sequence[World], fits: Sequence[Fitted]
) -> dict[str, Any]:
    """Return the results of fits to simulated worlds; see :func:`calibrate`.

    Args:
        space: the values of the fit.
        drawn: complete worlds.
        without: worlds without a mechanism.
        fits: fits of the complete worlds, followed by those of the worlds without a mechanism.
    """
    worlds = len(drawn)
    ranks = np.array([fitted.ranks for fitted in fits[:worlds]])
    recovered = _recovered(space.shares(np.array([world.truth for world in drawn])), fits[:worlds])
    return {
        "worlds": worlds,
        "ranked_among": RANKED,
        "calibrated": is_calibrated(ranks) if worlds >= FEWEST else None,
        "not_settled": sum(not fitted.settled for fitted in fits),
        "quantities": [
            {"name": name, "p": p_value(column), "recovered": share, "ranks": column.tolist()}
            for name, share, column in zip(
                (*space.names, LIKELIHOOD), (*recovered, None), ranks.T, strict=True
            )
        ],
        "off": _detected(space, without, fits),
    }


def _recovered(shares: Array, fits: Sequence[Fitted]) -> list[float | None]:
    """Return the correlation of true values with the medians of their draws.

    Args:
        shares: true values as quantiles of the prior, ``(worlds, dimensions)``.
        fits: the fit of each world.
    """
    if len(fits) < FEWEST:
        return [None] * shares.shape[1]
    medians = np.array([fitted.medians for fitted in fits])
    pairs = zip(shares.T, medians.T, strict=True)
    return [float(np.corrcoef(truth, median)[0, 1]) for truth, median in pairs]


def fit_world(plan: tuple[Worlds, Sequence[World]], item: int) -> bytes:
    """Fit one of the worlds of a plan. Called in a worker."""
    simulated, worlds = plan
    return simulated.fitted(worlds[item]).encode()


def _fit_all(
    simulated: Worlds, worlds: Sequence[World], executor: Executor, say: Callable[[str], None]
) -> list[Fitted]:
    """Fit worlds, each in one process, and return the fits in order."""
    fits: dict[int, Fitted] = {}
    for item, result in executor(fit_world, (simulated, worlds), range(len(worlds))):
        if isinstance(result, Failure):
            raise RunsFailed(result.summary)
        fits[item] = Fitted.decode(result)
        say(f"{len(fits)} of {len(worlds)} worlds")
    return [fits[item] for item in range(len(worlds))]


def worlds_without(space: Space, worlds: int, seed: int) -> Iterator[World]:
    """Yield worlds with one mechanism off, mechanism by mechanism."""
    for column, (name, value) in enumerate(zip(space.names, space.values, strict=True)):
        off = off_share(value)
        if off is None:
            continue
        drawn = truths(len(space.values), worlds, seed, f"{name} off")
        drawn[:, column] = special().ndtri(np.clip(off, SMALLEST_SHARE, 1 - SMALLEST_SHARE))
        for place, truth in enumerate(drawn):
            yield World(stable_hash(f"{name} off {place}") % 2**31, truth, column)


def _detected(
    space: Space, without: Sequence[World], fits: Sequence[Fitted]
) -> list[dict[str, Any]]:
    """Return the number of worlds in which each mechanism was detected, without it and with it.

    The last fits are those of worlds without a mechanism.
    """
    drawn = fits[: len(fits) - len(without)]
    rows = []
    for column in dict.fromkeys(world.off for world in without):
        off = None if column is None else off_share(space.values[column])
        if column is None or off is None:
            continue
        pairs = zip(without, fits[len(drawn) :], strict=True)
        lacking = [fitted for world, fitted in pairs if world.off == column]
        row = {
            "name": space.names[column],
            "worlds": len(lacking),
            "found": sum(is_detected(fitted.ends[:, column], off) for fitted in lacking),
            "with_it": len(drawn),
            "found_with_it": sum(is_detected(fitted.ends[:, column], off) for fitted in drawn),
        }
        rows.append(row)
    return rows


def write(
    results: dict[str, Any],
    crises: Sequence[Crisis],
    settings: Settings,
    out: Path,
    complete: Callable[[Path], object] = lambda folder: None,
) -> Path:
    """Write the account of a calibration below ``out`` and return its folder.

    Args:
        results: results of :func:`account`.
        crises: the crises.
        settings: size of each fit.
        out: folder of the result folders.
        complete: adds a chart to the folder before it is put in place.
    """
    folder = out / f"calibration-{key(crises, settings)[:8]}"
    return write_folder(folder, results, complete)


def write_folder(folder: Path, results: dict[str, Any], complete: Callable[[Path], object]) -> Path:
    """Write the account of a calibration to a folder and return it.

    Args:
        folder: the folder of the result.
        results: the account, as plain values.
        complete: function that adds a chart before the folder is moved into place.
    """
    with result_folder(folder, ACCOUNT) as aside:
        (aside / ACCOUNT).write_text(
            json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        complete(aside)
    return folder
