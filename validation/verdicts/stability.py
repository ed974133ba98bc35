"""The verdicts on the shipped arguments over several seeds, and quick against full comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

import sim
from sim.arguments.words import Word
from validation.verdicts.table import Figure

AGREE = 0.97


def words(seeds: Sequence[int], quick: bool, out: Path) -> pd.DataFrame:
    """Return the verdict words of all shipped claims, one column per seed."""
    columns = {}
    for seed in seeds:
        verdicts = sim.compare(quick=quick, seed=seed, out=out).verdicts
        columns[seed] = verdicts.set_index("claim")["word"]
    return pd.DataFrame(columns)


def figures(seeds: Sequence[int], out: Path) -> Iterator[Figure]:
    """Yield the agreement of full comparisons, and the contradictions of quick ones."""
    full = words(seeds, False, out)
    quick = words(seeds, True, out)
    same = [(full[a] == full[b]).mean() for a, b in combinations(full, 2)]
    tries = len(full) * len(same)
    yield Figure("verdict words that agree between two seeds", float(np.mean(same)), tries, AGREE)
    unlike = [_contradict(full[a], full[b]) for a, b in combinations(full, 2)]
    yield Figure("decided words that differ", float(np.mean(unlike)), tries, 0.02, False)
    against = [_contradict(full[seed], quick[seed]) for seed in full]
    tries = len(full) * len(against)
    what = "words of quick comparisons that contradict the full one"
    yield Figure(what, float(np.mean(against)), tries, 0.02, False)


def _contradict(first: pd.Series, second: pd.Series) -> float:
    """Return the share of claims whose decided words differ."""
    decided = (first != Word.UNDECIDED) & (second != Word.UNDECIDED)
    return float(((first != second) & decided).mean())
