"""What makes a mediator credible, welcome and influential, and what it can withhold."""

from __future__ import annotations

import numpy as np

from sim.engine.rules import FULL_SUPPORT, Array, Index, positive, total

SHORTEST_RECESS = 1e-3
"""Days; a recess of at most this counts as none."""
KYDD06 = 0.755
"""Scale at which the mean of the curve of Kydd (2006) over a uniform bias is 1/2."""
CURVES = {
    "neutral": (1.0, -1.0, 0.0, 0.0, 0.0),
    "kydd03": (0.5, 0.0, 0.5, 0.0, 0.0),
    "kydd06": (0.65 / KYDD06, 0.0, 0.0, -1.0 / KYDD06, 0.35),
    "favretto": (0.0, 0.0, 0.0, 2.0, 0.5),
    "off": (0.5, 0.0, 0.0, 0.0, 0.0),
}
"""Credibility curves ``c0 + c1 |b| + c2 b + c3 ||b| - k|`` of a bias b, as (c0, c1, c2, c3, k)."""


def bias(tie: Array, tie_other: Array, commitment: Array, commitment_other: Array | float) -> Array:
    """Return a third party's bias towards a side, -1 to 1.

    ``(tie - tie_other) / 2 + (commitment - commitment_other) / 6``, cut off at -1 and 1.

    Source: bias as the difference between the mediator's interests in both sides (Kydd 2003). The
    scale is an assumption: the strongest commitment to one side counts as much as half the scale.

    Args:
        tie: its tie to the side, -1 to 1.
        tie_other: its tie to the enemy of the side, -1 to 1.
        commitment: its commitment to the side, in levels of support.
        commitment_other: its commitment to the enemy, in levels of support.

    >>> bias(np.array([0.6]), np.array([0.2]), np.array([1.5]), 0.0)
    array([0.45])
    """
    of_ties = (tie - tie_other) / 2.0
    of_commitments = (commitment - commitment_other) / (2.0 * FULL_SUPPORT)
    return (of_ties + of_commitments).clip(-1.0, 1.0)


def curves(chosen: Index) -> Array:
    """Return the coefficients of the chosen credibility curves: shape ``(5, runs)``.

    Args:
        chosen: positions in :data:`CURVES`, ``(runs,)``.
    """
    return np.array(list(CURVES.values()))[chosen].T


def credibility(curve: Array, towards: Array) -> Array:
    """Return how credible a mediator is to a side, 0 to 1.

    - ``neutral``, ``1 - abs(b)``: an unbiased mediator is credible.
    - ``kydd03``, ``(1 + b) / 2``: one biased towards the side is (Kydd 2003).
    - ``kydd06``, ``(0.65 - abs(abs(b) - 0.35)) / 0.755``: a moderately biased one is (Kydd 2006).
    - ``favretto``, ``abs(2 abs(b) - 1)``: an unbiased or fully biased one is (Favretto 2009).
    - ``off``, ``1/2``: bias does not matter.

    Every curve has mean 1/2 over a uniform bias, so curves differ in shape and not in level.

    Args:
        curve: coefficients, see :func:`curves`, ``(5, runs)``.
        towards: bias b towards the side, -1 to 1, ``(runs,)`` or ``(options, runs)``.
    """
    constant, size, sign, bend, knee = curve
    strength = np.abs(towards)
    return constant + size * strength + sign * towards + bend * np.abs(strength - knee)


def authority(loss: Array, sphere: Array, commitment_of_others: Array) -> Array:
    """Return a mediator's remaining authority, 0 to 1: ``1 - loss sphere min(others / 3, 1)``.

    A power that claims a sphere of influence loses authority when others commit themselves there
    (claims sp2020-12 and sp2020-15).

    Args:
        loss: strength of the mechanism, 0 to 1, ``(runs,)``.
        sphere: how far the power stakes itself on keeping others out, 0 to 1, ``(powers, runs)``.
        commitment_of_others: commitment of all other third parties, in levels, ``(powers, runs)``.
    """
    return 1.0 - loss * sphere * (commitment_of_others / FULL_SUPPORT).clip(0.0, 1.0)


def reception(tie: Array, estrangement: Array, commitment_to_enemy: Array) -> Array:
    """Return how well a side receives a third party, 0 to 1.

    ``(tie - estrangement commitment_to_enemy / 3)+``

    A third party that commits itself to the enemy is estranged at once, and welcome again as soon
    as it drops the enemy. Sources: Kydd (2006); Beardsley (2011).

    Args:
        tie: the side's tie to the third party, -1 to 1.
        estrangement: fall in reception at full commitment to the enemy, ``(runs,)``.
        commitment_to_enemy: the third party's commitment to the enemy, in levels.
    """
    return positive(tie - estrangement * (commitment_to_enemy / FULL_SUPPORT))


def voice(trusted: Array, value: Array, access: Array) -> Array:
    """Return a mediator's weight in the mediation: ``2 trusted value access``.

    A mediator that one side does not receive has no voice. The factor 2 offsets credibilities of
    1/2. Source: an assumption; both sides must accept a mediator (Touval & Zartman 1985).

    Args:
        trusted: engagement times authority times credibility with the less convinced side; 0 for a
            third party that does not mediate, ``(powers, runs)``.
        value: value of mediating to the power, 0 to 1, ``(powers, runs)``.
        access: the lesser of the two sides' receptions, 0 to 1, ``(powers, runs)``.

    >>> voice(np.array([[0.5]]), np.array([[0.8]]), np.array([[0.5]]))
    array([[0.4]])
    """
    return 2.0 * trusted * value * access


