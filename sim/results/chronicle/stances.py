"""Changes of a third party's stance in words."""

from __future__ import annotations

from sim.results.chronicle.act import Act
from sim.results.chronicle.grammar import verb
from sim.scenario.stances import Level, Stance
from sim.scenario.stances import stance as stance_named

LIGHT, HEAVY = 1.25, 2.5
"""Levels of support up to which arms are light, and from which they are heavy."""
HELP = {Level.words: "words", Level.aid: "aid", Level.arms: "arms"}
STOPPING = {
    Level.words: ("no longer", "speaks", "up for {}"),
    Level.aid: ("no longer", "sends", "aid to {}"),
    Level.arms: ("no longer", "arms", "{}"),
    Level.force: ("", "withdraws", "from the war on the side of {}"),
}
"""What a third party stops doing at each level of commitment."""


def predicate(act: Act, side: str, plural: bool) -> str:
    """Return what a third party now does, without its name.

    Less of the same is not reported as a new stance.

    Args:
        act: the change of stance.
        side: name of the side that it is about.
        plural: whether several do it.

    >>> predicate(Act(3, "stance", before="mediate", after="arms_defender"), "Sudland", False)
    'arms Sudland lightly and gives up mediating'
    """
    before, after = stance_named(act.before), stance_named(act.after)
    parts = [*_side_part(act, before, after, side, plural), *_mediation(before, after, plural)]
    return " and ".join(parts)


def _side_part(act: Act, before: Stance, after: Stance, side: str, plural: bool) -> list[str]:
    if after.level == before.level and after.side == before.side:
        return []
    if after.level < before.level and after.side in (None, before.side):
        if after.level == Level.none:
            adverb, stops, rest = STOPPING[before.level]
            return [f"{adverb} {verb(stops, plural)} {rest.replace('{}', side)}".strip()]
        its = "their" if plural else "its"
        return [f"{verb('cuts', plural)} {its} backing of {side} to {HELP[after.level]}"]
    enters = f"{verb('enters', plural)} the war on the side of {side}"
    sends = f"{verb('sends', plural)} troops to {side}"
    rising = {
        Level.words: f"{verb('speaks', plural)} up for {side}",
        Level.aid: f"{verb('sends', plural)} aid to {side}",
        Level.arms: f"{verb('arms', plural)} {side}{_weight(act.support)}",
        Level.force: enters if act.level else sends,
    }
    return [rising[after.level]]


def _mediation(before: Stance, after: Stance, plural: bool) -> list[str]:
    if after.mediates and not before.mediates:
        return [f"{verb('offers', plural)} to mediate"]
    if before.mediates and not after.mediates:
        return [f"{verb('gives', plural)} up mediating"]
    return []


def _weight(support: float) -> str:
    """Return how heavily a third party arms a side, as an adverb."""
    return " lightly" if support <= LIGHT else " heavily" if support >= HEAVY else ""
