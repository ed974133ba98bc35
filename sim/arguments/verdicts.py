"""Verdicts on claims, with all thresholds in one place.

Effects are oriented so that positive is as the claim expects. Every threshold is compared with a
95% interval over draws, never with an estimate. A claim whose interval includes a threshold stays
undecided. These rules apply in this order.

1. A claim is *untested* if its treatment is delivered in fewer than 5% of runs. Delivered means
   that the fighting, its end, or a measured column differs between the two conditions. A claim
   that would fail is untested too if its measure changes materially in fewer than 5% of runs.
2. It *holds* if its effect is beyond the margin as expected in at least 75% of draws, and beyond
   it in the opposite direction in at most 10%. Such a claim becomes *assumption-driven* if it does
   not hold with a single mechanism switched off. The mechanism was assumed, so the model adds no
   evidence. It becomes *untestable* if it also holds in its negative control, a documented setting
   in which it should not.
3. It *depends* if the share of draws as expected is between 25% and 75%, or if more than 10% of
   draws show the opposite. Uncertain parameters decide.
4. Its effect is as expected in at most 25% of draws. It *fails* if it holds in its positive
   control, a documented setting in which it should certainly hold. If it does not, or states no
   such setting, it is *untestable*: the model cannot produce what the claim says.
5. Otherwise it is *undecided*. The verdict says how many runs would decide, or that 16 times as
   many would not, if either can be predicted.

For ``equal``, the relevant share is that inside the margin. For ``at_least`` and ``at_most``, it
is the share that is not beyond the margin in the opposite direction.

A *risk ratio* of a rare event is judged over all draws together. The claim holds if the whole 95%
interval is beyond the margin, fails if no part of it is, and is undecided otherwise. A setting with
a known result is judged by the interval of its mean effect in the same way.

A *quick comparison* is a smaller one under the same rules. Its intervals are wider, so it leaves
more claims undecided.

Many claims are tested at once. An effect is *significant* (holds, depends, assumption-driven, or
fails with the opposite) only if chance alone gives one as large in fewer than 5% of comparisons,
over all claims together. The p-values are adjusted by the method of Holm (1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.arguments.chance import mean_test
from sim.arguments.effects import Effect
from sim.arguments.intervals import limits
from sim.arguments.ratios import RiskRatio
from sim.arguments.shares import NO_SHARE, Share, Shares, shares
from sim.arguments.words import Bound, Expects, Reason, Word

Array = NDArray[np.float64]

DELIVERED = 0.05
"""Share of runs that a treatment must change, so that its claim is tested."""
MATERIAL = 0.1
"""Part of the margin that the change of a measure in a run must reach to be material."""
MOST = 0.75
FEW = 0.25
STRAY = 0.10
"""Shares of draws: a claim holds from the first, and fails up to the second.

A claim that holds is contradicted in at most the third.
"""
DEFINED = 0.5
"""Share of draws in which the measure must be defined."""
ERROR_RATE = 0.05
"""Probability that any effect is significant, over all claims together, if there are none."""
LEFT = 0.25
"""A control removes an effect if less than this part of its mean, or of the margin, remains."""
MORE = (4, 16)
"""Multiples of the runs for which a verdict is predicted."""
FEWEST = 8
"""Replicates below which no number of runs is predicted."""
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
        bound: what keeps an undecided claim from being decided by more runs.
        mechanisms: mechanisms that the verdict names.
        crossed: thresholds that the interval of an undecided claim crosses.
        defined: number of draws that define the measure, and of all draws, if they are too few.
    """

    word: Word
    reason: Reason
    share: Share
    runs: int | None = None
    bound: Bound = Bound.NONE
    mechanisms: tuple[str, ...] = ()
    crossed: tuple[float, ...] = ()
    defined: tuple[int, int] | None = None


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


