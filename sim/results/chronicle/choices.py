"""What the actors of a single run weighed on a day: their options, utilities and probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.options import POSITIONS
from sim.engine.rules import Array, choice
from sim.engine.rules.patrons import News
from sim.engine.steps.talks import FREEZE, PACKAGE
from sim.outcomes.columns import ENDINGS
from sim.scenario import ESCALATIONS, STANCE_NAMES

if TYPE_CHECKING:
    from sim.engine.belligerent import Belligerent
    from sim.engine.third_party import ThirdParty
    from sim.engine.world import World

FIGHTING, LULL, TRUCE, CAPITULATION = ENDINGS
STANCE = "stance"
ESCALATION = "escalation"
SIGN = {FREEZE: "freeze", PACKAGE: "package"}
"""Names of the decisions on each proposal."""
CESSATION = "cessation"
TREATY = "treaty"
SURRENDER = "surrender"
DRAW_CERTAIN = 1e-6
"""Probabilities closer to 0 or 1 than this leave the utility behind them unknown."""


@dataclass(frozen=True)
class Option:
    """One option of a decision.

    Attributes:
        day: day of the decision.
        actor: code of the actor who decided.
        about: what it decided on: its ``stance``, its ``escalation``, a ``freeze``, a ``package``,
            a ``cessation``, a ``treaty`` or a ``surrender``.
        option: name of the option.
        utility: its utility; for stances in units of the ambition of the keenest mediator,
            otherwise as a share of the area, relative to the alternative; NaN if unknown.
        probability: probability of the option.
        chosen: whether the actor chose it.
    """

    day: int
    actor: str
    about: str
    option: str
    utility: float
    probability: float
    chosen: bool


def options_of(
    world: World, morning: str, had_offers: int, stances: Mapping[str, str]
) -> tuple[Option, ...]:
    """Return what the actors of a world with one run weighed today.

    Args:
        world: the world at the end of a day.
        morning: name of the ending in force in the morning.
        had_offers: number of proposals before today.
        stances: stance of each third party before today, by code.
    """
    found: list[Option] = []
    for power in world.powers:
        found += _stances(power, stances[power.code])
    for side in world.sides:
        if morning == FIGHTING and world.state.day > 0:
            found += _levels(side)
    if int(world.recorder.offers[0]) > had_offers:
        found += _signatures(world)
    found += _surrender(world, morning)
    return tuple(found)


def _stances(power: ThirdParty, before: str) -> Iterator[Option]:
    """Yield the options of a third party that reviewed its stance today."""
    review = power.review
    day = power.state.day
    if review is None or review.day != day or not review.where.size:
        return
    now = STANCE_NAMES[power.stance[0]]
    if now == before and power.state.prompt[0] == News.another:
        return  # what it drew may not have counted
    side = review.side if isinstance(review.side, int) else int(review.side[0])
    weight = review.weight[:, 0]
    for option, position in enumerate(POSITIONS[side]):
        name = STANCE_NAMES[position]
        share = float(weight[option] / weight.sum())
        utility = float(review.utility[option, 0])
        yield Option(day, power.code, STANCE, name, utility, share, name == now)


def _levels(side: Belligerent) -> Iterator[Option]:
    """Yield the escalation levels that a side weighed today, less the mediators' pressure."""
    weight = side.weight[:, 0]
    pressed = side.escalation_shares[:, 0] * side.pressure[0]
    utility = side.utility[:, 0] - pressed
    chosen = int(side.next_escalation[0])
    for level, name in enumerate(ESCALATIONS):
        share = float(weight[level] / weight.sum())
        is_chosen = level == chosen
        yield Option(
            side.state.day, side.code, ESCALATION, name, float(utility[level]), share, is_chosen
        )


def _signatures(world: World) -> Iterator[Option]:
    """Yield whether each side would sign the proposals of today."""
    recorder = world.recorder
    proposals = (FREEZE, PACKAGE) if recorder.package[0] > 0 else (FREEZE,)
    for i, side in enumerate(world.sides):
        for proposal in proposals:
            share = float(recorder.chance[i, proposal, 0])
            ready = bool(recorder.ready[i, proposal, 0])
            yield from _yes_or_no(side, SIGN[proposal], ("sign", "refuse"), share, ready)


def _surrender(world: World, morning: str) -> Iterator[Option]:
    """Yield what the defender weighed on the day of its surrender."""
    state = world.state
    if ENDINGS[state.stop[0]] != CAPITULATION or morning == CAPITULATION:
        return
    defender = world.sides[1]
    utility = state.utility_of_surrender
    share = float(choice.logistic(state.p.precision / state.stake * utility)[0])
    names = ("surrender", "resist")
    yield from _yes_or_no(defender, SURRENDER, names, share, True, float(utility[0]))


def _yes_or_no(
    side: Belligerent,
    about: str,
    names: tuple[str, str],
    share: float,
    chosen: bool,
    utility: float | None = None,
) -> Iterator[Option]:
    """Yield the two options of a yes or no, of which the second has utility 0."""
    state = side.state
    if utility is None:
        utility = _behind(share, state.stake / state.p.precision)
    yield Option(state.day, side.code, about, names[0], utility, share, chosen)
    yield Option(state.day, side.code, about, names[1], 0.0, 1.0 - share, not chosen)


def _behind(share: float, unit: Array) -> float:
    """Return the utility of signing behind its probability; NaN if it is near 0 or 1.

    It inverts :func:`sim.engine.rules.ceasefires.chance_of_signature`.
    """
    if not DRAW_CERTAIN < share < 1.0 - DRAW_CERTAIN:
        return float("nan")
    return float((1.0 - np.sqrt(1.0 - 4.0 * np.log(share))) / 2.0 * unit[0])


def of_one_chance(
    world: World, actor: str, about: str, names: tuple[str, str], share: float, utility: float
) -> tuple[Option, Option]:
    """Return the two options of something that happened with a probability."""
    day = world.state.day
    return (
        Option(day, actor, about, names[0], utility, share, True),
        Option(day, actor, about, names[1], 0.0, 1.0 - share, False),
    )
