"""Objects whose arrays all run over the runs of a block."""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Index


class PerRun:
    """An object every array of which has the runs as its last axis, so that finished runs can be dropped."""

    def keep(self, runs: Index) -> None:
        """Keep these runs only, by their present position."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value.take(runs, axis=-1))
