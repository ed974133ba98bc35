"""Compare two coders of the settings of the coded crises, item by item.

``python -m validation.agreement`` prints two tables. The first shows how often the coders agree,
and Krippendorff's alpha. The second lists the values on which they part. The first coder's reading
is ``seeds/crises/first_coder.csv``, as it was before the settings took both. The second coder's
is ``second_coder.csv`` beside it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.evidence.agreement import Agreement, alpha
from sim.io.text import count
from sim.scenario import STANCES

CODERS = Path(__file__).parents[1] / "seeds" / "crises"
SIDE = "side"
ITEMS = ("stance", "broker_value", "support", "prepared_line", "aim")
"""Judgement items of a setting; those of the third parties first."""
SHARES_OF_AREA = ("prepared_line", "aim")
"""Items that are shares of the contested area, so that both coders need the same area."""
NAMES = {
    "stance": "stance at the onset",
    "broker_value": "interest in mediating (`broker_value`)",
    "support": "support it could give (`support`)",
    "prepared_line": "prepared line (`prepared_line`)",
    "aim": "aim (`aim`)",
}
SAME_ACTORS = {
    "ARL": "LAS",
    "CMP": "KNK",
    "CSCE": "CSC",
    "NATO": "NAT",
    "VDR": "VNM",
    "YUG": "SRB",
    "ZAR": "COD",
}
"""Codes of the second coder for actors that the settings name otherwise."""
SAME_SIDES = {("yemens_1972", "YEM"): "YAR"}
"""The same for a code that means another state in another crisis."""
OTHER_AREAS = {
    "football_1969": "the undelimited pockets and a border belt; six border departments",
    "sand_war_1963": "the posts up to the region of Tindouf; all from Colomb-Bechar to Tindouf",
    "kashmir_1965": "Indian-held Kashmir with Ladakh; without Ladakh",
    "yemens_1972": "a border belt; the settled west of Democratic Yemen",
    "ecuador_peru_1941": "from the Zarumilla front to all eastern land that both claim; El Oro and "
    "the posts that Ecuador held in the east",
    "pulwama_2019": "a belt along the Line of Control; all of Pakistan-held Kashmir",
    "ussuri_1969": "from one island to all west of the main channel; Zhenbao/Damansky alone",
    "galwan_2020": "from the strips that both patrol to Aksai Chin; four pockets",
}
"""Crises in which the coders measure shares of different areas: the first's, then the second's."""


@dataclass(frozen=True)
class Reading:
    """One coder's reading of one item.

    Attributes:
        item: the item.
        actor: code of the actor; empty for an item of the conflict.
        values: the range of a number, or nothing.
        words: stances or the side, the likeliest first.
        source: sources and reasons, as the coder wrote them.
    """

    item: str
    actor: str
    values: tuple[float, float] | None
    words: tuple[str, ...]
    source: str

    @property
    def middle(self) -> float:
        """The middle of the range."""
        return 0.0 if self.values is None else sum(self.values) / 2

    @property
    def text(self) -> str:
        """The reading as a short text."""
        if self.values is None:
            return " or ".join(self.words)
        low, high = self.values
        return f"{low:g}" if low == high else f"{low:g} to {high:g}"


Key = tuple[str, str, str]
"""Crisis, actor and item."""
Pair = tuple[Reading, Reading]


def read(coder: str) -> dict[Key, Reading]:
    """Return what one coder read, with the codes of the settings."""
    with (CODERS / f"{coder}_coder.csv").open(encoding="utf-8", newline="") as file:
        rows = [_reading(row) for row in csv.DictReader(file)]
    return {(crisis, reading.actor, reading.item): reading for crisis, reading in rows}


def _reading(row: Mapping[str, str]) -> tuple[str, Reading]:
    crisis, actor = row["crisis"], row["actor"]
    code = SAME_SIDES.get((crisis, actor)) or SAME_ACTORS.get(actor, actor)
    values = (float(row["low"]), float(row["high"])) if row["low"] else None
    words = tuple(row["value"].split("|")) if row["value"] else ()
    return crisis, Reading(row["item"], code, values, words, row["source"])


@cache
def pairs() -> dict[Key, Pair]:
    """Return the readings of both coders, where both have one."""
    first, second = read("first"), read("second")
    return {key: (first[key], second[key]) for key in first if key in second}


def crises() -> list[str]:
    """Return the crises, in the order of the coding."""
    return list(dict.fromkeys(crisis for crisis, _, _ in read("second")))


def compared(item: str) -> dict[Key, Pair]:
    """Return the pairs of an item that can be compared, with the same area for shares of it."""
    return {
        key: pair
        for key, pair in pairs().items()
        if key[2] == item and not (item in SHARES_OF_AREA and key[0] in OTHER_AREAS)
    }


# How far two readings agree


def agree(pair: Pair) -> bool:
    """Return whether two readings agree.

    Words agree if the first ones are the same. Ranges agree if the middle of each is in the other.
    """
    first, second = pair
    if first.values is None or second.values is None:
        return first.words[:1] == second.words[:1]
    return _holds(first.values, second.middle) and _holds(second.values, first.middle)


def _holds(ends: tuple[float, float], value: float) -> bool:
    return ends[0] - 1e-9 <= value <= ends[1] + 1e-9


def overlap(pair: Pair) -> float | None:
    """Return the common part of two ranges, as a share of what they cover; None if they part.

    >>> low, high = (Reading("aim", "", ends, (), "") for ends in ((0.2, 0.6), (0.4, 1.0)))
    >>> round(overlap((low, high)), 2)
    0.25
    """
    first, second = pair
    if first.values is None or second.values is None:
        return 1.0 if set(first.words) & set(second.words) else None
    common = min(first.values[1], second.values[1]) - max(first.values[0], second.values[0])
    covered = max(first.values[1], second.values[1]) - min(first.values[0], second.values[0])
    if common < -1e-9:
        return None
    return max(common, 0.0) / covered if covered > 0 else 1.0


def _nominal(values: Sequence[tuple[str, str]]) -> float | None:
    """Return Krippendorff's alpha for names."""
    known = sorted({name for both in values for name in both})
    return _alpha([tuple(known.index(name) for name in both) for both in values], "nominal")


