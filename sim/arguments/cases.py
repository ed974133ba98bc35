"""Readings of claims with their loaded conditions, and what is found about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arguments.drivers import Driver
from sim.arguments.effects import Effect, effect
from sim.arguments.files import Argument
from sim.arguments.hypotheses import Claim, Reading
from sim.arguments.playing import Condition, ExperimentRunner
from sim.arguments.ratios import RiskRatio
from sim.arguments.shares import Share, Shares
from sim.arguments.verdicts import Verdict, as_expected, orientation
from sim.arguments.words import Contrast, Kind, Setting
from sim.outcomes.arrays import Outcomes
from sim.outcomes.columns import CORE
from sim.outcomes.evaluation import Estimate
from sim.outcomes.measures import Measure, read
from sim.scenario import Loaded

EVENTS = frozenset(column.name for column in CORE) - {"frustrated_triads"}
"""Columns on the fighting and its end, which no condition sets by itself.

Columns on stances and ties differ as soon as a condition sets a stance or a tie.
"""


@dataclass(frozen=True)
class Case:
    """A reading of a claim, with its conditions.

    Attributes:
        argument: argument that makes the claim.
        claim: the claim.
        number: number of the reading; 0 is that of the claim's own keys.
        measure: measure that is compared.
        arms: conditions under the argument's assumptions.
        without: the same conditions without the assumptions; equal to ``arms`` if there are none.
        weights: weight of each arm in the difference.
        settings: the conditions in each setting in which the result is known.
    """

    argument: Argument
    claim: Claim
    number: int
    measure: Measure
    arms: tuple[Condition, ...]
    without: tuple[Condition, ...]
    weights: tuple[int, ...]
    settings: Mapping[Setting, tuple[Condition, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the reading, such as ``MK1.2``."""
        return self.claim.name(self.number)

    @property
    def test(self) -> Claim | Reading:
        """What the reading compares and expects."""
        return self.claim.tests[self.number]

    @property
    def sign(self) -> int:
        """Sign of the expected difference: 1 or -1."""
        return orientation(self.test.expectation)

    @property
    def margin(self) -> float:
        """Margin of an effect in a single draw, which a risk ratio does not have."""
        return 0.0 if self.test.comparison == Contrast.RISK_RATIO else self.test.threshold

    @property
    def worlds(self) -> dict[bool, tuple[Condition, ...]]:
        """Conditions with the argument's assumptions (True) and, if it has any, without (False)."""
        return {True: self.arms} | ({} if self.without is self.arms else {False: self.without})

    @property
    def columns(self) -> frozenset[str]:
        """Columns of the outcomes that judging it needs."""
        return EVENTS | frozenset(self.measure.names)

    def estimates(
        self, runner: ExperimentRunner, arms: Sequence[Condition], runs: int
    ) -> list[Estimate]:
        """Return the measure in each arm.

        Args:
            runner: simulates the arms.
            arms: the arms.
            runs: how many of the first runs of each arm count: full replicates, or fewer runs than
                draws.
        """
        draws = min(runs, runner.draws)
        return [self.measure.estimate(runner.outcomes(arm, runs), draws) for arm in arms]

    def combined(self, estimates: Sequence[Estimate]) -> Estimate:
        """Return the effect from the measure in each arm; for a ratio, as a logarithm."""
        if self.test.comparison == Contrast.RATIO:
            estimates = [_logarithm(estimate) for estimate in estimates]
        value = sum(w * e.value for w, e in zip(self.weights, estimates, strict=True))
        influence = sum(w * e.influence for w, e in zip(self.weights, estimates, strict=True))
        return Estimate(np.asarray(value) - (self.test.against or 0.0), np.asarray(influence))

    def contributions(self, outcomes: Outcomes, draws: int) -> NDArray[np.float64]:
        """Return what each run contributes to the measure of its draw, in the unit of the margin.

        For an average, it is the value of the run; the mean over a draw's runs is its measure.

        Args:
            outcomes: outcomes in one condition, with the same number of runs in each draw.
            draws: number of parameter draws.

        Returns:
            Contributions, ``(runs,)``; NaN where the measure of the draw is not defined.
        """
        estimate = self.measure.estimate(outcomes, draws)
        if self.test.comparison == Contrast.RATIO:
            estimate = _logarithm(estimate)
        return np.asarray(estimate.value + estimate.influence).ravel()

    def effect(self, estimates: Sequence[Estimate]) -> Effect:
        """Return the effect from the measure in each arm."""
        return effect(self.combined(estimates), self._largest(estimates))

    def oriented(self, found: Effect) -> Effect:
        """Return an effect whose positive values are as expected."""
        return found if self.sign > 0 else found.turned()

    def _largest(self, estimates: Sequence[Estimate]) -> float:
        """Return the largest difference that a pair of runs could show."""
        if self.test.comparison == Contrast.RATIO:
            return 1.0
        runs = [estimate.value + estimate.influence for estimate in estimates]
        seen = [values[np.isfinite(values)] for values in runs]
        spread = max((float(np.ptp(values)) for values in seen if len(values)), default=0.0)
        return spread or max(1.0, self.margin)

    def shown(self, estimates: Sequence[Estimate], draws: Sequence[int]) -> tuple[float, ...]:
        """Return the measure in each condition, over some draws.

        With ``between``, these are the effects under its two overlays. The values of a ratio are
        geometric means, so that their ratio is the mean effect.
        """
        if not len(draws):
            return (float("nan"),) * 2
        chosen = [estimate.value[np.asarray(draws, dtype=int)] for estimate in estimates]
        if self.test.comparison == Contrast.RATIO:
            return tuple(float(np.exp(np.log(values).mean())) for values in chosen)
        means = [float(values.mean()) for values in chosen]
        return (means[0] - means[1], means[2] - means[3]) if len(means) == 4 else tuple(means)


