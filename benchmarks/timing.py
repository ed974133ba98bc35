"""Times of several pieces of work, measured in turns, so that a busy machine slows all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def in_turns(
    works: Mapping[str, Callable[[], object]],
    times: int = 3,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Return the shortest time of each work, in seconds, over some rounds of all of them.

    Processor time suits work in this process: it leaves out what other programs take. Each work is
    done twice in a row, because the first time may pay for memory that the work before it returned.
    """
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            for _ in range(2):
                begun = clock()
                work()
                spent[name].append(clock() - begun)
    return {name: min(seconds) for name, seconds in spent.items()}
