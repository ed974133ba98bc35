"""Choosing among options with errors: the costlier an error, the less often it occurs.

The rule is the logit response of McKelvey & Palfrey (1995), used as a decision rule as in Signorino
(1999)::

    P(o) = q_o exp(precision u_o) / sum_o' q_o' exp(precision u_o')

The default weights ``q`` say what an actor does when all options have the same utility.
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index, Mask, total

RULED_OUT = 1e30
"""The score of an excluded option falls to minus this, so that its exponential is 0."""


def logistic(x: Array) -> Array:
    """Return ``1 / (1 + exp(-x))`` for any finite ``x``.

    ``tanh`` does not overflow, whereas ``exp`` does.

    >>> logistic(np.array([-1e9, 0.0, 1e9]))
    array([0. , 0.5, 1. ])
    """
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def rule_out(score: Array, where: Mask) -> None:
    """Exclude options in some runs, by their scores.

    Args:
        score: score of each option, in nats, ``(options, runs)``; updated in place.
        where: where an option is closed, ``(options, runs)``.
    """
    np.copyto(score, -RULED_OUT, where=where)


def choose(score: Array, uniform: Array) -> Index:
    """Draw one option a run by logit response: index, ``(runs,)``.

    Args:
        score: ``ln q + precision u`` of each option, in nats, ``(options, runs)``; overwritten. At
            least one option must be allowed.
        uniform: random numbers in [0, 1), ``(runs,)``.
    """
    score -= score.max(axis=0)
    return draw(np.exp(score, out=score), uniform)


def draw(weight: Array, uniform: Array) -> Index:
    """Draw one option a run by weight: index, ``(runs,)``.

    It is the first option at which the cumulative weight exceeds ``uniform`` times the total
    weight. An option of weight 0 is never drawn.

    Args:
        weight: relative weight of each option, ``(options, runs)``.
        uniform: random numbers in [0, 1), ``(runs,)``.

    >>> draw(np.array([[1.0, 1.0], [3.0, 3.0]]), np.array([0.2, 0.3]))
    array([0, 1], dtype=int8)
    """
    threshold = uniform * total(weight)
    drawn = np.zeros(uniform.shape, dtype=np.min_scalar_type(-len(weight)))
    cumulative = np.zeros_like(threshold)
    for option in weight[:-1]:
        cumulative += option
        drawn += (cumulative <= threshold).view(np.int8)
    return drawn


def accepts(utility: Array, precision: Array, uniform: Array) -> Mask:
    """Draw yes or no in each run; yes has the probability ``logistic(precision utility)``.

    >>> accepts(np.array([1.0, -1.0]), np.array([9.0, 9.0]), np.array([0.5, 0.5]))
    array([ True, False])
    """
    return uniform < logistic(precision * utility)
