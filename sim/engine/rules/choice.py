"""Choosing among options with errors that grow rarer the dearer they are.

The logit response of McKelvey & Palfrey (1995), used as a decision rule as in Signorino (1999):

    P(o) = q_o exp(precision u_o) / sum_o' q_o' exp(precision u_o')

with default weights ``q`` for what an actor does when all options are worth the same.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index, Mask, total

RULED_OUT = 1e30
"""Taken off the score of an option of weight 0: it is never the best, and its exponential is 0."""


def logistic(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), safe for any finite ``x``."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def odds(utility: Array, precision: Array, weights: Array | Index) -> Array:
    """Return the logit response but for the sum below the line: shape ``(options, runs)``.

    Args:
        utility: worth of each option, ``(options, runs)``.
        precision: inverse scale of error, ``(runs,)``, per unit of utility.
        weights: default weights, broadcastable to ``(options, runs)``; 0 rules an option out.
    """
    score = precision * utility
    closed = weights <= 0
    if closed.any():
        score -= np.multiply(closed, RULED_OUT, dtype=score.dtype)
    score -= score.max(axis=0)
    likely: Array = np.exp(score, out=score)
    likely *= weights
    return likely


def choose_by_score(score: Array, uniform: Array) -> Index:
    """Draw one option a run by scores in nats, in which the logs of the weights are counted: index ``(runs,)``.

    ``score`` is used up; at least one option must not be ruled out.
    """
    score -= score.max(axis=0)
    return draw(np.exp(score, out=score), uniform)


def choose(utility: Array, precision: Array, weights: Array | Index, uniform: Array) -> Index:
    """Draw one option a run from the logit response: index ``(runs,)``, one uniform a decision."""
    return draw(odds(utility, precision, weights), uniform)


def draw(weight: Array, uniform: Array) -> Index:
    """Draw one option a run: the first at which the sum of the weights exceeds ``uniform`` times their total.

    An option of weight zero is never drawn.

    Args:
        weight: how likely each option is against the others, ``(options, runs)``.
        uniform: uniform random numbers in [0, 1), ``(runs,)``.
    """
    bar = uniform * total(weight)
    drawn, reached = np.zeros(uniform.shape, dtype=np.min_scalar_type(-len(weight))), np.zeros_like(bar)
    for option in weight[:-1]:
        reached += option
        drawn += reached <= bar
    return drawn


def accepts(utility: Array, precision: Array, uniform: Array) -> Mask:
    """Draw yes or no, yes with the logistic probability of ``precision * utility``."""
    return uniform < logistic(precision * utility)