def judge(expects: Expects, spread: Shares, chance: float) -> Verdict:
    """Return the verdict on a claim before its controls are known.

    Args:
        expects: what the claim expects.
        spread: oriented shares of draws.
        chance: adjusted probability of an effect as large if there is none.

    >>> nearly_all, none = Share(0.95, 0.9, 1.0), Share(0.0, 0.0, 0.03)
    >>> judge(Expects.GREATER, Shares(nearly_all, none, none), 0.001).word
    <Word.HOLDS: 'holds'>
    """
    share = as_expected(expects, spread)
    # ``equal`` has no opposite
    opposite = Share(0.0, 0.0, 0.0) if expects == Expects.EQUAL else spread.below
    significant = chance < ERROR_RATE
    # these claims expect no effect, so no effect needs to be significant
    may_hold = significant or expects in (Expects.EQUAL, *BOUNDS)
    if share.low >= MOST and opposite.high <= STRAY and may_hold:
        return Verdict(Word.HOLDS, Reason.NONE, share)
    if share.high <= FEW:
        return Verdict(Word.FAILS, _failing(expects, spread, significant), share)
    in_between = share.low > FEW and (share.high < MOST or opposite.low > STRAY)
    if in_between and significant:
        return Verdict(Word.DEPENDS, Reason.NONE, share)
    crossed = tuple(part for part in (FEW, MOST) if share.low < part <= share.high)
    reason = _why_undecided(share, significant, may_hold, bool(crossed))
    crossed = crossed if reason == Reason.THRESHOLD else ()
    return Verdict(Word.UNDECIDED, reason, share, crossed=crossed)


def is_close(expects: Expects, spread: Shares, errors: Array, chance: float) -> bool:
    """Return whether other random numbers may well give another verdict.

    They may if it changes when the ends of all intervals move by one standard error.

    Args:
        expects: what the claim expects.
        spread: oriented shares of draws.
        errors: standard errors of the ends, see :func:`~sim.arguments.shares.errors_of_ends`.
        chance: adjusted probability of an effect as large if there is none.
    """
    outwards = errors * np.array([-1.0, 1.0])
    accounts = (spread, spread.moved(outwards), spread.moved(-outwards))
    return len({judge(expects, account, chance).word for account in accounts}) > 1


def _failing(expects: Expects, spread: Shares, significant: bool) -> Reason:
    if expects == Expects.EQUAL:
        return Reason.DIFFERENCE if significant else Reason.DIRECTION_UNCLEAR
    if spread.below.low >= MOST and significant:
        return Reason.OPPOSITE
    return Reason.NO_DIFFERENCE if spread.inside.low >= MOST else Reason.RARELY


def _why_undecided(share: Share, significant: bool, may_hold: bool, crossed: bool) -> Reason:
    if share.low > FEW and not (may_hold if crossed else significant):
        return Reason.CHANCE
    return Reason.THRESHOLD if crossed else Reason.OPPOSITE_POSSIBLE


def undefined(defined: int, draws: int) -> Verdict:
    """Return the verdict on a claim whose measure is defined in too few draws."""
    share = Share(float("nan"), 0.0, 1.0)
    return Verdict(Word.UNDECIDED, Reason.UNDEFINED, share, defined=(defined, draws))


def with_runs(
    verdict: Verdict, expects: Expects, found: Effect, margin: float, runs: int, claims: int
) -> Verdict:
    """Return an undecided verdict with the number of runs that would decide it.

    Two accounts of the true effects get the noise that more runs would leave, and are judged again.
    A number is named if both leave the claim undecided now, and both give it one verdict with half
    of that number, to be on the safe side. If both leave it undecided with the largest multiple,
    more runs are not worth while. Otherwise nothing is predicted.

    Args:
        verdict: the verdict.
        expects: what the claim expects.
        found: the effect, oriented.
        margin: smallest relevant difference.
        runs: runs per condition.
        claims: number of tests over which p-values are adjusted.
    """
    if verdict.word != Word.UNDECIDED or found.replicates < FEWEST:
        return verdict
    accounts = found.accounts()

    def words(times: float) -> set[Word]:
        """Return the verdicts that a multiple of the runs would give under the accounts."""
        later = [found.later(true, times) for true in accounts]
        chances = [min(1.0, 2 * claims * mean_test(effect)) for effect in later]
        return {
            judge(expects, shares(effect, margin), chance).word
            for effect, chance in zip(later, chances, strict=True)
        }

    undecided = {Word.UNDECIDED}
    if words(MORE[-1]) == undecided:
        return replace(verdict, bound=Bound.RUNS)
    if words(1) != undecided:
        return verdict
    for times in MORE:
        predicted = words(times / 2)
        if len(predicted) == 1 and predicted != undecided:
            return replace(verdict, runs=runs * times)
    return verdict


