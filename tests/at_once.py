"""A command in a process of its own, with one chart and a quick comparison of few runs.

``python -m tests.at_once ARGUMENTS`` runs it.
"""

from __future__ import annotations

import sys

from sim import charts, cli
from sim.arguments import judging
from sim.arguments.judging import Size

if __name__ == "__main__":
    judging.QUICK = Size(8, 32, 32, 32, 32, 32, 8, 32, 2, quick=True)
    charts.CHARTS = charts.CHARTS[1:2]
    charts.OF_VERDICTS = charts.OF_VERDICTS[1:2]
    sys.argv[0] = "sim"
    cli.main()
