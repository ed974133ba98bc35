"""Limits of the size of an ensemble, for options, arguments and manifests alike.

The module imports nothing, because help texts state the limits.
"""

from __future__ import annotations

MAX_RUNS = 100_000_000
MAX_DRAWS = 1_000_000
MAX_WORKERS = 1024
MAX_SEED = 2**63 - 1
"""Largest seed, which other programs read as a whole number too."""
