"""What the Python API returns: handles on folders of results, with tables, charts and reports.

In a notebook each handle shows its main table.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.arguments.reader import Compared
from sim.reasons import difference, why
from sim.results import reader

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.charts.timeline import Timeline
    from sim.record.history import History
    from sim.results.trace import Trace


class Result(reader.Result):
    """The result of one scenario: tables, summary, charts and a report.

    In a notebook a result shows its summary table and its main chart.

    >>> import sim
    >>> result = sim.run("april_2016", runs=200, draws=20, out=getfixture("tmp_path"))
    >>> result.outcomes.shape[0]
    200
    >>> result.summary.loc["ending_truce", "unit"]
    'probability'
    """

    @cached_property
    def history(self) -> History | None:
        """What happened, outcome by outcome; None without a record of the crisis.

        >>> import sim
        >>> result = sim.run("april_2016", runs=50, draws=5, out=getfixture("tmp_path"))
        >>> result.history.get("deaths").says
        '200 deaths [122 to 350]'
        """
        from sim.record.history import history_of_result

        return history_of_result(self)

    def plot(self, chart: str = "endings", ax: Axes | None = None) -> Figure | Axes:
        """Draw one chart.

        Args:
            chart: its name; with ``ax``, the name of one of its panels.
            ax: axes to draw a single panel on; where None, a figure with the whole chart is made.

        Returns:
            The figure, or the axes that were given.

        Raises:
            UsageError: there is no chart of this name; the message lists all names.
        """
        from sim import charts

        return charts.draw_one(self, chart) if ax is None else charts.draw_panel(self, chart, ax)

    def trace(
        self,
        run: int | None = None,
        *,
        typical: bool = False,
        nearest_record: bool = False,
        ending: str | None = None,
        surprising: bool = False,
    ) -> Trace:
        """Simulate one run again and return what happened in it, day by day.

        Args:
            run: its number, the first column of ``outcomes``; 0 if nothing else is given.
            typical: the run nearest to the medians and most frequent values of all outcomes.
            nearest_record: the run nearest to what happened.
            ending: a typical run that ends in ``capitulation``, ``ceasefire``, ``lull`` or
                ``fighting``.
            surprising: the run with the least expected outcomes.

        Returns:
            The trace, which prints as text. Its tables are DataFrames: ``trace.table()`` of the
            acts, ``trace.choices()`` of what the actors weighed, ``trace.daily()`` of the days and
            ``trace.events()`` with CAMEO codes.

        Raises:
            UsageError: there is no such run, or no record of the crisis.

        >>> import sim
        >>> result = sim.run("april_2016", runs=60, draws=20, out=getfixture("tmp_path"))
        >>> trace = result.trace(typical=True)
        >>> trace.paragraphs[0].date.isoformat()
        '2016-04-02'
        """
        from sim.record.choosing import Wanted
        from sim.results import trace as traces

        wanted = Wanted(run, typical, nearest_record, ending, surprising)
        selection = wanted.select(self)
        return traces.trace_of_result(self, selection.run, selection.because)

    def plot_trace(self, trace: Trace) -> Figure:
        """Draw the timeline of a run, as :meth:`trace` returns it.

        >>> import sim
        >>> result = sim.run("april_2016", runs=60, draws=20, out=getfixture("tmp_path"))
        >>> figure = result.plot_trace(result.trace(7))
        """
        from sim.charts.page import house_style
        from sim.charts.timeline import draw

        with house_style():
            return draw(timeline_of(self, trace))

    def report(self) -> Path:
        """Write the report into the folder of the result, and return its path.

        The report is one HTML file that opens offline.

        Raises:
            InputError: the evidence files of the workspace have faults.
        """
        from sim import report

        return report.write(self, report.evidence_of_result(self.folder))

    def _repr_html_(self) -> str:
        """Return the summary table and the main chart, for a notebook."""
        table = self.summary[["measure", "shown", "chance", "parameters"]].to_html(index=False)
        return f"<h4>{escape(self.scenario.title)}</h4>{table}{_picture(self.plot('endings'))}"


def timeline_of(result: reader.Result, trace: Trace) -> Timeline:
    """Return what the timeline of a run is drawn from."""
    from sim.charts.timeline import Timeline
    from sim.record.history import history_of_result
    from sim.results.trace import ending

    history = history_of_result(result)
    tables = (trace.daily(), trace.table())
    return Timeline(result.scenario, trace.run, *tables, ending(trace), history)


@dataclass(frozen=True)
class Sweep:
    """The result of a sweep over a grid of values.

    Attributes:
        folder: its folder, with ``sweep.csv``, ``sweep.parquet`` and a chart.

    >>> import sim
    >>> grid = {"mechanisms.leverage": [0, 0.3]}
    >>> swept = sim.sweep("april_2016", grid, runs=40, draws=4, out=getfixture("tmp_path"))
    >>> sorted(set(swept.table["mechanisms.leverage"]))
    ['0', '0.3']
    """

    folder: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per cell and measure: the values of the axes, the measure and its intervals."""
        from sim.results import swept

        return swept.read(self.folder)

    def plot(self, *measures: str) -> Figure:
        """Draw measures over the grid: a line over one axis, a map over two."""
        from sim import charts

        return charts.draw_sweep_figure(self.folder, measures)

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, max_rows=40)


