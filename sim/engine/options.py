"""Stances as numbers, and the options of a third party's review.

A stance is a position among all stances, and an option one among those that favour the closer side
or none.
"""

from __future__ import annotations

import numpy as np

from sim.scenario import STANCES
from sim.scenario.stances import CHALLENGER, DEFENDER, Level

NEITHER = 2
"""Code of no side, so that a side can index an array of three."""
SIDES = np.array(
    [NEITHER if stance.side is None else stance.side for stance in STANCES],
    dtype=np.int8,
)
LEVELS = np.array([stance.level for stance in STANCES], dtype=np.int8)
MEDIATES = np.array([stance.mediates for stance in STANCES])
TOWARDS = {
    side: [i for i, stance in enumerate(STANCES) if stance.side in (None, side)]
    for side in (CHALLENGER, DEFENDER)
}
"""Positions of the stances that are open to a power that is closer to a side."""
OPTIONS = tuple(STANCES[i] for i in TOWARDS[CHALLENGER])
"""The options of a review: stances towards the closer side, or towards none."""
POSITIONS = np.array([TOWARDS[CHALLENGER], TOWARDS[DEFENDER]], dtype=np.int8)
"""Position among all stances of each option towards each side: ``(2, options)``."""
CLOSED = len(OPTIONS)
OPTION_OF = np.full((2, len(STANCES)), CLOSED)
"""Option that each stance is, by the side that the power is closer to: ``(2, stances)``.

``CLOSED`` marks a stance that is no option: it favours the enemy of that side.
"""
for _side in (CHALLENGER, DEFENDER):
    OPTION_OF[_side, TOWARDS[_side]] = range(len(OPTIONS))
LEVEL_TOWARDS = np.array([LEVELS * (side == SIDES) for side in (CHALLENGER, DEFENDER)])
"""Level of each stance towards each side, 0 if it does not favour the side: ``(2, stances)``."""
OPTION_AT = np.array([[0, 2, 4, 6, 8], [1, 3, 5, 7, 7]])
"""Option of each level, without and with mediation: ``(2, levels)``; force never mediates."""
LEVEL_OF_OPTIONS = [option.level for option in OPTIONS]
LEVEL_OF_OPTION = np.array(LEVEL_OF_OPTIONS, dtype=np.int8)[:, None]
# the options alternate: slices of them are views, whereas lists of positions make copies
PLAIN = slice(0, None, 2)
MEDIATING = slice(1, None, 2)
WITHOUT_MEDIATION = slice(0, -1, 2)
"""Each mediating option without its mediation."""
LEVELS_OF_MEDIATING = slice(0, len(OPTIONS[MEDIATING]))
LEANING = slice(LEVEL_OF_OPTIONS.index(Level.words), None)
ARMED = slice(LEVEL_OF_OPTIONS.index(Level.arms), None)
