"""Numbers as text: for tables, sentences and charts."""

from __future__ import annotations

from sim.outcomes.precision import resolution, rounded

LEAST_SHOWN = 1e-4
"""Smallest share and number that are printed."""
FINEST = 1e-6
"""Smallest step to which a number with an error is rounded."""


def number(value: float) -> str:
    """Return a number for a table.

    >>> number(7600), number(0.123), number(0.0000053)
    ('7,600', '0.123', '<0.0001')
    """
    if 0 < value < LEAST_SHOWN:
        return f"<{LEAST_SHOWN:.4f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def readable(value: float, digits: int, sign: str = "-") -> str:
    """Return a number with a number of significant digits.

    Args:
        value: the number.
        digits: number of significant digits.
        sign: ``+`` gives positive numbers a sign too.

    >>> readable(1923.4, 3), readable(0.01152, 3, "+")
    ('1,920', '+0.0115')
    """
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:{sign},.0f}" if abs(rounded) >= 10**digits else f"{value:{sign}.{digits}g}"


def times(ratio: float) -> str:
    """Return a ratio with two significant digits.

    >>> times(1.449), times(51.3), times(0.0213)
    ('1.4', '51', '0.021')
    """
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def percent(share: float, error: float | None = None) -> str:
    """Return a probability as a percentage, in which small shares are never 0% or 100%.

    Args:
        share: the probability.
        error: its Monte Carlo error, which decides the digits; at most whole percents are printed.

    >>> percent(0.004), percent(0.32), percent(0.997)
    ('<1%', '32%', '>99%')
    >>> percent(0.32, error=0.12)
    '30%'
    """
    share = round(share, 9) + 0.0  # without rounding errors and -0.0
    if 0 < share < 0.01:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    rarer = min(share, 1.0 - share)  # 97% keeps the digit that tells it from 100%
    step = resolution(100 * rarer, None if error is None else 100 * error)
    return f"{round(100 * share / step) * step:.0f}%"


def fine_percent(share: float) -> str:
    """Return a share as a percentage with two digits, and none below a hundredth of a percent.

    >>> fine_percent(0.32), fine_percent(0.0012), fine_percent(0.000001)
    ('32%', '0.12%', 'under 0.01%')
    """
    if 0 < abs(share) < LEAST_SHOWN:
        return f"under {100 * LEAST_SHOWN:.2g}%"
    return f"{share:.0%}" if abs(share) >= 0.1 else f"{100 * share:.2g}%"


def number_in(value: float, unit: str, error: float | None = None) -> str:
    """Return a number to the digits that its error leaves, or else two.

    Args:
        value: the number.
        unit: its unit; a share whose unit begins with ``%`` becomes a percentage.
        error: its standard error.

    >>> number_in(0.254, "% of runs"), number_in(7612.0, "deaths", error=300.0)
    ('25', '7,600')
    """
    factor = 100 if unit[:1] == "%" else 1
    scaled = factor * value
    if abs(scaled) < (0.005 if factor == 100 else 0.0005):
        return "0"
    if error:
        scaled = rounded(scaled, factor * error, FINEST)
    if abs(scaled) >= 10:
        return f"{scaled:,.0f}"
    return f"{scaled:.1f}".removesuffix(".0") if abs(scaled) >= 1 else f"{scaled:.2g}"
