"""Named streams of random numbers.

A stream belongs to a seed, a lane of runs and a name such as ``deaths``. What is compared, which
worker computes it and in which order never enter, so run ``k`` meets the same luck under every
condition (common random numbers) and on any number of workers.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray


def stable_hash(name: str) -> int:
    """Return a 64-bit hash of ``name`` that is the same in every process, unlike ``hash``."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def generator(seed: int, lane: int, name: str) -> np.random.Generator:
    """Return the generator of one stream."""
    key = np.random.SeedSequence(seed, spawn_key=(lane, stable_hash(name)))
    return np.random.Generator(np.random.SFC64(key))


class Streams:
    """The streams of one block of runs.

    Runs stand in lanes of ``width`` numbers, the first of which has the number ``first``. Every call of
    :meth:`uniform` draws all lanes in full, whether all runs are asked for or used or not: this is what keeps a run's
    luck independent of how many runs stand beside it.
    """

    def __init__(self, seed: int, first: int, width: int, runs: int) -> None:
        self._seed, self._width = seed, width
        self._lanes = range(first, first - (-runs // width))
        self._wanted: slice | NDArray[np.integer[Any]] = slice(runs)
        self._generators: dict[str, list[np.random.Generator]] = {}

    def keep(self, runs: NDArray[np.integer[Any]]) -> None:
        """Give the luck of these runs only, by their numbers in the block, from now on."""
        self._wanted = runs

    def uniform(self, name: str) -> NDArray[np.float32]:
        """Draw the next uniforms of stream ``name``: one for each run, in [0, 1)."""
        streams = self._generators.get(name)
        if streams is None:
            streams = self._generators[name] = [generator(self._seed, lane, name) for lane in self._lanes]
        drawn = np.empty((len(streams), self._width), dtype=np.float32)
        for stream, row in zip(streams, drawn, strict=True):
            stream.random(out=row, dtype=np.float32)
        return drawn.reshape(-1)[self._wanted]