def _alpha(values: Sequence[tuple[float, ...]], level: str) -> float | None:
    import krippendorff

    if len({value for both in values for value in both}) < 2:
        return None
    coders = [list(coder) for coder in zip(*values, strict=True)]
    return float(krippendorff.alpha(coders, level_of_measurement=level))


def _of_levels(item: str) -> float | None:
    """Return alpha on the steps of the scale, as for the articles' coders."""
    both = {
        (key[0], f"{key[1]}.{item}"): Agreement(
            key[0], f"{key[1]}.{item}", first.values or 0.0, second.values or 0.0, ""
        )
        for key, (first, second) in compared(item).items()
    }
    return alpha(both)


def _of_shares(item: str) -> float | None:
    """Return alpha on the middles of the ranges, for an interval scale."""
    return _alpha([(a.middle, b.middle) for a, b in compared(item).values()], "interval")


def _of_words(item: str) -> float | None:
    return _nominal([(a.words[0], b.words[0]) for a, b in compared(item).values()])


ALPHAS: dict[str, Callable[[str], float | None]] = {
    "stance": _of_words,
    "broker_value": _of_levels,
    "support": _of_levels,
    "prepared_line": _of_shares,
    "aim": _of_shares,
}


# Tables

SIDE_OF = {
    known.name: "neither" if known.side is None else ("challenger", "defender")[known.side]
    for known in STANCES
}
MEDIATES = {known.name: str(known.mediates) for known in STANCES}


def rows() -> Iterator[list[str]]:
    """Yield a row per item: number, agreement, alpha, ranges that overlap, and how far."""
    sides = compared(SIDE)
    yield _row("which side is which", list(sides.values()), _of_words(SIDE), ranges=False)
    yield _onsets()
    yield _parties()
    for item in ITEMS:
        found = list(compared(item).values())
        yield _row(NAMES[item], found, ALPHAS[item](item), ranges=item != "stance")
        if item == "stance":
            yield _part("the same, which side it backs", SIDE_OF)
            yield _part("the same, whether it mediates", MEDIATES)