def _logarithm(estimate: Estimate) -> Estimate:
    """Return the logarithm of an estimate; undefined where it is not positive."""
    value = np.where(estimate.value > 0, estimate.value, np.nan)
    return Estimate(np.log(value), estimate.influence / value)


@dataclass(frozen=True)
class Finding:
    """An effect and its verdict.

    Attributes:
        effect: the measured effect in each draw.
        values: the measure in each condition, over the same draws.
        spread: shares of draws, oriented so that ``above`` is as expected.
        chance: p-value of the effect, finally adjusted for the number of claims.
        runs: runs per condition.
        verdict: verdict on the reading.
        ratio: risk ratio of a rare event, if the reading asks for one.
    """

    effect: Effect
    values: tuple[float, ...]
    spread: Shares
    chance: float
    runs: int
    verdict: Verdict
    ratio: RiskRatio | None = None


@dataclass(frozen=True)
class Controlled:
    """A claim's effect under a control.

    Attributes:
        kind, mechanisms: the control.
        mean: mean effect under the control.
        error: standard error of the mean, with draws as the unit.
        without: mean effect without the control, over the same runs.
        takes_away: whether the control removes what the claim expects.
        runs: runs per condition.
        unclear: whether the interval allows both.
        change_error: standard error of what the control changes.
        close: whether other random numbers may well give another result.
    """

    kind: Kind
    mechanisms: tuple[str, ...]
    mean: float
    error: float
    without: float
    takes_away: bool
    runs: int
    unclear: bool = False
    change_error: float = 0.0
    close: bool = False

    @property
    def has_part(self) -> bool:
        """Whether the control clearly changes the effect."""
        return abs(self.without - self.mean) > 2 * self.change_error


@dataclass(frozen=True)
class Known:
    """A reading in a setting in which its result is known.

    Attributes:
        holds: whether the reading holds there; None if the interval allows both.
        values: the measure in each condition; empty if it is not defined there.
        effect: mean effect, or the logarithm of the risk ratio.
    """

    holds: bool | None
    values: tuple[float, ...]
    effect: float


@dataclass(frozen=True)
class Channel:
    """How a treatment reaches the outcomes.

    Attributes:
        delivered: share of runs in which the fighting, its end or a measured column differs
            between the conditions; None for a single condition.
        delivered_without: the same without the argument's assumptions.
        reached: share of runs in which the measure differs materially.
        known: results in the settings in which they are known.
    """

    delivered: Share | None
    delivered_without: Share | None
    reached: Share | None
    known: Mapping[Setting, Known]

    def holds(self, setting: Setting) -> bool | None:
        """Return whether the reading holds in a setting; None if that is unclear."""
        return self.known[setting].holds if setting in self.known else None


@dataclass(frozen=True)
class Needs:
    """The smallest known set of mechanisms that an effect needs.

    Attributes:
        kind: None if it survives every control, or if single controls were not tested.
        mechanisms: each of them alone (single), or all together (joint).
    """

    kind: Kind | None = None
    mechanisms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """All results on a reading of a claim.

    Attributes:
        case: the reading and its conditions.
        finding: finding under the argument's assumptions.
        open: finding without the assumptions.
        channel: how the treatment reaches the outcomes.
        curves: mean effect and its error by credibility curve, over the draws with that curve.
        controls: effect under each control.
        needs: mechanisms that the effect needs.
        drivers: drivers of the effect without the assumptions, the strongest first.
        map: effect over the two strongest drivers; None if there are none.
    """

    case: Case
    finding: Finding
    open: Finding
    channel: Channel
    curves: tuple[tuple[str, float, float], ...] = ()
    controls: tuple[Controlled, ...] = ()
    needs: Needs = Needs()
    drivers: tuple[Driver, ...] = ()
    map: pd.DataFrame | None = field(default=None, repr=False)


def cases(arguments: Iterable[Argument]) -> list[Case]:
    """Return all readings of the claims of arguments, with their loaded conditions."""
    return [case for argument in arguments for case in _cases(argument)]


def _cases(argument: Argument) -> Iterator[Case]:
    for number, claim in enumerate(argument.stated.claims):
        for reading, test in enumerate(claim.tests):
            loaded = argument.conditions(number, reading)
            arms = _as_conditions(loaded.arms, test)
            yield Case(
                argument,
                claim,
                reading,
                read(test.measure, loaded.arms[0].scenario),
                arms,
                _as_conditions(loaded.without, test) or arms,
                loaded.weights,
                {
                    setting: _as_conditions(changed, test)
                    for setting, changed in loaded.settings.items()
                },
            )


def _as_conditions(loaded: Iterable[Loaded], test: Claim | Reading) -> tuple[Condition, ...]:
    """Return scenarios as conditions, on the draws that a reading asks for."""
    scenarios = [arm.scenario for arm in loaded]
    if test.is_unfitted:
        scenarios = [scenario.fitted(None) for scenario in scenarios]
    return tuple(Condition(scenario) for scenario in scenarios)


def expected_share(finding: Finding, case: Case) -> Share:
    """Return the share of draws that go the way a claim expects."""
    return as_expected(case.test.expectation, finding.spread)
