"""Simulation-based calibration: simulate worlds, fit them, and compare the fits with the true values.

True values are drawn from the prior, and a record with errors is simulated from them. If the fit is correct, the rank
of each true value among its posterior draws is uniform (Talts et al. 2018). The likelihood of the truth is ranked as
well, because a fit that ignores the record would otherwise pass (Modrak et al. 2023). A second test concerns
mechanisms that can be off: is a mechanism detected in worlds without it, and in worlds with it?
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sim.engine.streams import stable_hash
from sim.ensemble.executors import Executor, Failure, here
from sim.fitting.fitting import FOLDER, Settings, key
from sim.fitting.likelihood import Crisis, DrawSimulator, RunsFailed
from sim.fitting.sampler import Likelihood, Sampler
from sim.fitting.space import Space, special
from sim.io.atomic import atomic_file
from sim.io.errors import UsageError
from sim.results.layout import result_folder
from sim.scenario import Quantity

Array = NDArray[np.float64]
Ranks = NDArray[np.int64]

ACCOUNT = "calibration.json"
RANKED = 19
"""Posterior draws among which a true value is ranked, spaced so that they are rarely copies of one particle."""
LIKELIHOOD = "likelihood of the truth"
SMALLEST_SHARE = 1e-9
LEVEL = 0.05
"""Probability of rejecting a correct fit."""
FEWEST = 20
"""Minimum number of worlds for a verdict on a fit."""
SIMULATED = 100_000
"""Number of simulated sets of uniform ranks."""
FAR = 0.5
"""A mechanism is detected if 95% of its draws are beyond this share of the way from off to an end of the prior. For any
record, a calibrated fit then falsely detects it in at most 0.05 / 0.5 = 10% of the worlds in which it is weaker. With a
tenth of the way, the bound would be 50%."""
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
    """The problem of a fit: a record with the error of its kernels is simulated for every crisis."""

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
        return DrawSimulator(
            self.simulated(truth, seed), self.space, self.replicates, self.executor
        ).log_likelihood

    def simulated(self, truth: Array, seed: int) -> tuple[Crisis, ...]:
        """Simulate one run of each crisis and return crises with the resulting record."""
        random = np.random.default_rng(
            np.random.SeedSequence(seed, spawn_key=(stable_hash("record"),))
        )
        played = DrawSimulator(self.crises, self.space, 1, self.executor).play(truth[None], seed)
        return tuple(
            Crisis(
                crisis.scenario,
                tuple(
                    replace(target, observed=float(target.kernel.sample(value[0], random)[0]))
                    for target, value in zip(crisis.targets, values, strict=True)
                ),
            )
            for crisis, values in zip(self.crises, played, strict=True)
        )


@dataclass(frozen=True)
class Fitted:
    """The fit of one simulated world.

    Attributes:
        ranks: rank of each true value among the draws, 0 to :data:`RANKED`, followed by that of the likelihood.
        medians: medians of the draws, as quantiles of the prior, ``(dimensions,)``.
        ends: ends of the middle 90% of the draws, as quantiles of the prior, ``(2, dimensions)``.
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
        """Return the fit from bytes. Damaged bytes raise one of :data:`TORN`."""
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            return cls(kept["ranks"], kept["medians"], kept["ends"], bool(kept["settled"]))


TORN = (OSError, ValueError, KeyError, EOFError, BadZipFile)


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
        except TORN:
            made = self._fit(world.truth, world.number)
        with atomic_file(file) as aside:
            aside.write_bytes(made.encode())
        return made

    def _fit(self, truth: Array, world: int) -> Fitted:
        """Simulate a world, fit it with one chain, and rank the truth."""
        stream = np.random.SeedSequence(
            self.settings.seed, spawn_key=(world, stable_hash("worlds"))
        )
        seed, chain_seed, fresh = (int(state) for state in stream.generate_state(3))
        likelihood = self.problem.world(truth, seed)
        sampler = Sampler(
            likelihood, len(truth), self.settings.particles, self.settings.moves, seed=chain_seed
        )
        done = sampler.run()
        scores = done.scores
        chosen = scores[np.linspace(0, len(scores) - 1, RANKED).round().astype(int)]
        # The sampler prefers high estimates of the likelihood, so draws and truth get new estimates.
        logs = likelihood(np.vstack([truth, chosen]), fresh)
        ranks = np.append((chosen < truth).sum(axis=0), (logs[1:] < logs[0]).sum())
        low, median, high = np.quantile(self.shares(scores), (0.05, 0.5, 0.95), axis=0)
        return Fitted(ranks, median, np.array([low, high]), done.settled)


def truths(dimensions: int, count: int, seed: int, of: str = "truths") -> Array:
    """Return true values of simulated worlds from the prior: ``(count, dimensions)``."""
    key = np.random.SeedSequence(seed, spawn_key=(stable_hash(of),))
    return np.random.default_rng(key).standard_normal((count, dimensions))


def unevenness(counts: Ranks) -> Array:
    """Return the distance of ranks from uniform ones, from their counts: ``(...)`` from ``(..., RANKED + 1)``.

    This is the Anderson-Darling statistic for discrete values (Choulakian, Lockhart & Stephens 1994), which detects
    both bias and too many extreme ranks.
    """
    below = np.cumsum(counts, axis=-1)[..., :-1]
    worlds = counts.sum(axis=-1)
    expected = np.arange(1, RANKED + 1) / (RANKED + 1)
    off = (below / worlds[..., None] - expected) ** 2 / (expected * (1 - expected))
    return np.asarray(worlds * off.sum(axis=-1) / (RANKED + 1))


