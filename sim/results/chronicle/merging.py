"""Make a chronicle readable: repeated proposals become one act, and reasons are given once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.results.chronicle.act import Act

LONGEST_SPAN = 7
"""Days from a proposal to its last repetition that is told with it."""
CLOSES = frozenset({"ceasefire", "silence", "break", "capitulation", "opening"})
"""Acts after which a proposal is a new one."""


def merged(acts: Sequence[Act]) -> list[Act]:
    """Return the acts, with repetitions of a proposal merged into the first.

    A proposal repeats the last one if the same mediator makes it within a week of the first, the
    same sides refuse it, and the fighting has neither ended nor begun in between. Another
    mediator's proposal stays an act of its own. It is marked where it is answered as the last one
    was, or where all reasons for its refusal have been given before. Ceasefires are numbered.

    >>> offers = [Act(day, "offer", "OST", refuse_freeze="NOR:fights", until=day) for day in (3, 4)]
    >>> [(act.day, act.until, act.times) for act in merged(offers)]
    [(3, 4, 2)]
    """
    found: list[Act] = []
    last: int | None = None  # position of the proposal that may be repeated
    given: set[str] = set()  # reasons for refusals that a reader knows
    ceasefires = 0
    for act in acts:
        if act.kind == "offer" and last is not None and _repeats(found[last], act):
            first = found[last]
            found[last] = replace(first, until=act.day, times=first.times + 1, last_share=act.share)
            continue
        if act.kind in CLOSES:
            last = None
        if act.kind == "ceasefire":
            ceasefires += 1
            act = replace(act, number=ceasefires)
        elif act.kind == "offer":
            reasons = _reasons(act)
            same = last is not None and _is_answered_alike(found[last], act)
            act = replace(act, as_before=same, brief=reasons <= given)
            given |= reasons
            last = len(found)
        found.append(act)
    return found


def _reasons(act: Act) -> set[str]:
    """Return who refuses which proposal for which reason."""
    of_package = {f"package {refusal}" for refusal in act.refuse_package.split()}
    return of_package | {f"freeze {refusal}" for refusal in act.refuse_freeze.split()}


def _repeats(first: Act, act: Act) -> bool:
    return (
        act.actor == first.actor
        and act.day - first.day <= LONGEST_SPAN
        and _is_answered_alike(first, act)
    )


def _is_answered_alike(first: Act, act: Act) -> bool:
    """Return whether the same sides refuse proposals of the same kind."""
    return (
        bool(act.share) == bool(first.share)
        and act.concession == first.concession
        and _sides(act.refuse_package) == _sides(first.refuse_package)
        and _sides(act.refuse_freeze) == _sides(first.refuse_freeze)
    )


def _sides(refusals: str) -> list[str]:
    """Return who refuses, without the reasons."""
    return [refusal.partition(":")[0] for refusal in refusals.split()]
