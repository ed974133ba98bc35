"""Limits of the size of an ensemble, for options of commands and arguments of functions alike.

The module imports nothing, because help texts state the limits.
"""

from __future__ import annotations

MAX_RUNS = 100_000_000
MAX_RUNS_OF_CELL = 1_000_000
"""Largest number of runs of each combination of an explorer page."""
MIN_RUNS_TO_SCORE = 2
"""Smallest number of runs for a score, because one run has no spread."""
MAX_RUNS_TO_SCORE = 10_000_000
"""Largest number of runs of a forecast that is simulated to be scored."""
MAX_DRAWS = 1_000_000
MAX_WORKERS = 1024
MAX_SEED = 2**63 - 1
"""Largest seed, which other programs read as a whole number too."""
