"""Verdicts on claims, with all thresholds in one place.

Effects are oriented so that positive is as the claim expects. A claim

- *holds* if its effect is beyond the margin as expected in at least 75% of draws, and beyond it in the opposite
  direction in at most 5%;
- *fails* if its effect is beyond the margin as expected in at most 25% of draws. The verdict says whether there is no
  relevant effect or an opposite one;
- *depends* in between. Uncertain parameters decide, and the verdict names them;
- is *assumption-driven* (code ``echo``) if it holds, but not with a single argued mechanism switched off. The mechanism
  was assumed, so the model adds no evidence;
- is *undecided* if a 95% interval crosses one of these thresholds. The verdict says how many runs would decide.

For ``equal``, the relevant share is that inside the margin. For ``at_least`` and ``at_most``, it is the share that is
not beyond the margin in the opposite direction.

A *quick comparison* uses few runs and must not contradict a larger one. Its intervals are wider. A claim holds only if
the upper end of the opposite share is at most 5%. An effect is significant only at a tenth of the usual level. A claim
that holds stays undecided until its mechanisms are clear.

Many claims are tested at once. An effect is *significant* (holds, depends, assumption-driven, or fails with the
opposite) only if chance alone gives one as large in fewer than 5% of comparisons, over all claims together. The
p-values of the exchange test are adjusted by the method of Holm (1979).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.arguments.effects import Effect, Share, Shares

MOST, FEW, STRAY = 0.75, 0.25, 0.05
"""Shares of draws: a claim holds from the first, fails up to the second, and may be contradicted in the third."""
ERROR_RATE = 0.05
"""Probability that any effect is significant, over all claims together, if there are none."""
LEFT = 0.25
"""A control removes an effect if less than this part of its mean, or less than the margin, remains."""
CLEAR = 3.0
"""Standard errors by which a control must lower the mean effect."""
CAREFUL = 10
"""Factor that divides the error rate in a quick comparison."""
HARDLY_MORE = 20
"""Largest multiple of the runs that is reported as the number that would decide."""
OPPOSITE = "opposite effect"
"""Detail of a claim that fails because the effect is opposite."""
DIFFERENCE = "there is a difference"
"""Detail of a claim of equality that fails."""

Word = Literal["holds", "fails", "depends", "echo", "undecided"]
Expects = Literal["greater", "less", "equal", "at_least", "at_most"]


@dataclass(frozen=True)
class Verdict:
    """The verdict on a claim.

    Attributes:
        word: code of the verdict.
        detail: reason or qualification, in a few words.
        share: share of draws as expected.
        runs: runs per condition that would decide; None if it is decided, or if too many would be needed.
    """

    word: Word
    detail: str
    share: Share
    runs: int | None = None

    def __str__(self) -> str:
        """Return the verdict as it is printed."""
        return f"assumption-driven: {self.detail}" if self.word == "echo" else self.word


def orientation(expects: Expects) -> int:
    """Return 1 if a positive difference is expected, otherwise -1."""
    return -1 if expects in ("less", "at_most") else 1


def as_expected(expects: Expects, spread: Shares) -> Share:
    """Return the share of draws as expected, from oriented shares."""
    if expects == "equal":
        return spread.inside
    if expects in ("at_least", "at_most"):
        below = spread.below
        return Share(1.0 - below.value, 1.0 - below.high, 1.0 - below.low)
    return spread.above


def judge(
    expects: Expects, spread: Shares, chance: float, runs: int, careful: bool = False
) -> Verdict:
    """Return the verdict on a claim before its controls are known.

    Args:
        expects: what the claim expects.
        spread: oriented shares of draws.
        chance: adjusted probability of an effect as large if there is none.
        runs: runs per condition.
        careful: whether this is a quick comparison.
    """
    share = as_expected(expects, spread)
    stray = Share(0.0, 0.0, 0.0) if expects == "equal" else spread.below
    significant = chance < (ERROR_RATE / CAREFUL if careful else ERROR_RATE)
    # These claims expect no opposite effect, so no effect needs to be significant.
    may_hold = significant or expects in ("equal", "at_least", "at_most")
    if share.low >= MOST and (stray.high if careful else stray.value) <= STRAY and may_hold:
        return Verdict("holds", "", share)
    if share.high <= FEW:
        return Verdict("fails", _failing(expects, spread, significant, careful), share)
    settled = share.low > FEW and (share.high < MOST or stray.low > STRAY)
    if settled and significant:
        return Verdict("depends", "", share)
    needed = (
        None if careful else _deciding_runs(share, runs)
    )  # a full comparison has narrower intervals
    return Verdict("undecided", _why_undecided(share, significant, may_hold), share, needed)


def _failing(expects: Expects, spread: Shares, significant: bool, careful: bool) -> str:
    if expects == "equal":
        return DIFFERENCE if significant else "direction unclear"
    below, inside = spread.below, spread.inside
    if careful and any(part.low < MOST <= part.high for part in (below, inside)):
        return "rarely as expected"
    if below.value >= MOST and significant:
        return OPPOSITE
    return "no relevant difference" if inside.value >= MOST else "rarely as expected"


def _why_undecided(share: Share, significant: bool, may_hold: bool) -> str:
    crossed = [f"{text:.0%}" for text in (FEW, MOST) if share.low < text <= share.high]
    if share.low > FEW and not (may_hold if crossed else significant):
        return "chance alone can explain it"
    if not crossed:
        return f"the opposite may hold in more than {STRAY:.0%} of draws"
    return f"the interval includes {' and '.join(crossed)}"


def _deciding_runs(share: Share, runs: int) -> int | None:
    """Return how many runs would move the interval off the threshold, if its width falls with their square root."""
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
        return False  # there is no relevant effect to remove
    left = sign * off.mean
    return (
        left <= max(margin, LEFT * sign * on.mean)
        and sign * difference.mean > CLEAR * difference.error
    )


def may_come_out_otherwise(
    on: Effect, off: Effect, difference: Effect, margin: float, sign: int
) -> bool:
    """Return whether other draws or more runs might change the result of :func:`takes_away`."""
    if sign * on.mean + CLEAR * on.spread_error <= margin:
        return False
    least = max(margin, LEFT * sign * on.mean)
    error = float(np.hypot(off.spread_error, LEFT * on.spread_error))
    gone = sign * off.mean <= least
    return abs(sign * off.mean - least) <= CLEAR * error or (
        gone and sign * difference.mean <= CLEAR * difference.error
    )


def as_echo(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict revised for the mechanisms that each remove the effect if switched off alone."""
    if verdict.word != "holds" or not mechanisms:
        return verdict
    return replace(verdict, word="echo", detail=" and ".join(mechanisms))


def as_open(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict revised for mechanisms that the effect may need, which a quick comparison cannot decide."""
    if verdict.word != "holds" or not mechanisms:
        return verdict
    why = f"as expected, but it may need {' or '.join(mechanisms)}; use a full comparison"
    return replace(verdict, word="undecided", detail=why)
