"""What going on with the war is worth to a belligerent, and what its end would be.

A side compares stopping with each rung over the days it looks ahead (Slantchev 2003; Powell 2006). Utility
is in shares of the contested area; rungs run along the first axis, shape ``(rungs, runs)``.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, positive


def ground_behind_line(
    speed: Array, before_line: Array, beyond_line: Array, line_left: Array, room: Array, days: Array
) -> Array:
    """Return the ground a side expects to take within ``days`` from behind a prepared line.

    First the rest of the line at the slow pace, then open country, never more than there is room for. An attack that
    will not break the line in time has no prospect, and one that only just will has next to none.

        t = line_left / slow,  ground = min((1 - t / days)+ (line_left + fast days), room)

    Args:
        speed: ground on a day of full success, share a day, ``(runs,)`` or ``(rungs, runs)``.
        before_line: share of engagements an attack on the prepared line wins.
        beyond_line: share of engagements an attack in open country wins.
        line_left: depth of the prepared line still ahead, share.
        room: ground that is left to take, share.
        days: days looked ahead.
    """
    stuck = line_left / (speed * before_line).clip(1e-12, np.inf)
    return np.minimum(positive(1.0 - stuck / days) * (line_left + speed * beyond_line * days), room)


def ground_in_open_country(speed: Array, success: Array, room: Array, days: Array) -> Array:
    """Return the ground a side expects to take where no line stands: ``min(speed success days, room)``."""
    return np.minimum(speed * success * days, room)


def cost_of_war(intensity: Array, war_cost: Array, days: Array) -> Array:
    """Return the cost of ``days`` of fighting: ``war_cost intensity days``, share of the contested area."""
    return intensity * (war_cost * days)


def reward_of_action(at_onset: Array, day: int, decay: Array) -> Array:
    """Return the public's reward for fighting: ``demand sqrt(rung / 3) exp(-day / decay)``, ``(rungs, runs)``, share.

    ``at_onset`` is the first two factors, which do not change.
    """
    return at_onset * np.exp(-day / decay)


def worth_of_rungs(ground: Array, cost: Array, reward: Array, fixed: Array) -> Array:
    """Return the worth of the rungs above the first, ``u(r) = ground(r) - cost(r) + reward(r) - fixed``.

    Holding fire, the first rung, is worth 0.

    Args:
        ground: ground expected at the rung, ``(rungs above the first, runs)``.
        cost: cost of fighting at the rung, likewise.
        reward: the public's reward, likewise.
        fixed: cost of fighting on at all, ``(runs,)``.
    """
    return ground - cost + reward - fixed


def value_of_fighting(worth: Array, threat: Array) -> Array:
    """Return what war is worth against a stop at the present line: ``max_r u(r) - threat``.

    ``threat`` is the ground the enemy is expected to take, and the cost of being fought, at its present rung.
    """
    return worth.max(axis=0) - threat
