"""Shares of draws whose true effect is beyond the margin, with intervals that allow for noise.

The effect of a single draw is known only up to chance. Counting draws by their estimates would take
chance for differences between draws. So each share has limits that hold whatever the distribution
of the true effects is. They are wide where chance hides the answer. They approach the binomial
interval of a plain count where it does not.

A lower limit rests on a function of a draw's estimate whose expected value, given the true effect
``x`` of the draw, is at most 1 if ``x`` is in the region, and at most 0 if it is not. The mean of
such a function over draws underestimates the share. Its lower confidence limit is the limit of the
share. There are two kinds. With the estimate ``y``, its variance ``v`` and its error ``s``::

    count     1 if y is in the region by more than z s; -c if it is out by less than w s, or in by
              less than z s; 0 if it is farther out; c = F(-z) / (F(z) - F(-w))
    distance  1 - ((y - a)^2 - v) / (distance from a to the end of the region)^2

``F`` is the normal distribution function. In the first, draws near the end of the region pay for
those that chance carries into it. It suits effects that differ much between draws. The second suits
effects that differ little: it is Chebyshev's inequality, with chance removed without bias. The
largest of their limits counts, over several ``z`` and ``w`` and the best centre ``a``. Upper limits
come from the lower limit of the rest. The approach is that of confidence intervals for functionals
of an unknown effect distribution (Ignatiadis & Wager 2022), with fixed functions in place of an
optimisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from sim.arguments.effects import Effect
from sim.arguments.intervals import limits, limits_of, unseen_share

Array = NDArray[np.float64]

INSIDE = (0.5, 1.0, 2.0, 3.0)
"""Standard errors in the region from which draws are counted (z)."""
OUTSIDE = (1.0, np.inf)
"""Standard errors out of the region up to which draws pay for chance (w)."""
FEW = 5
"""Differing pairs in a draw below which they do not tell its error."""
FEWEST = 12
"""Replicates below which the error of a draw is too rough to say that it is near an end."""
PARTS = 8
"""Parts of the replicates, each left out once to see what chance does."""
CENTRES = 15
"""Centres that are tried for the region inside the margin."""


@dataclass(frozen=True)
class Share:
    """A share of draws with its 95% interval."""

    value: float
    low: float
    high: float


NO_SHARE = Share(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Shares:
    """Shares of draws whose true effect is above the margin, inside it, and below it."""

    above: Share
    inside: Share
    below: Share

    def among(self, defined: float) -> Shares:
        """Return the shares of all draws if a measure is defined in a part of them.

        Nothing is known about the rest.
        """
        parts = (self.above, self.inside, self.below)
        rest = 1.0 - defined
        return Shares(
            *(Share(p.value, defined * p.low, min(defined * p.high + rest, 1.0)) for p in parts)
        )

    def moved(self, by: Array) -> Shares:
        """Return the shares with the ends of their intervals moved.

        Args:
            by: how far the lower and the upper end of each share moves, ``(shares, 2)``.
        """
        parts = (self.above, self.inside, self.below)
        moved = zip(parts, by.tolist(), strict=True)
        return Shares(*(Share(p.value, p.low + low, p.high + high) for p, (low, high) in moved))

    def turned(self) -> Shares:
        """Return the shares with ``above`` and ``below`` exchanged."""
        return Shares(self.below, self.inside, self.above)


def shares(found: Effect, margin: float) -> Shares:
    """Return the shares of draws whose true effect is above, inside or below the margin.

    Args:
        found: the effect.
        margin: smallest relevant difference, in the unit of the measure.

    >>> from sim.outcomes.evaluation import Estimate
    >>> from sim.arguments.effects import effect
    >>> clear = effect(Estimate(np.repeat([0.3, 0.0], 32), np.zeros((64, 64))))
    >>> shares(clear, 0.1).above.value
    0.5
    """
    if len(found.value) < 2 or found.replicates < 2:
        nothing = Share(float("nan"), 0.0, 1.0)
        return Shares(nothing, nothing, nothing)
    likely = found.likely
    counted = (likely > margin, np.abs(likely) <= margin, likely < -margin)
    return Shares(
        *(
            Share(float(np.clip(inside.mean(), low, high)), low, high)
            for inside, (low, high) in zip(counted, _ends(found, margin), strict=True)
        )
    )


def errors_of_ends(found: Effect, margin: float) -> Array:
    """Return how far chance moves the ends of the intervals, as standard errors: ``(shares, 2)``.

    It is the jackknife over parts of the replicates (Efron & Stein 1981). The draws stay the same.
    With fewer than three replicates it is infinite.
    """
    parts = min(PARTS, len(found.influence))
    if parts < 3:  # without a part, no error of a draw would be known
        return np.full((3, 2), np.inf)
    ends = [_ends(found.without_part(part, parts), margin) for part in range(parts)]
    return np.sqrt((parts - 1) * np.array(ends).var(axis=0))


def _ends(found: Effect, margin: float) -> list[tuple[float, float]]:
    """Return the limits of the shares of draws above, inside and below the margin."""
    turned = found.turned()
    above, below = _above(found, margin), _above(turned, margin)
    outside = max(above, below, _outside(found, margin))
    lows = (
        (above, _above(turned, -margin)),
        (_inside(found, margin), outside),
        (below, _above(found, -margin)),
    )
    return [(low, max(1.0 - low_of_rest, low)) for low, low_of_rest in lows]


def _above(found: Effect, end: float) -> float:
    """Return the lower limit of the share of draws whose effect is above an end."""
    low = _best(_counted(found, found.value - end, end))
    mean = found.mean
    if mean <= end:
        return low
    centre = mean + found.variance_between / (mean - end)  # the best one (Cantelli 1928)
    return max(low, _by_distance(found, centre, centre - end))


def _inside(found: Effect, margin: float) -> float:
    """Return the lower limit of the share of draws whose effect is inside the margin."""
    low = _best(_counted(found, margin - np.abs(found.value), margin))
    if margin <= 0:
        return low
    centres = margin * np.linspace(-1, 1, CENTRES + 2)[1:-1]
    distance = margin - np.abs(centres)
    best = ((found.variance_between + (found.mean - centres) ** 2) / distance**2).argmin()
    return max(low, _by_distance(found, float(centres[best]), float(distance[best])))


def _outside(found: Effect, margin: float) -> float:
    """Return a lower limit of the share of draws whose effect is outside the margin.

    Those of the shares above and below it are lower limits as well.
    """
    above = _counted(found, found.value - margin, margin)
    below = _counted(found, -found.value - margin, margin)
    return _best(first + second for first, second in zip(above, below, strict=True))


def _best(functions: Iterable[Array]) -> float:
    """Return the largest lower limit of the means of several functions of the draws."""
    return max(0.0, float(limits_of(np.array(list(functions)), 1.0)[0].max()))


def _counted(found: Effect, beyond: Array, end: float) -> Iterator[Array]:
    """Yield the functions that count draws in a region, each with a value per draw.

    Args:
        found: the effect.
        beyond: how far the estimate of each draw is in the region, ``(draws,)``.
        end: the end of the region.
    """
    normal = NormalDist().cdf
    # at the end, a share ``end / size`` of pairs would differ, even if fewer are seen to
    size = found.pair_size
    there = abs(end) * max(size - abs(end), 0.0) / found.replicates
    few = found.differing < min(FEW, found.replicates / 2)
    error = np.sqrt(np.maximum(found.standard_error**2, np.where(few, there, 0.0)))
    # there, the pairs of a draw would all be equal with this probability
    counted = np.any((found.differing == 0) & (beyond > 0))
    equal = max(1.0 - abs(end) / size, 0.0)
    all_equal = min(equal**found.replicates, 0.999) if counted else 0.0
    for z in INSIDE:
        by_chance = normal(-z)
        in_region = beyond > z * error
        often_equal = all_equal > by_chance
        for w in OUTSIDE:
            # all draws out of the region pay if their places, or their errors, are not known
            everyone = often_equal or np.isinf(w) or found.replicates < FEWEST
            pays = np.full(len(beyond), True) if everyone else beyond > -w * error
            carried = all_equal / (1.0 - all_equal) if often_equal else 0.0
            price = max(by_chance / (normal(z) - normal(-w)), carried)
            yield np.where(in_region, 1.0, np.where(pays, -price, 0.0))


def _by_distance(found: Effect, centre: float, distance: float) -> float:
    """Return the limit of a share from the mean squared distance of effects from a centre."""
    squares = (found.value - centre) ** 2 - found.noise
    low, _ = limits(1.0 - squares / distance**2)
    # draws of another kind that none of these shows
    differing = min(distance / found.pair_size, 1.0)
    seen = 1.0 - (1.0 - differing) ** found.replicates
    return max(0.0, min(low, 1.0 - unseen_share(len(found.value), seen)))
