"""From claims to verdicts, in order of what each step is worth.

All conditions are played first, with few runs. Claims whose verdict an interval still leaves open get more. Controls
are played with fewer runs, since a control asks only whether the effect is still there; one that seems to take it away
from a claim that came out one way is played again in full. So runs go where they can change a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np
import pandas as pd

from sim.arguments import controls, governing
from sim.arguments.controls import Control
from sim.arguments.effects import Effect, Share, Shares, effect, exchange_test, holm, shares, wide_shares
from sim.arguments.hypotheses import Argument, Claim
from sim.arguments.playing import Condition, Laboratory, Order
from sim.arguments.verdicts import (
    ERROR_RATE,
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
from sim.outcomes.measures import Estimate, Measure, read
from sim.scenario import Loaded

ALL_BUT = "all but "
MOST_TOGETHER = 4
"""Mechanisms that may bear an effect in each other's stead and still be named one by one."""


@dataclass(frozen=True)
class Size:
    """How much is played.

    Attributes:
        draws: from the coded ranges.
        runs: of every condition at first.
        most: runs of the conditions of a claim that is not decided.
        control: runs of a condition under a control.
        pair: runs of a condition in the world of a rival.
        every: whether every claim is put to every control; otherwise only claims that hold are, the others to that of
            all mechanisms together.
        fit_draws, fit_runs: of each crisis in the world of each argument.
        records: simulated in each world, to see whether worlds can be told apart.
        careful: whether this is a first look, which must not say what a larger comparison would take back.
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
"""The same draws as of a full comparison, with few runs each."""


@dataclass(frozen=True)
class Case:
    """A claim with its conditions.

    Attributes:
        argument: whose claim it is.
        claim: the claim.
        measure: what is compared.
        arms: conditions in the argument's own world.
        without: the same without what the argument assumes; the arms themselves where it assumes nothing.
        weights: of each arm in the difference.
    """

    argument: Argument
    claim: Claim
    measure: Measure
    arms: tuple[Condition, ...]
    without: tuple[Condition, ...]
    weights: tuple[int, ...]

    @property
    def sign(self) -> int:
        """Whether a difference above 0, or below it, is what the claim expects."""
        return orientation(self.claim.expects)

    def estimate(self, laboratory: Laboratory, arms: Sequence[Condition], runs: int, held: int) -> Estimate:
        """Return the difference between arms, from the first ``runs`` of the ``held`` runs of each."""
        total: Estimate | None = None
        for arm, weight in zip(arms, self.weights, strict=True):
            one = self.measure.estimate(laboratory.table(arm, held).iloc[:runs], laboratory.draws)
            turned = Estimate(weight * one.value, weight * one.influence)
            total = (
                turned if total is None else Estimate(total.value + turned.value, total.influence + turned.influence)
            )
        assert total is not None
        return Estimate(total.value - (self.claim.against or 0.0), total.influence)


@dataclass(frozen=True)
class Finding:
    """An effect and what is said of it.

    Attributes:
        effect: as measured.
        spread: shares of draws, oriented so that above is what the claim expects.
        chance: of an effect as large where there is none; adjusted for the number of claims once all are known.
        runs: of each condition.
        verdict: on the claim.
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
        name: of the control.
        mean: of the effect under it.
        error: standard error of that, from chance.
        without: mean of the effect without it, over the same runs.
        takes_away: whether it takes the effect away.
        runs: of each condition.
        unclear: whether a larger comparison might say otherwise; a first look alone asks that.
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
    """All that is said of a claim.

    Attributes:
        case: the claim.
        finding: in the argument's own world.
        open: over all that the coding leaves open.
        curves: mean effect and its error by credibility curve, over the draws that have it.
        controls: the effect under each control.
        rests_on: the fewest mechanisms without which the effect is gone; empty where it survives every control, and
            where it is gone with all of them off and nobody asked for the single ones.
        governing: values that decide over all that the coding leaves open, the strongest first.
        map: the effect over the two strongest of them; None where none decides.
    """

    case: Case
    finding: Finding
    open: Finding
    curves: tuple[tuple[str, float, float], ...] = ()
    controls: tuple[Controlled, ...] = ()
    rests_on: tuple[str, ...] = ()
    governing: tuple[governing.Governing, ...] = ()
    map: pd.DataFrame | None = field(default=None, repr=False)


