"""What the records of other crises say about some of the values of a fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.fitting.space import Space
from sim.io.errors import UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Elsewhere:
    """A likelihood of records that are not simulated in a fit.

    Given the shared values, crises are independent. So its logarithm adds to that of the fitted
    crises. A joint fit learns it (:mod:`sim.fitting.joint`).

    Attributes:
        space: the values that it speaks of.
        of_scores: log likelihood of normal scores, ``(n, values)`` to ``(n,)``.
        crises: names of the crises.
        key: digest of all that it depends on.
    """

    space: Space
    of_scores: Callable[[Array], Array]
    crises: tuple[str, ...]
    key: str

    def over(self, space: Space) -> Callable[[Array], Array]:
        """Return the same likelihood for the normal scores of another space.

        Args:
            space: a space that contains all values, on the same ranges.

        Raises:
            UsageError: a value is missing in it.
        """
        missing = sorted(set(self.space.names) - set(space.names))
        if missing:
            raise UsageError(f"the fitted crises do not leave these values open: {missing[0]}")
        columns = [space.names.index(name) for name in self.space.names]
        return lambda scores: self.of_scores(scores[:, columns])
