"""What a day of fighting does to territory, lives and beliefs.

War is a random walk over territory with prepared lines (Smith & Stam 2003). All log-odds are those
of the challenger. Territory is measured in shares of the contested area.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index, Mask

OFFENSIVE = 2
"""Escalation level from which a side attacks in order to take territory."""
REFERENCE_FORCES = 100.0
"""Men engaged, in thousands, to which the parameters for pace and lethality refer."""


def balance(
    strength_challenger: Array,
    strength_defender: Array,
    drone_effect: Array,
    drones: Array,
) -> Array:
    """Return the challenger's advantage in log-odds when neither side attacks.

    ``ln(S_C / S_D) + drone_effect (drones_C - drones_D)``

    Args:
        strength_challenger: S_C, in any unit that both sides share, ``(runs,)``.
        strength_defender: S_D, in the same unit, ``(runs,)``.
        drone_effect: log-odds for each unit of the difference in drones, ``(runs,)``.
        drones: the challenger's drones minus the defender's, ``(runs,)``.
    """
    return np.log(strength_challenger / strength_defender) + drone_effect * drones


def pace(parameter: Array, tempo: Array, forces: Array) -> Array:
    """Return the territory that a full attack takes on a day of full success, share of the area.

    ``pace tempo (forces / 100)^(-1/2)``

    An army advances by distance, and thinly held fronts move faster. With a front as long as the
    square root of the area, and an advance that grows with the square root of the space for each
    man, the area cancels. Sources: force to space (Dupuy 1987; Biddle 2004); the exponent is an
    assumption.

    Args:
        parameter: the pace with 100,000 men engaged, share a day, ``(runs,)``.
        tempo: effect of the crisis, 1 for none, ``(runs,)``.
        forces: men engaged on both sides, thousands, ``(runs,)``.

    >>> pace(np.array([0.02]), np.array([1.0]), np.array([25.0]))
    array([0.04])
    """
    return parameter * tempo * (forces / REFERENCE_FORCES) ** -0.5


def lethality(parameter: Array, severity: Array, forces: Array) -> Array:
    """Return the mean battle deaths of a day of full war, persons.

    ``lethality severity (forces / 100)^(3/4)``

    Larger forces lose more men, and a smaller part of them. Source: loss rates fall with the size
    of a force (Dupuy 1990); the exponent is an assumption.

    Args:
        parameter: the lethality with 100,000 men engaged, persons a day, ``(runs,)``.
        severity: effect of the crisis, 1 for none, ``(runs,)``.
        forces: men engaged on both sides, thousands, ``(runs,)``.

    >>> lethality(np.array([100.0]), np.array([2.0]), np.array([100.0]))
    array([200.])
    """
    return parameter * severity * (forces / REFERENCE_FORCES) ** 0.75


def engagements_won(chance: Array, uniform: Array) -> Array:
    """Draw the share of the day's four engagements that the attacker wins.

    ``Binomial(4, chance) / 4``

    One uniform gives one draw, by inversion. The result never falls when the chance rises, which
    keeps comparisons with common random numbers sharp.

    Args:
        chance: probability of winning an engagement, ``(runs,)``.
        uniform: random numbers in [0, 1), ``(runs,)``.

    >>> engagements_won(np.array([0.0, 0.5, 1.0]), np.array([0.5, 0.5, 0.5]))
    array([0. , 0.5, 1. ])
    """
    # 1. powers of the probabilities to win and to lose
    lost = 1.0 - chance
    two_won = chance * chance
    two_lost = lost * lost
    # 2. count how many steps of the cumulative distribution the uniform has passed
    cumulative = two_lost * two_lost
    won = (uniform >= cumulative).astype(np.int8)
    for probability in (
        4.0 * chance * lost * two_lost,
        6.0 * two_won * two_lost,
        4.0 * two_won * chance * lost,
    ):
        cumulative += probability
        won += uniform >= cumulative
    return won.astype(chance.dtype) / 4.0


def ground(pace: Array, intensity: Array, won: Array | float) -> Array:
    """Return the territory that an attack takes in a day: ``pace intensity^2 won``, share.

    The square makes a small attack a way to kill rather than a way to conquer.

    Args:
        pace: share of the area taken on a day of full success at full intensity, ``(runs,)``.
        intensity: intensity of the attack, 0 to 1, ``(runs,)`` or ``(levels, runs)``.
        won: share of engagements won, 0 to 1.
    """
    return pace * intensity**2 * won


def deaths(lethality: Array, intensity: Array, uniform: Array) -> Array:
    """Return both sides' battle deaths of a day: ``lethality intensity U(0.4, 1.6)``, persons.

    Args:
        lethality: mean deaths of a day at full intensity, persons, ``(runs,)``.
        intensity: the higher intensity of the two sides, 0 to 1, ``(runs,)``.
        uniform: random numbers in [0, 1), ``(runs,)``.
    """
    return lethality * intensity * (0.4 + 1.2 * uniform)


def defender_share(won: Array) -> Array:
    """Return the defender's share of the deaths: ``(1 + won) / 3``.

    The side that loses an engagement loses two persons for each of the enemy's.

    Args:
        won: the challenger's share of all engagements, 0 to 1, ``(runs,)``.
    """
    return (1.0 + won) / 3.0


def lesson(rate: Array, intensity: Array, won: Array, expected: Array) -> Array:
    """Return how much a day of attacks changes a belief, in log-odds.

    ``rate intensity (won - expected)``

    Source: learning about the balance from battles (Slantchev 2003).

    Args:
        rate: log-odds for a day of full intensity and complete surprise, ``(runs,)``.
        intensity: intensity of the attack, 0 to 1, ``(runs,)``.
        won: share of engagements that the attacker won, 0 to 1, ``(runs,)``.
        expected: share that the observer expected, 0 to 1, ``(runs,)``.
    """
    return rate * intensity * (won - expected)


def reachable(escalation: Index, enemy: Index, escalations: int) -> Mask:
    """Return which escalation levels a side can take next: shape ``(levels, runs)``.

    A side falls by at most one level a day. It rises to at most one level above the higher level
    of the two sides. Under an offensive it at least returns fire.

    Args:
        escalation: the side's present escalation level, ``(runs,)``.
        enemy: the enemy's present escalation level, ``(runs,)``.
        escalations: number of escalation levels.

    >>> reachable(np.array([1]), np.array([1]), 4).ravel()
    array([ True,  True,  True, False])
    >>> reachable(np.array([0]), np.array([2]), 4).ravel()
    array([False,  True,  True,  True])
    """
    option = np.arange(escalations, dtype=np.int8)[:, None]
    return (option >= least_level(escalation, enemy)) & (option <= most_level(escalation, enemy))


def least_level(escalation: Index, enemy: Index) -> Index:
    """Return the lowest level that a side can take next, see :func:`reachable`: ``(runs,)``."""
    return np.maximum(escalation - 1, returned_fire(enemy))


def most_level(escalation: Index, enemy: Index) -> Index:
    """Return the highest level that a side can take next, see :func:`reachable`: ``(runs,)``."""
    return np.maximum(escalation, enemy) + 1


def returned_fire(enemy: Index) -> Index:
    """Return the level at which a side answers an enemy at least: a skirmish under an offensive.

    Args:
        enemy: the enemy's escalation level, ``(runs,)``.
    """
    return (enemy >= OFFENSIVE).astype(np.int8)
