"""The world: one block of runs, played day by day."""

from sim.world.diary import Diary
from sim.world.model import World

__all__ = ["Diary", "World"]
