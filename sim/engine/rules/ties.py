"""How a belligerent's ties to third parties change with the help that they give."""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index


def drift(rate: Array, intensity: Array, given: Array, given_enemy: Array | float) -> Array:
    """Return the change of a tie in a day: ``rate intensity (given - given_enemy) / 2``.

    Args:
        rate: scale of the change a day, ``(runs,)``.
        intensity: intensity of the day's fighting, 0 to 1, ``(runs,)``.
        given: help that the side received, in shares of full support.
        given_enemy: help that its enemy received, in shares of full support.
    """
    return rate * intensity / 2.0 * (given - given_enemy)


def expected_help(basis: Index, scope: Array, lost: Array) -> Array:
    """Return the help that a side expects of an ally, in shares of full support, ``(runs,)``.

    Args:
        basis: 0 for full effort whatever the treaty says, 1 for what the treaty covers, 2 for what
            the losses call for, ``(runs,)``.
        scope: how far the treaty covers the theatre, 0 to 1, ``(runs,)``.
        lost: the side's losses as a share of its stake, 0 to 1, ``(runs,)``.

    >>> expected_help(np.array([0, 1, 2]), np.full(3, 0.5), np.full(3, 0.2))
    array([1. , 0.5, 0.2])
    """
    return np.where(basis == 0, np.ones_like(lost), np.where(basis == 1, scope, lost))


def towards_balance(ties: Array, rate: Array) -> Array:
    """Return the change in a day of all ties towards balanced triads: ``rate sum_k s_ik s_kj``.

    Source: structural balance in continuous time (Marvel et al. 2011, ``dS/dt = S^2``).

    Args:
        ties: tie ``s_ij`` of actor i to actor j, -1 to 1, ``(actors, actors, runs)``; 0 for i = j.
        rate: scale a day, ``(runs,)``.
    """
    change: Array = rate * np.einsum("ikr,kjr->ijr", ties, ties)
    # an actor's tie to itself stays 0
    index = np.arange(ties.shape[0])
    change[index, index] = 0.0
    return change
