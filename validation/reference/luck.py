"""Uniforms, as the engine takes them: one array a stream and turn for a block, of which a run takes
its own element.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sim.engine.streams import Streams


class BlockLuck:
    """The uniforms of a block, drawn when the first of its runs asks for them."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._drawn: dict[str, list[Any]] = defaultdict(list)

    def at(self, name: str, turn: int, run: int) -> float:
        """Return the uniform of one run at the given turn of a stream."""
        drawn = self._drawn[name]
        while len(drawn) <= turn:
            drawn.append(self._streams.uniform(name))
        return float(drawn[turn][run])


class Luck:
    """The uniforms of one run."""

    def __init__(self, block: BlockLuck, run: int) -> None:
        self._block, self._run = block, run
        self._turns: dict[str, int] = defaultdict(int)

    def uniform(self, name: str) -> float:
        """Return the next uniform of a stream."""
        turn = self._turns[name]
        self._turns[name] += 1
        return self._block.at(name, turn, self._run)
