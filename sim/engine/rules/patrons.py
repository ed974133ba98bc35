"""What a third party gains by each stance, and when it reviews its stance.

A patron weighs five things: its protege, its other partner, a rival's commitment, its own patrons,
and its treaty (Snyder 1984, 1997; Morrow 1991; Leeds 2003). A stance may mediate and favour a side
at once. Standing aside has utility 0. The unit of utility is the ambition of the keenest mediator.

The stance in force is favoured as the status quo (Samuelson & Zeckhauser 1988). It is reviewed only
on news (Hermann 1990; Welch 2005). Public statements cost little to make and much to take back
(Fearon 1997; Levy et al. 2015).
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import WORDS, Array, Mask, positive

PRICES = (0.0, 1 / 27, 1 / 9, 1 / 3, 1.0)
"""Price of each level of commitment, relative to force: three times the one below from aid on."""
HALF_PRESENT = 0.05
"""Troops in the theatre, as a share of all men engaged, that count as half of a full presence."""
FORCE_BONUS = 1.5
"""Levels of support that armed force adds to the most that a power can give otherwise."""
AID_AT_MOST = 1.0
ARMS_AT_MOST = 3.0
"""Levels of support that aid and arms are worth, for a power that can give as much."""
NEWS_OF_ATTENTION = 0.32
"""Change of international attention that is news: nearly one escalation level."""
NEWS_OF_GROUND = 0.048
"""Change of territory that is news, share of the contested area.

