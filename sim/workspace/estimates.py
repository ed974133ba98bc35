"""Values of a scaffold that data sets give, as ranges with their sources.

Each function returns a wide range with an assumption where its data set has nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from sim.data.capabilities import INDICATORS
from sim.data.countries import Country
from sim.data.facts import Facts
from sim.data.transfers import Deliveries
from sim.workspace.writing import Value, known, number, ranged

Sides = tuple[str, str]

OFF_THE_MEDIAN = 4.0
"""A ratio that is this many times off the median is named and left out."""
WIDENED = 1.5
"""Factor by which the range of strength is widened on either side."""
ENGAGED = (0.02, 3.0)
"""Men engaged by both sides together, as a share of the smaller army."""
FEW_DEALS = 10
MARGIN, MARGIN_OF_FEW = 0.1, 0.2
"""What is added to a share of supplies on either side for what the register misses."""
LEAST_SHARE = 0.02
"""Shares of supplies below this are left out."""


def area(stated: float | None) -> Value:
    """Return the contested area in square kilometres."""
    if stated is None:
        return ranged(100, 50_000, "not known: from a few hills to a province", log=True)
    shown = number(stated) if stated < 1 else f"{stated:.12g}"
    return known(shown, "stated with --area; say where it is from")


def forces(facts: Facts, sides: Sides) -> Value:
    """Return the men of both sides in the theatre, in thousands.

    In the 34 coded crises they are between 2% of the smaller army, where few men fought for a post,
    and three times that army.
    """
    found = facts.capabilities
    if found is None or not found.has("men"):
        why = "thousands, both sides: not known, from a brigade to several armies"
        return ranged(2, 300, why, log=True)
    smaller = min(found.first["men"], found.second["men"])
    men = f"{sides[0]} {number(found.first['men'])}, {sides[1]} {number(found.second['men'])}"
    why = (
        "thousands, both sides: from 2% of the smaller army to three times it; "
        f"{facts.names['nmc']} {found.year}: {INDICATORS['men']} {men}"
    )
    return ranged(ENGAGED[0] * smaller, ENGAGED[1] * smaller, why, ["lit-nmc"], log=True)


def strength(facts: Facts, sides: Sides, countries: Mapping[str, Country]) -> Value:
    """Return the strength of the challenger relative to the defender's 1.

    The range covers the ratios of the indicators, and the way from each halfway to parity on a log
    scale: the men on the spot are more alike than whole states.
    """
    a, b = sides
    found = facts.capabilities
    if found is None or not found.ratios:
        return ranged(0.25, 4, f"not known: from a quarter of {b} to four times it", log=True)
    middle = median(found.ratios.values())
    used: list[float] = []
    described: list[str] = []
    for key, ratio in found.ratios.items():
        is_far = max(ratio / middle, middle / ratio) > OFF_THE_MEDIAN
        values = f"{a} {number(found.first[key])}, {b} {number(found.second[key])}"
        note = ", left out: over four times off the median" if is_far else ""
        described.append(f"{INDICATORS[key]} {values}, ratio {number(ratio)}{note}")
        used += [] if is_far else [ratio]
    ends = [*used, *(ratio**0.5 for ratio in used)]
    numbers = " and ".join(str(countries[code].number) for code in sides)
    why = (
        f"{facts.names['nmc']} ({numbers}, {found.year}): {'; '.join(described)}; ratio as a range "
        "over these and halfway to parity, as men on the spot are more alike than states, and half "
        "as much again"
    )
    return ranged(min(ends) / WIDENED, max(ends) * WIDENED, why, ["lit-nmc"], log=True)


def engagement(facts: Facts, code: str, sides: Sides) -> Value:
    """Return the attention of a third party, which is higher for a neighbour by land."""
    near = [side for side in sides if (code, side) in facts.neighbours]
    if not near:
        return ranged(0.1, 0.9, "attention to this crisis: not known; 0 is none, 1 full")
    source = f"{facts.names['contiguity']} {facts.borders_year}"
    why = f"not known; a neighbour of {' and '.join(near)} by land ({source}) looks closely"
    return ranged(0.3, 1, why)


def share(facts: Facts, code: str, side: str, of_side: Deliveries) -> Value | None:
    """Return a third party's share of a side's supplies, or None if it is next to nothing."""
    found = of_side.share(code)
    if found < LEAST_SHARE:
        return None
    margin = MARGIN_OF_FEW if of_side.deals < FEW_DEALS else MARGIN
    why = (
        f"{facts.names['sipri']}, deliveries to {side} {of_side.first}-{of_side.last}: {found:.0%} "
        f"of trend-indicator value, {of_side.by[code][1]} of {of_side.deals} deals; a margin of "
        f"{margin} for what the register misses"
    )
    low, high = max(0.0, found - margin), min(1.0, found + margin)
    return ranged(round(low, 2), round(high, 2), why, ["lit-sipri"])
