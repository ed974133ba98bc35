"""Apply controls to tested claims, and find the mechanisms that their effects need.

A claim gets controls if its mean effect is clearly as expected, or clearly the opposite. They come
in this order. The search ends with the first set of mechanisms without which the effect is gone.

1. Each mechanism alone.
2. Each pair of the four mechanisms whose absence weakens the effect most.
3. All disputed mechanisms together. If that removes the effect, all but one, for each of them.
   Those that restore it are switched off together, if they are at most four.

What remains under a control is the effect with all runs, less what the control changes in the
common runs. Common random numbers make that change precise with few runs.

A mechanism alone is first switched off in a part of the draws. This is enough if the effect clearly
remains and does not clearly change, as it does for most mechanisms. Otherwise the runs are
multiplied by four while the interval allows both results, or would do so if chance moved the effect
by one standard error. The most is 16 times the first number. For a mechanism alone, if the claim
holds, it is the number of runs of the claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from sim.arguments import controls
from sim.arguments.cases import Case, Controlled, Judged, Needs
from sim.arguments.controls import Control
from sim.arguments.effects import Effect
from sim.arguments.intervals import error_of
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.arguments.verdicts import as_assumption_driven, as_open, outside, takes_away
from sim.arguments.words import Expects, Kind, Reason, Word

Array = NDArray[np.float64]

MOST_TOGETHER = 4
"""Largest number of mechanisms with a joint effect that are reported by name."""
STEP = 4
"""Factor by which the runs of an unclear result grow."""


@dataclass(frozen=True)
class ControlJudge:
    """Judges which mechanisms the effects of claims need.

    Attributes:
        runner: simulates conditions.
        runs: initial runs per condition with a mechanism off.
    """

    runner: ExperimentRunner
    runs: int

    def controlled(self, judged: list[Judged]) -> list[Judged]:
        """Apply controls to claims with an effect in a clear direction."""
        singles = {
            place: single_controls(claim.case)
            for place, claim in enumerate(judged)
            if has_effect(claim)
        }
        done = self._decided(judged, singles)
        for search in (self._pairs, self._sets):
            left = [place for place in singles if not _is_settled(done[place])]
            for place, found in search(judged, singles, done, left).items():
                done[place] += found
        return [
            _with_controls(claim, done[place]) if place in done else claim
            for place, claim in enumerate(judged)
        ]

    def _pairs(
        self,
        judged: Sequence[Judged],
        singles: Mapping[int, list[Control]],
        done: Mapping[int, list[Controlled]],
        left: Sequence[int],
    ) -> dict[int, list[Controlled]]:
        """Return the effects without each pair of the mechanisms that weaken an effect most."""
        asked = {}
        for place in left:
            weakening = _weakening(done[place])[:MOST_TOGETHER]
            chosen = [control for control in singles[place] if control.mechanisms in weakening]
            asked[place] = [controls.joint(pair) for pair in combinations(chosen, 2)]
        return self._decided(judged, asked)

    def _sets(
        self,
        judged: Sequence[Judged],
        singles: Mapping[int, list[Control]],
        done: Mapping[int, list[Controlled]],
        left: Sequence[int],
    ) -> dict[int, list[Controlled]]:
        """Return the effects without all disputed mechanisms, and without those that restore it."""
        found = self._decided(
            judged, {place: [controls.together(singles[place])] for place in left}
        )
        vanished = [place for place in left if _is_settled(found[place])]
        back = self._decided(
            judged, {place: controls.all_but_one(singles[place]) for place in vanished}
        )
        joined = {}
        for place, restored in back.items():
            bearing = {c.mechanisms for c in restored if not c.takes_away}
            chosen = [control for control in singles[place] if control.mechanisms in bearing]
            if 1 < len(chosen) <= MOST_TOGETHER:
                joined[place] = [controls.joint(chosen)]
        last = self._decided(judged, joined)
        return {
            place: [*found[place], *back.get(place, []), *last.get(place, [])] for place in left
        }

    def _decided(
        self, judged: Sequence[Judged], wanted: Mapping[int, list[Control]]
    ) -> dict[int, list[Controlled]]:
        """Return the effects under controls, by position of the claim, with enough runs."""
        found: dict[int, dict[Control, Controlled]] = {place: {} for place in wanted}
        asked = {place: list(chosen) for place, chosen in wanted.items() if chosen}
        limits = {place: self._sizes(judged[place], chosen) for place, chosen in asked.items()}
        size = {place: least for place, (least, _) in limits.items()}
        while asked:
            unclear: dict[int, list[Control]] = {}
            for place, results in self._under(judged, asked, size).items():
                most = limits[place][1]
                rough = size[place] < self.runner.draws
                for control, result in zip(asked[place], results, strict=True):
                    found[place][control] = result
                    is_open = result.unclear or result.close or (rough and result.has_part)
                    if is_open and size[place] < most:
                        unclear.setdefault(place, []).append(control)
                size[place] = min(size[place] * STEP, most)
            asked = unclear
        return {place: list(results.values()) for place, results in found.items()}

    def _sizes(self, judged: Judged, chosen: Sequence[Control]) -> tuple[int, int]:
        """Return the smallest and the largest number of runs under controls of a claim.

        All of these controls switch off a mechanism alone, or none of them does.
        """
        alone = chosen[0].kind == Kind.SINGLE
        holds = judged.finding.verdict.word == Word.HOLDS
        least = self.runs if alone else STEP * self.runs
        most = judged.finding.runs if alone and holds else STEP**2 * self.runs
        return min(least, judged.finding.runs), min(most, judged.finding.runs)

    def _under(
        self, judged: Sequence[Judged], wanted: Mapping[int, list[Control]], size: Mapping[int, int]
    ) -> dict[int, list[Controlled]]:
        """Return the effects of claims under controls, with some runs."""
        changed = {
            place: [tuple(under(arm, control) for arm in judged[place].case.arms) for control in of]
            for place, of in wanted.items()
        }
        self.runner.play(
            Order(arm, size[place]) for place, of in changed.items() for arms in of for arm in arms
        )
        found: dict[int, list[Controlled]] = {}
        for place, of in changed.items():
            on = self._effect(judged[place].case, judged[place].case.arms, size[place])
            found[place] = [
                self._compared(judged[place], control, on, arms, size[place])
                for control, arms in zip(wanted[place], of, strict=True)
            ]
        return found

    def _effect(self, case: Case, arms: tuple[Condition, ...], runs: int) -> Effect:
        """Return the effect of a claim between some conditions, in their first runs."""
        return case.effect(case.estimates(self.runner, arms, runs))

    def _compared(
        self,
        judged: Judged,
        control: Control,
        on: Effect,
        arms: tuple[Condition, ...],
        runs: int,
    ) -> Controlled:
        """Return the effect of a claim under a control.

        Args:
            judged: the claim.
            control: the control.
            on: the effect in the first runs.
            arms: its conditions under the control.
            runs: runs per condition.
        """
        case = judged.case
        off = self._effect(case, arms, runs)
        with_it, left = _remaining(judged.finding.effect, on, off)
        expects, sign = _direction(judged)
        change_error = error_of(left - with_it, off.single_pair)
        by_chance = _error_by_chance(judged.finding.effect, on, off)
        error = change_error if by_chance is None else by_chance
        gone, *moved = (
            takes_away(expects, sign * with_it, sign * rest, case.margin, off.single_pair)
            if len(left) > 1
            else None
            for rest in (left, left - error, left + error)
        )
        return Controlled(
            control.kind,
            control.mechanisms,
            float(left.mean()) if len(left) else float("nan"),
            error_of(left, off.single_pair),
            float(with_it.mean()) if len(left) else float("nan"),
            gone is True,
            runs,
            gone is None,
            change_error,
            close=any(other != gone for other in moved),
        )


def _remaining(full: Effect, on: Effect, off: Effect) -> tuple[Array, Array]:
    """Return the effect in each draw, and what remains of it under a control.

    Args:
        full: the effect, with all runs.
        on: the effect in the first runs.
        off: the effect in the first runs under the control.

    Returns:
        Both, for the draws in which all are defined.
    """
    common = np.intersect1d(np.intersect1d(full.draw, on.draw), off.draw)
    values = [found.value[np.searchsorted(found.draw, common)] for found in (full, on, off)]
    return values[0], values[0] - (values[1] - values[2])


def _error_by_chance(full: Effect, on: Effect, off: Effect) -> float | None:
    """Return how far other random numbers would move what remains, with the same draws.

    It is the standard error of the mean; None if there are too few replicates to see it. The
    arguments are those of :func:`_remaining`.
    """
    common = np.intersect1d(on.draw, off.draw)
    if on.replicates < 2 or off.replicates < 2 or not len(common):
        return None
    parts = [found.influence[:, np.searchsorted(found.draw, common)] for found in (on, off)]
    squares = ((parts[0] - parts[1]) ** 2).sum()
    of_change = squares / (on.replicates - 1) / on.replicates / len(common) ** 2
    return sqrt(of_change + full.noise.sum() / len(full.noise) ** 2)


def _with_controls(judged: Judged, found: list[Controlled]) -> Judged:
    """Return a claim with its controls, and the smallest set of mechanisms that it needs."""
    single = _alone(found)
    alone = tuple(c.mechanisms[0] for c in single if c.takes_away)
    unclear = tuple(c.mechanisms[0] for c in single if c.unclear)
    verdict = as_assumption_driven(judged.finding.verdict, alone)
    finding = replace(judged.finding, verdict=as_open(verdict, unclear))
    return replace(judged, controls=tuple(found), needs=_needs(found, alone), finding=finding)


def _is_settled(found: Sequence[Controlled]) -> bool:
    """Return whether some control removes the effect."""
    return any(control.takes_away for control in found)


def _weakening(found: Sequence[Controlled]) -> list[tuple[str, ...]]:
    """Return the mechanisms without which an effect is clearly weaker, the weakest first."""
    lost = {
        control.mechanisms: (control.without - control.mean) * np.sign(control.without)
        for control in _alone(found)
        if control.has_part
    }
    return sorted((m for m, loss in lost.items() if loss > 0), key=lambda m: -lost[m])


def is_tested(judged: Judged) -> bool:
    """Return whether a claim is tested, so that its mechanisms and drivers mean something."""
    return judged.finding.verdict.word not in (Word.UNTESTED, Word.UNTESTABLE)


def _alone(found: Sequence[Controlled]) -> list[Controlled]:
    """Return the controls of single mechanisms."""
    return [control for control in found if control.kind == Kind.SINGLE]


def _needs(found: Sequence[Controlled], alone: tuple[str, ...]) -> Needs:
    """Return the smallest set of mechanisms without which an effect vanishes."""
    if alone:
        return Needs(Kind.SINGLE, alone)
    for control in found:
        if control.kind == Kind.JOINT and control.takes_away:
            return Needs(Kind.JOINT, control.mechanisms)
    everything = any(control.kind == Kind.ALL and control.takes_away for control in found)
    return Needs(Kind.ALL) if everything else Needs()


def has_effect(judged: Judged) -> bool:
    """Return whether a claim shows a clear effect, which may need a mechanism."""
    verdict = judged.finding.verdict
    if judged.finding.ratio is not None or not is_tested(judged):
        return False
    if verdict.word == Word.FAILS:
        return verdict.reason in (Reason.OPPOSITE, Reason.DIFFERENCE)
    case = judged.case
    found = case.oriented(judged.finding.effect)
    if len(found.value) < 2:
        return False
    expects = case.test.expectation
    return outside(expects, found.value, case.margin, found.single_pair) is False


def _direction(judged: Judged) -> tuple[Expects, int]:
    """Return what a control might remove, and the sign that orients the effect towards it."""
    if judged.finding.verdict.word == Word.FAILS:
        return Expects.GREATER, 1 if judged.finding.effect.mean >= 0 else -1
    return judged.case.test.expectation, judged.case.sign


def under(arm: Condition, control: Control) -> Condition:
    """Return a condition under a control."""
    return arm.variant(control.applied(arm.scenario.mechanisms))


def single_controls(case: Case) -> list[Control]:
    """Return the single controls of a claim, without mechanisms that its conditions set."""
    known = {
        control.mechanisms[0]: control
        for arm in case.arms
        for control in controls.singles(arm.scenario)
    }
    return [control for name, control in known.items() if not _differs(case, name)]


def _differs(case: Case, mechanism: str) -> bool:
    values = [getattr(arm.scenario.mechanisms, mechanism).plain() for arm in case.arms]
    return any(value != values[0] for value in values)