def _row(says: str, found: Sequence[Pair], value: float | None, ranges: bool) -> list[str]:
    overlaps = [overlap(pair) for pair in found]
    shared = [part for part in overlaps if part is not None]
    extent = f"{sum(shared) / len(found):.2f}" if ranges else "-"
    return [
        says,
        str(len(found)),
        f"{sum(map(agree, found)) / len(found):.0%}",
        _shown(value),
        f"{len(shared) / len(found):.0%}",
        extent,
    ]


def _part(says: str, parts: Mapping[str, str]) -> list[str]:
    """Return the row of one part of the stances."""
    found = [(parts[a.words[0]], parts[b.words[0]]) for a, b in compared("stance").values()]
    agreed = sum(first == second for first, second in found) / len(found)
    return [says, str(len(found)), f"{agreed:.0%}", _shown(_nominal(found)), "-", "-"]


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"


def _onsets() -> list[str]:
    days = onsets()
    same = sum(first == second for first, second in days.values()) / len(days)
    return ["day of the onset", str(len(days)), f"{same:.0%}", "-", "-", "-"]


def onsets() -> dict[str, tuple[str, str]]:
    """Return the day of the onset that each coder named, by crisis."""
    found = {}
    for crisis in crises():
        both = next(pair for key, pair in pairs().items() if key[0] == crisis and key[2] == SIDE)
        first, second = (_day(reading.source) for reading in both)
        found[crisis] = first, second
    return found


def _day(source: str) -> str:
    stated = re.match(r"onset (\d{4}-\d{2}-\d{2})", source)
    if stated is None:
        raise ValueError(f"no day of the onset in '{source}'")
    return stated[1]


def parties(coder: str) -> set[tuple[str, str]]:
    """Return the third parties that a coder named, with their crisis."""
    return {(crisis, actor) for crisis, actor, item in read(coder) if item == "stance"}


def _parties() -> list[str]:
    first, second = parties("first"), parties("second")
    either = len(first | second)
    agreed = f"{len(first & second) / either:.0%}"
    return ["which third parties are listed", str(either), agreed, "-", "-", "-"]


def named_by_one() -> str:
    """Return a table of the third parties that only one coder named."""
    first, second = parties("first"), parties("second")
    lines = []
    for crisis in crises():
        apart = [
            " ".join(sorted(code for name, code in found if name == crisis))
            for found in (first - second, second - first)
        ]
        if any(apart):
            lines.append([crisis, *(text or "-" for text in apart)])
    return table(["crisis", "first coder only (in the setting)", "second coder only"], lines)


def parted() -> Iterator[list[str]]:
    """Yield the values on which the coders' readings have nothing in common."""
    for (crisis, actor, item), (first, second) in pairs().items():
        if item in SHARES_OF_AREA and crisis in OTHER_AREAS:
            continue
        if overlap((first, second)) is None:
            yield [crisis, actor or "-", item, first.text, second.text]


def other_areas() -> str:
    """Return a table of the crises in which the coders measure shares of different areas."""
    heads = ["crisis", "area of the setting; of the second coder", "aim", "prepared line"]
    lines = []
    for crisis, says in OTHER_AREAS.items():
        both = [pairs()[crisis, "", item] for item in ("aim", "prepared_line")]
        lines.append([crisis, says, *(f"{a.text}; {b.text}" for a, b in both)])
    return table(heads, lines)


def other_onsets() -> str:
    """Return a table of the crises whose onset the coders date differently."""
    lines = [[crisis, *days] for crisis, days in onsets().items() if len(set(days)) > 1]
    return table(["crisis", "onset of the setting", "onset of the second coder"], lines)


def agreement() -> str:
    """Return the table of agreement, item by item."""
    heads = ["item", "compared", "agree", "alpha", "readings overlap", "mean overlap"]
    return table(heads, rows())


def disagreements() -> str:
    """Return a table of the values on which the readings have nothing in common."""
    return table(["crisis", "actor", "item", "first coder", "second coder"], parted())


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    every = [heads, ["---"] * len(heads), *lines]
    return "".join("| " + " | ".join(line) + " |\n" for line in every)


def main() -> None:
    """Print the tables."""
    print(agreement())
    print(
        count(sum(1 for _ in parted()), "value") + " with readings that have nothing in common:\n"
    )
    print(disagreements())


if __name__ == "__main__":
    main()
