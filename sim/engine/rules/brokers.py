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


def bias(tie: Array, tie_other: Array, support: Array, support_other: Array) -> Array:
    """Return a third party's bias towards a side, -1 to 1: half its ties' difference and a sixth of its support's."""
    return ((tie - tie_other) / 2.0 + (support - support_other) / (2.0 * FULL_SUPPORT)).clip(-1.0, 1.0)


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


def authority(loss: Array, sphere: Array, support_of_others: Array) -> Array:
    """Return the authority left to a broker: ``1 - loss sphere min(others' support / 3, 1)``.

    A claim of sp2020-12 and sp2020-15 as a strength that can be 0.
    """
    return 1.0 - loss * sphere * (support_of_others / FULL_SUPPORT).clip(0.0, 1.0)


def voice(heard: Array, value: Array, access: Array) -> Array:
    """Return a broker's weight in the mediation: ``heard value access``.

    ``heard`` is its engagement times its authority where it mediates, else 0; ``access`` is the weaker of the two
    sides' ties to it, if positive: who is received by one side only has no voice.
    """
    return heard * value * access


def contact(rate: Array, alarm: Array, voices: Array, direct: Array) -> Array:
    """Return the chance that an offer is made today: ``1 - exp(-rate alarm (direct + sum of voices))``."""
    return -np.expm1(-rate * alarm * (direct + voices))


def pull(share: Array, dilution: Array) -> Array:
    """Return how much a broker's word counts among brokers: ``share^dilution``, and nothing without a voice.

    ``share`` is its share of all voices; a dilution of 0 adds brokers, 1 averages them.
    """
    return share.clip(1e-12, 1.0) ** dilution * (share > 0)


def pressure(
    leverage: Array, alarm: Array, dependence: Array, heard: Array, tie: Array, believed: Array, among: Array
) -> Array:
    """Return the pressure to stop on one side, share of the contested area, summed over brokers.

    ``2 leverage alarm sum_k dependence_k heard_k tie_k+ believed_k among_k`` (Emerson 1962; Crawford 2003)

    Args:
        leverage: scale, ``(runs,)``.
        alarm: alarm, ``(runs,)``.
        dependence: share of the side's outside supply that comes from each broker, ``(brokers, runs)``.
        heard: 1 for a broker that mediates times its engagement and authority, ``(brokers, runs)``.
        tie: the side's tie to each broker; only a good one is leverage, ``(brokers, runs)``.
        believed: the broker's credibility with the side, ``(brokers, runs)``.
        among: its :func:`pull` among all brokers, ``(brokers, runs)``.
    """
    each = dependence * heard * positive(tie) * believed * among
    return 2.0 * leverage * alarm * total(each)