class Comparison(Compared):
    """The result of a comparison of arguments.

    >>> import sim
    >>> compared = sim.compare("golts", quick=True)  # doctest: +SKIP
    >>> compared.verdicts.loc[0, "verdict"]  # doctest: +SKIP
    'undecided'
    """

    @property
    def verdicts(self) -> pd.DataFrame:
        """One row per claim: what it says, its verdict, the effect and its interval."""
        return self.table("verdicts")

    def report(self) -> Path:
        """Write the report into the folder of the comparison, and return its path."""
        from sim import report

        return report.write_comparison(self, report.evidence_of_result(self.folder))

    def _repr_html_(self) -> str:
        return self.verdicts.to_html(index=False)


@dataclass(frozen=True)
class Fit:
    """The result of a fit.

    Attributes:
        folder: its folder, with ``posterior.parquet`` and ``fit.json``.

    >>> import sim
    >>> fitted = sim.fit("april_2016", "july_2020", particles=200)  # doctest: +SKIP
    >>> fitted.posterior["parameters.pace"].median()  # doctest: +SKIP
    0.02
    """

    folder: Path

    @cached_property
    def posterior(self) -> pd.DataFrame:
        """One row per draw and one column per fitted value."""
        return pd.read_parquet(self.folder / "posterior.parquet")

    @cached_property
    def account(self) -> dict[str, Any]:
        """Targets, match rates, convergence, and the values that the record does not inform."""
        account: dict[str, Any] = json.loads((self.folder / "fit.json").read_text(encoding="utf-8"))
        return account


class Why(why.Why):
    """What moves the outcomes of a scenario.

    In a notebook it shows its sentence and its clear effects.

    >>> import sim
    >>> result = sim.run("april_2016", runs=60, draws=30, out=getfixture("tmp_path"))
    >>> reasons = sim.why(result, association=True)
    >>> reasons.table().columns[0]
    'outcome'
    """

    def plot(self) -> Figure:
        """Draw the effects, with one column for each outcome."""
        from sim.charts.page import house_style
        from sim.charts.why import draw

        with house_style():
            return draw(self)

    def _repr_html_(self) -> str:
        table = self.table()
        columns = ["says_outcome", "kind", "says", "low", "high", "effect"]
        shown = table[table["clear"]][columns].to_html(index=False, max_rows=40)
        return f"<p>{escape(self.sentence)}</p>{shown}"


class Differences(difference.Differences):
    """The differences between two simulations.

    In a notebook they show their sentence and their table.

    >>> import sim
    >>> changes = {"policies.RUS": "aside"}
    >>> found = sim.diff("april_2016", set=changes, runs=60, draws=30, out=getfixture("tmp_path"))
    >>> found.labels
    ('the scenario as it is', 'Russia standing aside')
    """

    def plot(self) -> Figure:
        """Draw the differences."""
        from sim.charts.difference import draw
        from sim.charts.page import house_style

        with house_style():
            return draw(self)

    def _repr_html_(self) -> str:
        columns = ["measure", "unit", "first", "second", "difference", "low", "high"]
        columns += ["history"] if self.has_history else []
        table = self.table()[columns].to_html(index=False)
        return f"<p>{escape(f'{self.sentence} {self.happened}')}</p>{table}"


def _picture(figure: Any) -> str:
    """Return a figure as an HTML image with embedded data."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=75)
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