It is nearly a twentieth, but not a round number: sums of round numbers then never equal it exactly.
"""
LEVELS = 5


class News:
    """What makes a third party review its stance, as plain integers; the highest is reported."""

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
    held = 10  # no review: a policy or an event fixes the stance


def support(cap: Array) -> Array:
    """Return the support that each level of commitment gives: ``(levels, runs)``.

    The levels are nothing, words, aid, arms and force. Words give nothing, aid gives up to 1 level,
    arms give up to 3, and force gives ``cap + 1.5``.

    Args:
        cap: the most that the power can give without force, in levels, ``(runs,)``.

    >>> support(np.array([2.0])).ravel()
    array([0. , 0. , 1. , 2. , 3.5])
    """
    nothing = np.zeros_like(cap)
    aid = cap.clip(0, AID_AT_MOST)
    arms = cap.clip(0, ARMS_AT_MOST)
    return np.stack([nothing, nothing, aid, arms, cap + FORCE_BONUS])


def commitment(given: Array) -> Array:
    """Return the commitment at each level: its support, plus ``WORDS`` from words upwards.

    Args:
        given: support at each level, see :func:`support`, ``(levels, runs)``.
    """
    seen = given.copy()
    seen[1:] += np.asarray(WORDS, dtype=given.dtype)
    return seen


def has_news(
    fighting: Mask,
    attention: Array,
    attention_then: Array,
    ground: Array,
    ground_then: Array,
) -> tuple[Mask, Mask]:
    """Return where there is news of the fighting, and where there is news of territory.

    Each is a clear change since the last review. Once the guns are silent, neither fading attention
    nor a handover as agreed is news.

    Args:
        fighting: where no cessation is in force, ``(runs,)``.
        attention: international attention now, 0 to 1, ``(runs,)``.
        attention_then: the same at the last review.
        ground: the challenger's territory now, share, ``(runs,)``.
        ground_then: the same at the last review.
    """
    of_fighting = fighting & (np.abs(attention - attention_then) > NEWS_OF_ATTENTION)
    of_ground = fighting & (np.abs(ground - ground_then) > NEWS_OF_GROUND)
    return of_fighting, of_ground


def presence(troops: Array, forces: Array) -> Array:
    """Return how far a power's troops are in the theatre, 0 to 1.

    ``troops / (troops + forces / 20)``

    A few men already bind their government, and each further one binds it less. Source: tripwires
    (Schelling 1966); a twentieth of the men engaged counts as half, which is an assumption.

    Args:
        troops: men that the power has in the theatre at the onset, thousands, ``(runs,)``.
        forces: men of both sides, thousands, ``(runs,)``.
    """
    return troops / (troops + forces * HALF_PRESENT)


def trespass(spheres: Array, ties: Array) -> Array:
    """Return how much force by a power would intrude on the sphere of another: 0 to 1, ``(runs,)``.

    ``max_l sphere_l (1 - tie_l) / 2``

    Source: spheres of influence as tacit rules among powers (Keal 1983).

    Args:
        spheres: how far each other power stakes itself on keeping others out, ``(others, runs)``.
        ties: tie of each of them to the power, -1 to 1, ``(others, runs)``.

    >>> trespass(np.array([[0.8], [0.1]]), np.array([[-0.5], [-1.0]]))
    array([0.6])
    """
    return np.max(spheres * (1.0 - ties) / 2.0, axis=0, initial=0.0)


def prices(present: Array, trespasses: Array) -> Array:
    """Return the price of each level of commitment, as a share of that of force from nothing.

    Troops that are in the theatre have paid a part of the price of force, at most down to the price
    of arms. Force in the sphere of another power costs up to twice as much. Sources: sunk costs and
    tripwires (Schelling 1966; Fearon 1997); spheres of influence (Keal 1983).

    Args:
        present: how far the power's troops are in the theatre, 0 to 1, ``(runs,)``.
        trespasses: see :func:`trespass`, ``(runs,)``.

    Returns:
        Shares, ``(levels, runs)``.

    >>> prices(np.array([0.0, 1.0]), np.array([0.5, 0.0]))[-1].round(2)
    array([1.5 , 0.33])
    """
    rows = [np.full_like(present, price) for price in PRICES]
    rows[-1] -= (PRICES[-1] - PRICES[-2]) * present
    rows[-1] *= 1.0 + trespasses
    return np.stack(rows)


def price_of_climbing(force_cost: Array, prices: Array, paid: Array) -> Array:
    """Return the price of rising to each level: ``force_cost (price - paid)+``.

    A power pays once, on its way up; the cost is sunk afterwards (Fearon 1997).

    Args:
        force_cost: price of force from nothing, utility, ``(runs,)``.
        prices: price of each level, see :func:`prices`, ``(levels, runs)``.
        paid: price of the present level of commitment to the side, ``(runs,)``.

    Returns:
        Utility, ``(levels, runs)``.
    """
    return force_cost * positive(prices - paid)


def cost_of_turning(hands: Array, in_force: Array, would_be: Array) -> Array:
    """Return the cost of reducing a commitment: ``hands (in_force - would_be)+``, utility.

    Source: audience costs and tied hands (Fearon 1997).

    Args:
        hands: cost of each level that is dropped, ``(runs,)``.
        in_force: commitment to the side now, in levels, ``(runs,)``.
        would_be: commitment to the side under each option, in levels, ``(levels, runs)``.
    """
    return hands * positive(in_force - would_be)


def regard(tie: Array, displacement: Array, sphere: Array, courts_rivals: Array) -> Array:
    """Return how much a power cares for a partner: ``tie+ - displacement sphere courts_rivals``.

    A negative value means that the power gains by hurting the partner (claims mk2020-24 and
    mk2020-30).

    Args:
        tie: the power's tie to the partner, -1 to 1, ``(runs,)``.
        displacement: strength of the mechanism, ``(runs,)``.
        sphere: how far the power stakes itself on keeping others out, 0 to 1, ``(runs,)``.
        courts_rivals: how close the partner is to the power's rivals, 0 to 1, ``(runs,)``.
    """
    return positive(tie) - displacement * sphere * courts_rivals


def threat(attention: Array, chance_against: Array) -> Array:
    """Return the threat to a side: ``attention (0.4 + (2 p - 1)+)``, 0 to 1.4.

    Args:
        attention: international attention, 0 to 1, ``(runs,)``.
        chance_against: p, probability that the enemy wins an engagement in open country.
    """
    return attention * (0.4 + positive(2.0 * chance_against - 1.0))


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
    """Return the utility of one level of commitment to a side, ``(runs,)``.

    ``engagement (value (regard_own - regard_other)+ danger - cost regard_other + contest rivals)``
    ``- restraint held_back``

    A power helps a side as far as it prefers it to the enemy.

    Sources: abandonment and entrapment (Snyder 1984, 1997); arms against autonomy (Morrow 1991).

    Args:
        value: utility of helping a close partner under a threat of 1.
        regard_own: :func:`regard` for the side.
        danger: :func:`threat` to the side.
        cost: utility lost by hurting a close partner on the enemy's side.
        regard_other: regard for the enemy.
        contest: response to rivals that support the enemy: positive to contest them, negative to
            fear entrapment.
        rivals: commitment of the power's rivals to the enemy, in levels, weighted by its hostility
            to them.
        engagement: attention that the power can give, 0 to 1.
        restraint: cost of acting against a close and fully engaged friend.
        held_back: how strongly friends work against the side, see :func:`holds_back`.
    """
    preference = positive(regard_own - regard_other)
    drawn_in = value * preference * danger - cost * regard_other + contest * rivals
    return engagement * drawn_in - restraint * held_back


def holds_back(mediates: Array, for_side: Array, for_other: Array) -> Mask:
    """Return where a power works against help for a side.

    It does so if it is committed to the enemy, or if it mediates without a commitment to the side.

    Args:
        mediates: positive where the power mediates, ``(runs,)``.
        for_side: its commitment to the side, in levels, ``(runs,)``.
        for_other: its commitment to the enemy, in levels, ``(runs,)``.
    """
    return (for_other > 0) | ((mediates > 0) & (for_side == 0))


def urgency(attention: Array, in_ceasefire: Mask, is_its_own: Mask) -> Array:
    """Return how urgent mediation is to a third party, 0 to 1.

    It is international attention while there is no ceasefire, 1 while its own ceasefire is in
    force, and 0 while somebody else's is. Source: an assumption.

    Args:
        attention: international attention, 0 to 1, ``(runs,)``.
        in_ceasefire: where a ceasefire is in force, ``(runs,)``.
        is_its_own: where it mediated this ceasefire, ``(runs,)``.
    """
    return np.where(in_ceasefire, is_its_own.astype(attention.dtype), attention)


def utility_of_mediation(
    ambition: Array,
    value: Array,
    engagement: Array,
    urgency: Array,
    access: Array,
    authority: Array,
    believed: Array,
    rival_seated: Array,
) -> Array:
    """Return the utility of mediating, ``(stances, runs)``.

    ``2 ambition value engagement urgency access authority (1 - rival_seated) believed``

    Args:
        ambition: utility of mediating to the keenest mediator, ``(runs,)``.
        value: value of mediating to this power, 0 to 1, ``(runs,)``.
        engagement: attention that it can give, 0 to 1, ``(runs,)``.
        urgency: see :func:`urgency`, ``(runs,)``.
        access: the lesser of its regards for the two sides, at least 0, ``(runs,)``.
        authority: its remaining authority, 0 to 1, ``(runs,)``.
        believed: mean credibility with the two sides under each stance, 0 to 1, ``(stances,
            runs)``.
        rival_seated: its hostility to powers with a formal seat in a settlement, 0 to 1,
            ``(runs,)``.
    """
    weight = 2.0 * ambition * value * engagement * urgency
    return weight * access * authority * (1.0 - rival_seated) * believed


def duty_paid(level: int, mediates: bool) -> float:
    """Return the share of its duty that an ally fulfils, 0 to 1.

    Each level of commitment fulfils a quarter, and so does mediating alone.

    >>> duty_paid(2, False), duty_paid(0, True)
    (0.5, 0.25)
    """
    return max(level, int(mediates)) / (LEVELS - 1)


def duty_owed(duty: Array, danger: Array, scope: Array, paid: Array | float) -> Array:
    """Return the cost of failing an ally: ``2 duty danger scope (1 - paid)``, utility.

    Source: alliance reliability (Leeds 2003).

    Args:
        duty: cost of failing an ally under a threat of 1/2, ``(runs,)``.
        danger: :func:`threat` to the ally, ``(runs,)``.
        scope: how far the treaty covers the theatre, 0 to 1, ``(runs,)``.
        paid: see :func:`duty_paid`; 0 for silence or support for the enemy, 1 for force.
    """
    return 2.0 * duty * danger * scope * (1.0 - paid)
