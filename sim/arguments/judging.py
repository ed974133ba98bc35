"""Judge claims, with runs spent where they can change a verdict.

1. Simulate all conditions with few runs.
2. Simulate more runs for claims that are still undecided.
3. Simulate controls with fewer runs, because a control only asks whether the effect remains.
4. If a control seems to remove a decided effect, repeat it with all runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
import pandas as pd

from sim.arguments import controls, governing
from sim.arguments.controls import Control
from sim.arguments.effects import (
    Effect,
    Share,
    Shares,
    effect,
    exchange_test,
    holm,
    shares,
    wide_shares,
)
from sim.arguments.hypotheses import Argument, Claim
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.arguments.verdicts import (
    DIFFERENCE,
    ERROR_RATE,
    OPPOSITE,
    Verdict,
    as_echo,
    as_expected,
    as_open,
    judge,
    may_come_out_otherwise,
    orientation,
    takes_away,
)
from sim.io.errors import InputError
from sim.outcomes.evaluation import Estimate
from sim.outcomes.measures import Measure, read
from sim.scenario import Loaded

ALL_BUT = "all but "
MOST_TOGETHER = 4
"""Largest number of mechanisms with a joint effect that are reported by name."""


@dataclass(frozen=True)
class Size:
    """The number of draws and runs.

    Attributes:
        draws: number of parameter draws.
        runs: initial runs per condition.
        most: largest number of runs per condition, for undecided claims.
        control: runs per condition under a control.
        pair: runs per condition in the world of a rival.
        every: whether every claim gets every control. Otherwise only claims that hold do, and the others get only the
            control of all mechanisms together.
        fit_draws, fit_runs: draws and runs of each crisis in the world of each argument.
        records: simulated records per world, to test whether worlds can be separated.
        careful: whether this is a quick comparison, which must not contradict a larger one.
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


DEFAULT = Size(128, 4096, 8192, 512, 2048, True, 1024, 8192, 40)
QUICK = Size(128, 1024, 1024, 1024, 512, False, 40, 320, 10, careful=True)
"""The draws of a full comparison, with few runs each."""


@dataclass(frozen=True)
class Case:
    """A claim with its conditions.

    Attributes:
        argument: argument that makes the claim.
        claim: the claim.
        measure: measure that is compared.
        arms: conditions under the argument's assumptions.
        without: the same conditions without the assumptions; equal to ``arms`` if there are none.
        weights: weight of each arm in the difference.
    """

    argument: Argument
    claim: Claim
    measure: Measure
    arms: tuple[Condition, ...]
    without: tuple[Condition, ...]
    weights: tuple[int, ...]

    @property
    def sign(self) -> int:
        """Sign of the expected difference: 1 or -1."""
        return orientation(self.claim.expects)

    def estimate(
        self, runner: ExperimentRunner, arms: Sequence[Condition], runs: int, available: int
    ) -> Estimate:
        """Return the difference between arms, from the first ``runs`` of the ``available`` runs of each."""
        total: Estimate | None = None
        for arm, weight in zip(arms, self.weights, strict=True):
            estimate = self.measure.estimate(runner.table(arm, available).iloc[:runs], runner.draws)
            turned = Estimate(weight * estimate.value, weight * estimate.influence)
            total = (
                turned
                if total is None
                else Estimate(total.value + turned.value, total.influence + turned.influence)
            )
        assert total is not None
        return Estimate(total.value - (self.claim.against or 0.0), total.influence)


@dataclass(frozen=True)
class Finding:
    """An effect and its verdict.

    Attributes:
        effect: the measured effect.
        spread: shares of draws, oriented so that ``above`` is as expected.
        chance: p-value of the effect, finally adjusted for the number of claims.
        runs: runs per condition.
        verdict: verdict on the claim.
    """

    effect: Effect
    spread: Shares
    chance: float
    runs: int
    verdict: Verdict


@dataclass(frozen=True)
class Controlled:
    """A claim's effect under a control.

    Attributes:
        name: name of the control.
        mean: mean effect under the control.
        error: standard error of the mean, from chance.
        without: mean effect without the control, over the same runs.
        takes_away: whether the control removes the effect.
        runs: runs per condition.
        unclear: whether a larger comparison might differ; only a quick comparison tests this.
    """

    name: str
    mean: float
    error: float
    without: float
    takes_away: bool
    runs: int
    unclear: bool = False


