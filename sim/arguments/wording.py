"""The results of a comparison in words and small tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim.arguments import fit_wording, legend, surprises, texts
from sim.arguments.part import Part
from sim.arguments.reader import Compared, rows_by
from sim.arguments.sentences import amount, never, other_shares, sentence_of
from sim.arguments.texts import interval, percent
from sim.arguments.verdicts import MATERIAL
from sim.arguments.words import Word
from sim.io.text import count

FIRST_LOOK = (
    "This is a quick comparison (--quick): the same questions and rules with fewer runs. Intervals "
    "are wider, so more claims stay undecided."
)


def parts(compared: Compared, in_sentences: bool = False) -> list[Part]:
    """Return the text of a comparison, part by part.

    Args:
        compared: the comparison.
        in_sentences: give verdicts in sentences, which need less width, and not as a table.
    """
    made = [
        fit_wording.recovery(compared),
        claims(compared.table("verdicts")),
        verdict_sentences(compared) if in_sentences else _verdicts(compared),
        channels(compared.table("verdicts")),
        _surprising(compared),
        fit_wording.pairs(compared),
        fit_wording.weights(compared),
        explanation(compared),
    ]
    return [part for part in made if part is not None]


def markdown(compared: Compared) -> str:
    """Return a comparison as Markdown, without pairs and without the fit to the record."""
    made = (
        fit_wording.recovery(compared),
        claims(compared.table("verdicts")),
        _verdicts(compared),
        verdict_sentences(compared),
        channels(compared.table("verdicts")),
        _surprising(compared),
        explanation(compared),
    )
    return "\n".join(line for part in made if part is not None for line in _as_markdown(part))


def _as_markdown(part: Part) -> Iterator[str]:
    yield f"### {part.heading}\n"
    for line in part.lines:
        yield f"{line}\n"
    for title, text in part.entries:
        yield f"- **{title}** {text}"
    if part.entries:
        yield ""
    if part.rows:
        for cells in (part.headings, ("---",) * len(part.headings), *part.rows):
            yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def explanation(compared: Compared) -> Part:
    """Return the legend: the whole rule of verdicts."""
    return Part(legend.HEADING, tuple(legend.legend(compared.manifest["thresholds"])))


def claims(table: pd.DataFrame) -> Part | None:
    """Return the table of claims that several coders read, from the table of verdicts."""
    several = table[table.duplicated("claim_id", keep=False)]
    if several.empty:
        return None
    by_claim = rows_by("claim_id", several)
    most = max(map(len, by_claim.values()))
    rows = tuple(
        (
            claim,
            readings[0]["says"],
            *_padded([with_reason(row) for row in readings], most),
            readings[0]["claim_verdict"],
        )
        for claim, readings in by_claim.items()
    )
    headings = ("claim", "it says", *(f"reading {k + 1}" for k in range(most)), "verdict")
    lines = (
        "Independent coders turned each claim into conditions and a measure. Each reading is "
        "judged on its own. Where decided readings differ, the claim depends on its reading.",
    )
    return Part("Claims", lines, headings=headings, rows=rows)


def _padded(cells: list[str], most: int) -> list[str]:
    return cells + ["-"] * (most - len(cells))


def with_reason(row: dict[str, Any]) -> str:
    """Return a verdict with its reason, if it has one that its words do not name."""
    has_reason = row["detail"] and row["word"] != Word.ASSUMPTION_DRIVEN
    return f"{row['verdict']}: {row['detail']}" if has_reason else str(row["verdict"])


def _verdicts(compared: Compared) -> Part:
    rows = tuple(_verdict_row(row) for row in compared.table("verdicts").to_dict("records"))
    headings = (
        "claim",
        "verdict",
        "draws as claimed",
        "other draws",
        "rests on",
        "without assumptions",
        "main driver",
    )
    return Part("Verdicts", _explained(compared), headings=headings, rows=rows)


def verdict_sentences(compared: Compared) -> Part:
    """Return the verdict on each reading in sentences, with the values in both conditions."""
    entries = tuple(
        (f"{row['claim']}, {_verdict(row)}:", _in_sentences(row))
        for row in compared.table("verdicts").to_dict("records")
    )
    return Part("Verdicts in sentences", _explained(compared), entries)


def _in_sentences(row: dict[str, Any]) -> str:
    """Return a claim and its result, in full."""
    driver = texts.driver_of(row)
    parts = (
        row["says"],
        sentence_of(row),
        f"Without assumptions: {_without(row)}.",
        f"Main driver: {driver}." if driver != "-" else "",
    )
    return " ".join(part for part in parts if part)


def _explained(compared: Compared) -> tuple[str, ...]:
    """Return what was simulated and judged, and what a reader has to know about it."""
    limits = compared.manifest["thresholds"]
    size = compared.manifest["size"]
    drawn = f"{size['draws']} draws {compared.manifest.get('drawn', '')}".strip()
    further = (
        f", or up to {size['most']:,} for claims that are still undecided"
        if size["most"] > size["runs"]
        else ""
    )
    simulated = f"Simulated: {drawn}, and {size['runs']:,} runs per condition{further}."
    judged = (
        f"Judged: {count(compared.manifest['claims'], 'claim')} with "
        f"{count(compared.manifest['readings'], 'reading')}. P-values are adjusted for "
        "their number (Holm). If there were no effects at all, fewer than "
        f"{100 * limits['error_rate']:g}% of comparisons would report one."
    )
    return (
        simulated,
        judged,
        *((FIRST_LOOK,) if size.get("quick") else ()),
        *_assumptions(compared.table("verdicts")),
    )


def _assumptions(table: pd.DataFrame) -> Iterator[str]:
    """Yield the assumptions of claims without sources."""
    for row in table[table["cites"] == ""].to_dict("records"):
        yield f"{row['claim']} cites no source; assumption: {row.get('assumption', '')}"


def named(row: dict[str, Any]) -> str:
    """Return a reading with its claim in words, which its first reading states."""
    is_further = row["claim"] not in (row["claim_id"], f"{row['claim_id']}.1")
    says = f"the same, read by {row['coder']}" if is_further else row["says"]
    return f"{row['claim']}: {says}"


def _verdict_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        named(row),
        _verdict(row),
        "-" if never(row) else interval(row["share"], row["share_low"], row["share_high"]),
        _other_draws(row),
        str(row["rests_on"]) or "-",
        _without(row),
        texts.driver_of(row),
    )


def _verdict(row: dict[str, Any]) -> str:
    """Return a verdict with its reason, and the runs that would decide it."""
    driven = row["word"] == Word.ASSUMPTION_DRIVEN
    verdict = (
        f"{row['verdict']}: {row['detail']}" if row["detail"] and not driven else row["verdict"]
    )
    if pd.notna(row["runs_to_decide"]):
        verdict += f" ({row['runs_to_decide']:,.0f} runs would decide)"
    return str(verdict)


def _other_draws(row: dict[str, Any]) -> str:
    """Return the shares of draws that are not as claimed, by name."""
    if never(row) or pd.isna(row["share"]):
        return "-"
    return ", ".join(f"{percent(share)} {name}" for name, share in other_shares(row).items())


def _without(row: dict[str, Any]) -> str:
    """Return the verdict without the argument's assumptions, and the share of draws as claimed."""
    share = interval(row["open_share"], row["open_low"], row["open_high"])
    if share == "-" or never(row):
        return str(row["open_verdict"])
    return f"{row['open_verdict']} (as claimed in {share})"


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
        "differs between the conditions. Measure changed: share in which the measure differs by "
        f"{MATERIAL:.0%} of the margin or more. A control is a documented setting in which the "
        "claim should hold (positive) or not (negative).",
    )
    return Part("Channels", lines, headings=headings, rows=rows)


def _channel_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        named(row),
        _share_of_runs(row["delivered"]),
        _share_of_runs(row["reached"]),
        known_result(row, "positive"),
        known_result(row, "negative"),
        row["verdict"],
    )


def _share_of_runs(share: float | None) -> str:
    if share is None or pd.isna(share):
        return "-"
    if share == 0:
        return "no run"
    return percent(share) if share >= 0.1 else amount(share, "%")


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
    analysts = {
        argument["name"]: argument["analyst"] for argument in compared.manifest["arguments"]
    }
    lines = tuple(
        f"{row['claim']} ({analysts.get(row['hypothesis'], row['hypothesis'])}). "
        f"{surprises.surprise(row)}"
        for row in ranked
    )
    return Part("The most surprising verdicts", lines) if lines else None
