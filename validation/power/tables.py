"""Tables of the power curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from validation.power.facts import NAMES
from validation.power.judging import ALL, KNOWN, SIZES, UNKNOWN
from validation.power.worlds import WITHOUT

FILE = "power.csv"
COMPARES = {"arguments": "pairs of arguments", "mechanisms": "mechanisms"}
JUDGES = (UNKNOWN, KNOWN)
CURVE_HEADS = ["crises", *(f"{what}, {judge}" for what in COMPARES.values() for judge in JUDGES)]
PAIR_HEADS = ["runs changed", *JUDGES, "best fact alone, known"]
NOTABLE = 0.05
"""Share of clear records from which a single kind of fact is named."""


def write(table: pd.DataFrame, file: Path) -> None:
    """Write a table as CSV, with four digits."""
    text = table.to_csv(index=False, float_format="%.4g", lineterminator="\n")
    file.write_text(text, encoding="utf-8")


def curve(table: pd.DataFrame) -> list[list[str]]:
    """Return a row per number of crises: worlds separated, and the mean share of clear records."""
    return [[str(size), *_cells(table, ALL, size)] for size in SIZES]


def by_fact(table: pd.DataFrame) -> list[list[str]]:
    """Return a row per kind of fact: what the largest record separates by it alone."""
    return [
        ["all facts" if name == ALL else name, *_cells(table, name, SIZES[-1])]
        for name in (ALL, *NAMES)
    ]


def _cells(table: pd.DataFrame, facts: str, size: int) -> Iterator[str]:
    """Yield the worlds separated and the mean share of clear records, for each comparison."""
    for compares in COMPARES:
        for shared in JUDGES:
            found = table[
                (table["compares"] == compares)
                & (table["shared"] == shared)
                & (table["facts"] == facts)
                & (table["crises"] == size)
            ]
            apart = int(found["apart"].sum())
            yield f"{apart} of {len(found)} ({found['right'].mean():.0%})"


def by_pair(table: pd.DataFrame, compares: str) -> list[list[str]]:
    """Return a row per pair: clear records of the largest size, and the best kind of fact."""
    rows = []
    chosen = table[(table["compares"] == compares) & (table["crises"] == SIZES[-1])]
    for (first, second), found in chosen.groupby(["first", "second"], sort=False):
        name = second.removeprefix(WITHOUT) if compares == "mechanisms" else f"{first}, {second}"
        everything = found[found["facts"] == ALL].set_index("shared")["right"]
        known = found[(found["facts"] != ALL) & (found["shared"] == KNOWN)]
        best = known.sort_values("right", ascending=False).iloc[0]
        fact = f"{best['facts']} ({best['right']:.0%})" if best["right"] >= NOTABLE else "none"
        differs = float(found.loc[found["shared"] == UNKNOWN, "changed"].iloc[0])
        shares = (f"{everything[shared]:.0%}" for shared in JUDGES)
        rows.append((everything[KNOWN], [name, f"{differs:.0%}", *shares, fact]))
    return [cells for _, cells in sorted(rows, key=lambda row: -row[0])]


def printed(table: pd.DataFrame) -> str:
    """Return the curve, the facts and the pairs as Markdown tables."""
    parts = [
        markdown(CURVE_HEADS, curve(table)),
        markdown(["facts", *CURVE_HEADS[1:]], by_fact(table)),
        *(markdown([what, *PAIR_HEADS], by_pair(table, c)) for c, what in COMPARES.items()),
    ]
    return "\n".join(parts)


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    every = [heads, ["---"] * len(heads), *lines]
    return "".join("| " + " | ".join(line) + " |\n" for line in every)