@dataclass(frozen=True)
class Judged:
    """All results on a claim.

    Attributes:
        case: the claim and its conditions.
        finding: finding under the argument's assumptions.
        open: finding without the assumptions.
        curves: mean effect and its error by credibility curve, over the draws with that curve.
        controls: effect under each control.
        rests_on: smallest known set of mechanisms that the effect needs. Empty if it survives every control, or if it
            vanishes with all of them off and single ones were not tested.
        governing: drivers of the effect without the assumptions, the strongest first.
        map: effect over the two strongest drivers; None if there are none.
    """

    case: Case
    finding: Finding
    open: Finding
    curves: tuple[tuple[str, float, float], ...] = ()
    controls: tuple[Controlled, ...] = ()
    rests_on: tuple[str, ...] = ()
    governing: tuple[governing.Governing, ...] = ()
    map: pd.DataFrame | None = field(default=None, repr=False)


class ClaimJudge:
    """Judges the claims of arguments."""

    def __init__(self, runner: ExperimentRunner, size: Size) -> None:
        self.runner, self.size = runner, size

    def first(self, cases: Sequence[Case]) -> list[Order]:
        """Return the initial orders."""
        orders = [
            Order(arm, self.size.runs) for case in cases for arm in (*case.arms, *case.without)
        ]
        if not self.size.every:  # the first control of a claim shares blocks with its conditions
            orders += [
                Order(arm.variant(control.applied(arm.scenario.mechanisms)), self.size.control)
                for case in cases
                for control in _together(_singles(case))
                for arm in case.arms
            ]
        return orders

    def judge(self, cases: Sequence[Case]) -> list[Judged]:
        """Return the results on every claim."""
        with_assumptions, without = self._measured(cases)
        pairs = zip(cases, with_assumptions, without, strict=True)
        judged = self._controlled(
            [Judged(case, finding, finding_without) for case, finding, finding_without in pairs]
        )
        return [self._explained(claim) for claim in judged]

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
        found = [self._finding(case, case.arms, n) for case, n in zip(cases, runs, strict=True)]
        found += [self._finding(case, case.without, self.size.runs) for case in cases]
        adjusted = holm(np.array([finding.chance for finding in found]))
        final = [
            replace(
                finding,
                chance=float(chance),
                verdict=self._verdict(case, finding.spread, float(chance), finding.runs),
            )
            for finding, chance, case in zip(found, adjusted, [*cases, *cases], strict=True)
        ]
        return final[: len(cases)], final[len(cases) :]

    def _finding(self, case: Case, arms: Sequence[Condition], runs: int) -> Finding:
        seed = self.runner.seed
        found = effect(case.estimate(self.runner, arms, runs, runs))
        if not len(found.value):
            route = ("claims", case.argument.stated.claims.index(case.claim), "measure")
            raise InputError(
                [
                    case.argument.file.fault(
                        route, "undefined in every draw, such as a division by 0"
                    )
                ]
            )
        spread = (wide_shares if self.size.careful else shares)(found, case.claim.margin, seed)
        oriented = spread if case.sign > 0 else spread.turned()
        chance = exchange_test(found, seed) if case.claim.against is None else _away_from(found)
        return Finding(found, oriented, chance, runs, self._verdict(case, oriented, chance, runs))

    def _verdict(self, case: Case, spread: Shares, chance: float, runs: int) -> Verdict:
        return judge(case.claim.expects, spread, chance, runs, self.size.careful)

    def _controlled(self, judged: list[Judged]) -> list[Judged]:
        """Apply controls to claims: all mechanisms together, each alone, and small sets if necessary."""
        singles = {place: _singles(claim.case) for place, claim in enumerate(judged)}
        together = {place: _together(singles[place]) for place in singles}
        first = {
            place: [*together[place], *(singles[place] if self.size.every else [])]
            for place in singles
        }
        done = self._under(judged, first)
        if not self.size.every:
            asked = {
                place: singles[place]
                for place, claim in enumerate(judged)
                if _needs_controls(claim)
            }
            for place, found in self._under(judged, asked).items():
                done[place] += found
        self._confirm(
            judged, done, {place: {c.name: c for c in chosen} for place, chosen in singles.items()}
        )
        self._find_joint(judged, done, singles)
        return [self._with_controls(claim, done[place]) for place, claim in enumerate(judged)]

    def _find_joint(
        self,
        judged: Sequence[Judged],
        done: dict[int, list[Controlled]],
        singles: dict[int, list[Control]],
    ) -> None:
        """Find the mechanisms that jointly carry an effect if no single one removes it.

        With all others off, each of them restores the effect. With all of them off, the effect vanishes.
        """
        asked = {
            place: _all_but_one(singles[place])
            for place in singles
            if _is_joint(judged[place], done[place])
        }
        back = self._under(judged, asked)
        joined = {}
        for place, found in back.items():
            bearing = [c.name.removeprefix(ALL_BUT) for c in found if not c.takes_away]
            chosen = [control for control in singles[place] if control.name in bearing]
            if 1 < len(chosen) <= MOST_TOGETHER:
                joined[place] = [reduce(Control.joined, chosen)]
        for place, found in self._under(judged, joined, full=True).items():
            done[place] += found

    def _under(
        self, judged: Sequence[Judged], wanted: dict[int, list[Control]], full: bool = False
    ) -> dict[int, list[Controlled]]:
        """Return the effects of claims under the requested controls, by position of the claim."""
        changed = {
            (place, control): tuple(
                arm.variant(control.applied(arm.scenario.mechanisms))
                for arm in judged[place].case.arms
            )
            for place, chosen in wanted.items()
            for control in chosen
        }
        size = {
            place: judged[place].finding.runs if full else self.size.control for place in wanted
        }
        self.runner.play(
            Order(arm, size[place]) for (place, _), arms in changed.items() for arm in arms
        )
        found: dict[int, list[Controlled]] = {place: [] for place in wanted}
        for (place, control), arms in changed.items():
            found[place].append(self._compared(judged[place], control, arms, size[place]))
        return found

    def _compared(
        self, judged: Judged, control: Control, arms: tuple[Condition, ...], runs: int
    ) -> Controlled:
        case = judged.case
        on = case.estimate(self.runner, case.arms, runs, judged.finding.runs)
        off = case.estimate(self.runner, arms, runs, runs)
        with_it, under_it, difference = effect(on), effect(off), effect(on - off)
        compared = with_it, under_it, difference, case.claim.margin, _direction(judged.finding)
        gone = takes_away(*compared)
        unclear = self.size.careful and may_come_out_otherwise(*compared)
        return Controlled(
            control.name, under_it.mean, under_it.error, with_it.mean, gone, runs, unclear
        )

    def _confirm(
        self,
        judged: Sequence[Judged],
        done: dict[int, list[Controlled]],
        known: dict[int, dict[str, Control]],
    ) -> None:
        """Repeat controls that seem to remove an effect with all runs, and replace their results."""
        again = {
            place: [
                chosen[found.name]
                for found in done[place]
                if found.takes_away and found.name in chosen
            ]
            for place, chosen in known.items()
            if _one_way(judged[place].finding)
        }
        for place, confirmed in self._under(
            judged, {p: c for p, c in again.items() if c}, full=True
        ).items():
            by_name = {found.name: found for found in confirmed}
            done[place] = [by_name.get(found.name, found) for found in done[place]]

    def _with_controls(self, judged: Judged, found: list[Controlled]) -> Judged:
        """Return a claim with its controls, and the smallest set of mechanisms that its effect needs."""
        single = [c for c in found if c.name != controls.ALL_OFF and " with " not in c.name]
        alone = tuple(c.name for c in single if c.takes_away and not c.unclear)
        paired = tuple(c.name for c in found if c.takes_away and " with " in c.name)
        verdict = judged.finding.verdict
        if _needs_controls(judged):
            verdict = as_open(verdict, tuple(c.name for c in single if c.unclear))
        tested = verdict.word != "undecided" and any(c.name != controls.ALL_OFF for c in found)
        all_of_them = tuple(
            c.name for c in found if c.takes_away and c.name == controls.ALL_OFF and tested
        )
        finding = replace(judged.finding, verdict=as_echo(verdict, alone))
        return replace(
            judged,
            controls=tuple(found),
            rests_on=alone or paired[:1] or all_of_them,
            finding=finding,
        )

    def _explained(self, judged: Judged) -> Judged:
        """Return a claim with the drivers of its effect without the argument's assumptions."""
        found, case = judged.open.effect, judged.case
        parameters = self._parameters(case.without)
        values = governing.open_values(parameters, found.draw)
        decide = governing.governing(found, values)
        drawn = None
        if decide:
            paths = governing.axes(found, values, decide)
            drawn = (
                governing.flip_map(found, values, paths).assign(x_path=paths[0], y_path=paths[1])
                if paths
                else None
            )
        return replace(
            judged, curves=_curves(found, parameters), governing=tuple(decide), map=drawn
        )

    def _parameters(self, arms: Sequence[Condition]) -> pd.DataFrame:
        """Return the draws of parameters that are equal in all arms."""
        stated = [{value.path: value for value in arm.scenario.quantities()} for arm in arms]
        table = self.runner.plan(arms[0], self.size.runs).drawn.table()
        alike = [
            name for name in table if all(arm.get(name) == stated[0].get(name) for arm in stated)
        ]
        return table[alike]


