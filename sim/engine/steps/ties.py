"""How the day changes who stands near whom."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import Parts
from sim.engine.rules import FULL_SUPPORT, TRACE, Array, positive, ties


def drift_ties(world: Parts) -> None:
    """Let both sides' ties follow help given, withheld or given to the enemy, and the triads they stand in."""
    state = world.state
    if state.powers and state.fought.any():
        change = _by_help(world)
        np.clip(state.ties_to_powers + change, -1.0, 1.0, out=state.ties_to_powers)
    if state.m.structural_balance.any():
        state.ties = np.clip(state.ties + ties.towards_balance(state.ties, state.m.structural_balance), -1.0, 1.0)
        state.note_hostility()


def _by_help(world: Parts) -> Array:
    """Return the change of both sides' ties to all powers: shape ``(2, K, runs)``."""
    state = world.state
    help_of_powers = state.support / FULL_SUPPORT
    gained = np.stack([state.ground > TRACE, state.ground < -TRACE])[:, None]
    given = help_of_powers * (1.0 + gained.astype(help_of_powers.dtype))  # help that wins ground counts twice
    change = ties.drift(state.m.tie_drift, state.fought, given, help_of_powers[::-1])
    for power in world.powers:
        if power.allied:
            _count_what_was_owed(world, power.index, power.scope, given[1, power.index], change[1])
    return change


def _count_what_was_owed(world: Parts, k: int, scope: Array, given: Array, change: Array) -> None:
    """Let what an ally owed and did not give move the defender's ties: away from it, towards its rivals."""
    state = world.state
    lost = (state.won / state.stake).clip(0.0, 1.0)
    expected = ties.expected_help(state.expectation, scope, lost)
    change[k] -= ties.drift(state.m.tie_drift, state.fought, expected, 0.0)
    turned_away = ties.drift(state.m.tie_drift, state.fought, positive(expected - given) / 2.0, 0.0)
    for foe in state.foes[k]:
        change[foe] += state.hostility[foe, k] * turned_away
