"""How the day changes who stands near whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.rules import Array, ties

if TYPE_CHECKING:
    from sim.world.model import World

FULL_SUPPORT = 3.0
"""Levels of support that count as full."""


def drift_ties(world: World) -> None:
    """Let both sides' ties follow help given, withheld or given to the enemy, and the triads they stand in."""
    state = world.state
    change = np.zeros_like(state.ties[:2, 2:])
    for side in (0, 1):
        change[side] = _by_help(world, side)
    state.ties[:2, 2:] = np.clip(state.ties[:2, 2:] + change, -1.0, 1.0)
    if state.m.structural_balance.any():
        state.ties = np.clip(state.ties + ties.towards_balance(state.ties, state.m.structural_balance), -1.0, 1.0)


def _by_help(world: World, side: int) -> Array:
    """Return the change of a side's ties to all third parties: shape ``(K, runs)``."""
    state = world.state
    fought = state.fought
    gained = state.ground > 0 if side == 0 else state.ground < 0
    given = state.support[side] / FULL_SUPPORT * np.where(gained, 2.0, 1.0)  # help that wins ground counts twice
    enemy = state.support[1 - side] / FULL_SUPPORT
    expected = _expected(world) if side == 1 else np.zeros_like(given)
    change = ties.drift(state.m.tie_drift, fought, given, expected, enemy)
    unmet = np.maximum(expected - given, 0.0)
    if not unmet.any():
        return change
    rivals = np.maximum(-state.ties[2:, 2:], 0.0)
    courted = np.einsum("kr,kjr->jr", unmet, rivals)  # who is failed by an ally looks to the ally's rivals
    return change + ties.drift(state.m.tie_drift, fought, courted / 2.0, np.zeros_like(given), np.zeros_like(given))


def _expected(world: World) -> Array:
    """Return what the defender expects of each third party, in shares of full support: ``(K, runs)``."""
    state = world.state
    lost = np.clip(state.won / np.maximum(state.stake, 1e-9), 0.0, 1.0)
    expected = [
        ties.expected_help(state.expectation, np.full(state.runs, float(power.allied)), power.scope, lost)
        for power in world.powers
    ]
    return np.stack(expected) if expected else np.zeros((0, state.runs))
