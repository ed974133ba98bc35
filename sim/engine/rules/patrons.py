"""What a third party gains by each stance, and when it thinks again.

A patron weighs its protege, its other partner, a rival's commitment, its own patrons and its treaty (Snyder 1984, 1997;
Morrow 1991; Leeds 2003). Mediating and taking a side can go together, and standing aside is worth 0. Utility is in
units of a full broker's ambition.

A stance in force has the pull of the status quo (Samuelson & Zeckhauser 1988), and is reviewed on news alone (Hermann
1990; Welch 2005). Words are cheap to say and dear to take back (Fearon 1997; Levy et al. 2015).
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import WORDS, Array, Index, Mask, positive

PRICES = (0.0, 1 / 27, 1 / 9, 1 / 3, 1.0)
"""Price of each level of commitment against that of force: each level costs three times the one below."""
FORCE_BONUS = 1.5
"""Levels of support that armed force adds to all other support a power can give."""
AID_AT_MOST, ARMS_AT_MOST = 1.0, 3.0
"""Levels of support that aid and arms come to where a power can give as much."""
NEWS_OF_ALARM = 0.32
"""Change of alarm that is news: nearly a rung of the fighting."""
NEWS_OF_GROUND = 0.048
"""Change of the ground held that is news, share of the contested area: nearly a twentieth, but no round number, so that
no sum of round numbers meets it."""
LEVELS = 5


class News:
    """What makes a third party review its stance, in rising order of what is told first: plain integers."""

    none = 0
    another = 1  # another third party changed its commitment
    routine = 2
    fighting = 3
    ground = 4
    signed = 5
    broken = 6
    invoked = 7
    released = 8
    onset = 9
    held = 10  # no review: a policy or an event holds it to the stance


def support(cap: Array) -> Array:
    """Return the support that each level of commitment gives, for the most a power can give: ``(levels, runs)``.

    Nothing for words, then up to 1 level for aid and up to 3 for arms, and ``cap + 1.5`` for force.
    """
    nothing = np.zeros_like(cap)
    return np.stack([nothing, nothing, cap.clip(0, AID_AT_MOST), cap.clip(0, ARMS_AT_MOST), cap + FORCE_BONUS])


def commitment(given: Array) -> Array:
    """Return the commitment that goes with the support of each level: the same and ``WORDS`` on top, from words up."""
    seen = given.copy()
    seen[1:] += np.asarray(WORDS, dtype=given.dtype)
    return seen


def has_news(alarm: Array, alarm_then: Array, ground: Array, ground_then: Array) -> tuple[Mask, Mask]:
    """Return where the fighting, and where the ground, is no longer what it was at the last review."""
    return np.abs(alarm - alarm_then) > NEWS_OF_ALARM, np.abs(ground - ground_then) > NEWS_OF_GROUND


def price_of_climbing(force_cost: Array, climbed: Index) -> Array:
    """Return the price of each level: ``force_cost (its price - price of the level in force)+``, ``(levels, runs)``.

    It is paid once, on the way up, and sunk from then on (Fearon 1997).
    """
    prices = np.array(PRICES, dtype=force_cost.dtype)
    return force_cost * positive(prices[:, None] - prices[climbed])


def cost_of_turning(hands: Array, in_force: Array, would_be: Array) -> Array:
    """Return the cost of dropping commitment: ``hands (in force - would be)+``, both in levels."""
    return hands * positive(in_force - would_be)


def regard(tie: Array, displacement: Array, sphere: Array, courts_rivals: Array) -> Array:
    """Return how much a partner is cared for: ``tie+ - displacement sphere courts_rivals``.

    ``courts_rivals`` is how far the partner stands near the patron's rivals, 0 to 1, and ``sphere`` how far the patron
    stakes itself on keeping others out (mk2020-24, -30). Below 0 the patron gains by hurting the partner.
    """
    return positive(tie) - displacement * sphere * courts_rivals


def threat(alarm: Array, chance_against: Array) -> Array:
    """Return the threat to a side: ``alarm (0.4 + (2 p - 1)+)`` with ``p`` the enemy's chance in open country."""
    return alarm * (0.4 + positive(2.0 * chance_against - 1.0))


def worth_of_leaning(
    value: Array,
    regard_own: Array,
    danger: Array,
    cost: Array,
    regard_other: Array,
    contest: Array,
    rivals: Array,
    engagement: Array,
    restraint: Array,
    held_back: Array,
) -> Array:
    """Return the worth of one level of commitment to a side.

    ``engagement (value regard danger - cost regard_other + contest rivals) - restraint held_back``

    Args:
        value: worth of helping a close party under full threat.
        regard_own: regard for the side.
        danger: threat to the side.
        cost: cost of hurting a close other party.
        regard_other: regard for the other side.
        contest: answer to a rival's commitment to the other side: above 0 contest, below 0 fear of entrapment.
        rivals: commitment of the patron's rivals to the other side, weighted by its hostility to them, in levels.
        engagement: attention it can give, 0 to 1.
        restraint: cost of going against a close and fully engaged friend.
        held_back: how far its friends work against the side, see :func:`holds_back`.
    """
    drawn_in = value * regard_own * danger - cost * regard_other + contest * rivals
    return engagement * drawn_in - restraint * held_back


def holds_back(mediates: Array, for_side: Array, for_other: Array) -> Mask:
    """Return where a power works against help for a side: it stands with the other, or mediates and with neither.

    ``for_side`` and ``for_other`` are its commitments to the two, in levels.
    """
    return (for_other > 0) | ((mediates > 0) & (for_side == 0))


def worth_of_brokering(
    ambition: Array,
    value: Array,
    engagement: Array,
    alarm: Array,
    access: Array,
    authority: Array,
    believed: Array,
    rival_seated: Array,
) -> Array:
    """Return the worth of mediating.

    ``2 ambition value engagement alarm access authority (1 - rival_seated) believed``

    Args:
        ambition: utility of brokering to the keenest broker.
        value: what brokering is worth to this one, 0 to 1.
        engagement: attention it can give, 0 to 1.
        alarm: alarm, 0 to 1.
        access: the weaker of its two ties, if positive.
        authority: authority left to it, 0 to 1.
        believed: mean credibility with the two sides at the bias a stance would give, 0 to 1, ``(stances, runs)``.
        rival_seated: hostility towards those who have a formal seat, 0 to 1.
    """
    return 2.0 * ambition * value * engagement * alarm * access * authority * (1.0 - rival_seated) * believed


def duty_paid(level: int, mediates: bool) -> float:
    """Return how much of its duty an ally pays: a quarter by each level of commitment, or by mediating alone."""
    return max(level, int(mediates)) / (LEVELS - 1)


def duty_owed(duty: Array, danger: Array, scope: Array, paid: Array | float) -> Array:
    """Return what failing an ally costs: ``2 duty danger scope (1 - paid)``.

    ``paid`` is 0 for silence or siding against the ally, and 1 for force alone.
    """
    return 2.0 * duty * danger * scope * (1.0 - paid)
