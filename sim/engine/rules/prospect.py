"""What a belligerent expects of fighting on, and what a cessation is worth against it.

A side compares stopping with each escalation level over the days that it plans ahead (Slantchev
2003; Powell 2006). Utility is in shares of the contested area. Escalation levels run along the
first axis.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, positive


def ground_behind_line(
    speed: Array, before_line: Array, beyond_line: Array, line_left: Array, room: Array, days: Array
) -> Array:
    """Return the territory that an attacker expects to take, starting at a prepared line.

    The attacker first takes the rest of the line at a slow pace, then advances in open country::

        slow = speed before_line,  fast = speed beyond_line,  t = line_left / slow
        territory = min(min(line_left, slow days) + fast (days - t)+, room)

    Args:
        speed: territory of a day of full success, share a day, ``(runs,)`` or ``(levels, runs)``.
        before_line: share of engagements that an attack on the line wins, ``(runs,)``.
        beyond_line: share of engagements that an attack in open country wins, ``(runs,)``.
        line_left: depth of the line still ahead, share, ``(runs,)``.
        room: territory left to take, share, ``(runs,)``.
        days: days that the side plans ahead, ``(runs,)``.

    Returns:
        Share of the contested area, of the shape of ``speed``.
    """
    slow = speed * before_line
    # days to break the line; the floor only guards against a division by 0
    days_to_break = line_left / slow.clip(1e-12, np.inf)
    in_the_line = np.minimum(line_left, slow * days)
    beyond = speed * beyond_line * positive(days - days_to_break)
    return np.minimum(in_the_line + beyond, room)


def ground_in_open_country(speed: Array, success: Array, room: Array, days: Array) -> Array:
    """Return the territory that an attacker expects to take without a line, share.

    ``min(speed success days, room)``

    Arguments as in :func:`ground_behind_line`; ``success`` is the share of engagements won.
    """
    return np.minimum(speed * success * days, room)


def cost_of_war(intensity: Array, war_cost: Array, days: Array) -> Array:
    """Return the cost of fighting for ``days``: ``war_cost intensity days``, share of the area.

    Args:
        intensity: intensity of the fighting, 0 to 1, ``(runs,)`` or ``(levels, runs)``.
        war_cost: cost of a day at full intensity, share, ``(runs,)``.
        days: days that the side plans ahead, ``(runs,)``.
    """
    return intensity * (war_cost * days)


def reward_of_action(at_onset: Array, day: int, decay: Array) -> Array:
    """Return the public's reward for fighting, share of the area, ``(levels, runs)``.

    ``demand sqrt(level / 3) exp(-day / decay)``

    Args:
        at_onset: ``demand sqrt(level / 3)``, which does not change, ``(levels, runs)``.
        day: day of the crisis.
        decay: days in which the reward falls to 37%, ``(runs,)``.
    """
    return at_onset * np.exp(-day / decay)


def utility_of_levels(ground: Array, cost: Array, reward: Array, fixed: Array) -> Array:
    """Return the utility of each escalation level with fire, share.

    ``u(r) = ground - cost + reward - fixed``

    Holding fire has utility 0 and no row.

    Args:
        ground: territory expected at the level, share, ``(levels - 1, runs)``.
        cost: cost of fighting at the level, share, ``(levels - 1, runs)``.
        reward: the public's reward, share, ``(levels - 1, runs)``.
        fixed: cost of fighting at all, share, ``(runs,)``.
    """
    return ground - cost + reward - fixed


def value_of_fighting(utility: Array, threat: Array) -> Array:
    """Return the utility of fighting on rather than stopping at the present line, share.

    ``max_r u(r) - threat``

    Args:
        utility: utility of each escalation level, share, ``(levels, runs)``.
        threat: territory that the enemy is expected to take at its present level, plus the cost of
            being attacked, share, ``(runs,)``.
    """
    return utility.max(axis=0) - threat
