"""Judge claims, with runs spent where they can change a verdict.

1. Simulate all conditions with few runs, and the settings in which results are known.
2. Simulate more runs for claims that are still undecided.
3. Simulate controls with fewer runs, because a control only asks whether the effect remains.
   Claims that are untested or untestable get none.
4. If a control seems to remove a decided effect, repeat it with all runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.arguments import channels, controls, drivers
from sim.arguments.cases import Case, Channel, Finding, Judged, Known
from sim.arguments.controlling import ControlJudge, is_tested, single_controls, under
from sim.arguments.effects import (
    LEVEL,
    WIDE,
    Effect,
    Share,
    Shares,
    effect,
    exchange_test,
    holm,
    shares,
    wide_shares,
)
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.arguments.ratios import risk_ratio
from sim.arguments.verdicts import (
    Verdict,
    as_tested,
    judge,
    judge_ratio,
)
from sim.arguments.words import Contrast, Reason, Setting, Word

NO_SHARE = Share(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Size:
    """The number of draws and runs.

    Attributes:
        draws: number of parameter draws.
        runs: initial runs per condition.
        most: largest number of runs per condition, for undecided claims.
        control: runs per condition under a control.
        pair: runs per condition in the world of a rival.
        every: whether every tested claim gets every control. Otherwise only claims that hold do,
            and the others get only the control of all mechanisms together.
        fit_draws, fit_runs: draws and runs of each crisis in the world of each argument.
        records: simulated records per world, to test whether worlds can be separated.
        careful: whether this is a quick comparison, which must not contradict a larger one.
        known: runs per condition from which delivery and the settings with a known result are
            judged. Every comparison uses the same, unless it has fewer runs.
    """

    draws: int
    runs: int
    most: int
    control: int
    pair: int
    every: bool
    fit_draws: int
    fit_runs: int
    records: int
    careful: bool = False
    known: int = 1024

    @property
    def first(self) -> int:
        """Runs from which delivery and the settings with a known result are judged."""
        return min(self.known, self.runs)


DEFAULT = Size(128, 4096, 8192, 512, 2048, True, 1024, 8192, 40)
QUICK = Size(128, 1024, 1024, 1024, 512, False, 40, 320, 10, careful=True)
"""The draws of a full comparison, with few runs each."""


class ClaimJudge:
    """Judges the claims of arguments."""

    def __init__(self, runner: ExperimentRunner, size: Size) -> None:
        self.runner = runner
        self.size = size

    def first(self, cases: Sequence[Case]) -> list[Order]:
        """Return the initial orders."""
        orders = [
            Order(arm, self.size.runs) for case in cases for arm in (*case.arms, *case.without)
        ]
        orders += [
            Order(arm, self.size.first)
            for case in cases
            for arms in case.settings.values()
            for arm in arms
        ]
        if not self.size.every:  # the first control of a claim shares blocks with its conditions
            orders += [
                Order(under(arm, controls.together(single_controls(case))), self.size.control)
                for case in cases
                for arm in case.arms
            ]
        return orders

    def judge(self, cases: Sequence[Case]) -> list[Judged]:
        """Return the results on every reading of every claim."""
        with_assumptions, without = self._measured(cases)
        found = [
            Judged(case, finding, finding_without, self._channel(case))
            for case, finding, finding_without in zip(cases, with_assumptions, without, strict=True)
        ]
        tested = [_tested(claim) for claim in found]
        judged = ControlJudge(
            self.runner, self.size.control, self.size.every, self.size.careful
        ).controlled(tested)
        return [self._explained(claim) for claim in judged]

    # Findings

    def _measured(self, cases: Sequence[Case]) -> tuple[list[Finding], list[Finding]]:
        """Return the findings with and without the arguments' assumptions."""
        runs = [self.size.runs] * len(cases)
        self.runner.play(self.first(cases))
        with_assumptions, without = self._findings(cases, runs)
        more = [_more(finding, self.size) for finding in with_assumptions]
        if any(wanted > had for wanted, had in zip(more, runs, strict=True)):
            self.runner.play(
                Order(arm, wanted)
                for case, wanted in zip(cases, more, strict=True)
                for arm in case.arms
            )
            with_assumptions, without = self._findings(cases, more)
        return with_assumptions, without

    def _findings(
        self, cases: Sequence[Case], runs: Sequence[int]
    ) -> tuple[list[Finding], list[Finding]]:
        careful = self.size.careful
        found = [
            self._finding(case, case.arms, n, careful) for case, n in zip(cases, runs, strict=True)
        ]
        found += [self._finding(case, case.without, self.size.runs, careful) for case in cases]
        adjusted = holm(np.array([finding.chance for finding in found]))
        final = [
            _judged(case, replace(finding, chance=float(chance)), careful)
            for finding, chance, case in zip(found, adjusted, [*cases, *cases], strict=True)
        ]
        return final[: len(cases)], final[len(cases) :]

    def _finding(self, case: Case, arms: Sequence[Condition], runs: int, careful: bool) -> Finding:
        """Return the finding on some conditions. Raise InputError if no draw defines it."""
        seed = self.runner.seed
        level = WIDE if careful else LEVEL
        estimates = case.estimates(self.runner, arms, runs, runs)
        found = effect(case.combined(estimates))
        if not len(found.value):
            raise case.undefined()
        values = case.shown(estimates, found.draw.tolist())
        ratio = None
        if case.test.comparison == Contrast.RISK_RATIO:
            risks = [estimate.value[found.draw] for estimate in estimates]
            ratio = risk_ratio(risks[0], risks[1], runs // self.runner.draws, level)
            spread = Shares(NO_SHARE, NO_SHARE, NO_SHARE)
            chance = ratio.chance
        else:
            made = (wide_shares if careful else shares)(found, case.margin, seed)
            spread = made if case.sign > 0 else made.turned()
            single = case.test.against is not None
            chance = _away_from(found) if single else exchange_test(found, seed)
        open_verdict = Verdict(Word.UNDECIDED, Reason.CHANCE, NO_SHARE)
        finding = Finding(found, values, spread, chance, runs, open_verdict, ratio)
        return _judged(case, finding, careful)

    # Channels

    def _channel(self, case: Case) -> Channel:
        """Return how the treatment of a reading reaches the outcomes."""
        with_assumptions = self._tables(case.arms)
        without = self._tables(case.without)
        return Channel(
            channels.delivered(case, with_assumptions),
            channels.delivered(case, without),
            channels.reached(case, with_assumptions),
            {setting: self._known(case, arms) for setting, arms in case.settings.items()},
        )

    def _tables(self, arms: Sequence[Condition]) -> list[pd.DataFrame]:
        """Return the first runs of each condition."""
        return [self.runner.table(arm, self.size.runs).iloc[: self.size.first] for arm in arms]

    def _known(self, case: Case, arms: Sequence[Condition]) -> Known:
        """Return the result in a setting, judged without regard to the size of the comparison."""
        estimates = case.estimates(self.runner, arms, self.size.first, self.size.first)
        if not np.isfinite(case.combined(estimates).value).any():
            return channels.NOT_DEFINED
        finding = self._finding(case, arms, self.size.first, careful=False)
        as_it_is = replace(finding, spread=_without_interval(finding.spread))
        holds = _judged(case, as_it_is, careful=False).verdict.word == Word.HOLDS
        mean = finding.effect.mean if finding.ratio is None else float(np.log(finding.ratio.value))
        return Known(holds, finding.values, mean)

    # Drivers

    def _explained(self, judged: Judged) -> Judged:
        """Return a claim with the drivers of its effect without the argument's assumptions."""
        if not is_tested(judged) or judged.finding.ratio is not None:
            return judged
        found = judged.open.effect
        case = judged.case
        parameters = self._parameters(case.without)
        values = drivers.open_values(parameters, found.draw)
        decide = drivers.drivers_of(found, values)
        drawn = None
        if decide:
            paths = drivers.axes(found, values, decide)
            drawn = (
                drivers.flip_map(found, values, paths).assign(x_path=paths[0], y_path=paths[1])
                if paths
                else None
            )
        return replace(judged, curves=_curves(found, parameters), drivers=tuple(decide), map=drawn)

    def _parameters(self, arms: Sequence[Condition]) -> pd.DataFrame:
        """Return the draws of parameters that are equal in all arms."""
        stated = [{value.path: value for value in arm.scenario.quantities()} for arm in arms]
        table = self.runner.plan(arms[0], self.size.runs).drawn.table()
        alike = [
            name for name in table if all(arm.get(name) == stated[0].get(name) for arm in stated)
        ]
        return table[alike]


def _judged(case: Case, finding: Finding, careful: bool) -> Finding:
    """Return a finding with its verdict, before controls are known."""
    if finding.ratio is not None:
        verdict = judge_ratio(finding.ratio, case.test.margin, finding.chance, careful)
    else:
        verdict = judge(
            case.test.expectation, finding.spread, finding.chance, finding.runs, careful
        )
    return replace(finding, verdict=verdict)


def _tested(judged: Judged) -> Judged:
    """Return a claim with its verdicts revised for its channel."""
    channel = judged.channel
    known = channel.holds(Setting.POSITIVE), channel.holds(Setting.NEGATIVE)
    finding = judged.finding
    without = judged.open
    reached = None if finding.ratio else channel.reached  # few runs have a rare event
    verdict = as_tested(finding.verdict, channel.delivered, reached, *known)
    verdict_without = as_tested(without.verdict, channel.delivered_without, reached, *known)
    return replace(
        judged,
        finding=replace(finding, verdict=verdict),
        open=replace(without, verdict=verdict_without),
    )


def _without_interval(spread: Shares) -> Shares:
    """Return shares whose intervals are their values."""
    return Shares(
        *(Share(s.value, s.value, s.value) for s in (spread.above, spread.inside, spread.below))
    )


def _more(finding: Finding, size: Size) -> int:
    """Return the number of runs for a claim: as many as would decide it, within the limit."""
    verdict = finding.verdict
    if verdict.word != Word.UNDECIDED:
        return finding.runs
    wanted = size.most if verdict.runs is None else min(verdict.runs, size.most)
    return max(finding.runs, -(-wanted // size.runs) * size.runs)


def _away_from(found: Effect) -> float:
    """Return the p-value of a mean effect of a single condition, compared with a number."""
    from math import erfc, sqrt

    return (
        erfc(abs(found.mean) / found.error / sqrt(2)) if found.error > 0 else float(found.mean == 0)
    )


def _curves(found: Effect, parameters: pd.DataFrame) -> tuple[tuple[str, float, float], ...]:
    """Return the mean effect and its error over the draws with each credibility curve."""
    if "mechanisms.credibility" not in parameters:
        return ()
    curve = parameters["mechanisms.credibility"].to_numpy()[found.draw]
    rows = []
    for name in sorted(set(curve)):
        chosen = curve == name
        error = float(np.sqrt(found.noise[chosen].sum()) / chosen.sum())
        rows.append((str(name), float(found.value[chosen].mean()), error))
    return tuple(rows)
