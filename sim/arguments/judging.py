"""Judge claims, with runs spent where they can change a verdict.

1. Simulate all conditions with few runs.
2. Simulate four times the runs for claims that are undecided, and for claims whose verdict is close
   to another one. Repeat this up to the largest number of runs, or until more runs would probably
   not decide a claim.
3. Simulate the settings with a known result that bear on a verdict: positive ones for claims that
   fail, negative ones for claims that hold.
4. Simulate controls with fewer runs, because a control only asks whether the effect remains. A
   part of the draws is enough for most. Claims without an effect in a clear direction get none.
5. Repeat a control with more runs while it is unclear whether it removes the effect.

The sample grows by replicates. More parameter draws would be other draws, because the draws of a
scenario are stratified over their number. Enough draws are used from the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arguments import channels, drivers
from sim.arguments.cases import Case, Channel, Finding, Judged, Known
from sim.arguments.chance import exchange_test, holm, mean_test
from sim.arguments.controlling import STEP, ControlJudge, is_tested
from sim.arguments.effects import Effect
from sim.arguments.intervals import error_of
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.arguments.ratios import risk_ratio
from sim.arguments.shares import NO_SHARE, Shares, errors_of_ends, shares
from sim.arguments.verdicts import (
    DEFINED,
    Verdict,
    as_tested,
    can_have_events,
    is_close,
    judge,
    judge_ratio,
    outside,
    undefined,
    with_runs,
)
from sim.arguments.words import Bound, Contrast, Reason, Setting, Word
from sim.outcomes.arrays import Outcomes


@dataclass(frozen=True, kw_only=True)
class Size:
    """The number of draws and runs.

    Attributes:
        draws: number of parameter draws.
        runs: initial runs per condition.
        most: largest number of runs per condition, for claims that are undecided or close.
        control: initial runs per condition with a mechanism off, a part or a multiple of the draws.
        known: runs per condition in a setting in which the result is known.
        pair: runs per condition in the world of a rival.
        fit_draws, fit_runs: draws and runs of each crisis in the world of each argument.
        records: simulated records per world, to test whether worlds can be separated.
        quick: whether this is a quick comparison.
    """

    draws: int
    runs: int
    most: int
    control: int
    known: int
    pair: int
    fit_draws: int
    fit_runs: int
    records: int
    quick: bool = False


# The shipped posterior has 600 draws: a full comparison uses every one of them, whatever its seed.
DEFAULT = Size(
    draws=600,
    runs=4800,
    most=153600,
    control=150,
    known=1200,
    pair=2400,
    fit_draws=1024,
    fit_runs=8192,
    records=40,
)
QUICK = Size(
    draws=256,
    runs=1024,
    most=1024,
    control=64,
    known=512,
    pair=512,
    fit_draws=40,
    fit_runs=320,
    records=10,
    quick=True,
)
"""The same questions with fewer draws and runs."""


class ClaimJudge:
    """Judges the claims of arguments."""

    def __init__(self, runner: ExperimentRunner, size: Size) -> None:
        self.runner = runner
        self.size = size
        self._drawn_by_arm: dict[str, dict[str, NDArray[Any]]] = {}

    def first(self, cases: Sequence[Case]) -> list[Order]:
        """Return the initial orders."""
        return [Order(arm, self.size.runs) for case in cases for arm in (*case.arms, *case.without)]

    def judge(self, cases: Sequence[Case]) -> list[Judged]:
        """Return the results on every reading of every claim."""
        findings = self._measured(cases)
        settings = [
            _settings_for(case, *found) for case, found in zip(cases, findings, strict=True)
        ]
        self.runner.play(
            Order(arm, self.size.known)
            for asked in settings
            for arms in asked.values()
            for arm in arms
        )
        found = [
            _tested(Judged(case, *both, self._channel(case, both[0], asked)))
            for case, both, asked in zip(cases, findings, settings, strict=True)
        ]
        judged = ControlJudge(self.runner, self.size.control).controlled(found)
        return [self._explained(claim) for claim in judged]

    # Findings

    def _measured(self, cases: Sequence[Case]) -> list[tuple[Finding, Finding]]:
        """Return the findings with and without the arguments' assumptions."""
        # 1. all conditions with few runs
        self.runner.play(self.first(cases))
        found = {
            (place, world): self._finding(case, arms, self.size.runs)
            for place, case in enumerate(cases)
            for world, arms in case.worlds.items()
        }
        judged = _adjusted(cases, found, {})
        fresh = judged
        # 2. claims that more runs may decide
        while more := self._undecided(cases, fresh):
            self.runner.play(
                Order(arm, runs) for place, runs in more.items() for arm in cases[place].arms
            )
            for place, runs in more.items():
                found[place, True] = self._finding(cases[place], cases[place].arms, runs)
            before, judged = judged, _adjusted(cases, found, judged)
            # whether the others need more runs is known
            fresh = {key: each for key, each in judged.items() if each is not before[key]}
        return [
            (judged[place, True], judged.get((place, False), judged[place, True]))
            for place in range(len(cases))
        ]

    def _undecided(
        self, cases: Sequence[Case], judged: Mapping[tuple[int, bool], Finding]
    ) -> dict[int, int]:
        """Return the next number of runs of each claim that more runs may decide, by its place."""
        return {
            place: min(STEP * finding.runs, self.size.most)
            for (place, assumes), finding in judged.items()
            if assumes and finding.runs < self.size.most and self._may_change(cases[place], finding)
        }

    def _may_change(self, case: Case, finding: Finding) -> bool:
        """Return whether more runs may well change a verdict."""
        if finding.ratio is not None and finding.verdict.reason == Reason.FEW_EVENTS:
            return can_have_events(finding.ratio, self.size.most / finding.runs)
        is_first = finding.runs == self.size.runs
        is_undecided = finding.verdict.word == Word.UNDECIDED
        if is_undecided and (finding.verdict.bound != Bound.RUNS or is_first):
            return True
        return _is_close(case, finding) or self._is_reach_close(case, finding)

    def _is_reach_close(self, case: Case, finding: Finding) -> bool:
        """Return whether the measure of a failing claim changes in a share of runs near 5%."""
        if finding.verdict.word != Word.FAILS or finding.ratio is not None:
            return False
        outcomes = self._outcomes(case.arms, finding.runs)
        share = channels.reached(case, outcomes, self.runner.draws)
        return share is not None and channels.is_near_threshold(share, finding.runs)

    def _finding(self, case: Case, arms: Sequence[Condition], runs: int) -> Finding:
        """Return the finding on some conditions, not yet judged."""
        seed = self.runner.seed
        estimates = case.estimates(self.runner, arms, runs)
        found = case.effect(estimates)
        values = case.shown(estimates, found.draw.tolist())
        ratio = None
        spread = Shares(NO_SHARE, NO_SHARE, NO_SHARE)
        if case.test.comparison == Contrast.RISK_RATIO:
            risks = [estimate.value[found.draw] for estimate in estimates]
            ratio = risk_ratio(risks[0], risks[1], runs // self.runner.draws)
            chance = ratio.chance
        else:
            defined = len(found.value) / self.runner.draws
            spread = shares(case.oriented(found), case.margin).among(defined)
            single = case.test.against is not None
            chance = mean_test(found) if single else exchange_test(found, seed)
        not_yet = Verdict(Word.UNDECIDED, Reason.CHANCE, NO_SHARE)
        return Finding(found, values, spread, chance, runs, not_yet, ratio)

    # Channels

    def _channel(
        self, case: Case, finding: Finding, settings: Mapping[Setting, tuple[Condition, ...]]
    ) -> Channel:
        """Return how the treatment of a reading reaches the outcomes.

        Args:
            case: the reading.
            finding: its finding under the argument's assumptions.
            settings: the conditions in the settings whose known result bears on its verdict.
        """
        with_assumptions = self._outcomes(case.arms, finding.runs)
        without = self._outcomes(case.without, self.size.runs)
        draws = self.runner.draws
        return Channel(
            channels.delivered(case, with_assumptions, draws),
            channels.delivered(case, without, draws),
            channels.reached(case, with_assumptions, draws),
            {setting: self._known(case, arms) for setting, arms in settings.items()},
        )

    def _outcomes(self, arms: Sequence[Condition], runs: int) -> list[Outcomes]:
        """Return the outcomes of each condition."""
        return [self.runner.outcomes(arm, runs) for arm in arms]

    def _known(self, case: Case, arms: Sequence[Condition]) -> Known:
        """Return the result in a setting, judged by the interval of its mean effect."""
        finding = self._finding(case, arms, self.size.known)
        if finding.ratio is not None:
            verdict = judge_ratio(finding.ratio, case.test.margin, 0.0)
            holds = None if verdict.reason == Reason.RATIO_OPEN else verdict.word == Word.HOLDS
            return Known(holds, finding.values, float(np.log(finding.ratio.value)))
        found = case.oriented(finding.effect)
        if len(found.value) < DEFINED * self.runner.draws:
            return channels.NOT_DEFINED
        fails = outside(case.test.expectation, found.value, case.margin, found.single_pair)
        return Known(None if fails is None else not fails, finding.values, finding.effect.mean)

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

    def _parameters(self, arms: Sequence[Condition]) -> dict[str, NDArray[Any]]:
        """Return the draws of parameters that are equal in all arms, by path."""
        first, *others = ({v.path: v for v in arm.scenario.quantities()} for arm in arms)
        return {
            name: column
            for name, column in self._drawn(arms[0]).items()
            if all(other.get(name) == first.get(name) for other in others)
        }

    def _drawn(self, arm: Condition) -> dict[str, NDArray[Any]]:
        """Return the draws of all uncertain parameters of a condition, by path."""
        if arm.digest not in self._drawn_by_arm:
            table = self.runner.plan(arm, self.size.runs).drawn.table()
            self._drawn_by_arm[arm.digest] = {
                str(name): column.to_numpy() for name, column in table.drop(columns="draw").items()
            }
        return self._drawn_by_arm[arm.digest]


def _adjusted(
    cases: Sequence[Case],
    found: Mapping[tuple[int, bool], Finding],
    before: Mapping[tuple[int, bool], Finding],
) -> dict[tuple[int, bool], Finding]:
    """Return findings with p-values adjusted for their number, and verdicts.

    Args:
        cases: the readings.
        found: findings by number of the reading, and whether assumptions apply.
        before: what this function returned with fewer runs of some readings; empty at first.
    """
    adjusted = holm(np.array([finding.chance for finding in found.values()]))
    judged = dict(before)
    for (key, finding), chance in zip(found.items(), adjusted.tolist(), strict=True):
        known = judged.get(key)
        if known is None or known.effect is not finding.effect or known.chance != chance:
            judged[key] = _judged(cases[key[0]], replace(finding, chance=chance), len(found))
    return judged


def _judged(case: Case, finding: Finding, tests: int) -> Finding:
    """Return a finding with its verdict, before controls are known.

    Args:
        case: the reading.
        finding: its finding.
        tests: number of tests over which p-values are adjusted.
    """
    expects = case.test.expectation
    if finding.ratio is not None:
        verdict = judge_ratio(finding.ratio, case.test.margin, finding.chance)
    elif len(finding.effect.value) < DEFINED * finding.effect.of:
        verdict = undefined(len(finding.effect.value), finding.effect.of)
    else:
        verdict = judge(expects, finding.spread, finding.chance)
        oriented = case.oriented(finding.effect)
        verdict = with_runs(verdict, expects, oriented, case.margin, finding.runs, tests)
    return replace(finding, verdict=verdict)


def _is_close(case: Case, finding: Finding) -> bool:
    """Return whether other random numbers may well give a finding another verdict."""
    if finding.ratio is not None or finding.verdict.reason == Reason.UNDEFINED:
        return False
    errors = errors_of_ends(case.oriented(finding.effect), case.margin)
    return is_close(case.test.expectation, finding.spread, errors, finding.chance)


def _settings_for(case: Case, *findings: Finding) -> dict[Setting, tuple[Condition, ...]]:
    """Return the settings whose known result bears on a verdict of a reading.

    A failing claim needs its positive control, and one that holds its negative control.
    """
    bearing = {Word.FAILS: Setting.POSITIVE, Word.HOLDS: Setting.NEGATIVE}
    wanted = {bearing.get(finding.verdict.word) for finding in findings}
    return {setting: arms for setting, arms in case.settings.items() if setting in wanted}


def _tested(judged: Judged) -> Judged:
    """Return a claim with its verdicts revised for its channel."""
    channel = judged.channel
    known = channel.holds(Setting.POSITIVE), channel.holds(Setting.NEGATIVE)
    stated = Setting.POSITIVE in judged.case.settings, Setting.NEGATIVE in judged.case.settings
    finding = judged.finding
    without = judged.open
    reached = None if finding.ratio else channel.reached  # few runs have a rare event
    verdict = as_tested(finding.verdict, channel.delivered, reached, *known, stated)
    verdict_without = as_tested(without.verdict, channel.delivered_without, reached, *known, stated)
    return replace(
        judged,
        finding=replace(finding, verdict=verdict),
        open=replace(without, verdict=verdict_without),
    )


def _curves(
    found: Effect, parameters: Mapping[str, NDArray[Any]]
) -> tuple[tuple[str, float, float], ...]:
    """Return the mean effect and its error over the draws with each credibility curve."""
    if "mechanisms.credibility" not in parameters:
        return ()
    curve = parameters["mechanisms.credibility"][found.draw]
    rows = []
    for name in sorted(set(curve)):
        chosen = curve == name
        rows.append((str(name), float(found.value[chosen].mean()), error_of(found.value[chosen])))
    return tuple(rows)
