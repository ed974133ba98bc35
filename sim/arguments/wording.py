"""The results of a comparison in words and small tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.arguments import surprises, texts
from sim.arguments.intervals import LEVEL
from sim.arguments.reader import Compared
from sim.arguments.texts import (
    amount,
    comparison_of,
    effect,
    interval,
    percent,
)
from sim.arguments.words import Word
from sim.io.text import count

FIRST_LOOK = (
    "This is a quick comparison (--quick): the same questions and rules with fewer runs. Intervals "
    "are wider, so more claims stay undecided."
)
NOT_ASKED = (
    "not tested (--quick): the effect vanishes with all argued mechanisms off, and a quick "
    "comparison does not test which of them it needs."
)
LIMITS = (
    "Three linked crises are one history, not three independent tests, because they share states, "
    "arms and grievances. They can speak against a world in which they are very unlikely. They "
    "cannot separate two worlds in which they are equally likely. A large Bayes factor means only "
    "that one world explains these three crises better. Whether the claims of an argument hold and "
    "whether its world fits are separate questions."
)


@dataclass(frozen=True)
class Part:
    """A part of the text.

    Attributes:
        heading: title of the part.
        lines: paragraphs.
        headings, rows: headings and rows of a table; empty if there is none.
    """

    heading: str
    lines: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def parts(compared: Compared) -> list[Part]:
    """Return the text of a comparison, part by part."""
    made = [
        _recovery(compared),
        _claims(compared),
        _verdicts(compared),
        channels(compared.table("verdicts")),
        _surprising(compared),
        _pairs(compared),
        _weights(compared),
    ]
    return [part for part in made if part is not None]


def markdown(compared: Compared) -> str:
    """Return the confusion matrix, the verdicts, the channels and the surprises as Markdown."""
    made = (
        _recovery(compared),
        _claims(compared),
        _verdicts(compared),
        channels(compared.table("verdicts")),
        _surprising(compared),
    )
    return "\n".join(line for part in made if part is not None for line in _as_markdown(part))


def _as_markdown(part: Part) -> Iterator[str]:
    yield f"### {part.heading}\n"
    for line in part.lines:
        yield f"{line}\n"
    if part.rows:
        for cells in (part.headings, ("---",) * len(part.headings), *part.rows):
            yield (
                "| "
                + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells)
                + " |"
            )
        yield ""


def _recovery(compared: Compared) -> Part | None:
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
    return Part("Can the record separate the arguments?", lines, ("simulated in", *names), rows)


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


def _claims(compared: Compared) -> Part | None:
    """Return the table of claims that several coders read."""
    table = compared.table("verdicts")
    several = table[table.duplicated("claim_id", keep=False)]
    if several.empty:
        return None
    most = int(several.groupby("claim_id").size().max())
    rows = tuple(
        (
            claim,
            readings["says"].iloc[0],
            *_padded([_short_verdict(row) for row in readings.to_dict("records")], most),
            readings["claim_verdict"].iloc[0],
        )
        for claim, readings in several.groupby("claim_id", sort=False)
    )
    headings = ("claim", "it says", *(f"reading {k + 1}" for k in range(most)), "verdict")
    lines = (
        "Independent coders turned each claim into conditions and a measure. Each reading is "
        "judged on its own. Where decided readings differ, the claim depends on its reading.",
    )
    return Part("Claims", lines, headings, rows)


def _padded(cells: list[str], most: int) -> list[str]:
    return cells + ["-"] * (most - len(cells))


def _short_verdict(row: dict[str, Any]) -> str:
    """Return a verdict; with its reason if it is untested, untestable or failing."""
    explained = row["word"] in (Word.UNTESTED, Word.UNTESTABLE, Word.FAILS)
    return f"{row['verdict']}: {row['detail']}" if explained and row["detail"] else row["verdict"]


def _verdicts(compared: Compared) -> Part:
    unasked = _unasked(compared)
    rows = tuple(
        _verdict_row(row, row["claim"] in unasked)
        for row in compared.table("verdicts").to_dict("records")
    )
    headings = (
        "claim",
        "verdict",
        "in both conditions",
        "as expected",
        "needs mechanism",
        "without assumptions",
        "main driver",
    )
    lines = (
        *_explained(compared),
        *((FIRST_LOOK,) if compared.manifest["size"].get("quick") else ()),
        *((NOT_ASKED,) if unasked else ()),
        *_assumptions(compared.table("verdicts")),
    )
    return Part("Verdicts", lines, headings, rows)


def _explained(compared: Compared) -> Iterator[str]:
    """Yield what was simulated, and how to read the table of verdicts."""
    limits = compared.manifest["thresholds"]
    size = compared.manifest["size"]
    drawn = f"{size['draws']} draws {compared.manifest.get('drawn', '')}".strip()
    yield (
        f"Simulated: {drawn}, and {size['runs']:,} runs per condition, or up to {size['most']:,} "
        "for claims that are still undecided."
    )
    yield (
        f"Judged: {count(compared.manifest['claims'], 'claim')} with "
        f"{count(compared.manifest['readings'], 'reading')}. P-values are adjusted for "
        "their number (Holm). If there were no effects at all, fewer than "
        f"{100 * limits['error_rate']:g}% of comparisons would report one."
    )
    yield (
        f"A claim holds if at least {limits['most']:.0%} of draws are as expected, fails if at "
        f"most {limits['few']:.0%} are, and depends on parameters in between. It is "
        "assumption-driven if it holds only with the one mechanism that is named."
    )
    yield (
        f"It is untested if its treatment changes fewer than {limits['delivered']:.0%} of runs. A "
        "claim that would fail is untestable unless it holds in its positive control."
    )
    yield (
        f"As expected: share of draws [{100 * limits.get('level', LEVEL):g}% interval]. In both "
        "conditions: mean over draws, and the difference or ratio with its interval over draws."
    )


def _assumptions(table: pd.DataFrame) -> Iterator[str]:
    """Yield the assumptions of claims without sources."""
    for row in table[table["cites"] == ""].to_dict("records"):
        yield f"{row['claim']} cites no source; assumption: {row.get('assumption', '')}"


def _unasked(compared: Compared) -> set[str]:
    """Return decided claims whose effect vanishes with all mechanisms off.

    Single mechanisms were not tested for them.
    """
    found = compared.table("controls")
    verdicts = compared.table("verdicts")
    if found.empty:
        return set()
    bare = verdicts.loc[
        (verdicts["word"] != Word.UNDECIDED) & (verdicts["rests_on"] == ""), "claim"
    ]
    return set(found.loc[found["takes_away"], "claim"]) & set(bare)


def _verdict_row(row: dict[str, Any], unasked: bool) -> tuple[str, ...]:
    driven = row["word"] == Word.ASSUMPTION_DRIVEN
    verdict = (
        row["verdict"] if not row["detail"] or driven else f"{row['verdict']}: {row['detail']}"
    )
    if pd.notna(row["runs_to_decide"]):
        verdict += f" ({row['runs_to_decide']:,.0f} runs would decide)"
    without = interval(row["open_share"], row["open_low"], row["open_high"])
    return (
        str(row["claim"]),
        verdict,
        comparison_of(row),
        interval(row["share"], row["share_low"], row["share_high"]),
        "not tested (--quick)" if unasked else str(row["rests_on"]) or "-",
        row["open_verdict"] if without == "-" else f"{row['open_verdict']} {without}",
        texts.driver_of(row),
    )


def channels(table: pd.DataFrame) -> Part:
    """Return the table of channels: delivery, and the settings in which results are known."""
    rows = tuple(_channel_row(row) for row in table.to_dict("records"))
    headings = (
        "claim",
        "treatment delivered",
        "measure changed",
        "positive control",
        "negative control",
        "verdict",
    )
    lines = (
        "Treatment delivered: share of runs in which the fighting, its end or a measured column "
        "differs between the conditions. Measure changed: share in which a measured column does. "
        "A control is a documented setting in which the claim should hold (positive) or not "
        "(negative).",
    )
    return Part("Channels", lines, headings, rows)


def _channel_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["claim"],
        _share_of_runs(row["delivered"]),
        _share_of_runs(row["reached"]),
        known_result(row, "positive"),
        known_result(row, "negative"),
        row["verdict"],
    )


def _share_of_runs(share: float | None) -> str:
    return (
        "-"
        if share is None or pd.isna(share)
        else percent(share)
        if share >= 0.1
        else amount(share, "%")
    )


def known_result(row: dict[str, Any], setting: str) -> str:
    """Return the result of a claim in a setting in which it is known; a dash if none is stated."""
    holds = row[f"{setting}_holds"]
    if holds is None or pd.isna(holds):
        return "-"
    values = [row[f"{setting}_value_{place}"] for place in (1, 2)]
    shown = " and ".join(amount(value, row["unit"]) for value in values if pd.notna(value))
    return f"{'holds' if holds else 'does not hold'}{f': {shown}' if shown else ''}"


def _surprising(compared: Compared) -> Part | None:
    ranked = surprises.most_surprising(compared.table("verdicts"))
    named = {argument["name"]: argument["analyst"] for argument in compared.manifest["arguments"]}
    unasked = _unasked(compared)
    lines = tuple(
        f"{row['claim']} ({named.get(row['hypothesis'], row['hypothesis'])}). "
        f"{surprises.surprise(row, row['claim'] in unasked)}"
        for row in ranked
    )
    return Part("The most surprising verdicts", lines) if lines else None


def _pairs(compared: Compared) -> Part | None:
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
    return Part("Contradicting pairs", lines, headings, rows)


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


def _weights(compared: Compared) -> Part | None:
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
    return Part("Fit to the historical record", lines, headings, rows)


def _factor(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
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
