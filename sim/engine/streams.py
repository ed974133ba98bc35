"""Named streams of random numbers.

A stream belongs to a seed, a lane of runs, and a name such as ``deaths``. It depends neither on
what is compared nor on which worker computes it, or in which order. So run ``k`` meets the same
random numbers under every condition (common random numbers) and on any number of workers.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray


def stable_hash(name: str) -> int:
    """Return a 64-bit hash of a name that is the same in every process, unlike ``hash``.

    >>> stable_hash("deaths")
    18287295022206369299
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def generator(seed: int, lane: int, name: str) -> np.random.Generator:
    """Return the generator of one stream.

    Args:
        seed: seed of the ensemble.
        lane: number of the lane of runs.
        name: name of the stream.
    """
    key = np.random.SeedSequence(seed, spawn_key=(lane, stable_hash(name)))
    return np.random.Generator(np.random.SFC64(key))


class Streams:
    """The streams of one block of runs.

    Runs are grouped into lanes of ``width`` runs. Every call of :meth:`uniform` draws all lanes in
    full, whichever runs are needed. So a run's random numbers do not depend on how many other runs
    there are.

    Args:
        seed: seed of the ensemble.
        first: number of the block's first lane.
        width: runs in a lane.
        runs: runs in the block.

    >>> many, few = Streams(1, 0, 8, runs=8), Streams(1, 0, 8, runs=2)
    >>> bool((many.uniform("deaths")[:2] == few.uniform("deaths")).all())
    True
    """

    def __init__(self, seed: int, first: int, width: int, runs: int) -> None:
        self._seed = seed
        self._width = width
        self._lanes = range(first, first - (-runs // width))
        self._runs = runs
        self._wanted: NDArray[np.integer[Any]] | None = None
        self._generators: dict[str, list[np.random.Generator]] = {}

    @property
    def width(self) -> int:
        """Return the number of runs in a lane."""
        return self._width

    @property
    def columns(self) -> NDArray[np.integer[Any]]:
        """Return the position of each run among the random numbers of all lanes, ``(runs,)``."""
        return np.arange(self._runs) if self._wanted is None else self._wanted

    def keep(self, runs: NDArray[np.integer[Any]]) -> None:
        """Draw for these runs only, from now on.

        Args:
            runs: their numbers in the block.
        """
        self._wanted = runs

    def uniform(self, name: str) -> NDArray[np.float32]:
        """Draw the next random number in [0, 1) of a stream for each run: shape ``(runs,)``."""
        streams = self.generators(name)
        drawn = np.empty((len(streams), self._width), dtype=np.float32)
        for stream, row in zip(streams, drawn, strict=True):
            stream.random(out=row, dtype=np.float32)
        numbers = drawn.reshape(-1)
        return numbers[: self._runs] if self._wanted is None else numbers.take(self._wanted)

    def generators(self, name: str) -> list[np.random.Generator]:
        """Return the generators of a stream, one for each lane."""
        streams = self._generators.get(name)
        if streams is None:
            streams = [generator(self._seed, lane, name) for lane in self._lanes]
            self._generators[name] = streams
        return streams
