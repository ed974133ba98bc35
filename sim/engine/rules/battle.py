"""What a day of fighting does: engagements, ground, deaths and what is learnt from them.

War as a random walk over ground with prepared lines (Smith & Stam 2003). All log-odds are of the
challenger's side; ``balance`` is the challenger's advantage when neither side attacks.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index


def balance(strength_challenger: Array, strength_defender: Array, drone_effect: Array, drones: Array) -> Array:
    """Return the log-odds ``ln(S_C / S_D) + drone_effect (drones_C - drones_D)``; ``drones`` is the difference."""
    return np.log(strength_challenger / strength_defender) + drone_effect * drones


def engagements_won(chance: Array, uniform: Array) -> Array:
    """Return the share of the day's engagements won: Binomial(4, chance) / 4, by inversion of one uniform."""
    other = 1.0 - chance
    two, two_lost = chance * chance, other * other
    fewer = two_lost * two_lost
    won = (uniform >= fewer).astype(np.int8)
    for probability in (4.0 * chance * other * two_lost, 6.0 * two * two_lost, 4.0 * two * chance * other):
        fewer += probability
        won += uniform >= fewer
    return won.astype(chance.dtype) / 4.0


def ground(pace: Array, intensity: Array, won: Array | float) -> Array:
    """Return ground taken in a day: ``pace intensity^2 won``, share of the contested area.

    The square makes small attacks a way to kill and not a way to conquer.
    """
    return pace * intensity**2 * won


def deaths(lethality: Array, intensity: Array, uniform: Array) -> Array:
    """Return both sides' battle deaths of the day: ``lethality intensity U(0.4, 1.6)``, persons."""
    return lethality * intensity * (0.4 + 1.2 * uniform)


def defender_share(won: Array) -> Array:
    """Return the defender's share of the deaths, ``(1 + won) / 3``: who loses an engagement loses two for one."""
    return (1.0 + won) / 3.0


def lesson(rate: Array, intensity: Array, won: Array, expected: Array) -> Array:
    """Return what a day of attacks teaches: ``rate intensity (won - expected)``, log-odds (Slantchev 2003)."""
    return rate * intensity * (won - expected)


def reachable(rung: Index, level: Index, rungs: int) -> Index:
    """Return which rungs a side can take next, 1 or 0: shape ``(rungs, runs)``.

    No side climbs down more than one rung a day, or goes more than one above the present fighting.
    """
    option = np.arange(rungs, dtype=np.int8)[:, None]
    top = np.maximum(rung, level) + 1
    return ((option >= rung - 1) & (option <= top)).view(np.int8)
