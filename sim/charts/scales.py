"""Axes of the values of a sweep: numbers to scale, and as many labels as fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from sim.charts.lettering import fitted, width_of

DECADES = 20
"""Ratio of the largest to the smallest value of an axis from which it is logarithmic."""
SIZE = 7.5
"""Size of labels of axes in points."""
SLANT = 50
"""Angle of words that do not fit beside each other, in degrees."""
WORD = 1.15
"""Maximum width of a word of an axis in inches."""


def is_words(index: pd.Index[Any]) -> bool:
    """Return whether an axis is categorical: any of its values is a word.

    >>> is_words(pd.Index(["aside", "2"])), is_words(pd.Index(["1", "2"]))
    (True, False)
    """
    return bool(pd.to_numeric(pd.Series(index), errors="coerce").isna().any())


def is_wide(places: NDArray[np.float64]) -> bool:
    """Return whether values span decades, so that their axis is logarithmic.

    >>> is_wide(np.array([0.1, 1, 3, 10])), is_wide(np.array([0, 1, 2]))
    (True, False)
    """
    return bool(places.min() > 0 and places.max() >= DECADES * places.min())


def places_of(values: Sequence[str]) -> NDArray[np.float64]:
    """Return where the values of an axis are: numbers to scale, words at equal distances.

    >>> places_of(["0.5", "3"]).tolist(), places_of(["aside", "mediate"]).tolist()
    ([0.5, 3.0], [0.0, 1.0])
    """
    if is_words(pd.Index(values)):
        return np.arange(len(values), dtype=float)
    return np.array([float(value) for value in values])


def edges_of(places: NDArray[np.float64], is_log: bool = False) -> NDArray[np.float64]:
    """Return the edges of the cells around places: halfway between neighbours.

    >>> edges_of(np.array([0.0, 1.0, 3.0])).tolist()
    [-0.5, 0.5, 2.0, 4.0]
    """
    if is_log:
        return np.exp(edges_of(np.log(places)))
    if len(places) == 1:
        return places[0] + np.array([-0.5, 0.5])
    middles = (places[1:] + places[:-1]) / 2
    first, last = 2 * places[0] - middles[0], 2 * places[-1] - middles[-1]
    return np.concatenate([[first], middles, [last]])


def fitting(shares: NDArray[np.float64], widths: Sequence[float], inches: float) -> list[int]:
    """Return which labels of an axis fit beside each other: the ends, and as many as possible.

    Args:
        shares: place of each label along the axis, 0 to 1, in order.
        widths: width of each label in inches.
        inches: length of the axis.

    >>> fitting(np.array([0.0, 0.1, 0.5, 1.0]), [0.3] * 4, 2.0)
    [0, 2, 3]
    """
    last = len(shares) - 1
    kept: list[int] = []

    def apart(left: int, right: int) -> bool:
        gap = (widths[left] + widths[right]) / 2 + 0.06
        return bool(inches * abs(shares[right] - shares[left]) >= gap)

    for number in range(last + 1):
        is_free = not kept or apart(kept[-1], number)
        if is_free and (number == last or apart(number, last)):
            kept.append(number)
    return kept or [0]


def label_axis(ax: Axes, values: Sequence[str], inches: float, is_across: bool = True) -> None:
    """Label the values of an axis: as many as fit, and long words slanted.

    Args:
        ax: the panel, with its limits and scales set.
        values: values of the axis, in order.
        inches: length of the axis.
        is_across: whether it is the horizontal axis.
    """
    places = places_of(values)
    axis = ax.xaxis if is_across else ax.yaxis
    transform = axis.get_transform()
    low, high = transform.transform(np.array(axis.get_view_interval(), dtype=float))
    shares = (transform.transform(places) - low) / ((high - low) or 1.0)
    texts = [fitted(short_number(value), WORD, SIZE) for value in values]
    letter = SIZE * 1.3 / 72
    widths = [width_of(text, SIZE) if is_across else letter for text in texts]
    slanted = (
        is_across
        and is_words(pd.Index(values))
        and len(fitting(shares, widths, inches)) < len(values)
    )
    kept = fitting(shares, [letter * 1.5] * len(texts) if slanted else widths, inches)
    axis.set_ticks(places[kept], [texts[number] for number in kept], fontsize=SIZE)
    axis.set_minor_locator(NullLocator())
    if slanted:
        for label in ax.get_xticklabels():
            label.set(rotation=SLANT, ha="right", rotation_mode="anchor")


def short_number(value: str) -> str:
    """Return a value of an axis as a label: numbers with three digits, words without underscores.

    >>> short_number("3.63636"), short_number("arms_defender"), short_number("20000")
    ('3.64', 'arms defender', '20,000')
    """
    try:
        number = float(value)
    except ValueError:
        return value.replace("_", " ")
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def is_log(values: Sequence[str]) -> bool:
    """Return whether an axis is logarithmic: its values are numbers that span decades.

    >>> is_log(["0.1", "1", "10"]), is_log(["low", "high"])
    (True, False)
    """
    return not is_words(pd.Index(values)) and is_wide(places_of(values))


def thousands(value: float, place: object) -> str:
    """Return the label of a tick, with commas in large numbers."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
