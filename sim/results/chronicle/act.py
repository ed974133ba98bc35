"""One act of a run, and the decision behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.results.chronicle.choices import (
    CESSATION,
    ESCALATION,
    STANCE,
    SURRENDER,
    TREATY,
    Option,
)

HELD = "held"
"""News of a stance that the scenario fixes."""
ANSWER = "answer"
"""Prompt of a side that returns fire, or attacks, on the day on which the other opened it."""
RECEIVED, HARDLY_RECEIVED, REFUSED = "received", "hardly", "refused"
"""How a side receives a mediator."""
DECIDED = {
    "stance": STANCE,
    "posture": ESCALATION,
    "treaty": TREATY,
    "break": CESSATION,
    "capitulation": SURRENDER,
}
"""What the decision behind an act is about."""


@dataclass(frozen=True)
class Act:
    """One act of a run: one row of the table of a trace.

    Attributes:
        day: day of the crisis; the onset is day 0.
        kind: ``opening``, ``posture``, ``stance``, ``reception``, ``embargo``, ``territory``,
            ``silence``, ``break``, ``treaty``, ``offer``, ``ceasefire``, ``capitulation`` or
            ``cession``.
        actor: code of who acts; empty if it is nobody in particular.
        target: codes of those it is done to, separated by spaces.
        before, after: the stance or the escalation level before and after it. For a ``break``, the
            cessation that it ends. It is ``unchanged`` after a call that no ally answers. For a
            ``reception``, it is how the side receives the mediator: ``received``, ``hardly`` or
            ``refused``. It is ``received`` before if it ever did, else empty.
        prompt: the news behind a stance. For a ``break``, its reason: ``gain``, ``refusal`` of what
            was due, or ``accident``. For a ``reception``, the commitment to the enemy that ends it.
            It is ``answer`` for a side that fires at the one that opened the fighting that day.
        prompted_by: codes of the actors behind the news, separated by spaces; for a ceasefire, of
            the third party that sends peacekeepers; for a capitulation, of its mediator.
        support: levels of support that a stance gives.
        share: territory of the act, as a share of the area: of a proposal or a ceasefire what it
            hands over; otherwise what has been taken or handed over so far or at once.
        last_share: the same in the last of several like proposals.
        concession: whether the terms grant anything besides territory.
        protection: peacekeeping protection of the terms, 0 to 1.
        refuse_package, refuse_freeze: who refuses each proposal, each as ``CODE:reason``,
            separated by spaces; the reason ``patron`` is followed by the codes of those who are
            left out, each after a colon.
        signs: who signs against expectation, each as ``CODE:reason``, separated by spaces. A
            third part, ``first``, says that it did not refuse the same the last time.
        until: last day of a repeated proposal or of what the scenario fixes; else ``day``.
        times: how often a proposal was made.
        number: for a ceasefire, which one it is, counted from 1; else 0.
        as_before: whether a proposal is answered as the last one was.
        brief: whether all reasons of its refusals have been given before.
        utility, probability: of what the actor chose; NaN where it had no choice.
        level, deaths, territory_fought, territory_ceded: the state at the end of the day.
        left: share of the area that the defender holds at the end of the day.
    """

    day: int
    kind: str
    actor: str = ""
    target: str = ""
    before: str = ""
    after: str = ""
    prompt: str = ""
    prompted_by: str = ""
    support: float = 0.0
    share: float = 0.0
    last_share: float = 0.0
    concession: bool = False
    protection: float = 0.0
    refuse_package: str = ""
    refuse_freeze: str = ""
    signs: str = ""
    until: int = -1
    times: int = 1
    number: int = 0
    as_before: bool = False
    brief: bool = False
    utility: float = float("nan")
    probability: float = float("nan")
    level: int = 0
    deaths: float = 0.0
    territory_fought: float = 0.0
    territory_ceded: float = 0.0
    left: float = 1.0


def with_choices(acts: Sequence[Act], options: Sequence[Option]) -> list[Act]:
    """Return the acts with the utility and the probability of what each actor chose."""
    chosen = {(o.day, o.actor, o.about): o for o in options if o.chosen}
    found = []
    for act in acts:
        option = chosen.get((act.day, act.actor, DECIDED.get(act.kind, "")))
        if option is not None and act.prompt != HELD:
            act = replace(act, utility=option.utility, probability=option.probability)
        found.append(act)
    return found
