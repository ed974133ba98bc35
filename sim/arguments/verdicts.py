"""Verdicts: every threshold by which a claim is judged, in one place.

An effect is oriented so that above 0 is what the claim expects. The claim is

- *holds* where its effect lies beyond the margin as expected in at least three quarters of the draws, and beyond it the
  other way in at most a twentieth;
- *fails* where that is so in at most a quarter of the draws. Either nothing moves by what counts, or it moves the other
  way, and the verdict says which;
- *depends* in between: what the coding leaves open decides, and the verdict names the values that do;
- *echo* where it holds, but hardly does once a single argued mechanism is off: then it was put in with that mechanism,
  and the model has found nothing;
- *undecided* where an interval of 95% crosses one of these thresholds; the number of runs is told that would decide.

For ``equal`` what counts is the share inside the margin, and for ``at_least`` the share not beyond it the other way.

A *first look* plays few runs, and must not say what a larger comparison would take back. So it is careful. Its
intervals are wider. A claim holds only if the upper end of the share that contradicts it is at most a twentieth. An
effect is called only if it is ten times less likely by chance. What holds is undecided until it is clear what it rests
on.

Many claims are many chances to be wrong. *An effect is called* (holds, depends, echo, or fails with the opposite)
only where chance alone would bring one as large in fewer than 5 of 100 comparisons taken *together*: the chances of the
exchange test are adjusted by the method of Holm (1979) for the number of claims judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.arguments.effects import Effect, Share, Shares

MOST, FEW, STRAY = 0.75, 0.25, 0.05
"""Shares of draws: a claim holds from the first on, fails up to the second, and may be contradicted in the third."""
ERROR_RATE = 0.05
"""Chance that any effect at all is called, among all claims judged together, where there is none."""
LEFT = 0.25
"""A control takes an effect away where less than this part of its mean is left, or less than the margin."""
CLEAR = 3.0
"""Standard errors by which a control must lower the mean effect, for that not to be chance."""
CAREFUL = 10
"""Divides the error rate in a first look."""
HARDLY_MORE = 20
"""Multiple of the runs beyond which it is not worth saying how many would decide."""

Word = Literal["holds", "fails", "depends", "echo", "undecided"]
Expects = Literal["greater", "less", "equal", "at_least", "at_most"]


@dataclass(frozen=True)
class Verdict:
    """What is said of a claim.

    Attributes:
        word: the verdict.
        detail: what else is to be said, in a few words.
        share: of draws that go the way the claim expects.
        runs: that would decide, a condition; None where it is decided, or where too many would be needed.
    """

    word: Word
    detail: str
    share: Share
    runs: int | None = None

    def __str__(self) -> str:
        """Return the verdict as it is printed."""
        return f"echo of {self.detail}" if self.word == "echo" else self.word


def orientation(expects: Expects) -> int:
    """Return 1 where a difference above 0 is what is expected, else -1."""
    return -1 if expects in ("less", "at_most") else 1


def as_expected(expects: Expects, spread: Shares) -> Share:
    """Return the share of draws that go the expected way, given shares that are oriented already."""
    if expects == "equal":
        return spread.inside
    if expects in ("at_least", "at_most"):
        below = spread.below
        return Share(1.0 - below.value, 1.0 - below.high, 1.0 - below.low)
    return spread.above


def judge(expects: Expects, spread: Shares, chance: float, runs: int, careful: bool = False) -> Verdict:
    """Return the verdict on a claim before its controls are known.

    Args:
        expects: what the claim expects.
        spread: shares of draws, oriented.
        chance: adjusted chance of an effect as large where there is none.
        runs: a condition was played with.
        careful: whether this is a first look.
    """
    share = as_expected(expects, spread)
    stray = Share(0.0, 0.0, 0.0) if expects == "equal" else spread.below
    called = chance < (ERROR_RATE / CAREFUL if careful else ERROR_RATE)
    # What is expected of these is that nothing moves the wrong way: no effect need be called for that.
    may_hold = called or expects in ("equal", "at_least", "at_most")
    if share.low >= MOST and (stray.high if careful else stray.value) <= STRAY and may_hold:
        return Verdict("holds", "", share)
    if share.high <= FEW:
        return Verdict("fails", _failing(expects, spread, called, careful), share)
    settled = share.low > FEW and (share.high < MOST or stray.low > STRAY)
    if settled and called:
        return Verdict("depends", "", share)
    needed = None if careful else _deciding_runs(share, runs)  # a full comparison decides by narrower intervals
    return Verdict("undecided", _why_undecided(share, called, may_hold), share, needed)


def _failing(expects: Expects, spread: Shares, called: bool, careful: bool) -> str:
    if expects == "equal":
        return "there is a difference" if called else "no telling which way"
    below, inside = spread.below, spread.inside
    if careful and any(part.low < MOST <= part.high for part in (below, inside)):
        return "seldom as expected"
    if below.value >= MOST and called:
        return "the opposite"
    return "no difference that counts" if inside.value >= MOST else "hardly ever"


def _why_undecided(share: Share, called: bool, may_hold: bool) -> str:
    crossed = [f"{text:.0%}" for text in (FEW, MOST) if share.low < text <= share.high]
    if share.low > FEW and not (may_hold if crossed else called):
        return "chance alone could have brought it"
    if not crossed:
        return f"the opposite may hold in more than {STRAY:.0%}"
    return f"on either side of {' and '.join(crossed)}"


def _deciding_runs(share: Share, runs: int) -> int | None:
    """Return how many runs would move the interval off the threshold, if its width falls with their root."""
    needed = 0.0
    for threshold in (FEW, MOST):
        if share.low < threshold <= share.high:
            width = share.high - share.value if threshold > share.value else share.value - share.low
            needed = max(needed, (width / max(abs(threshold - share.value), 1e-3)) ** 2)
    return round(runs * needed) if 1 < needed <= HARDLY_MORE else None


def takes_away(on: Effect, off: Effect, difference: Effect, margin: float, sign: int) -> bool:
    """Whether a control takes a claim's effect away.

    Args:
        on: the effect, over the runs that the control has too.
        off: the effect under the control.
        difference: the first less the second, pair by pair of the same luck.
        margin: difference that counts.
        sign: 1 or -1, as the claim expects.
    """
    if sign * on.mean <= margin:
        return False  # there is nothing that counts to take away
    left = sign * off.mean
    return left <= max(margin, LEFT * sign * on.mean) and sign * difference.mean > CLEAR * difference.error


def may_come_out_otherwise(on: Effect, off: Effect, difference: Effect, margin: float, sign: int) -> bool:
    """Whether other draws and more runs might say otherwise about what :func:`takes_away` says."""
    if sign * on.mean + CLEAR * on.spread_error <= margin:
        return False
    least = max(margin, LEFT * sign * on.mean)
    error = float(np.hypot(off.spread_error, LEFT * on.spread_error))
    gone = sign * off.mean <= least
    return abs(sign * off.mean - least) <= CLEAR * error or (
        gone and sign * difference.mean <= CLEAR * difference.error
    )


def as_echo(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict in the light of the mechanisms each of which, switched off alone, takes the effect away."""
    if verdict.word != "holds" or not mechanisms:
        return verdict
    return replace(verdict, word="echo", detail=" and of ".join(mechanisms))


def as_open(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict in the light of the mechanisms that a first look cannot say whether the effect needs."""
    if verdict.word != "holds" or not mechanisms:
        return verdict
    why = f"as expected; a full comparison tells whether it rests on {' or '.join(mechanisms)}"
    return replace(verdict, word="undecided", detail=why)
