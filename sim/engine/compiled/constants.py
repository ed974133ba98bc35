"""Names of codes, as plain numbers that compiled functions can read."""

from __future__ import annotations

import numpy as np

from sim.engine import options, recorder
from sim.engine.rules.patrons import News, duty_paid
from sim.engine.state import Stop
from sim.scenario import Escalation, stances
from sim.scenario.stances import Level

NEVER = int(recorder.NEVER)
GREAT_POWER_WAR = int(recorder.GREAT_POWER_WAR)
CHALLENGER, DEFENDER = stances.CHALLENGER, stances.DEFENDER
AT_LINE = 2
"""An attack of the challenger on a prepared line; 0 and 1 are attacks in open country."""
ALONE = -1
"""The mediator of talks between the sides alone."""

# cessations
FIGHTING, LULL, TRUCE, CAPITULATION = Stop.none, Stop.lull, Stop.truce, Stop.capitulation

# escalation levels
HOLD_FIRE = int(Escalation.hold_fire)
SKIRMISH = int(Escalation.skirmish)
LIMITED_OFFENSIVE = int(Escalation.limited_offensive)
FULL_OFFENSIVE = int(Escalation.full_offensive)

# news
NO_NEWS, ANOTHER, ROUTINE = News.none, News.another, News.routine
OF_FIGHTING, OF_GROUND = News.fighting, News.ground
SIGNED, BROKEN, INVOKED = News.signed, News.broken, News.invoked
ONSET = News.onset

# stances and options
FORCE = Level.force
STANCE_SIDE = options.SIDES.astype(np.int64)
STANCE_LEVEL = options.LEVELS.astype(np.int64)
STANCE_MEDIATES = options.MEDIATES
STANCE_OF = options.POSITIONS.astype(np.int64)
OPTION_OF = options.OPTION_OF.astype(np.int64)
LEVEL_TOWARDS = options.LEVEL_TOWARDS.astype(np.int64)
OPTIONS = len(options.OPTIONS)
PAID = np.array(
    [
        [duty_paid(0, option.mediates and not option.level) for option in options.OPTIONS],
        [duty_paid(option.level, option.mediates) for option in options.OPTIONS],
    ]
)
"""Share of the duty to the defender that each option pays, by the side that it would favour."""

# random numbers of a day, before those of third parties
(
    REVIEW,
    BREAK,
    DEATHS,
    INVOKE,
    CONTACT,
    MEDIATOR,
    CAPITULATE,
    RUNG,
    BATTLE,
    SIGN,
    STANCE,
) = (0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13)
"""Positions; those of rung, battle and signature are followed by those of the defender."""

# what compiled functions take for granted
assert (CHALLENGER, DEFENDER) == (0, 1)
assert [2 * option.level + option.mediates for option in options.OPTIONS] == [*range(OPTIONS)]
