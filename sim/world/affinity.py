"""How the day changes who stands near whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.rules import FULL_SUPPORT, TRACE, Array, ties

if TYPE_CHECKING:
    from sim.world.model import World


def drift_ties(world: World) -> None:
    """Let both sides' ties follow help given, withheld or given to the enemy, and the triads they stand in."""
    state = world.state
    if state.powers and state.fought.any():
        change = np.stack([_by_help(world, side) for side in (0, 1)])
        np.clip(state.ties_to_powers + change, -1.0, 1.0, out=state.ties_to_powers)
    if state.m.structural_balance.any():
        state.ties = np.clip(state.ties + ties.towards_balance(state.ties, state.m.structural_balance), -1.0, 1.0)
        state.note_hostility()


def _by_help(world: World, side: int) -> Array:
    """Return the change of a side's ties to all powers: shape ``(K, runs)``."""
    state = world.state
    gained = (state.ground if side == 0 else -state.ground) > TRACE
    given = state.support[side] / FULL_SUPPORT * (1.0 + gained)  # help that wins ground counts twice
    enemy = state.support[1 - side] / FULL_SUPPORT
    change = ties.drift(state.m.tie_drift, state.fought, given, enemy)
    if side == 1:
        for power in world.powers:
            if power.allied:
                change += _by_failing_ally(world, power.index, power.scope, given[power.index])
    return change


def _by_failing_ally(world: World, k: int, scope: Array, given: Array) -> Array:
    """Return how what an ally owed and did not give moves the defender's ties: away from it, towards its rivals."""
    state = world.state
    lost = np.clip(state.won / state.stake, 0.0, 1.0)
    expected = ties.expected_help(state.expectation, scope, lost)
    unmet = np.maximum(expected - given, 0.0)
    change = ties.drift(state.m.tie_drift, state.fought, state.hostility[:, k] * unmet / 2.0, 0.0)
    change[k] -= ties.drift(state.m.tie_drift, state.fought, expected, 0.0)
    return change
