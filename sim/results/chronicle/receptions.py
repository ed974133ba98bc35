"""When a side stops receiving a mediator, and when it receives it again.

A mediator that commits itself to one side is less welcome to the other. It keeps its seat, but it
has little voice, or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.results.chronicle.act import HARDLY_RECEIVED, RECEIVED, REFUSED, Act
from sim.results.chronicle.days import DayEnd
from sim.scenario.stances import stance as stance_named

LITTLE = 0.25
"""Share of its welcome below which a mediator is hardly received."""


def receptions(sides: tuple[str, str], ends: Sequence[DayEnd], after: DayEnd) -> Iterator[Act]:
    """Yield the changes of a day in how the sides receive those who mediate; none at the onset.

    Args:
        sides: codes of the challenger and of the defender.
        ends: state at the end of each day; the first is the eve of the crisis.
        after: state at the end of the day.
    """
    earlier = [end for end in ends if 0 <= end.day < after.day]
    for code in after.stances if earlier else ():
        for side in (0, 1):
            now, was = reception(after, code, side), reception(earlier[-1], code, side)
            is_told = now != was and (was, now) != (REFUSED, HARDLY_RECEIVED)
            if not (is_told and stance_named(after.stances[code]).mediates):
                continue
            before = RECEIVED in (reception(end, code, side, "") for end in earlier)
            yield Act(
                after.day,
                "reception",
                sides[side],
                code,
                RECEIVED if before else "",
                now,
                prompt="" if now == RECEIVED else _estranging(after, code, side),
                prompted_by="" if now == RECEIVED else sides[1 - side],
            )


def reception(end: DayEnd, code: str, side: int, of_no_mediator: str = RECEIVED) -> str:
    """Return how a side receives a third party that mediates: received, hardly or refused.

    It hardly receives it if a commitment to the enemy has cost the mediator most of its welcome.

    Args:
        end: state at the end of a day.
        code: the third party.
        side: 0 challenger, 1 defender.
        of_no_mediator: what to return for a third party that does not mediate.
    """
    if not stance_named(end.stances[code]).mediates:
        return of_no_mediator
    received = end.received.get(code, (1.0, 1.0))[side]
    if received <= 0.0:
        return REFUSED
    is_little = received < LITTLE * end.welcome.get(code, (1.0, 1.0))[side]
    return HARDLY_RECEIVED if is_little else RECEIVED


def _estranging(end: DayEnd, code: str, side: int) -> str:
    """Return the commitment to the enemy that alone keeps a side from receiving a mediator."""
    stance = stance_named(end.stances[code])
    is_cause = end.welcome[code][side] > 0 and stance.side == 1 - side
    return stance.name.partition("_")[0] if is_cause else ""
