"""The parts of a world that the steps of a day work on."""

from __future__ import annotations

from typing import Protocol

from sim.engine.belligerent import Belligerent
from sim.engine.recorder import Recorder
from sim.engine.state import State
from sim.engine.streams import Streams
from sim.engine.third_party import ThirdParty


class Parts(Protocol):
    """The parts of a world, as the steps see it.

    Attributes:
        state: the arrays over runs.
        sides: the challenger and the defender.
        powers: the active third parties, in the order of ``state.powers``.
        seated: positions of the third parties with a formal seat in a settlement.
        streams: the streams of random numbers.
        recorder: what is recorded for the outcomes.
    """

    state: State
    sides: tuple[Belligerent, Belligerent]
    powers: tuple[ThirdParty, ...]
    seated: tuple[int, ...]
    streams: Streams
    recorder: Recorder
