"""A command in a process of its own, with a first look of few runs; ``python -m tests.at_once ARGUMENTS``."""

from __future__ import annotations

import sys

from sim import cli
from sim.arguments import judging
from sim.arguments.judging import Size

SMALL = Size(8, 32, 32, 32, 32, False, 8, 32, 2)

if __name__ == "__main__":
    judging.QUICK = SMALL
    sys.argv[0] = "sim"
    cli.main()