@cache
def _uneven_by_chance(worlds: int) -> Array:
    """Return the unevenness of simulated uniform ranks, in ascending order: ``(SIMULATED,)``."""
    random = np.random.default_rng(
        np.random.SeedSequence(worlds, spawn_key=(stable_hash("uniform ranks"),))
    )
    return np.sort(
        unevenness(random.multinomial(worlds, np.full(RANKED + 1, 1 / (RANKED + 1)), SIMULATED))
    )


def p_value(ranks: Ranks) -> float:
    """Return the p-value of the ranks of one quantity if they are uniform, by simulation."""
    chance = _uneven_by_chance(len(ranks))
    seen = float(unevenness(np.bincount(ranks, minlength=RANKED + 1)))
    as_uneven = len(chance) - np.searchsorted(chance, seen - 1e-9)
    return float((1 + as_uneven) / (1 + len(chance)))


def is_calibrated(ranks: Ranks) -> bool:
    """Return whether the ranks ``(worlds, quantities)``, with the likelihood last, are consistent with uniform ranks.

    Half of the error probability goes to the likelihood. The values share the other half (Bonferroni).
    """
    values = [p_value(column) for column in ranks[:, :-1].T]
    return p_value(ranks[:, -1]) >= LEVEL / 2 and min(values) >= LEVEL / 2 / len(values)


def off_share(value: Any) -> float | None:
    """Return the quantile of zero (off) in a mechanism's prior, or None if it cannot be off."""
    if (
        not isinstance(value, Quantity)
        or not value.path.startswith("mechanisms.")
        or value.scale == "log"
    ):
        return None
    return (0.0 - value.low) / (value.high - value.low) if value.low <= 0.0 <= value.high else None


def is_found(ends: Array, off: float) -> bool:
    """Return whether draws with these ends of the middle 90% are far from off, all as quantiles of the prior."""
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
        Ranks and tests of every quantity, recovery of each value (correlation over worlds of its true value and the
        median of its draws), and the number of worlds with and without each mechanism in which it was detected. The
        verdict ``calibrated`` is None if there are too few worlds.
    """
    if settings.particles < RANKED + 1:
        raise UsageError(
            f"calibration ranks the truth among {RANKED} draws; allowed: at least {RANKED + 1} particles"
        )
    space = Space.of([crisis.scenario for crisis in crises])
    saved = None if out is None else out / FOLDER / f"{key(crises, settings)}-worlds"
    simulated = Worlds(
        OfCrises(tuple(crises), space, settings.replicates, here), settings, space.shares, saved
    )
    drawn = [
        World(number, truth)
        for number, truth in enumerate(truths(len(space.values), worlds, settings.seed))
    ]
    without = list(_without(space, max(1, worlds // WORLDS_FOR_ONE_OFF), settings.seed))
    fits = _fit_all(simulated, [*drawn, *without], executor, say)
    sizes = {
        "crises": [crisis.name for crisis in crises],
        "settings": {**asdict(settings), "chains": 1},
    }
    return sizes | account(space, drawn, without, fits)


def account(
    space: Space, drawn: Sequence[World], without: Sequence[World], fits: Sequence[Fitted]
) -> dict[str, Any]:
    """Return the results of fits to complete worlds, followed by fits to worlds without a mechanism.

    See :func:`calibrate`.
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
        "off": _found(space, without, fits),
    }


def _recovered(shares: Array, fits: Sequence[Fitted]) -> list[float | None]:
    """Return the correlation of true values, ``(worlds, dimensions)``, with the medians of their draws."""
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
    found: dict[int, Fitted] = {}
    for item, result in executor(fit_world, (simulated, worlds), range(len(worlds))):
        if isinstance(result, Failure):
            raise RunsFailed(result.summary)
        found[item] = Fitted.decode(result)
        say(f"{len(found)} of {len(worlds)} worlds")
    return [found[item] for item in range(len(worlds))]


def _without(space: Space, worlds: int, seed: int) -> Iterator[World]:
    """Yield worlds with one mechanism off, mechanism by mechanism."""
    for column, (name, value) in enumerate(zip(space.names, space.values, strict=True)):
        off = off_share(value)
        if off is None:
            continue
        drawn = truths(len(space.values), worlds, seed, f"{name} off")
        drawn[:, column] = special().ndtri(np.clip(off, SMALLEST_SHARE, 1 - SMALLEST_SHARE))
        for place, truth in enumerate(drawn):
            yield World(stable_hash(f"{name} off {place}") % 2**31, truth, column)


def _found(space: Space, without: Sequence[World], fits: Sequence[Fitted]) -> list[dict[str, Any]]:
    """Return the number of worlds in which each mechanism was detected, without it and with it.

    The last fits are those of worlds without a mechanism.
    """
    drawn = fits[: len(fits) - len(without)]
    rows = []
    for column in dict.fromkeys(world.off for world in without):
        off = None if column is None else off_share(space.values[column])
        if column is None or off is None:
            continue
        lacking = [f for w, f in zip(without, fits[len(drawn) :], strict=True) if w.off == column]
        counts = {
            "worlds": len(lacking),
            "found": sum(is_found(f.ends[:, column], off) for f in lacking),
        }
        counts |= {
            "with_it": len(drawn),
            "found_with_it": sum(is_found(f.ends[:, column], off) for f in drawn),
        }
        rows.append({"name": space.names[column], **counts})
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
    with result_folder(folder, ACCOUNT) as aside:
        (aside / ACCOUNT).write_text(
            json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        complete(aside)
    return folder
