"""How a day changes the ties between actors."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import FULL_SUPPORT, TRACE, Array, positive, ties


def drift_ties(world: Parts) -> None:
    """Change the sides' ties by the day's help, and all ties towards balanced triads."""
    state = world.state
    # 1. help given, withheld, or given to the enemy
    if state.powers and state.fought.any():
        change = _by_help(world)
        for k in range(len(state.powers)):
            tie = state.ties_to_powers[:, k]
            np.clip(tie + change[:, k], -1.0, 1.0, out=tie)
    # 2. structural balance
    if state.m.structural_balance.any():
        change = ties.towards_balance(state.ties, state.m.structural_balance)
        state.ties = np.clip(state.ties + change, -1.0, 1.0)
        state.update_hostility()


def _by_help(world: Parts) -> Array:
    """Return the change of both sides' ties to the third parties: shape ``(2, K, runs)``."""
    state = world.state
    gained = np.stack([state.ground > TRACE, state.ground < -TRACE])
    # help on a day on which the side gains territory counts twice
    counts = 1.0 + gained.astype(state.support.dtype)
    change = np.empty_like(state.support)
    for k in range(len(state.powers)):
        help_of_power = state.support[:, k] / FULL_SUPPORT
        given = help_of_power * counts
        change[:, k] = ties.drift(state.m.tie_drift, state.fought, given, help_of_power[::-1])
    for power in world.powers:
        if power.allied:
            given = state.support[1, power.index] / FULL_SUPPORT * counts[1]
            _count_unmet_duty(world, power.index, power.scope, given, change[1])
    return change


def _count_unmet_duty(world: Parts, k: int, scope: Array, given: Array, change: Array) -> None:
    """Add to ``change`` the effect of help that the defender expected of ally ``k``.

    Expected help moves the defender away from the ally. Help that did not come moves it towards
    powers that are hostile to the ally.

    Args:
        world: the parts of the world.
        k: position of the ally among the third parties.
        scope: how far its treaty covers the theatre, 0 to 1, ``(runs,)``.
        given: help that it gave the defender today, in shares of full support, ``(runs,)``.
        change: change of the defender's ties, ``(K, runs)``; updated in place.
    """
    state = world.state
    lost = (state.won / state.stake).clip(0.0, 1.0)
    expected = ties.expected_help(state.expectation, scope, lost)
    change[k] -= ties.drift(state.m.tie_drift, state.fought, expected, 0.0)
    turned_away = ties.drift(state.m.tie_drift, state.fought, positive(expected - given) / 2.0, 0.0)
    for foe in state.foes[k]:
        change[foe] += state.hostility[foe, k] * turned_away
