"""Tables of the page on sensitivity, from the files of ``python -m validation.sensitivity``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from validation.groups import AT_ONSET, OUTCOMES
from validation.stances import heads

REFERENCE = Path(__file__).resolve().parents[1] / "results" / "reference"
SHOWN_LEVERS = 12
"""Stances that the page shows for each crisis; the file has them all."""
TITLES = {"autumn_2020": "Autumn 2020", "april_2016": "April 2016"}


def before_and_after() -> str:
    """Return the total effect of all stances in the former model and in this one."""
    former, present = (
        _shares(_read(name), "total") for name in ("sensitivity_former.csv", "sensitivity.csv")
    )
    sources = (
        ("former model", former, "stances"),
        ("without those at the onset", present, f"stances: all but {AT_ONSET}"),
        ("all stances", present, "stances"),
    )
    headings = [f"{title}: {says}" for title in TITLES.values() for says, _, _ in sources]
    rows = (
        [
            known.says,
            *(found[crisis, group, known.name] for crisis in TITLES for _, found, group in sources),
        ]
        for known in OUTCOMES
    )
    return _table(["total effect on", *headings], rows)


def groups() -> str:
    """Return the first and total effects of all groups."""
    table = _read("sensitivity.csv")
    names = [name for name in table["group"].unique() if ":" not in name]
    return "\n".join(
        f"**{title}, {says}**\n\n{_effects(table, crisis, names, column)}"
        for crisis, title in TITLES.items()
        for column, says in (("total", "total effects"), ("first", "first effects"))
    )


def kinds() -> str:
    """Return the total effects of each kind of stances."""
    table = _read("sensitivity.csv")
    names = [name for name in table["group"].unique() if name.startswith("stances: ")]
    return "\n".join(
        f"**{title}, total effects**\n\n{_effects(table, crisis, names, 'total')}"
        for crisis, title in TITLES.items()
    )


def channels() -> str:
    """Return the effect of all stances on a mediated ending with each mechanism switched off."""
    table = _read("stance_channels.csv").query("outcome == 'mediated'")
    first, second = (table[table["scenario"] == crisis].set_index("switched") for crisis in TITLES)
    ordered = first["variance"].sort_values(kind="stable").index
    rows = (
        [
            name if " " in name else f"`{name}`",
            *(cell for found in (first, second) for cell in _of_channel(found.loc[name])),
        ]
        for name in ordered
    )
    headings = (
        f"{title}: {says}" for title in TITLES.values() for says in ("total effect", "variance")
    )
    return _table(["switched off", *headings], rows)


def levers() -> str:
    """Return the stances that move a mediated ending most, and how many move nothing."""
    table = _read("stance_levers.csv")
    parts = []
    for crisis, title in TITLES.items():
        found = table[table["scenario"] == crisis]
        silent = int((found["changed"] == 0).sum())
        of_sides = found["stance"].str.endswith(
            ("strength", "drones", "grievance", "cession_worth")
        )
        size = found["mediated"][~of_sides].abs()
        order = size.sort_values(ascending=False, kind="stable").index[:SHOWN_LEVERS]
        rows = (_of_lever(row) for _, row in found.loc[order].iterrows())
        names = [f"{known.says} ({known.unit})" for known in OUTCOMES]
        parts.append(
            f"**{title}**: {len(found) - silent} of {len(found)} fields change an outcome.\n\n"
            + _table(["moved across its scale", "runs changed", *names], rows)
        )
    return "\n".join(parts)


PARTS = {
    "sensitivity-before": before_and_after,
    "sensitivity-channels": channels,
    "sensitivity-groups": groups,
    "sensitivity-kinds": kinds,
    "sensitivity-levers": levers,
}


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name)


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [*heads(*headings), *(f"| {' | '.join(row)} |" for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def _shares(table: pd.DataFrame, column: str) -> dict[tuple[str, str, str], str]:
    """Return a share with its interval as text, by crisis, group and outcome."""
    return {
        (row["scenario"], row["group"], row["outcome"]): _share(row, column)
        for _, row in table.iterrows()
    }


def _share(row: pd.Series, column: str) -> str:
    if pd.isna(row[column]):
        return "-"
    value, low, high = (
        f"{100 * row[name] + 0.0:.0f}".replace("-0", "0")
        for name in (column, f"{column}_low", f"{column}_high")
    )
    return f"{value}% [{low} to {high}]"


def _effects(table: pd.DataFrame, crisis: str, names: Iterable[str], column: str) -> str:
    found = _shares(table, column)
    rows: Iterator[list[str]] = (
        [name.removeprefix("stances: "), *(found[crisis, name, known.name] for known in OUTCOMES)]
        for name in names
        if not (column == "first" and name == "chance")
    )
    return _table(["", *(known.says for known in OUTCOMES)], rows)


def _of_channel(row: pd.Series) -> tuple[str, str]:
    return _share(row, "total"), f"{row['variance']:.0%}"


def _of_lever(row: pd.Series) -> Iterator[str]:
    yield f"`{row['stance'].removeprefix('actors.')}`: {row['from']} to {row['to']}"
    yield f"{row['changed']:.0%}"
    for known in OUTCOMES:
        mean, error = row[known.name], row[f"{known.name}_error"]
        yield f"{mean:{known.form}} ± {error:{known.form.removeprefix('+')}}"
