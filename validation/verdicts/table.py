"""Figures with the bound that each must keep, as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Figure:
    """A measured share.

    Attributes:
        what: what was measured.
        share: the share.
        tries: number of tries.
        bound: bound that the share must keep.
        at_least: whether the bound is a lower one.
    """

    what: str
    share: float
    tries: int
    bound: float
    at_least: bool = True

    @property
    def kept(self) -> bool:
        """Whether the share keeps its bound."""
        return self.share >= self.bound if self.at_least else self.share <= self.bound

    def clearly_broken(self, reach: float = 2.0) -> bool:
        """Return whether the share breaks its bound by more than some standard errors."""
        slack = reach * sqrt(self.bound * (1 - self.bound) / max(self.tries, 1))
        if self.at_least:
            return self.share < self.bound - slack
        return self.share > self.bound + slack

    @property
    def row(self) -> str:
        """The figure as a row of a table."""
        side = "at least" if self.at_least else "at most"
        kept = "yes" if self.kept else "**no**"
        return (
            f"| {self.what} | {self.share:.1%} | {self.tries} | {side} {self.bound:.0%} | {kept} |"
        )


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a Markdown table."""
    head = ["| measured | share | tries | bound | kept |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(figure.row for figure in figures)])
