"""Random numbers of many streams, drawn together: the same as those of NumPy's generators.

A stream is the small fast counting generator of Doty-Humphrey (``SFC64``). Numbers of all streams
are drawn in turn, so that those of a run and a day lie side by side, and so that a processor can
work on several streams at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.compiled.scalars import compiled, entry

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
LOWEST = np.uint64(8)
STEP = np.float32(2.0**-24)


def state_of(generator: np.random.Generator) -> NDArray[np.uint64]:
    """Return the four numbers that a generator continues from; it must have no half left."""
    state = generator.bit_generator.state
    assert not state["has_uint32"]
    return np.asarray(state["state"]["state"], dtype=np.uint64)


@entry
def draw_days(states: Any, numbers: Any) -> None:
    """Draw random numbers in [0, 1) for some days.

    Args:
        states: state of each stream, ``(streams, 4)``; updated in place.
        numbers: where they go, ``(days, runs, streams)``; the number of runs is even.
    """
    days, runs, streams = numbers.shape
    for day in range(days):
        for run in range(0, runs, 2):
            for stream in range(streams):
                both = next_integer(states[stream])
                numbers[day, run, stream] = np.float32((both & LOW) >> LOWEST) * STEP
                numbers[day, run + 1, stream] = np.float32(both >> HALF >> LOWEST) * STEP


@compiled
def next_integer(state: Any) -> Any:
    """Return the next 64-bit integer of a stream."""
    a, b, c, count = state[0], state[1], state[2], state[3]
    drawn = a + b + count
    state[0] = b ^ (b >> np.uint64(11))
    state[1] = c + (c << np.uint64(3))
    state[2] = ((c << np.uint64(24)) | (c >> np.uint64(40))) + drawn
    state[3] = count + np.uint64(1)
    return drawn