def guaranteed(backing: Array, trusted: Array) -> Array:
    """Return how far a mediator protects its ceasefire from accidents: ``backing min(2 t, 1)``.

    The factor 2 offsets credibilities of 1/2, as in :func:`voice`. Source: a mediator's presence
    makes a ceasefire last (Beardsley 2008).

    Args:
        backing: strength of the mechanism, 0 to 1, ``(runs,)``.
        trusted: t, engagement times authority times credibility with the less convinced side; 0
            for a third party that does not mediate, ``(powers, runs)``.

    >>> guaranteed(np.array([0.5]), np.array([[0.25], [0.8]])).ravel()
    array([0.25, 0.5 ])
    """
    return backing * (2.0 * trusted).clip(0.0, 1.0)


def contact(
    rate: Array,
    attention: Array,
    voices: Array,
    direct: Array,
    readiness: Array | float,
) -> Array:
    """Return the probability of a round of talks today.

    ``1 - exp(-rate attention (direct + voices) readiness)``

    Source: an assumption; talks come at random, at a rate that rises with attention.

    Args:
        rate: rounds a day at full international attention for each unit of voice, ``(runs,)``.
        attention: international attention, 0 to 1, ``(runs,)``.
        voices: sum of all voices, each times its :func:`pull`, ``(runs,)``.
        direct: weight of talks between the sides alone, ``(runs,)``.
        readiness: see :func:`readiness`.

    >>> contact(np.array([2.0]), np.array([0.5]), np.array([1.0]), np.array([0.0]), 1.0).round(3)
    array([0.632])
    """
    return -np.expm1(-rate * attention * (direct + voices) * readiness)


def direct_contact(channel: Array, tie: Array, tie_back: Array) -> Array:
    """Return the weight of talks between the sides alone: ``channel (1 + tie) (1 + tie_back)``.

    It takes two: enemies without relations do not talk alone. Source: an assumption.

    Args:
        channel: weight between sides that are neither close nor hostile, ``(runs,)``.
        tie: tie of the challenger to the defender, -1 to 1, ``(runs,)``.
        tie_back: tie of the defender to the challenger, -1 to 1, ``(runs,)``.
    """
    return channel * (1.0 + tie) * (1.0 + tie_back)


def readiness(recess: Array, days: Array) -> Array:
    """Return how ready all are for a new round of talks: ``1 - exp(-(days / recess)^2)``, 0 to 1.

    After a refusal or a breach, mediators need time to prepare another round: hardly any is ready
    on the next day, and nearly all are after two recesses. Source: an assumption.

    Args:
        recess: days until two in three are ready, at least 0, ``(runs,)``.
        days: days since the last round, or since the breach of its ceasefire, ``(runs,)``.

    >>> readiness(np.array([5.0, 5.0, 0.0]), np.array([1.0, 5.0, 0.0])).round(2)
    array([0.04, 0.63, 1.  ])
    """
    ready = -np.expm1(-((days / np.maximum(recess, SHORTEST_RECESS)) ** 2))
    return np.where(recess > SHORTEST_RECESS, ready, 1.0)


def pull(share: Array, dilution: Array) -> Array:
    """Return how much a mediator counts among several: ``share^dilution``, or 0 without a voice.

    Mediators add up at a dilution of 0, average at 1, and obstruct each other above 1. Source: an
    assumption, for the dispute over one mediator or several (claims dw2016-14 and dw2016-18).

    Args:
        share: the mediator's share of all voices, 0 to 1, ``(powers, runs)``.
        dilution: exponent, ``(runs,)``.

    >>> pull(np.array([[0.5], [0.5], [0.0]]), np.array([1.0])).ravel()
    array([0.5, 0.5, 0. ])
    """
    # 0 to the power of 0 is 1, and a mediator without a voice must count 0
    return share.clip(1e-12, 1.0) ** dilution * (share > 0)


def delivered(withholding: Array, support_of_enemy: Array) -> Array:
    """Return the part of its supplies that a supplier delivers: ``1 - withholding min(U / 3, 1)``.

    A supplier that arms one side sells less to the enemy. Source: claim sp2020-36.

    Args:
        withholding: part that it withholds at full support of the enemy, 0 to 1, ``(runs,)``.
        support_of_enemy: U, its support for the buyer's enemy, in levels.

    >>> delivered(np.array([0.5]), np.array([[0.0], [1.5], [4.5]])).ravel()
    array([1.  , 0.75, 0.5 ])
    """
    return 1.0 - withholding * (support_of_enemy / FULL_SUPPORT).clip(0.0, 1.0)


def pressure(
    leverage: Array,
    attention: Array,
    dependence: Array,
    heard: Array,
    received: Array,
    believed: Array,
    among: Array,
) -> Array:
    """Return the mediators' pressure on one side to stop, share of the contested area, ``(runs,)``.

    ``2 leverage attention sum_k dependence_k heard_k received_k believed_k among_k``

    Sources: power as dependence (Emerson 1962); pivotal leverage (Crawford 2003).

    Args:
        leverage: scale, share of the area, ``(runs,)``.
        attention: international attention, 0 to 1, ``(runs,)``.
        dependence: share of the side's outside supply that each power provides, ``(powers, runs)``.
        heard: engagement times authority of a power that mediates, else 0, ``(powers, runs)``.
        received: the side's :func:`reception` of each power, ``(powers, runs)``.
        believed: credibility of each power with the side, ``(powers, runs)``.
        among: :func:`pull` of each power among all mediators, ``(powers, runs)``.
    """
    each = dependence * heard * received * believed * among
    return 2.0 * leverage * attention * total(each)
