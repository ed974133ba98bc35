"""The most surprising verdicts, and what they rest on, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.arguments.sentences import comparison_of, shares_of
from sim.arguments.texts import driver_of
from sim.arguments.words import Kind, Reason, Word

SURPRISES = 3
"""Number of verdicts that are named."""


def most_surprising(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of the most surprising verdicts, one for each claim.

    All readings of such a claim have the same verdict. Among equals, those with the most draws
    without a difference come first.
    """
    called = table[(table["surprise"] > 0) & (table["word"] == table["claim_word"])]
    ranked = called.sort_values(["surprise", "inside"], ascending=False, kind="stable")
    return ranked.drop_duplicates("claim_id").head(SURPRISES).to_dict("records")


def surprise(row: dict[str, Any]) -> str:
    """Return a claim, its verdict and what the verdict rests on, in words.

    Args:
        row: row of the table of verdicts.
    """
    shares = shares_of(row)
    expected = f" {shares}." if shares else ""
    driver = driver_of(row)
    driven = f" Main driver without assumptions: {driver}." if driver != "-" else ""
    return (
        f"{row['says']} It {_worded(row)}: {comparison_of(row)}.{expected}{_resting(row)}{driven}"
    )


def _resting(row: dict[str, Any]) -> str:
    """Return what a verdict rests on: mechanisms, or a positive control in which it would hold."""
    if row["word"] == Word.DEPENDS:
        return ""  # its drivers decide
    if row["word"] == Word.FAILS:
        found = _needs(row) if _has_effect(row) else ""
        return f"{found} It would hold in this setting: {row['positive_why']}"
    return _needs(row) or " It survives every control."


def _has_effect(row: dict[str, Any]) -> bool:
    """Return whether a failing claim shows an effect that can need a mechanism."""
    return row["reason"] != Reason.NO_DIFFERENCE


def _needs(row: dict[str, Any]) -> str:
    """Return which mechanisms an effect needs; empty if it needs none."""
    if row["needs_kind"] == Kind.ALL:
        return " The effect vanishes with all argued mechanisms off, but with no smaller set."
    has_needs = isinstance(row["rests_on"], str) and row["rests_on"]
    return f" The effect needs {row['rests_on']}." if has_needs else ""


def _worded(row: dict[str, Any]) -> str:
    if row["word"] in (Word.ASSUMPTION_DRIVEN, Word.UNDECIDED):
        return f"is {row['verdict']}"
    return f"{row['verdict']} ({row['detail']})" if row["detail"] else str(row["verdict"])
