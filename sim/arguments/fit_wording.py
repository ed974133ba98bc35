"""Rival arguments and their fit to the historical record, in words and small tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim.arguments.part import Part
from sim.arguments.reader import Compared
from sim.arguments.texts import effect, interval, percent
from sim.io.text import count

LIMITS = (
    "Three linked crises are one history, not three independent tests, because they share states, "
    "arms and grievances. They can speak against a world in which they are very unlikely. They "
    "cannot separate two worlds in which they are equally likely. A large Bayes factor means only "
    "that one world explains these three crises better. Whether the claims of an argument hold and "
    "whether its world fits are separate questions."
)


def recovery(compared: Compared) -> Part | None:
    """Return how well the record separates the arguments; None if it was not tested."""
    confused = compared.table("confusion")
    if confused.empty:
        return None
    names = list(dict.fromkeys(confused["truth"]))
    shares = confused.pivot(index="truth", columns="judged", values="share")
    rows = tuple((name, *(percent(shares.loc[name, judged]) for judged in names)) for name in names)
    records = compared.manifest["size"]["records"]
    lines = (
        *_apart(compared, confused),
        f"Rows: the argument in whose world {records} records of the three crises were simulated. "
        "Columns: the argument in whose world each record was judged most likely.",
    )
    return Part(
        "Can the record separate the arguments?",
        lines,
        headings=("simulated in", *names),
        rows=rows,
    )


def _apart(compared: Compared, confused: pd.DataFrame) -> Iterator[str]:
    pairs = compared.manifest["not_apart"]
    arguments = confused["truth"].nunique()
    total = arguments * (arguments - 1) // 2
    if not pairs:
        yield f"Simulated records separate any two of the {arguments} arguments better than a coin."
        return
    listed = ", ".join(f"{first} and {second}" for first, second in pairs)
    of = f"{len(pairs)} of {count(total, 'pair')}"
    yield (
        f"A record like ours cannot separate these arguments ({of}): {listed}. "
        "Do not use the fit to choose between the two arguments of such a pair."
    )


def pairs(compared: Compared) -> Part | None:
    """Return the pairs of rival arguments; None if there are none."""
    table = compared.table("pairs")
    if table.empty:
        return None
    rows = tuple(_pair_row(row) for row in table.to_dict("records"))
    headings = (
        "question",
        "rivals",
        "measure",
        "first rival",
        "second rival",
        "crises needed (90% certainty)",
    )
    lines = (
        "Values that two rival arguments expect of a measure, or of its difference between two "
        "conditions. The last column is the number of observed crises that identifies the right "
        "rival with 90% certainty.",
    )
    return Part("Contradicting pairs", lines, headings=headings, rows=rows)


def _pair_row(row: dict[str, Any]) -> tuple[str, ...]:
    needed = (
        f"{row['crises_needed']:,.0f}"
        if pd.notna(row["crises_needed"])
        else f"more than {row['crises_tried']} (right in {row['right_at_most']:.0%} with those)"
    )
    observable = f"{'difference in ' if row['slope'] else ''}{row['measure']}"
    rivals = f"{row['rival_1']} or {row['rival_2']}"
    return (
        row["asks"],
        rivals,
        observable,
        effect(row["observable_1"]),
        effect(row["observable_2"]),
        needed,
    )


def weights(compared: Compared) -> Part | None:
    """Return the fit of the arguments to the record; None if it was not tested."""
    table = compared.table("weights")
    if table.empty:
        return None
    scopes = list(dict.fromkeys(table["scope"]))
    linked = table[table["scope"] == scopes[0]]
    converged = bool(linked["converged"].all())
    rows = tuple(
        (
            row["argument"],
            *(
                _factor(table[(table["scope"] == scope) & (table["argument"] == row["argument"])])
                for scope in scopes
            ),
            interval(row["weight"], row["weight_low"], row["weight_high"])
            if converged
            else "not converged",
        )
        for row in linked.to_dict("records")
    )
    headings = ("argument", "all three, linked", *scopes[1:], "posterior weight")
    lines = (
        LIMITS,
        f"Log Bayes factors against {linked['null'].iloc[0]}, with their Monte Carlo error, for "
        "the three crises together (linked by common draws) and for each crisis alone. Numbers "
        "with too large an error are not printed.",
        *_diagnostic(compared),
    )
    return Part("Fit to the historical record", lines, headings=headings, rows=rows)


def _factor(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    if row["argument"] == row["null"]:
        return "reference"
    if not row["converged"]:
        return f"not converged (error {row['error']:.1f})"
    return f"{row['log_bayes_factor']:+.2f} \N{PLUS-MINUS SIGN} {row['error']:.2f}"


def _diagnostic(compared: Compared) -> Iterator[str]:
    items = (
        compared.table("matrix")
        .drop_duplicates("fact")
        .sort_values("diagnosticity", ascending=False)
    )
    best = items.head(3).to_dict("records")
    if best:
        listed = "; ".join(
            f"{item['crisis']} {item['item']} ({item['diagnosticity']:.2f})" for item in best
        )
        yield (
            "Most diagnostic items of the record (range of the log likelihood over arguments): "
            f"{listed}."
        )
