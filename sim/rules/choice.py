"""Choosing among options with errors that grow rarer the dearer they are.

The logit response of McKelvey & Palfrey (1995), used as a decision rule as in Signorino (1999):

    P(o) = q_o exp(precision u_o) / sum_o' q_o' exp(precision u_o')

with default weights ``q`` for what an actor does when all options are worth the same.
"""

from __future__ import annotations

import numpy as np

from sim.rules import Array, Index, Mask


def logistic(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), safe for any finite ``x``."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def probabilities(utility: Array, precision: Array, weights: Array | Mask) -> Array:
    """Return the logit response: shape ``(options, runs)``, each column sums to one.

    Args:
        utility: worth of each option, ``(options, runs)``.
        precision: inverse scale of error, ``(runs,)``, per unit of utility.
        weights: default weights, broadcastable to ``(options, runs)``; 0 rules an option out.
    """
    score = precision * utility
    score = score - np.max(np.where(weights > 0, score, -np.inf), axis=0)
    odds = weights * np.exp(np.minimum(score, 0.0))
    return odds / odds.sum(axis=0)


def choose(utility: Array, precision: Array, weights: Array | Mask, uniform: Array) -> Index:
    """Draw one option a run from the logit response: index ``(runs,)``, one uniform a decision."""
    return draw(probabilities(utility, precision, weights), uniform)


def draw(probability: Array, uniform: Array) -> Index:
    """Draw one option a run: the first whose cumulative ``probability`` exceeds ``uniform``.

    An option of probability zero is never drawn.
    """
    cumulative = np.cumsum(probability, axis=0)
    return np.argmax(cumulative > uniform * cumulative[-1], axis=0)


def accepts(utility: Array, precision: Array, uniform: Array) -> Mask:
    """Draw yes or no, yes with the logistic probability of ``precision * utility``."""
    return uniform < logistic(precision * utility)
