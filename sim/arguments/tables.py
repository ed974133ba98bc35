"""The tables of a comparison: which columns and values each must have to be read.

A folder may be damaged, edited, from another version or from a stranger. So its tables and its
manifest are checked when it is opened, and what follows can rely on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from sim.arguments.words import Contrast, Expects, Kind, Reason, Word
from sim.io.parquet import FLAG, REAL, TEXT, WHOLE
from sim.results.manifest import Number, Part, Seed

Share = Annotated[float, Field(ge=0, le=1)]

MAX_AMOUNT = 1e15
"""Largest number in a table; enough for any effect, and small enough to draw."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table that are read, as texts with their names."""

    texts: str = ""
    numbers: str = ""
    whole: str = ""
    flags: str = ""

    def kinds(self) -> dict[str, str]:
        """Return the kind of each column.

        >>> Columns(texts="claim", flags="slope").kinds()
        {'claim': 'texts', 'slope': 'true or false'}
        """
        groups = {TEXT: self.texts, REAL: self.numbers, WHOLE: self.whole, FLAG: self.flags}
        return {name: kind for kind, names in groups.items() for name in names.split()}


COLUMNS: Mapping[str, Columns] = {
    "verdicts": Columns(
        texts="hypothesis claim claim_id says coder reading scenario measure unit expects contrast "
        "margin_why verdict word reason detail condition_1 condition_2 bound positive_why "
        "negative_why rests_on needs_kind open_word open_verdict driver cites claim_word "
        "claim_verdict",
        numbers="margin margin_stated value_1 value_2 effect error effect_low effect_high "
        "difference events share share_low share_high above inside below p_value runs_to_decide "
        "delivered reached positive_value_1 positive_value_2 negative_value_1 negative_value_2 "
        "open_share open_low open_high threshold threshold_low threshold_high surprise",
        whole="draws counting_for counting_against runs",
    ),
    "effects": Columns("claim world", "effect error", "draw"),
    "controls": Columns("claim name kind", "mean error without", flags="takes_away"),
    "curves": Columns("claim curve", "effect error"),
    "drivers": Columns("claim path", "weight"),
    "maps": Columns("claim x_path y_path", "x y effect"),
    "pairs": Columns(
        "pair asks measure scenario rival_1 says_1 rival_2 says_2",
        "observable_1 observable_2 difference crises_needed right_at_most",
        "crises_tried",
        "slope",
    ),
    "power": Columns("pair", "right", "crises"),
    "matrix": Columns("argument crisis item fact", "log_likelihood diagnosticity"),
    "by_hand": Columns("argument fact fits"),
    "weights": Columns(
        "argument null scope", "log_bayes_factor error weight weight_low weight_high",
        flags="converged",
    ),
    "confusion": Columns("truth judged", "share"),
}  # fmt: skip
"""Columns that charts and reports read, by table; a table without rows needs none."""
FITS = ("consistent", "neutral", "inconsistent")
CODES = {
    ("verdicts", "expects"): tuple(Expects),
    ("verdicts", "contrast"): tuple(Contrast),
    ("verdicts", "reason"): tuple(Reason),
    ("verdicts", "word"): tuple(Word),
    ("verdicts", "claim_word"): tuple(Word),
    ("verdicts", "open_word"): tuple(Word),
    ("verdicts", "needs_kind"): ("", *Kind),
    ("by_hand", "fits"): FITS,
}
"""Texts that a column may have, by table and column."""
NEEDED = {
    "verdicts": ("margin", "margin_stated", "p_value", "surprise"),
    "effects": ("effect",),
    "maps": ("x", "y", "effect"),
    "matrix": ("log_likelihood", "diagnosticity"),
    "confusion": ("share",),
}
"""Columns of finite numbers without empty cells, by table."""
SHARES = {"verdicts": ("above", "inside", "below")}
"""Columns of shares of draws, by table; a claim on a ratio has none."""
POSITIVE = {"verdicts": ("margin",)}


def table_faults(name: str, table: pd.DataFrame) -> Iterator[str]:
    """Yield what is wrong with the values of a table, as parts of sentences."""
    for column, kind in COLUMNS[name].kinds().items() if len(table) else ():
        values = table[column]
        if kind in (TEXT, WHOLE) and values.isna().any():
            yield f"has an empty cell in the column '{column}'"
        allowed = CODES.get((name, column))
        if allowed is not None and not values.isin(tuple(map(str, allowed))).all():
            yield f"has an unknown text in the column '{column}'"
    for column in NEEDED.get(name, ()) if len(table) else ():
        if not (table[column].abs() <= MAX_AMOUNT).all():
            yield f"has an empty cell or too large a number in the column '{column}'"
    for column in SHARES.get(name, ()) if len(table) else ():
        if not (table[column].isna() | table[column].between(0, 1)).all():
            yield f"has no share in the column '{column}'"
    for column in POSITIVE.get(name, ()) if len(table) else ():
        if not (table[column] > 0).all():
            yield f"has no positive number in the column '{column}'"


def link_faults(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str]]:
    """Yield the name of each table that contradicts another one, and how."""
    verdicts = tables["verdicts"]
    claims = set(verdicts["claim"]) if len(verdicts) else set()
    if len(claims) < len(verdicts):
        yield "verdicts", "has a reading twice"
    for name in ("effects", "controls", "curves", "drivers", "maps"):
        table = tables[name]
        if len(table) and not table["claim"].isin(claims).all():
            yield name, "has a claim that verdicts.parquet does not have"
    confused = tables["confusion"]
    if len(confused):
        truths, judged = set(confused["truth"]), set(confused["judged"])
        if truths != judged or len(confused) != len(truths) ** 2:
            yield "confusion", "has not one row for each pair of arguments"
        elif confused.duplicated(["truth", "judged"]).any():
            yield "confusion", "has a pair of arguments twice"
    matrix = tables["matrix"]
    if len(matrix):
        items = matrix[["fact", "crisis", "item"]].drop_duplicates()
        if items["fact"].duplicated().any() or matrix.duplicated(["fact", "argument"]).any():
            yield "matrix", "has an item of the record twice"
    weights = tables["weights"]
    if len(weights):
        pairs = weights[["scope", "argument"]]
        full = pairs["scope"].nunique() * pairs["argument"].nunique()
        if pairs.duplicated().any() or len(pairs) != full:
            yield "weights", "has not one row for each argument and scope"


# The manifest


class Stated(Part):
    """An argument."""

    name: str
    analyst: str
    argument: str
    notes: str
    assumption: str = ""


class Sizes(Part):
    """Numbers of draws and runs."""

    draws: Number
    runs: Number
    most: Number
    fit_draws: Number
    records: Number
    quick: bool = False


class Thresholds(Part):
    """The limits of verdicts; see :func:`sim.arguments.legend.thresholds`."""

    delivered: Share
    material: Share
    most: Share
    few: Share
    stray: Share
    error_rate: Share
    level: Share
    left: Share


class Manifest(Part):
    """What every manifest of a comparison must contain for the program to read the folder."""

    kind: Literal["comparison"]
    arguments: list[Stated]
    seed: Seed
    size: Sizes
    drawn: str = ""
    runs: Number
    claims: Number
    readings: Number
    not_apart: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    thresholds: Thresholds
