"""What a comparison says, in words and small tables: for the terminal, for a page, and for the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.arguments.controls import ALL_OFF
from sim.arguments.effects import LEVEL
from sim.arguments.reader import Compared
from sim.io.text import count

SURPRISES = 3
FIRST_LOOK = (
    "A first look (--quick): a claim is decided only where a full comparison would hardly say otherwise; what is "
    "undecided here a full comparison may decide."
)
NOT_ASKED = (
    "not asked (--quick): the effect is gone with all argued mechanisms off, and a first look does not ask which of "
    "them bears it."
)
LIMITS = (
    "Three linked crises are one history, not three tests: the same states, arms and grievances run through them. They "
    "can speak against a world in which they would hardly ever have come about. They cannot tell two worlds apart in "
    "which they come about equally often, and a large Bayes factor says no more than that one of the worlds is better "
    "at these three. Whether an argument's claims hold and whether its world fits are "
    "different questions, and kept apart."
)


@dataclass(frozen=True)
class Part:
    """A part of the account.

    Attributes:
        heading: what it is about.
        lines: sentences.
        headings, rows: of a table; none where there is none.
    """

    heading: str
    lines: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def parts(compared: Compared) -> list[Part]:
    """Return the account of a comparison: first whether arguments can be told apart, then verdicts, then the rest."""
    made = [_recovery(compared), _verdicts(compared), _surprising(compared), _pairs(compared), _weights(compared)]
    return [part for part in made if part is not None]


def markdown(compared: Compared) -> str:
    """Return the confusion matrix, the verdicts and the most surprising of them as Markdown."""
    made = (_recovery(compared), _verdicts(compared), _surprising(compared))
    return "\n".join(line for part in made if part is not None for line in _as_markdown(part))


def _as_markdown(part: Part) -> Iterator[str]:
    yield f"### {part.heading}\n"
    for line in part.lines:
        yield f"{line}\n"
    if part.rows:
        for cells in (part.headings, ("---",) * len(part.headings), *part.rows):
            yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
        yield ""


def _recovery(compared: Compared) -> Part | None:
    confused = compared.table("confusion")
    if confused.empty:
        return None
    names = list(dict.fromkeys(confused["truth"]))
    shares = confused.pivot(index="truth", columns="judged", values="share")
    rows = tuple((name, *(_percent(shares.loc[name, other]) for other in names)) for name in names)
    records = compared.manifest["size"]["records"]
    said = (
        *_apart(compared, confused),
        f"Rows: the world in which a record of the three crises was simulated, {records} times. Columns: the argument "
        "in whose world it was judged likeliest, blind.",
    )
    return Part("Can it tell at all?", said, ("simulated in", *names), rows)


def _apart(compared: Compared, confused: pd.DataFrame) -> Iterator[str]:
    pairs = compared.manifest["not_apart"]
    arguments = confused["truth"].nunique()
    total = arguments * (arguments - 1) // 2
    if not pairs:
        yield f"Any two of the {arguments} arguments leave records that are told apart better than by a coin."
        return
    listed = ", ".join(f"{one} and {other}" for one, other in pairs)
    of = f"{len(pairs)} of {count(total, 'pair')}"
    yield (
        f"A record like ours cannot tell these arguments apart ({of}): {listed}. "
        "What fit says of one of such a pair against the other is not to be believed."
    )


def _verdicts(compared: Compared) -> Part:
    unasked = _unasked(compared)
    rows = tuple(_verdict_row(row, row["claim"] in unasked) for row in compared.table("verdicts").to_dict("records"))
    headings = ("claim", "verdict", "as expected", "effect", "rests on", "without assumptions", "decided by")
    limits, size = compared.manifest["thresholds"], compared.manifest["size"]
    drawn = f"{size['draws']} draws {compared.manifest.get('drawn', '')}".strip()
    said = (
        f"Played: {drawn}, and {size['runs']:,} runs of a condition, up to {size['most']:,} where these leave a claim "
        "undecided.",
        f"Claims judged: {compared.manifest['claims']}. Each is a chance to be wrong, so chances are adjusted for the "
        f"number of claims (Holm): where there is no effect at all, any is called in fewer than "
        f"{100 * limits['error_rate']:g}% of comparisons.",
        f"holds: as expected in at least {limits['most']:.0%} of draws; fails: in at most "
        f"{limits['few']:.0%}; depends: "
        "in between. echo: it holds, and not without the one mechanism that is named. As expected: share of draws "
        f"[{100 * limits.get('level', LEVEL):g}% interval]. Effect: mean over draws in the unit of what is measured, "
        "above 0 or below as measured, with its standard error.",
        *((FIRST_LOOK,) if size.get("careful") else ()),
        *((NOT_ASKED,) if unasked else ()),
        *_assumptions(compared.table("verdicts")),
    )
    return Part("Verdicts", said, headings, rows)


def _assumptions(table: pd.DataFrame) -> Iterator[str]:
    """Yield what the claims that cite nothing rest on."""
    for row in table[table["cites"] == ""].to_dict("records"):
        yield f"{row['claim']} cites no source; assumption: {row.get('assumption', '')}"


def _unasked(compared: Compared) -> set[str]:
    """Return decided claims whose effect is gone with all mechanisms off, and rests on none of which that is known."""
    found, verdicts = compared.table("controls"), compared.table("verdicts")
    if found.empty:
        return set()
    bare = verdicts.loc[(verdicts["word"] != "undecided") & (verdicts["rests_on"] == ""), "claim"]
    return set(found.loc[found["takes_away"], "claim"]) & set(bare)


def _verdict_row(row: dict[str, Any], unasked: bool) -> tuple[str, ...]:
    said = row["verdict"] if not row["detail"] or row["word"] == "echo" else f"{row['verdict']}: {row['detail']}"
    if pd.notna(row["runs_to_decide"]):
        said += f" ({row['runs_to_decide']:,.0f} runs would decide)"
    return (
        str(row["claim"]),
        said,
        _interval(row["share"], row["share_low"], row["share_high"]),
        f"{effect(row['effect'])} \N{PLUS-MINUS SIGN} {readable(row['error'], 2)}",
        "not asked (--quick)" if unasked else str(row["rests_on"]) or "-",
        f"{row['open_verdict']} {_interval(row['open_share'], row['open_low'], row['open_high'])}",
        governed(row),
    )


def governed(row: dict[str, Any]) -> str:
    """Return which value decides about a claim, where its sign flips, and how its range lies about that."""
    if not row["governed_by"]:
        return "-"
    name = short_path(row["governed_by"])
    if pd.isna(row["threshold"]):
        return name
    odds = row["prior_odds"]
    if " = " in name:
        return f"{name} ({odds:.0%} of draws)"
    return f"{name}, flips at {row['threshold']:.2g} ({odds:.0%} of draws above)"


def short_path(path: str) -> str:
    """Return a path without the section that goes without saying."""
    return path.removeprefix("mechanisms.").removeprefix("parameters.").removeprefix("actors.")


def _surprising(compared: Compared) -> Part | None:
    table = compared.table("verdicts")
    called = table[(table["surprise"] > 0) & (table["word"] != "undecided")]
    ranked = called.sort_values(["surprise", "chance"], ascending=[False, True], kind="stable")
    named = {argument["name"]: argument["analyst"] for argument in compared.manifest["arguments"]}
    unasked = _unasked(compared)
    lines = tuple(_surprise(row, named, row["claim"] in unasked) for row in ranked.head(SURPRISES).to_dict("records"))
    return Part("The most surprising verdicts", lines) if lines else None


def _surprise(row: dict[str, Any], named: dict[str, str], unasked: bool) -> str:
    rests = f" It rests on {row['rests_on']}." if row["rests_on"] else " It survives every control."
    if unasked:
        rests = " It is gone with all argued mechanisms off; on which of them it rests was not asked (--quick)."
    if row["rests_on"] == ALL_OFF:
        rests = " It is gone with all argued mechanisms off; no smaller set of them was found to bear it."
    if row["word"] == "fails" and row["detail"] != "the opposite":
        rests = ""  # what is not there rests on nothing
    decided = governed(row)
    hangs = f" What decides where nothing is assumed: {decided}." if decided != "-" else ""
    return (
        f"{row['claim']} ({named.get(row['hypothesis'], row['hypothesis'])}). {row['says']} It {_worded(row)}: as "
        f"expected in {_interval(row['share'], row['share_low'], row['share_high'])} of draws, a mean effect of "
        f"{effect(row['effect'])} in {row['measure']}.{rests}{hangs}"
    )


def _worded(row: dict[str, Any]) -> str:
    if row["word"] == "echo":
        return f"is an {row['verdict']}"
    word = "is undecided" if row["word"] == "undecided" else row["word"]
    return f"{word} ({row['detail']})" if row["detail"] else str(word)


def _pairs(compared: Compared) -> Part | None:
    table = compared.table("pairs")
    if table.empty:
        return None
    rows = tuple(_pair_row(row) for row in table.to_dict("records"))
    headings = ("question", "rivals", "observable", "in the one", "in the other", "crises to tell with 90% certainty")
    said = (
        "What two rivals expect of the observable: the difference between the conditions where there are two. Crises "
        "like these are watched, half of them under each condition, and the likelier world is named.",
    )
    return Part("Contradicting pairs", said, headings, rows)


def _pair_row(row: dict[str, Any]) -> tuple[str, ...]:
    needed = (
        f"{row['crises_needed']:,.0f}"
        if pd.notna(row["crises_needed"])
        else f"more than {row['crises_tried']} (right in {row['right_at_most']:.0%} with those)"
    )
    observable = f"{'difference in ' if row['slope'] else ''}{row['measure']}"
    rivals = f"{row['rival_1']} or {row['rival_2']}"
    return row["asks"], rivals, observable, effect(row["observable_1"]), effect(row["observable_2"]), needed


def _weights(compared: Compared) -> Part | None:
    table = compared.table("weights")
    if table.empty:
        return None
    scopes = list(dict.fromkeys(table["scope"]))
    linked = table[table["scope"] == scopes[0]]
    weighed = bool(linked["converged"].all())
    rows = tuple(
        (
            row["argument"],
            *(_factor(table[(table["scope"] == scope) & (table["argument"] == row["argument"])]) for scope in scopes),
            _interval(row["weight"], row["weight_low"], row["weight_high"]) if weighed else "not converged",
        )
        for row in linked.to_dict("records")
    )
    headings = ("argument", "all three, linked", *scopes[1:], "posterior weight")
    said = (
        LIMITS,
        f"Log Bayes factors against {linked['null'].iloc[0]}, with their Monte Carlo error: of the three crises linked "
        "by the draw they share, and of each as if it were alone. A number whose error is too large is not printed.",
        *_diagnostic(compared),
    )
    return Part("Fit, kept apart", said, headings, rows)


def _factor(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    if not row["converged"]:
        return f"not converged (error {row['error']:.1f})"
    return f"{row['log_bayes_factor']:+.2f} \N{PLUS-MINUS SIGN} {row['error']:.2f}"


def _diagnostic(compared: Compared) -> Iterator[str]:
    items = compared.table("matrix").drop_duplicates("fact").sort_values("diagnosticity", ascending=False)
    best = items.head(3).to_dict("records")
    if best:
        listed = "; ".join(f"{one['crisis']} {one['item']} ({one['diagnosticity']:.2f})" for one in best)
        yield f"Items of the record that tell most, by the spread of their log likelihood over arguments: {listed}."


def _interval(value: float, low: float, high: float) -> str:
    return f"{_percent(value)} [{100 * low:.0f}-{100 * high:.0f}%]"


def effect(value: float) -> str:
    """Return an effect with its sign and three digits that count, such as ``+0.0115`` or ``+1,920``."""
    return readable(value, 3, "+")


def readable(value: float, digits: int, sign: str = "-") -> str:
    """Return a number with so many digits that count, written out however large; ``+`` for a sign before all."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:{sign},.0f}" if abs(rounded) >= 10**digits else f"{value:{sign}.{digits}g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
