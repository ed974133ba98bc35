"""What a third party gains by each line of conduct.

A patron weighs its protege, its other partner, a rival's support and its treaty (Snyder 1984; Leeds 2003). Brokering
and leaning can go together, and standing aside is worth 0. Utility is in units of a full broker's ambition.
"""

from __future__ import annotations

from sim.engine.rules import Array, positive


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
) -> Array:
    """Return the worth of one level of support for a side.

    ``engagement (value regard danger - cost regard_other + contest rivals) - restraint``

    Args:
        value: worth of helping a close party under full threat.
        regard_own: regard for the side.
        danger: threat to the side.
        cost: cost of hurting a close other party.
        regard_other: regard for the other side.
        contest: answer to a rival's support for the other side: above 0 contest, below 0 fear of entrapment.
        rivals: support of the patron's rivals for the other side, weighted by their hostility, in levels.
        engagement: attention it can give, 0 to 1.
        restraint: cost that others put on siding.
    """
    drawn_in = value * regard_own * danger - cost * regard_other + contest * rivals
    return engagement * drawn_in - restraint


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
        believed: mean credibility with the two sides at the bias a line would give, 0 to 1, ``(lines, runs)``.
        rival_seated: hostility towards those who have a formal seat, 0 to 1.
    """
    return 2.0 * ambition * value * engagement * alarm * access * authority * (1.0 - rival_seated) * believed


def duty_owed(duty: Array, danger: Array, scope: Array, given: float) -> Array:
    """Return what failing an ally costs: ``2 duty danger scope (1 - given)``.

    ``given`` is 0 for silence or siding against the ally, 1/2 for words, 1 for aid or force.
    """
    return 2.0 * duty * danger * scope * (1.0 - given)
