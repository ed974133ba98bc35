"""Maps of an effect over the two parameters that drive it most."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.arguments.reader import Compared
from sim.charts.chart import Chart
from sim.charts.lettering import fitted, lines_of
from sim.charts.page import INK, page
from sim.io.text import count

HEADING = "Effects over their two main drivers"
ACROSS = 3
"""Maps side by side."""
MOST = 9
"""Maximum number of maps on a page."""


def tables(compared: Compared) -> dict[str, pd.DataFrame]:
    """Return the maps to draw, by claim, with effects in margins: the most variable maps first."""
    maps = compared.table("maps")
    if maps.empty:
        return {}
    margin = compared.table("verdicts").set_index("claim")["margin"]
    maps = maps.assign(effect=maps["effect"] / maps["claim"].map(margin))
    spread = maps.groupby("claim")["effect"].std()
    chosen = spread.sort_values(ascending=False).index[:MOST]
    return {claim: maps[maps["claim"] == claim] for claim in chosen}


def plot(cells: pd.DataFrame, title: str, ax: Axes) -> list[Artist]:
    """Plot an effect over two parameters, with the line on which its sign flips."""
    wide = cells.pivot_table(index="y", columns="x", values="effect")
    reach = max(float(wide.abs().to_numpy().max()), 1.0)
    artists: list[Artist] = [
        ax.pcolormesh(
            wide.columns,
            wide.index,
            wide.to_numpy(),
            cmap="PuOr",
            vmin=-reach,
            vmax=reach,
            shading="nearest",
        )
    ]
    if float(wide.to_numpy().min()) < 0 < float(wide.to_numpy().max()):
        artists.append(
            ax.contour(
                wide.columns, wide.index, wide.to_numpy(), levels=[0], colors=INK, linewidths=1.2
            )
        )
    low = wide.to_numpy().min()
    high = wide.to_numpy().max()
    lines = lines_of(title, 2.5, 6.8, 3)
    ax.set_title("\n".join([*lines, f"{low:+.1f} to {high:+.1f} margins"]), fontsize=6.8)
    ax.set_xlabel(fitted(str(cells["x_path"].iloc[0]), 2.3, 7), fontsize=7)
    ax.set_ylabel(fitted(str(cells["y_path"].iloc[0]), 1.7, 7), fontsize=7)
    ax.tick_params(labelsize=7)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(4))
        axis.set_major_formatter("{x:.4g}")
    return artists


def finding(chosen: Mapping[str, pd.DataFrame]) -> str:
    """Return for how many claims the sign of the effect depends on two values."""
    flips = sum(cells["effect"].min() < 0 < cells["effect"].max() for cells in chosen.values())
    return (
        f"The sign of the effect depends on two values for {flips} of {count(len(chosen), 'claim')}"
    )


def draw(compared: Compared) -> Figure:
    """Draw the maps of the claims whose effect varies most."""
    chosen = tables(compared)
    deep = -(-max(len(chosen), 1) // ACROSS)
    text = (
        "Effect of each claim, in margins, over the two values that drive it most, without the "
        "argument's assumptions. Purple is above zero, orange below; it flips at a black line."
    )
    height = 2.8
    rows = compared.table("verdicts").to_dict("records")
    claims = {row["claim"]: f"{row['claim']}: {row['says']}" for row in rows}
    subject = f"{HEADING}: claims whose effect varies most between draws"
    sheet = page(deep * height, finding(chosen), subject, text)
    for place, (claim, cells) in enumerate(chosen.items()):
        row, column = divmod(place, ACROSS)
        left = 0.75 + column * 2.85
        bottom = (deep - 1 - row) * height + 0.5
        plot(cells, claims[claim], sheet.axes(left, bottom, 2.05, height - 1.2))
    return sheet.figure


CHART = Chart(
    name="driver_maps",
    heading=HEADING,
    alt="Maps of effects over the two parameters that drive each most, with a line where the sign "
    "flips.",
    draw=draw,
    has_data=lambda compared: not compared.table("maps").empty,
)
