"""What makes a broker believed, heard and strong."""

from __future__ import annotations

import numpy as np

from sim.engine.rules import FULL_SUPPORT, Array, Index, positive, total

CURVES = {
    "neutral": (1.0, -1.0, 0.0, 0.0, 0.0),
    "kydd03": (0.5, 0.0, 0.5, 0.0, 0.0),
    "kydd06": (0.65 / 0.755, 0.0, 0.0, -1.0 / 0.755, 0.35),
    "favretto": (0.0, 0.0, 0.0, 2.0, 0.5),
    "off": (0.5, 0.0, 0.0, 0.0, 0.0),
}
"""Credibility curves ``c0 + c1 |b| + c2 b + c3 ||b| - k|`` of a bias b, as (c0, c1, c2, c3, k)."""


def bias(tie: Array, tie_other: Array, commitment: Array, commitment_other: Array | float) -> Array:
    """Return a third party's bias towards a side, -1 to 1.

    Half the difference of its ties and a sixth of the difference of its commitments, in levels.
    """
    return ((tie - tie_other) / 2.0 + (commitment - commitment_other) / (2.0 * FULL_SUPPORT)).clip(-1.0, 1.0)


def curves(chosen: Index) -> Array:
    """Return the coefficients of the chosen curves, indices into :data:`CURVES`: shape ``(5, runs)``."""
    return np.array(list(CURVES.values()))[chosen].T


def credibility(curve: Array, towards: Array) -> Array:
    """Return how far a side believes a broker, 0 to 1, given the broker's bias ``towards`` that side.

    ======== ===================================== =========================================================
    neutral  1 - abs(b)                            the even-handed are believed
    kydd03   (1 + b) / 2                           one's own friend is believed (Kydd 2003)
    kydd06   (1 - abs(abs(b) - .35) / .65) / 1.16  moderate bias is believed (Kydd 2006)
    favretto abs(2 abs(b) - 1)                     the unbiased and the fully biased are (Favretto 2009)
    off      1/2                                   bias does not matter
    ======== ===================================== =========================================================

    Every curve has mean 1/2 over a uniform bias, so that none is a level in disguise.
    """
    constant, size, sign, bend, knee = curve
    strength = np.abs(towards)
    return constant + size * strength + sign * towards + bend * np.abs(strength - knee)


def authority(loss: Array, sphere: Array, commitment_of_others: Array) -> Array:
    """Return the authority left to a broker: ``1 - loss sphere min(others' commitment / 3, 1)``.

    A claim of sp2020-12 and sp2020-15 as a strength that can be 0.
    """
    return 1.0 - loss * sphere * (commitment_of_others / FULL_SUPPORT).clip(0.0, 1.0)


def reception(tie: Array, estrangement: Array, commitment_to_enemy: Array) -> Array:
    """Return how far a side receives a third party: ``(tie - estrangement commitment to the enemy / 3)+``.

    Who takes the enemy's side loses the ear of this one at once, and has it back at once where it drops the enemy
    (Kydd 2006; Beardsley 2011).
    """
    return positive(tie - estrangement * (commitment_to_enemy / FULL_SUPPORT))


def voice(trusted: Array, value: Array, access: Array) -> Array:
    """Return a broker's weight in the mediation: ``2 trusted value access``.

    ``trusted`` is its engagement times its authority where it mediates, else 0, times its credibility with the side
    that believes it less, 1/2 where bias does not matter. ``access`` is the lesser of the two sides' receptions: who is
    received by one side only has no voice.
    """
    return 2.0 * trusted * value * access


def contact(rate: Array, alarm: Array, voices: Array, direct: Array) -> Array:
    """Return the chance that an offer is made today: ``1 - exp(-rate alarm (direct + voices))``.

    ``voices`` is the sum of all voices, each times its :func:`pull` among them.
    """
    return -np.expm1(-rate * alarm * (direct + voices))


def pull(share: Array, dilution: Array) -> Array:
    """Return how much a broker's word counts among brokers: ``share^dilution``, and nothing without a voice.

    ``share`` is its share of all voices; a dilution of 0 adds brokers, 1 averages them, and above 1 they get in each
    other's way.
    """
    return share.clip(1e-12, 1.0) ** dilution * (share > 0)


def pressure(
    leverage: Array, alarm: Array, dependence: Array, heard: Array, received: Array, believed: Array, among: Array
) -> Array:
    """Return the pressure to stop on one side, share of the contested area, summed over brokers.

    ``2 leverage alarm sum_k dependence_k heard_k reception_k believed_k among_k`` (Emerson 1962; Crawford 2003)

    Args:
        leverage: scale, ``(runs,)``.
        alarm: alarm, ``(runs,)``.
        dependence: share of the side's outside supply that comes from each broker, ``(brokers, runs)``.
        heard: 1 for a broker that mediates times its engagement and authority, ``(brokers, runs)``.
        received: the side's :func:`reception` of each broker, ``(brokers, runs)``.
        believed: the broker's credibility with the side, ``(brokers, runs)``.
        among: its :func:`pull` among all brokers, ``(brokers, runs)``.
    """
    each = dependence * heard * received * believed * among
    return 2.0 * leverage * alarm * total(each)
