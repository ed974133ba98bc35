"""The main table of the report of a comparison: one row for each claim, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.arguments import sentences, wording
from sim.arguments.reader import rows_by
from sim.arguments.words import VERBS, Word
from sim.io.text import count, sentence_case

ONE_AND_MANY = {
    word: VERBS[word]
    for word in (
        *(Word.HOLDS, Word.FAILS, Word.DEPENDS, Word.ASSUMPTION_DRIVEN, Word.UNDECIDED),
        *(Word.UNTESTED, Word.UNTESTABLE, Word.SPLIT),
    )
}
"""Verdicts as verbs, in the order of the report."""
DECIDED = (Word.HOLDS, Word.FAILS)


@dataclass(frozen=True)
class Judged:
    """One claim and its verdict.

    Attributes:
        id: id of the claim.
        says: the claim in words.
        verdict: the verdict in words.
        kind: ``holds``, ``fails`` or ``other``, for its mark.
        readings: verdict and result of each reading, in words.
    """

    id: str
    says: str
    verdict: str
    kind: str
    readings: tuple[tuple[str, str], ...]


def judged(table: pd.DataFrame) -> Iterator[Judged]:
    """Yield the claims of a table of verdicts, in its order."""
    for claim, rows in rows_by("claim_id", table).items():
        first = rows[0]
        word = Word(first["claim_word"])
        yield Judged(
            id=claim,
            says=str(first["says"]),
            verdict=str(first["claim_verdict"]),
            kind=str(word) if word in DECIDED else "other",
            readings=tuple(_reading(row, len(rows)) for row in rows),
        )


def _reading(row: dict[str, Any], readings: int) -> tuple[str, str]:
    """Return the verdict on a reading and what the simulations give for it."""
    coder = f"{row['coder']}: " if readings > 1 else ""
    parts = (sentence_case(sentences.comparison_of(row)), sentences.shares_of(row))
    result = " ".join(f"{part}." for part in parts if part)
    return sentence_case(f"{coder}{wording.with_reason(row)}"), result


def in_short(claims: Sequence[Judged], table: pd.DataFrame) -> str:
    """Return how many claims got each verdict, in one sentence.

    Args:
        claims: the claims.
        table: the table of verdicts.
    """
    by_claim = table.drop_duplicates("claim_id")["claim_word"]
    counted = Counter(Word(word) for word in by_claim)
    parts = [
        f"{counted[word]} {one if counted[word] == 1 else many}"
        for word, (one, many) in ONE_AND_MANY.items()
        if counted[word]
    ]
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return f"Of {count(len(claims), 'claim')}, {listed}." if claims else "No claim was judged."
