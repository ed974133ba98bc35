"""Judge the claims of all shipped arguments, and publish the result.

``python -m docs.verdicts`` runs the full comparison, copies its files to ``results/reference``, and
fills the generated parts of the documentation. ``python -m docs.verdicts FOLDER`` publishes a
comparison that was made before. The tables of the pages on results come from these files.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from sim.arguments import legend as rule
from sim.arguments import surprises as ranking
from sim.arguments import texts, wording
from sim.arguments.reader import open_comparison

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "results" / "reference"
ARGUMENTS = (
    "winter",
    "blagov",
    "markedonov",
    "moscow_times",
    "golts",
    "dubnov",
    "spiegel",
    "pairs",
)
Row = Sequence[object]
Table = tuple[Row, list[Row]]
"""Headings and rows."""


def rows() -> pd.DataFrame:
    """Return the published table of verdicts, with empty text where there is none."""
    table = pd.read_csv(REFERENCE / "verdicts.csv")
    texts = table.select_dtypes(exclude="number").columns
    return table.assign(**{name: table[name].fillna("") for name in texts if name not in KNOWN})


KNOWN = ("positive_holds", "negative_holds")
"""Columns that are true, false or empty."""


def claims() -> Table:
    """Return one row for each claim: what it says, and the verdicts on it and its readings."""
    part = wording.claims(rows())
    assert part is not None
    found: list[Row] = [(f"{claim}: {says}", *cells) for claim, says, *cells in part.rows]
    return ("claim", "coder 1", "coder 2", "verdict"), found


def contrasts() -> Table:
    """Return one row for each reading: both conditions in words, and its verdicts."""
    headings = ("reading", "in both conditions", "draws as claimed", "verdict", "nothing assumed")
    found = [
        (
            row["claim"],
            row["comparison"],
            texts.interval(row["share"], row["share_low"], row["share_high"]),
            row["verdict"],
            row["open_verdict"],
        )
        for row in rows().to_dict("records")
    ]
    return headings, found


def channels() -> Table:
    """Return one row for each reading: delivery, controls and verdict."""
    part = wording.channels(rows())
    return part.headings, list(part.rows)


def surprises() -> str:
    """Return the most surprising verdicts, and what they rest on."""
    ranked = ranking.most_surprising(rows())
    return "".join(f"- *{row['claim']}*: {ranking.surprise(row)}\n" for row in ranked)


def legend() -> str:
    """Return the rule of verdicts as a list."""
    return "".join(f"- {line}\n" for line in rule.legend(rule.thresholds()))


def told_apart() -> Table:
    """Return how records simulated in the world of each argument are judged."""
    confused = pd.read_csv(REFERENCE / "confusion.csv")
    names = list(dict.fromkeys(confused["truth"]))
    shares = confused.pivot(index="truth", columns="judged", values="share")
    found = [(name, *(f"{shares.loc[name, judged]:.0%}" for judged in names)) for name in names]
    return ("simulated in", *names), found


def publish(folder: Path) -> None:
    """Copy the published files of a comparison to the reference results."""
    compared = open_comparison(folder)
    shutil.copy(folder / "verdicts.csv", REFERENCE / "verdicts.csv")
    shutil.copy(folder / "charts" / "verdicts.png", REFERENCE / "verdicts.png")
    confused = compared.table("confusion")
    confused.to_csv(REFERENCE / "confusion.csv", index=False, float_format="%.6g")


def main(arguments: Sequence[str]) -> Iterator[str]:
    """Publish a comparison, and yield the pages that changed."""
    import sim
    from docs import generate

    folder = Path(arguments[0]) if arguments else sim.compare(*ARGUMENTS).folder
    publish(folder)
    for page in generate.stale():
        page.write_text(generate.filled(page.read_text(encoding="utf-8")), encoding="utf-8")
        yield str(page.relative_to(ROOT))


if __name__ == "__main__":
    for name in main(sys.argv[1:]):
        print(name)
