"""Actors: one Mesa agent each, alive in all runs of a block at once.

An actor's attributes are arrays over runs. A day has five stages (see :mod:`sim.world`); in *perceive* an actor reads
yesterday's state, in *decide* it chooses, in *act* its choice becomes posture, support and voice. Only the world
changes the state.
"""

from sim.actors.belligerent import Belligerent
from sim.actors.runs import PerRun
from sim.actors.state import State, Stop
from sim.actors.third_party import ThirdParty

__all__ = ["Belligerent", "PerRun", "State", "Stop", "ThirdParty"]
