"""Verdicts on claims, with all thresholds in one place.

Effects are oriented so that positive is as the claim expects. These rules apply in this order.

1. A claim is *untested* if its treatment is delivered in fewer than 5% of runs. Delivered means
   that the fighting, its end, or a measured column differs between the two conditions.
2. It is *undecided* if a 95% interval crosses one of the thresholds below. The verdict says how
   many runs would decide.
3. It *holds* if its effect is beyond the margin as expected in at least 75% of draws, and beyond
   it in the opposite direction in at most 5%. Such a claim becomes *assumption-driven* if it does
   not hold with a single argued mechanism switched off. The mechanism was assumed, so the model
   adds no evidence. It becomes *untestable* if it also holds in its negative control, a documented
   setting in which it should not.
4. It *depends* if the share of draws as expected is between 25% and 75%. Uncertain parameters
   decide, and the verdict names them.
5. Otherwise its effect is as expected in at most 25% of draws. It *fails* if it holds in its
   positive control, a documented setting in which it should certainly hold. If it does not, or
   states no such setting, it is *untestable*: the model cannot produce what the claim says.

For ``equal``, the relevant share is that inside the margin. For ``at_least`` and ``at_most``, it
is the share that is not beyond the margin in the opposite direction.

A *risk ratio* of a rare event is judged over all draws together. The claim holds if the whole 95%
interval is beyond the margin, fails if no part of it is, and is undecided otherwise.

A *quick comparison* uses few runs and must not contradict a larger one. Its intervals are wider.
A claim holds only if the upper end of the opposite share is at most 5%. An effect is significant
only at a tenth of the usual level. A claim that holds stays undecided until its mechanisms are
clear. Delivery and controls use the same runs in every comparison.

Many claims are tested at once. An effect is *significant* (holds, depends, assumption-driven, or
fails with the opposite) only if chance alone gives one as large in fewer than 5% of comparisons,
over all claims together. The p-values are adjusted by the method of Holm (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.arguments.effects import Effect, Share, Shares
from sim.arguments.ratios import RiskRatio
from sim.arguments.words import Expects, Reason, Word

DELIVERED = 0.05
"""Share of runs that a treatment must change, so that its claim is tested."""
MOST = 0.75
FEW = 0.25
STRAY = 0.05
"""Shares of draws: a claim holds from the first and fails up to the second.

It may be contradicted in the third.
"""
ERROR_RATE = 0.05
"""Probability that any effect is significant, over all claims together, if there are none."""
LEFT = 0.25
"""A control removes an effect if less than this part of its mean, or of the margin, remains."""
CLEAR = 3.0
"""Standard errors by which a control must lower the mean effect."""
CAREFUL = 10
"""Factor that divides the error rate in a quick comparison."""
HARDLY_MORE = 20
"""Largest multiple of the runs that is reported as the number that would decide."""
EVENTS = 50
"""Events in both conditions together below which a risk ratio stays undecided."""
ONE_SIDED = (Expects.LESS, Expects.AT_MOST)
BOUNDS = (Expects.AT_LEAST, Expects.AT_MOST)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a reading of a claim.

    Attributes:
        word: the verdict.
        reason: its reason or qualification.
        share: share of draws as expected.
        runs: runs per condition that would decide; None if decided, or if too many are needed.
        mechanisms: mechanisms that the verdict names.
        crossed: thresholds that the interval of an undecided claim crosses.
    """

    word: Word
    reason: Reason
    share: Share
    runs: int | None = None
    mechanisms: tuple[str, ...] = ()
    crossed: tuple[float, ...] = ()


def orientation(expects: Expects) -> int:
    """Return 1 if a positive difference is expected, otherwise -1.

    >>> orientation(Expects.LESS)
    -1
    """
    return -1 if expects in ONE_SIDED else 1


def as_expected(expects: Expects, spread: Shares) -> Share:
    """Return the share of draws as expected, from oriented shares."""
    if expects == Expects.EQUAL:
        return spread.inside
    if expects in BOUNDS:
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
    stray = Share(0.0, 0.0, 0.0) if expects == Expects.EQUAL else spread.below
    significant = is_significant(chance, careful)
    # These claims expect no opposite effect, so no effect needs to be significant.
    may_hold = significant or expects in (Expects.EQUAL, *BOUNDS)
    if share.low >= MOST and (stray.high if careful else stray.value) <= STRAY and may_hold:
        return Verdict(Word.HOLDS, Reason.NONE, share)
    if share.high <= FEW:
        return Verdict(Word.FAILS, _failing(expects, spread, significant, careful), share)
    settled = share.low > FEW and (share.high < MOST or stray.low > STRAY)
    if settled and significant:
        return Verdict(Word.DEPENDS, Reason.NONE, share)
    # A full comparison has narrower intervals, so a quick one cannot say how many runs decide.
    needed = None if careful else _deciding_runs(share, runs)
    crossed = tuple(part for part in (FEW, MOST) if share.low < part <= share.high)
    reason = _why_undecided(share, significant, may_hold, bool(crossed))
    crossed = crossed if reason == Reason.THRESHOLD else ()
    return Verdict(Word.UNDECIDED, reason, share, needed, crossed=crossed)


def is_significant(chance: float, careful: bool) -> bool:
    """Return whether an adjusted p-value is small enough.

    >>> is_significant(0.01, careful=False), is_significant(0.01, careful=True)
    (True, False)
    """
    return chance < (ERROR_RATE / CAREFUL if careful else ERROR_RATE)


