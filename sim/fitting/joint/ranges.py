"""Ranges and choices inside others, as quantiles."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Choice, Quantity

Array = NDArray[np.float64]
Value = Quantity | Choice


def share_in(wide: Value, value: Value, share: Array) -> Array:
    """Return quantiles in a wide range of the quantiles of a value.

    Args:
        wide: the wide range or choice.
        value: a range, a choice or a single value inside it.
        share: quantiles of the value, ``(n,)``.

    >>> wide, value = Quantity(low=0.0, high=1.0), Quantity(low=0.5, high=1.0)
    >>> share_in(wide, value, np.array([0.0, 0.5])).tolist()
    [0.5, 0.75]
    """
    if value == wide:
        return share
    if isinstance(wide, Choice):
        assert isinstance(value, Choice)
        place = np.array([wide.options.index(option) for option in value.options])
        return np.asarray((place[value.pick(share)] + 0.5) / len(wide.options))
    assert isinstance(value, Quantity)
    return cumulative(wide, value.quantile(share))


def cumulative(value: Quantity, numbers: Array) -> Array:
    """Return the cumulative probabilities of numbers under the prior of a value.

    >>> cumulative(Quantity(low=1.0, high=100.0, scale="log"), np.array([10.0])).round(3).tolist()
    [0.5]
    """
    if value.scale == "log":
        found = np.log(numbers / value.low) / np.log(value.high / value.low)
    elif value.mode is not None:
        width = value.high - value.low
        rise = value.mode - value.low
        left = (numbers - value.low) ** 2 / (width * max(rise, _TINY))
        right = 1 - (value.high - numbers) ** 2 / (width * max(width - rise, _TINY))
        found = np.where(numbers < value.mode, left, right)
    else:
        found = (numbers - value.low) / (value.high - value.low)
    return np.asarray(np.clip(found, 0.0, 1.0))


_TINY = 1e-300


def covers(wide: Value, value: Value) -> bool:
    """Return whether all that a value may be lies in a wide range or choice.

    >>> covers(Quantity(low=0.0, high=1.0), Quantity(low=0.5, high=2.0))
    False
    """
    if isinstance(wide, Choice) or isinstance(value, Choice):
        both = isinstance(wide, Choice) and isinstance(value, Choice)
        return both and set(value.options) <= set(wide.options)  # type: ignore[union-attr]
    return wide.low <= value.low and value.high <= wide.high


def hull(values: Iterable[Value]) -> Value:
    """Return the narrowest range, or the smallest choice, that covers some values of one path.

    >>> hull([Quantity(low=0.0, high=0.3), Quantity(low=0.2, high=0.5)]).plain()
    {'range': [0.0, 0.5]}
    """
    found = list(values)
    first = found[0]
    if isinstance(first, Choice):
        options = (
            option for value in found if isinstance(value, Choice) for option in value.options
        )
        return first.model_copy(update={"options": tuple(dict.fromkeys(options))})
    ranges = [value for value in found if isinstance(value, Quantity)]
    shape = next((value for value in ranges if not value.known), ranges[0])
    low = min(value.low for value in ranges)
    high = max(value.high for value in ranges)
    log = shape.scale == "log" and low > 0
    same = (low, high) == (shape.low, shape.high)
    return (
        shape
        if same
        else Quantity(low=low, high=high, scale="log" if log else "linear", path=shape.path)
    )
