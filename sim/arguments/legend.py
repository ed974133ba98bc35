"""The rule of verdicts in short sentences, as printed, reported and documented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.arguments import intervals, verdicts

HEADING = "How to read the verdicts"


def thresholds() -> dict[str, float]:
    """Return the limits of verdicts.

    >>> thresholds()["most"], thresholds()["stray"]
    (0.75, 0.1)
    """
    return {
        "delivered": verdicts.DELIVERED,
        "material": verdicts.MATERIAL,
        "most": verdicts.MOST,
        "few": verdicts.FEW,
        "stray": verdicts.STRAY,
        "error_rate": verdicts.ERROR_RATE,
        "level": intervals.LEVEL,
        "left": verdicts.LEFT,
    }


def legend(limits: Mapping[str, float]) -> Iterator[str]:
    """Yield the lines of the legend.

    Args:
        limits: limits of the verdicts, from :func:`thresholds`.

    >>> next(legend(thresholds())).split(".")[0]
    'In each draw, an effect is as claimed, opposite, or no difference'
    """
    most, few, stray = (f"{limits[name]:.0%}" for name in ("most", "few", "stray"))
    level, error_rate = (f"{100 * limits[name]:g}%" for name in ("level", "error_rate"))
    yield (
        "In each draw, an effect is as claimed, opposite, or no difference. It counts only beyond "
        "the margin. A claim of no difference is as claimed inside the margin. A claim of at "
        "least, or at most, as much is as claimed where the effect is not opposite."
    )
    yield f"Holds: as claimed in at least {most} of draws, and opposite in at most {stray}."
    yield f"Fails: as claimed in at most {few} of draws, although it holds in its positive control."
    yield f"Depends: as claimed in {few} to {most} of draws, or opposite in more than {stray}."
    yield (
        f"Undecided: the {level} interval of a share includes such a limit, or the p-value after "
        f"adjustment is {error_rate} or more. So is a claim if the share of runs that its "
        "treatment changes, the result of its control or the mechanism that it needs is unclear, "
        "if its measure is not defined in most draws, or if a rare event is too seldom seen."
    )
    yield (
        f"Assumption-driven: it holds, but without the named mechanism its effect falls to the "
        f"margin, or to less than {limits['left']:.0%}. A claim of no difference, or of at least "
        "or at most as much, is driven by a mechanism without which its effect moves beyond the "
        "margin."
    )
    yield (
        f"Untested: the treatment changes fewer than {limits['delivered']:.0%} of runs; or the "
        f"claim would fail, but its measure changes in fewer than {limits['delivered']:.0%} of "
        f"runs by {limits['material']:.0%} of the margin or more."
    )
    yield (
        f"Untestable: as claimed in at most {few} of draws, and no stated setting makes it hold; "
        "or it also holds in its negative control."
    )
    yield (
        "A claim about a rare event holds if the whole interval of the ratio is beyond the margin, "
        "and fails if no part of it is."
    )
    yield (
        "Shares of draws say what follows from this model and these draws, which count as "
        "independent. They are not the probability that a claim is true."
    )