def _failing(expects: Expects, spread: Shares, significant: bool, careful: bool) -> Reason:
    if expects == Expects.EQUAL:
        return Reason.DIFFERENCE if significant else Reason.DIRECTION_UNCLEAR
    below = spread.below
    inside = spread.inside
    if careful and any(part.low < MOST <= part.high for part in (below, inside)):
        return Reason.RARELY
    if below.value >= MOST and significant:
        return Reason.OPPOSITE
    return Reason.NO_DIFFERENCE if inside.value >= MOST else Reason.RARELY


def _why_undecided(share: Share, significant: bool, may_hold: bool, crossed: bool) -> Reason:
    if share.low > FEW and not (may_hold if crossed else significant):
        return Reason.CHANCE
    return Reason.THRESHOLD if crossed else Reason.OPPOSITE_POSSIBLE


def _deciding_runs(share: Share, runs: int) -> int | None:
    """Return how many runs would move the interval off the threshold.

    The width of the interval is taken to fall with the square root of the runs.
    """
    needed = 0.0
    for threshold in (FEW, MOST):
        if share.low < threshold <= share.high:
            width = share.high - share.value if threshold > share.value else share.value - share.low
            needed = max(needed, (width / max(abs(threshold - share.value), 1e-3)) ** 2)
    return round(runs * needed) if 1 < needed <= HARDLY_MORE else None


def judge_ratio(ratio: RiskRatio, margin: float, chance: float, careful: bool = False) -> Verdict:
    """Return the verdict on a claim about the risk ratio of a rare event.

    Args:
        ratio: the ratio, with its interval.
        margin: ratio that it must exceed, or stay below if the margin is below 1.
        chance: adjusted probability of a ratio as far from 1 if the risks are equal.
        careful: whether this is a quick comparison.
    """
    share = Share(float("nan"), float("nan"), float("nan"))
    if ratio.events < EVENTS:
        return Verdict(Word.UNDECIDED, Reason.FEW_EVENTS, share)
    turned = ratio if margin > 1 else ratio.turned()
    least = max(margin, 1 / margin)
    if turned.low > least:
        clear = is_significant(chance, careful)
        return Verdict(
            Word.HOLDS if clear else Word.UNDECIDED, Reason.NONE if clear else Reason.CHANCE, share
        )
    if turned.high < least:
        opposite = turned.high < 1 / least
        return Verdict(Word.FAILS, Reason.OPPOSITE if opposite else Reason.RATIO_INSIDE, share)
    return Verdict(Word.UNDECIDED, Reason.RATIO_OPEN, share)


def takes_away(on: Effect, off: Effect, difference: Effect, margin: float, sign: int) -> bool:
    """Return whether a control removes the effect of a claim.

    Args:
        on: the effect, over the runs that the control has too.
        off: the effect under the control.
        difference: the first less the second, with common random numbers.
        margin: smallest difference that counts.
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


def as_assumption_driven(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict revised for the mechanisms that each remove the effect."""
    if verdict.word != Word.HOLDS or not mechanisms:
        return verdict
    return replace(
        verdict, word=Word.ASSUMPTION_DRIVEN, reason=Reason.MECHANISM, mechanisms=mechanisms
    )


def as_open(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict revised for mechanisms that a quick comparison cannot decide on."""
    if verdict.word != Word.HOLDS or not mechanisms:
        return verdict
    return replace(verdict, word=Word.UNDECIDED, reason=Reason.MAY_NEED, mechanisms=mechanisms)


def as_tested(
    verdict: Verdict,
    delivered: float | None,
    reached: float | None,
    positive: bool | None,
    negative: bool | None,
) -> Verdict:
    """Return a verdict revised for delivery and for the settings with a known result.

    A claim does not fail because the treatment hardly ever reaches what is measured.

    Args:
        verdict: verdict before them.
        delivered: share of runs that the treatment changed; None for a single condition.
        reached: share of runs in which it changed what is measured; None for a single condition
            and for rare events, which few runs have.
        positive: whether the claim holds in its positive control; None if it states none.
        negative: whether the claim holds in its negative control; None if it states none.

    >>> failing = Verdict(Word.FAILS, Reason.NO_DIFFERENCE, Share(0.1, 0.0, 0.2))
    >>> as_tested(failing, 0.5, 0.5, None, None).word
    <Word.UNTESTABLE: 'untestable'>
    """
    if delivered is not None and delivered < DELIVERED:
        return _without_mechanisms(verdict, Word.UNTESTED, Reason.NOT_DELIVERED)
    if verdict.word == Word.FAILS and reached is not None and reached < DELIVERED:
        return _without_mechanisms(verdict, Word.UNTESTED, Reason.NOT_REACHED)
    if verdict.word == Word.FAILS and not positive:
        reason = Reason.NO_CONTROL if positive is None else Reason.CONTROL_FAILS
        return _without_mechanisms(verdict, Word.UNTESTABLE, reason)
    if verdict.word in (Word.HOLDS, Word.ASSUMPTION_DRIVEN) and negative:
        return _without_mechanisms(verdict, Word.UNTESTABLE, Reason.CANNOT_FAIL)
    return verdict


def _without_mechanisms(verdict: Verdict, word: Word, reason: Reason) -> Verdict:
    return replace(verdict, word=word, reason=reason, runs=None, mechanisms=(), crossed=())


def of_claim(readings: Sequence[Word]) -> Word:
    """Return the verdict on a claim from the verdicts on its readings.

    A claim is split if two decided readings differ. An undecided reading leaves a claim undecided.

    >>> of_claim([Word.HOLDS, Word.FAILS]), of_claim([Word.HOLDS, Word.UNDECIDED])
    (<Word.SPLIT: 'split'>, <Word.UNDECIDED: 'undecided'>)
    """
    decided = {word for word in readings if word != Word.UNDECIDED}
    if len(decided) > 1:
        return Word.SPLIT
    return Word.UNDECIDED if Word.UNDECIDED in readings else decided.pop()
