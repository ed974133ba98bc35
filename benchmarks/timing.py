"""Wall times, measured in turns so that a busy machine slows all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def in_turns(works: Mapping[str, Callable[[], object]], times: int = 3) -> dict[str, float]:
    """Return the shortest wall time of each work, in seconds, over some rounds of all of them."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            spent[name].append(time.perf_counter() - begun)
    return {name: min(seconds) for name, seconds in spent.items()}
