"""Objects whose arrays all have the runs of a block as their last axis."""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Index


class PerRun:
    """An object whose arrays have the runs as their last axis, so that runs can be dropped."""

    def keep(self, runs: Index) -> None:
        """Keep only some runs.

        Args:
            runs: their present positions.
        """
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value.take(runs, axis=-1))
