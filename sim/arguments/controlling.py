"""Apply controls to tested claims, and find the mechanisms that their effects need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.arguments import controls
from sim.arguments.cases import Case, Controlled, Finding, Judged, Needs
from sim.arguments.controls import Control
from sim.arguments.effects import effect
from sim.arguments.playing import Condition, ExperimentRunner, Order
from sim.arguments.verdicts import (
    ERROR_RATE,
    as_assumption_driven,
    as_open,
    may_come_out_otherwise,
    takes_away,
)
from sim.arguments.words import Expects, Kind, Reason, Word

MOST_TOGETHER = 4
"""Largest number of mechanisms with a joint effect that are reported by name."""


class ControlJudge:
    """Judges which mechanisms the effects of claims need.

    Args:
        runner: simulates conditions.
        runs: runs per condition under a control.
        every: whether every claim gets every control. Otherwise only claims that hold do.
        careful: whether this is a quick comparison.
    """

    def __init__(self, runner: ExperimentRunner, runs: int, every: bool, careful: bool) -> None:
        self.runner = runner
        self.runs = runs
        self.every = every
        self.careful = careful

    def controlled(self, judged: list[Judged]) -> list[Judged]:
        """Apply controls to tested claims.

        All mechanisms are switched off together, then each alone, then small sets if necessary.
        """
        singles = {
            place: single_controls(claim.case)
            for place, claim in enumerate(judged)
            if is_tested(claim)
        }
        together = {place: [controls.together(chosen)] for place, chosen in singles.items()}
        first = {
            place: [*together[place], *(singles[place] if self.every else [])] for place in singles
        }
        done = self._under(judged, first)
        if not self.every:
            asked = {
                place: chosen for place, chosen in singles.items() if _needs_controls(judged[place])
            }
            for place, found in self._under(judged, asked).items():
                done[place] += found
        self._confirm(judged, done, singles)
        self._find_joint(judged, done, singles)
        return [
            self._with_controls(claim, done[place]) if place in done else claim
            for place, claim in enumerate(judged)
        ]

    def _find_joint(
        self,
        judged: Sequence[Judged],
        done: dict[int, list[Controlled]],
        singles: dict[int, list[Control]],
    ) -> None:
        """Find the mechanisms that jointly carry an effect if no single one removes it.

        With all others off, each of them restores the effect. With all of them off, it vanishes.
        """
        asked = {
            place: controls.all_but_one(chosen)
            for place, chosen in singles.items()
            if _is_joint(judged[place], done[place])
        }
        back = self._under(judged, asked)
        joined = {}
        for place, found in back.items():
            bearing = {c.mechanisms for c in found if not c.takes_away}
            chosen = [control for control in singles[place] if control.mechanisms in bearing]
            if 1 < len(chosen) <= MOST_TOGETHER:
                joined[place] = [controls.joint(chosen)]
        for place, found in self._under(judged, joined, full=True).items():
            done[place] += found

    def _under(
        self, judged: Sequence[Judged], wanted: dict[int, list[Control]], full: bool = False
    ) -> dict[int, list[Controlled]]:
        """Return the effects of claims under the requested controls, by position of the claim."""
        changed = {
            (place, control): tuple(under(arm, control) for arm in judged[place].case.arms)
            for place, chosen in wanted.items()
            for control in chosen
        }
        size = {place: judged[place].finding.runs if full else self.runs for place in wanted}
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
        on = case.combined(case.estimates(self.runner, case.arms, runs, judged.finding.runs))
        off = case.combined(case.estimates(self.runner, arms, runs, runs))
        with_it = effect(on)
        under_it = effect(off)
        difference = effect(on - off)
        compared = with_it, under_it, difference, case.margin, _direction(judged.finding)
        gone = takes_away(*compared)
        unclear = self.careful and may_come_out_otherwise(*compared)
        return Controlled(
            control.kind,
            control.mechanisms,
            under_it.mean,
            under_it.error,
            with_it.mean,
            gone,
            runs,
            unclear,
        )

    def _confirm(
        self,
        judged: Sequence[Judged],
        done: dict[int, list[Controlled]],
        singles: Mapping[int, list[Control]],
    ) -> None:
        """Repeat single controls that seem to remove an effect with all runs."""
        again = {}
        for place, chosen in singles.items():
            gone = {found.mechanisms for found in _alone(done[place]) if found.takes_away}
            repeated = [control for control in chosen if control.mechanisms in gone]
            if repeated and _one_way(judged[place].finding):
                again[place] = repeated
        for place, confirmed in self._under(judged, again, full=True).items():
            known = {(found.kind, found.mechanisms): found for found in confirmed}
            done[place] = [known.get((c.kind, c.mechanisms), c) for c in done[place]]

    def _with_controls(self, judged: Judged, found: list[Controlled]) -> Judged:
        """Return a claim with its controls, and the smallest set of mechanisms that it needs."""
        single = _alone(found)
        alone = tuple(c.mechanisms[0] for c in single if c.takes_away and not c.unclear)
        unclear = tuple(c.mechanisms[0] for c in single if c.unclear)
        verdict = judged.finding.verdict
        if _needs_controls(judged):
            verdict = as_open(verdict, unclear)
        finding = replace(judged.finding, verdict=as_assumption_driven(verdict, alone))
        needs = _needs(found, alone, verdict.word != Word.UNDECIDED)
        return replace(judged, controls=tuple(found), needs=needs, finding=finding)


def is_tested(judged: Judged) -> bool:
    """Return whether a claim is tested, so that its mechanisms and drivers mean something."""
    return judged.finding.verdict.word not in (Word.UNTESTED, Word.UNTESTABLE)


def _alone(found: Sequence[Controlled]) -> list[Controlled]:
    """Return the controls of single mechanisms."""
    return [control for control in found if control.kind == Kind.SINGLE]


def _needs(found: Sequence[Controlled], alone: tuple[str, ...], decided: bool) -> Needs:
    """Return the smallest set of mechanisms without which an effect vanishes."""
    if alone:
        return Needs(Kind.SINGLE, alone)
    for control in found:
        if control.kind == Kind.JOINT and control.takes_away:
            return Needs(Kind.JOINT, control.mechanisms)
    single_tested = any(control.kind != Kind.ALL for control in found)
    everything = any(control.kind == Kind.ALL and control.takes_away for control in found)
    return Needs(Kind.ALL) if everything and single_tested and decided else Needs()


def _needs_controls(judged: Judged) -> bool:
    """Return whether a claim holds because of an effect, which may need a mechanism."""
    word = judged.finding.verdict.word
    expects = judged.case.test.expectation
    return word == Word.HOLDS and expects != Expects.EQUAL


def _one_way(finding: Finding) -> bool:
    """Return whether an effect has a clear direction. Only then can a control remove it."""
    verdict = finding.verdict
    opposite = verdict.reason in (Reason.OPPOSITE, Reason.DIFFERENCE)
    return (verdict.word == Word.HOLDS and finding.chance < ERROR_RATE) or opposite


def _direction(finding: Finding) -> int:
    """Return the sign of the effect that a control might remove."""
    return 1 if finding.effect.mean >= 0 else -1


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


def _is_joint(judged: Judged, found: Sequence[Controlled]) -> bool:
    """Return whether all controls together remove an effect but no single one does."""
    together = any(c.takes_away for c in found if c.kind == Kind.ALL)
    alone = _alone(found)
    return (
        together
        and bool(alone)
        and _one_way(judged.finding)
        and not any(c.takes_away for c in alone)
    )
