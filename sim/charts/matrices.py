"""Matrices: arguments and the record, and arguments and simulated records."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arguments.reader import Compared
from sim.charts.chart import Chart
from sim.charts.lettering import fitted, lines_of
from sim.charts.page import INK, page
from sim.io.text import count, sentence_case
from sim.outcomes.numbers import percent

RECORD_HEADING = "Arguments and the historical record"
CONFUSION_HEADING = "Can the record separate the arguments?"
CELL = 0.31
CLAIM = 3.6
"""Width of a fact in inches."""
MARKS = {"consistent": "+", "neutral": "0", "inconsistent": "\N{MINUS SIGN}"}
"""Marks of expert-coded judgements."""


def record_table(compared: Compared) -> pd.DataFrame:
    """Return log likelihoods minus the mean over arguments.

    Each row is an item of the record. The most diagnostic items come first.
    """
    items = compared.table("matrix")
    crises = items["crisis"].str.replace("_", " ").map(sentence_case)
    items = items.assign(item=crises + ": " + items["says"])
    wide = items.pivot_table(
        index=["fact", "item"], columns="argument", values="log_likelihood", sort=False
    )
    wide = wide.sub(wide.mean(axis=1), axis=0)
    spread = wide.max(axis=1) - wide.min(axis=1)
    return wide.loc[spread.sort_values(ascending=False).index]


def expert_table(compared: Compared, facts: list[str], arguments: list[str]) -> pd.DataFrame:
    """Return the marks of expert-coded judgements: rows are facts, columns are arguments.

    A cell without a judgement is empty.
    """
    read = compared.table("by_hand")
    marks = pd.DataFrame("", index=facts, columns=arguments)
    for row in read.to_dict("records"):
        if row["fact"] in marks.index and row["argument"] in marks.columns:
            marks.loc[row["fact"], row["argument"]] = MARKS[row["fits"]]
    return marks


def plot_record(values: pd.DataFrame, marks: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot log likelihoods as colours and numbers, each followed by the expert-coded judgement."""
    reach = max(float(np.nanmax(np.abs(values.to_numpy()))), 0.1)
    image = ax.imshow(values.to_numpy(), cmap="RdBu", vmin=-reach, vmax=reach, aspect="auto")
    artists: list[Artist] = [image]
    for y, (fact, _) in enumerate(values.index):
        for x, argument in enumerate(values.columns):
            value = values.iat[y, x]
            mark = marks.at[fact, argument]
            colour = "white" if abs(value) > 0.65 * reach else INK
            shown = f"{value:+.2f}".replace("-", "\N{MINUS SIGN}") + (f"  [{mark}]" if mark else "")
            artists.append(ax.text(x, y, shown, ha="center", va="center", size=7, color=colour))
    ax.set_xticks(range(values.shape[1]), [str(name) for name in values.columns], fontsize=8)
    ax.set_yticks(
        range(values.shape[0]),
        ["\n".join(lines_of(item, CLAIM, 6.8, 2)) for _, item in values.index],
        fontsize=6.8,
        linespacing=1.0,
    )
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    return artists


def draw_record(compared: Compared) -> Figure:
    """Draw the matrix of arguments and items of the historical record."""
    values = record_table(compared)
    marks = expert_table(compared, [fact for fact, _ in values.index], list(values.columns))
    text = (
        "Log likelihood of each item in each argument's world, minus the mean: blue supports an "
        "argument, red speaks against it. Brackets: the expert's judgement (+, 0, \N{MINUS SIGN})."
    )
    remarks = "Items and crises are correlated, so rows cannot be added up."
    height = CELL * len(values) + 0.4
    sheet = page(
        height,
        finding_of_record(values),
        f"{RECORD_HEADING}: {count(len(values), 'item')}",
        text,
        remarks,
    )
    plot_record(values, marks, sheet.axes(CLAIM + 0.4, 0.05, 8.35 - CLAIM, height - 0.4))
    return sheet.figure


def finding_of_record(values: pd.DataFrame) -> str:
    """Return which argument the most diagnostic item of the record supports most."""
    if values.empty or values.shape[1] < 2:
        return RECORD_HEADING
    item = str(values.index[0][1]).removesuffix(".")
    return f"Most telling: {item}; it supports {values.iloc[0].idxmax()} most"


def finding_of_confusion(shares: pd.DataFrame) -> str:
    """Return how often simulated records are assigned to the right argument."""
    right = float(np.diag(shares.to_numpy()).mean())
    return f"{percent(right)} of simulated records are traced to the right argument"


def plot_confusion(shares: pd.DataFrame, ax: Axes) -> list[Artist]:
    """Plot the percent of each world's records that are assigned to each argument."""
    image = ax.imshow(100 * shares.to_numpy(), cmap="Blues", vmin=0, vmax=100)
    artists: list[Artist] = [image]
    for y in range(shares.shape[0]):
        for x in range(shares.shape[1]):
            value = 100 * shares.iat[y, x]
            colour = "white" if value > 60 else INK
            artists.append(
                ax.text(x, y, f"{value:.0f}", ha="center", va="center", size=8, color=colour)
            )
    names = [fitted(str(name), 1.3, 8) for name in shares.columns]
    ax.set_xticks(range(len(names)), names, fontsize=8, rotation=30, ha="right")
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_xlabel("judged most likely", fontsize=8)
    ax.set_ylabel("simulated in the world of", fontsize=8)
    return artists


def draw_confusion(compared: Compared) -> Figure:
    """Draw the confusion matrix."""
    confused = compared.table("confusion")
    names = list(dict.fromkeys(confused["truth"]))
    shares = confused.pivot(index="truth", columns="judged", values="share").loc[names, names]
    text = (
        "Percent of records simulated in the world of one argument (row) and judged most likely "
        f"in another's (column). The diagonal is right; guessing gives {100 / len(names):.0f}%."
    )
    remarks = f"{count(compared.manifest['size']['records'], 'record')} per row."
    height = max(0.5 * len(names), 1.7)  # at least as high as the label beside it
    sheet = page(
        height + 1.0,
        finding_of_confusion(shares),
        CONFUSION_HEADING,
        text,
        remarks,
    )
    plot_confusion(shares, sheet.axes(2.6, 0.9, height, height))
    return sheet.figure


RECORD = Chart(
    name="record",
    heading=RECORD_HEADING,
    alt="A matrix of log likelihoods of each item of the historical record in each argument's "
    "world, with expert-coded judgements.",
    draw=draw_record,
    has_data=lambda compared: not compared.table("matrix").empty,
)
CONFUSION = Chart(
    name="confusion",
    heading=CONFUSION_HEADING,
    alt="A matrix of percentages. Each row shows how records simulated in the world of one "
    "argument were judged.",
    draw=draw_confusion,
    has_data=lambda compared: not compared.table("confusion").empty,
)