class Bench:
    """Judges the claims of arguments."""

    def __init__(self, laboratory: Laboratory, size: Size) -> None:
        self.laboratory, self.size = laboratory, size

    def first(self, cases: Sequence[Case]) -> list[Order]:
        """Return what is played before anything is known."""
        orders = [Order(arm, self.size.runs) for case in cases for arm in (*case.arms, *case.without)]
        if not self.size.every:  # the first control of each claim shares the blocks of its conditions
            orders += [
                Order(arm.variant(control.applied(arm.scenario.mechanisms)), self.size.control)
                for case in cases
                for control in _together(_singles(case))
                for arm in case.arms
            ]
        return orders

    def judge(self, cases: Sequence[Case]) -> list[Judged]:
        """Return what is to be said of every claim."""
        own, without = self._measured(cases)
        judged = [Judged(case, mine, free) for case, mine, free in zip(cases, own, without, strict=True)]
        judged = self._controlled(judged)
        return [self._explained(one) for one in judged]

    def _measured(self, cases: Sequence[Case]) -> tuple[list[Finding], list[Finding]]:
        """Return the findings in the arguments' own worlds, and over all that the coding leaves open."""
        runs = [self.size.runs] * len(cases)
        self.laboratory.play(self.first(cases))
        own, without = self._findings(cases, runs)
        more = [_more(finding, self.size) for finding in own]
        if any(wanted > had for wanted, had in zip(more, runs, strict=True)):
            self.laboratory.play(
                Order(arm, wanted) for case, wanted in zip(cases, more, strict=True) for arm in case.arms
            )
            own, without = self._findings(cases, more)
        return own, without

    def _findings(self, cases: Sequence[Case], runs: Sequence[int]) -> tuple[list[Finding], list[Finding]]:
        found = [self._finding(case, case.arms, n) for case, n in zip(cases, runs, strict=True)]
        found += [self._finding(case, case.without, self.size.runs) for case in cases]
        adjusted = holm(np.array([finding.chance for finding in found]))
        final = [
            replace(
                finding, chance=float(chance), verdict=self._verdict(case, finding.spread, float(chance), finding.runs)
            )
            for finding, chance, case in zip(found, adjusted, [*cases, *cases], strict=True)
        ]
        return final[: len(cases)], final[len(cases) :]

    def _finding(self, case: Case, arms: Sequence[Condition], runs: int) -> Finding:
        seed = self.laboratory.seed
        found = effect(case.estimate(self.laboratory, arms, runs, runs))
        if not len(found.value):
            route = ("claims", case.argument.stated.claims.index(case.claim), "measure")
            raise InputError([case.argument.file.fault(route, "undefined in every draw, as a quotient by 0 is")])
        spread = (wide_shares if self.size.careful else shares)(found, case.claim.margin, seed)
        oriented = spread if case.sign > 0 else spread.turned()
        chance = exchange_test(found, seed) if case.claim.against is None else _away_from(found)
        return Finding(found, oriented, chance, runs, self._verdict(case, oriented, chance, runs))

    def _verdict(self, case: Case, spread: Shares, chance: float, runs: int) -> Verdict:
        return judge(case.claim.expects, spread, chance, runs, self.size.careful)

    def _controlled(self, judged: list[Judged]) -> list[Judged]:
        """Put claims to their controls: of all mechanisms together, of each alone, and of pairs where need be."""
        singles = {place: _singles(one.case) for place, one in enumerate(judged)}
        together = {place: _together(singles[place]) for place in singles}
        first = {place: [*together[place], *(singles[place] if self.size.every else [])] for place in singles}
        done = self._under(judged, first)
        if not self.size.every:
            asked = {place: singles[place] for place, one in enumerate(judged) if _needs_controls(one)}
            for place, found in self._under(judged, asked).items():
                done[place] += found
        self._confirm(judged, done, {place: {c.name: c for c in chosen} for place, chosen in singles.items()})
        self._sought_together(judged, done, singles)
        return [self._with_controls(one, done[place]) for place, one in enumerate(judged)]

    def _sought_together(
        self, judged: Sequence[Judged], done: dict[int, list[Controlled]], singles: dict[int, list[Control]]
    ) -> None:
        """Find the mechanisms that bear an effect in each other's stead, where none takes it away by itself.

        With all the others off, each of those brings the effect back; with all of those off, it is gone.
        """
        asked = {
            place: _all_but_one(singles[place]) for place in singles if _borne_by_several(judged[place], done[place])
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
        """Return the effect of claims, by place, under the controls wanted for each."""
        changed = {
            (place, control): tuple(
                arm.variant(control.applied(arm.scenario.mechanisms)) for arm in judged[place].case.arms
            )
            for place, chosen in wanted.items()
            for control in chosen
        }
        size = {place: judged[place].finding.runs if full else self.size.control for place in wanted}
        self.laboratory.play(Order(arm, size[place]) for (place, _), arms in changed.items() for arm in arms)
        found: dict[int, list[Controlled]] = {place: [] for place in wanted}
        for (place, control), arms in changed.items():
            found[place].append(self._compared(judged[place], control, arms, size[place]))
        return found

    def _compared(self, one: Judged, control: Control, arms: tuple[Condition, ...], runs: int) -> Controlled:
        case = one.case
        on = case.estimate(self.laboratory, case.arms, runs, one.finding.runs)
        off = case.estimate(self.laboratory, arms, runs, runs)
        with_it, under_it, difference = effect(on), effect(off), effect(on - off)
        compared = with_it, under_it, difference, case.claim.margin, _direction(one.finding)
        gone = takes_away(*compared)
        unclear = self.size.careful and may_come_out_otherwise(*compared)
        return Controlled(control.name, under_it.mean, under_it.error, with_it.mean, gone, runs, unclear)

    def _confirm(
        self, judged: Sequence[Judged], done: dict[int, list[Controlled]], known: dict[int, dict[str, Control]]
    ) -> None:
        """Play in full what seems to take an effect away, and keep what comes of that."""
        again = {
            place: [chosen[found.name] for found in done[place] if found.takes_away and found.name in chosen]
            for place, chosen in known.items()
            if _one_way(judged[place].finding)
        }
        for place, confirmed in self._under(judged, {p: c for p, c in again.items() if c}, full=True).items():
            by_name = {found.name: found for found in confirmed}
            done[place] = [by_name.get(found.name, found) for found in done[place]]

    def _with_controls(self, one: Judged, found: list[Controlled]) -> Judged:
        """Return a claim with its controls, and the fewest mechanisms that its effect rests on."""
        single = [c for c in found if c.name != controls.ALL_OFF and " with " not in c.name]
        alone = tuple(c.name for c in single if c.takes_away and not c.unclear)
        paired = tuple(c.name for c in found if c.takes_away and " with " in c.name)
        verdict = one.finding.verdict
        if _needs_controls(one):
            verdict = as_open(verdict, tuple(c.name for c in single if c.unclear))
        told = verdict.word != "undecided" and any(c.name != controls.ALL_OFF for c in found)
        all_of_them = tuple(c.name for c in found if c.takes_away and c.name == controls.ALL_OFF and told)
        finding = replace(one.finding, verdict=as_echo(verdict, alone))
        return replace(one, controls=tuple(found), rests_on=alone or paired[:1] or all_of_them, finding=finding)

    def _explained(self, one: Judged) -> Judged:
        """Return a claim with what decides about it over all that the coding leaves open."""
        found, case = one.open.effect, one.case
        parameters = self._parameters(case.without)
        values = governing.open_values(parameters, found.draw)
        decide = governing.governing(found, values)
        drawn = None
        if decide:
            paths = governing.axes(found, values, decide)
            drawn = governing.flip_map(found, values, paths).assign(x_path=paths[0], y_path=paths[1]) if paths else None
        return replace(one, curves=_curves(found, parameters), governing=tuple(decide), map=drawn)

    def _parameters(self, arms: Sequence[Condition]) -> pd.DataFrame:
        """Return the draws of what all arms leave open alike."""
        stated = [{value.path: value for value in arm.scenario.quantities()} for arm in arms]
        table = self.laboratory.plan(arms[0], self.size.runs).drawn.table()
        alike = [name for name in table if all(one.get(name) == stated[0].get(name) for one in stated)]
        return table[alike]


def _more(finding: Finding, size: Size) -> int:
    """Return how many runs a claim deserves: as many as would decide it, if that is within reach."""
    verdict = finding.verdict
    if verdict.word != "undecided":
        return finding.runs
    wanted = size.most if verdict.runs is None else min(verdict.runs, size.most)
    return max(finding.runs, -(-wanted // size.runs) * size.runs)


def _away_from(found: Effect) -> float:
    """Return the chance that a mean as far from 0 would come of none: for a condition that stands alone."""
    from math import erfc, sqrt

    return erfc(abs(found.mean) / found.error / sqrt(2)) if found.error > 0 else float(found.mean == 0)


def _needs_controls(one: Judged) -> bool:
    """Whether a claim holds by an effect, which may rest on a mechanism: that nothing moves rests on none."""
    return one.finding.verdict.word == "holds" and one.case.claim.expects != "equal"


def _one_way(finding: Finding) -> bool:
    """Whether an effect came out one way, as expected or the other: only then can a control take it away."""
    opposite = finding.verdict.word == "fails" and finding.verdict.detail in ("the opposite", "there is a difference")
    return (finding.verdict.word == "holds" and finding.chance < ERROR_RATE) or opposite


def _direction(finding: Finding) -> int:
    """Return the sign of the effect that a control might take away."""
    return 1 if finding.effect.mean >= 0 else -1


def _singles(case: Case) -> list[Control]:
    """Return the single controls of a claim, without the mechanisms that its own conditions set."""
    known = {control.name: control for arm in case.arms for control in controls.singles(arm.scenario)}
    return [control for name, control in known.items() if not _differs(case, name)]


def _together(singles: Sequence[Control]) -> list[Control]:
    """Return the control that switches off all disputed mechanisms at once."""
    return [controls.together(singles)]


def _differs(case: Case, mechanism: str) -> bool:
    values = [getattr(arm.scenario.mechanisms, mechanism).plain() for arm in case.arms]
    return any(value != values[0] for value in values)


def _borne_by_several(one: Judged, found: Sequence[Controlled]) -> bool:
    """Whether all controls together take an effect away, and none of them does alone."""
    together = any(c.takes_away for c in found if c.name == controls.ALL_OFF)
    alone = [c for c in found if c.name != controls.ALL_OFF]
    return together and bool(alone) and _one_way(one.finding) and not any(c.takes_away for c in alone)


def _all_but_one(singles: Sequence[Control]) -> list[Control]:
    """Return the controls that leave one disputed mechanism on and switch all the others off."""
    disputed = [control for control in singles if control.name not in controls.KEPT_ON]
    return [
        Control(f"{ALL_BUT}{left.name}", tuple(other.values[0] for other in disputed if other is not left))
        for left in disputed
    ]


def _curves(found: Effect, parameters: pd.DataFrame) -> tuple[tuple[str, float, float], ...]:
    """Return the mean effect and its error for each credibility curve, over the draws that have it."""
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
    """Return all claims of arguments with their conditions loaded."""
    return [case for argument in arguments for case in _cases(argument)]


def _cases(argument: Argument) -> Iterator[Case]:
    for number, claim in enumerate(argument.stated.claims):
        conditions = argument.conditions(number)
        measure = read(claim.measure, conditions.arms[0].scenario)
        arms = _as_conditions(conditions.arms)
        yield Case(argument, claim, measure, arms, _as_conditions(conditions.without) or arms, conditions.weights)


def _as_conditions(loaded: Iterable[Loaded]) -> tuple[Condition, ...]:
    return tuple(Condition(one.scenario) for one in loaded)


def expected_share(finding: Finding, claim: Claim) -> Share:
    """Return the share of draws that go the way a claim expects."""
    return as_expected(claim.expects, finding.spread)
