"""How a belligerent's ties to third parties change with help given, withheld or given to the enemy."""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index


def drift(rate: Array, intensity: Array, given: Array, given_enemy: Array | float) -> Array:
    """Return the day's change of a tie: ``rate intensity (given - given_enemy) / 2``.

    Help is in shares of full support; ``rate`` is the change by a day of full war for full help that was not expected.
    """
    return rate * intensity / 2.0 * (given - given_enemy)


def expected_help(basis: Index, scope: Array, lost: Array) -> Array:
    """Return what a party expects of an ally, in shares of full support.

    Basis 0: the effort an ally owes whatever the letter; 1: what the treaty covers; 2: what the losses call for.
    """
    return np.where(basis == 0, np.ones_like(lost), np.where(basis == 1, scope, lost))


def towards_balance(ties: Array, rate: Array) -> Array:
    """Return the day's drift of all ties towards balanced triads: ``rate sum_k s_ik s_kj`` (Marvel et al. 2011).

    ``ties`` has shape ``(actors, actors, runs)``; an actor's tie to itself is 0 and stays so.
    """
    change: Array = rate * np.einsum("ikr,kjr->ijr", ties, ties)
    index = np.arange(ties.shape[0])
    change[index, index] = 0.0
    return change