def judge_ratio(ratio: RiskRatio, margin: float, chance: float) -> Verdict:
    """Return the verdict on a claim about the risk ratio of a rare event.

    Args:
        ratio: the ratio, with its interval.
        margin: ratio that it must exceed, or stay below if the margin is below 1.
        chance: adjusted probability of a ratio as far from 1 if the risks are equal.
    """
    share = NO_SHARE
    if ratio.events < EVENTS:
        return Verdict(Word.UNDECIDED, Reason.FEW_EVENTS, share)
    turned = ratio if margin > 1 else ratio.turned()
    least = max(margin, 1 / margin)
    if turned.low > least:
        clear = chance < ERROR_RATE
        return Verdict(
            Word.HOLDS if clear else Word.UNDECIDED, Reason.NONE if clear else Reason.CHANCE, share
        )
    if turned.high < least:
        opposite = turned.high < 1 / least
        return Verdict(Word.FAILS, Reason.OPPOSITE if opposite else Reason.RATIO_INSIDE, share)
    return Verdict(Word.UNDECIDED, Reason.RATIO_OPEN, share)


def can_have_events(ratio: RiskRatio, times: float) -> bool:
    """Return whether a multiple of the runs may well have enough events for a verdict.

    The number of events that are expected is at most ``n + 2 sqrt(n) + 3`` after ``n`` were seen:
    an approximate 95% limit, which is the rule of three for none.
    """
    at_most = ratio.events + 2.0 * np.sqrt(ratio.events) + 3.0
    return bool(at_most * times >= EVENTS)


def outside(expects: Expects, values: Array, margin: float, least: float = 0.0) -> bool | None:
    """Return whether a mean effect lies where the claim does not expect it.

    Args:
        expects: what the claim expects.
        values: oriented effects, one per draw.
        margin: smallest relevant difference.
        least: smallest effect that a single pair of runs makes in a draw.

    Returns:
        None if the interval of the mean includes the border.

    >>> clear = np.full(64, 0.3)
    >>> outside(Expects.GREATER, clear, 0.1), outside(Expects.EQUAL, clear, 0.1)
    (False, True)
    """
    low, high = limits(values, least)
    if expects == Expects.EQUAL:
        return _sides(low > margin or high < -margin, low >= -margin and high <= margin)
    border = -margin if expects in BOUNDS else margin
    return _sides(high < border if expects in BOUNDS else high <= border, low >= border)


def _sides(yes: bool, no: bool) -> bool | None:
    return True if yes else False if no else None


def takes_away(expects: Expects, on: Array, off: Array, margin: float, least: float) -> bool | None:
    """Return whether a control removes what a claim expects.

    An effect is removed if its mean falls to the margin, or to a quarter of what it was. That
    there is no effect, or none in the opposite direction, is removed if the mean moves beyond the
    margin.

    Args:
        expects: what the claim expects.
        on: oriented effects without the control, one per draw.
        off: oriented effects with it, for the same draws.
        margin: smallest relevant difference.
        least: smallest effect that a single pair of runs makes in a draw.

    Returns:
        None if the interval allows both.
    """
    absolute = outside(expects, off, margin, least)
    if expects in (Expects.EQUAL, *BOUNDS):
        return absolute
    relative = outside(expects, off - LEFT * on, 0.0, least)
    if absolute or relative:
        return True
    return False if absolute is False and relative is False else None


