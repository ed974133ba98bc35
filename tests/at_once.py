"""A command in a process of its own, with one chart and a quick comparison of few runs.

``python -m tests.at_once ARGUMENTS`` runs it.
"""

from __future__ import annotations

import sys

from sim import charts, cli
from sim.arguments import judging
from sim.arguments.judging import Size

if __name__ == "__main__":
    judging.QUICK = Size(
        draws=8,
        runs=32,
        most=32,
        control=32,
        known=32,
        pair=32,
        fit_draws=8,
        fit_runs=32,
        records=2,
        quick=True,
    )
    charts.CHARTS = charts.CHARTS[1:2]
    charts.OF_VERDICTS = charts.OF_VERDICTS[1:2]
    sys.argv[0] = "sim"
    cli.main()
