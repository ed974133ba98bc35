"""Maps of an effect over the two parameters that drive it most."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arguments.reader import Compared
from sim.charts.chart import Chart
from sim.charts.page import INK, page, short, wrap

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
    lines = wrap(title, 50, 2)
    ax.set_title("\n".join([*lines, f"{low:+.1f} to {high:+.1f} margins"]), fontsize=6.8)
    ax.set_xlabel(short(str(cells["x_path"].iloc[0]), 40), fontsize=7)
    ax.set_ylabel(short(str(cells["y_path"].iloc[0]), 34), fontsize=7)
    ax.tick_params(labelsize=7)
    return artists


def draw(compared: Compared) -> Figure:
    """Draw the maps of the claims whose effect varies most."""
    chosen = tables(compared)
    deep = -(-max(len(chosen), 1) // ACROSS)
    text = (
        "Smoothed effect of each claim, in margins, over the two parameters that drive it "
        "most (without the argument's assumptions). Purple is above zero, and orange is "
        "below. A black line, if there is one, is where the sign flips."
    )
    height = 2.65
    rows = compared.table("verdicts").to_dict("records")
    claims = {row["claim"]: f"{row['claim']}: {row['says']}" for row in rows}
    subject = f"claims whose effect varies most between draws: {len(chosen)}"
    sheet = page(deep * height, HEADING, subject, text)
    for place, (claim, cells) in enumerate(chosen.items()):
        row, column = divmod(place, ACROSS)
        left = 0.75 + column * 2.85
        bottom = (deep - 1 - row) * height + 0.5
        plot(cells, claims[claim], sheet.axes(left, bottom, 2.05, height - 1.05))
    return sheet.figure


CHART = Chart(
    name="driver_maps",
    heading=HEADING,
    alt="Maps of effects over the two parameters that drive each most, with a line where the sign "
    "flips.",
    draw=draw,
    has_data=lambda compared: not compared.table("maps").empty,
)