def as_assumption_driven(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict revised for the mechanisms that each remove the effect."""
    if verdict.word != Word.HOLDS or not mechanisms:
        return verdict
    return replace(
        verdict, word=Word.ASSUMPTION_DRIVEN, reason=Reason.MECHANISM, mechanisms=mechanisms
    )


def as_open(verdict: Verdict, mechanisms: tuple[str, ...]) -> Verdict:
    """Return a verdict revised for mechanisms that it may need."""
    if verdict.word != Word.HOLDS or not mechanisms:
        return verdict
    return replace(verdict, word=Word.UNDECIDED, reason=Reason.MAY_NEED, mechanisms=mechanisms)


def as_tested(
    verdict: Verdict,
    delivered: Share | None,
    reached: Share | None,
    positive: bool | None,
    negative: bool | None,
    stated: tuple[bool, bool] = (True, True),
) -> Verdict:
    """Return a verdict revised for delivery and for the settings with a known result.

    A claim does not fail because the treatment hardly ever reaches what is measured.

    Args:
        verdict: verdict before them.
        delivered: share of runs that the treatment changes; None for a single condition.
        reached: share of runs in which it changes the measure materially; None for a single
            condition and for rare events, which few runs have.
        positive: whether the claim holds in its positive control; None if that is unclear.
        negative: whether the claim holds in its negative control; None if that is unclear.
        stated: whether it states a positive and a negative control.

    >>> failing = Verdict(Word.FAILS, Reason.NO_DIFFERENCE, Share(0.1, 0.0, 0.2))
    >>> as_tested(failing, None, None, None, None, (False, False)).word
    <Word.UNTESTABLE: 'untestable'>
    """
    fails = verdict.word == Word.FAILS
    for share, reason in ((delivered, Reason.NOT_DELIVERED), (reached, Reason.NOT_REACHED)):
        if share is None or (reason == Reason.NOT_REACHED and not fails):
            continue
        if share.high < DELIVERED:
            return _without_mechanisms(verdict, Word.UNTESTED, reason)
        if share.low < DELIVERED and verdict.word != Word.UNDECIDED:
            return _without_mechanisms(verdict, Word.UNDECIDED, Reason.DELIVERY_OPEN)
    if fails and not stated[0]:
        return _without_mechanisms(verdict, Word.UNTESTABLE, Reason.NO_CONTROL)
    if fails and positive is False:
        return _without_mechanisms(verdict, Word.UNTESTABLE, Reason.CONTROL_FAILS)
    if fails and positive is None:
        return _without_mechanisms(verdict, Word.UNDECIDED, Reason.CONTROL_OPEN)
    if verdict.word in (Word.HOLDS, Word.ASSUMPTION_DRIVEN) and stated[1] and negative is not False:
        if negative:
            return _without_mechanisms(verdict, Word.UNTESTABLE, Reason.CANNOT_FAIL)
        return _without_mechanisms(verdict, Word.UNDECIDED, Reason.CONTROL_OPEN)
    return verdict


def _without_mechanisms(verdict: Verdict, word: Word, reason: Reason) -> Verdict:
    return replace(
        verdict, word=word, reason=reason, runs=None, bound=Bound.NONE, mechanisms=(), crossed=()
    )


def of_claim(readings: Sequence[Word]) -> Word:
    """Return the verdict on a claim from the verdicts on its readings.

    A claim is split if two decided readings differ. An undecided reading leaves a claim undecided.
    Readings that are untested or untestable say nothing, so they count only if no other one does.

    >>> of_claim([Word.HOLDS, Word.FAILS]), of_claim([Word.HOLDS, Word.UNDECIDED])
    (<Word.SPLIT: 'split'>, <Word.UNDECIDED: 'undecided'>)
    >>> of_claim([Word.UNTESTED, Word.FAILS])
    <Word.FAILS: 'fails'>
    """
    telling = [word for word in readings if word not in (Word.UNTESTED, Word.UNTESTABLE)]
    decided = {word for word in telling or readings if word != Word.UNDECIDED}
    if len(decided) > 1:
        return Word.SPLIT
    return Word.UNDECIDED if Word.UNDECIDED in telling else decided.pop()