def _more(finding: Finding, size: Size) -> int:
    """Return the number of runs for a claim: as many as would decide it, within the limit."""
    verdict = finding.verdict
    if verdict.word != "undecided":
        return finding.runs
    wanted = size.most if verdict.runs is None else min(verdict.runs, size.most)
    return max(finding.runs, -(-wanted // size.runs) * size.runs)


def _away_from(found: Effect) -> float:
    """Return the p-value of a mean effect, for a single condition that is compared with a number."""
    from math import erfc, sqrt

    return (
        erfc(abs(found.mean) / found.error / sqrt(2)) if found.error > 0 else float(found.mean == 0)
    )


def _needs_controls(judged: Judged) -> bool:
    """Return whether a claim holds because of an effect, which may need a mechanism."""
    return judged.finding.verdict.word == "holds" and judged.case.claim.expects != "equal"


def _one_way(finding: Finding) -> bool:
    """Return whether an effect has a clear direction. Only then can a control remove it."""
    opposite = finding.verdict.word == "fails" and finding.verdict.detail in (OPPOSITE, DIFFERENCE)
    return (finding.verdict.word == "holds" and finding.chance < ERROR_RATE) or opposite


def _direction(finding: Finding) -> int:
    """Return the sign of the effect that a control might remove."""
    return 1 if finding.effect.mean >= 0 else -1


def _singles(case: Case) -> list[Control]:
    """Return the single controls of a claim, without mechanisms that its conditions set."""
    known = {
        control.name: control for arm in case.arms for control in controls.singles(arm.scenario)
    }
    return [control for name, control in known.items() if not _differs(case, name)]


def _together(singles: Sequence[Control]) -> list[Control]:
    """Return the control that switches off all disputed mechanisms at once."""
    return [controls.together(singles)]


def _differs(case: Case, mechanism: str) -> bool:
    values = [getattr(arm.scenario.mechanisms, mechanism).plain() for arm in case.arms]
    return any(value != values[0] for value in values)


def _is_joint(judged: Judged, found: Sequence[Controlled]) -> bool:
    """Return whether all controls together remove an effect but no single one does."""
    together = any(c.takes_away for c in found if c.name == controls.ALL_OFF)
    alone = [c for c in found if c.name != controls.ALL_OFF]
    return (
        together
        and bool(alone)
        and _one_way(judged.finding)
        and not any(c.takes_away for c in alone)
    )


def _all_but_one(singles: Sequence[Control]) -> list[Control]:
    """Return the controls that leave one disputed mechanism on and switch off all others."""
    disputed = [control for control in singles if control.name not in controls.KEPT_ON]
    return [
        Control(
            f"{ALL_BUT}{left.name}",
            tuple(control.values[0] for control in disputed if control is not left),
        )
        for left in disputed
    ]


def _curves(found: Effect, parameters: pd.DataFrame) -> tuple[tuple[str, float, float], ...]:
    """Return the mean effect and its error for each credibility curve, over the draws with that curve."""
    if "mechanisms.credibility" not in parameters:
        return ()
    curve = parameters["mechanisms.credibility"].to_numpy()[found.draw]
    rows = []
    for name in sorted(set(curve)):
        chosen = curve == name
        error = float(np.sqrt(found.noise[chosen].sum()) / chosen.sum())
        rows.append((str(name), float(found.value[chosen].mean()), error))
    return tuple(rows)


# Cases


def cases(arguments: Iterable[Argument]) -> list[Case]:
    """Return all claims of arguments with their loaded conditions."""
    return [case for argument in arguments for case in _cases(argument)]


def _cases(argument: Argument) -> Iterator[Case]:
    for number, claim in enumerate(argument.stated.claims):
        conditions = argument.conditions(number)
        measure = read(claim.measure, conditions.arms[0].scenario)
        arms = _as_conditions(conditions.arms)
        yield Case(
            argument,
            claim,
            measure,
            arms,
            _as_conditions(conditions.without) or arms,
            conditions.weights,
        )


def _as_conditions(loaded: Iterable[Loaded]) -> tuple[Condition, ...]:
    return tuple(Condition(one.scenario) for one in loaded)


def expected_share(finding: Finding, claim: Claim) -> Share:
    """Return the share of draws that go the way a claim expects."""
    return as_expected(claim.expects, finding.spread)
