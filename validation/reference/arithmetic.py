"""The few formulas that more than one actor uses."""

from __future__ import annotations

import math
from collections.abc import Sequence


def sigma(z: float) -> float:
    """Return the logistic function of log-odds, in the form that cannot overflow."""
    return (1.0 + math.tanh(z / 2.0)) / 2.0


def clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def choose(weights: Sequence[float], u: float) -> int:
    """Return the first option whose cumulative weight exceeds ``u`` times the total."""
    total, cumulative = sum(weights), 0.0
    for option, weight in enumerate(weights):
        cumulative += weight
        if cumulative > u * total:
            return option
    return 0


def logit_weights(priors: Sequence[float], utilities: Sequence[float]) -> list[float]:
    """Return ``prior * exp(utility)``, up to a common factor that keeps the largest at hand."""
    possible = [utility for prior, utility in zip(priors, utilities, strict=True) if prior > 0]
    top = max(possible, default=0.0)
    return [
        prior * math.exp(utility - top) if prior > 0 else 0.0
        for prior, utility in zip(priors, utilities, strict=True)
    ]


def binomial_share(chance: float, u: float, of: int = 4) -> float:
    """Return the share of engagements won: a binomial by inversion of its uniform."""
    below = [
        sum(math.comb(of, n) * chance**n * (1.0 - chance) ** (of - n) for n in range(k + 1))
        for k in range(of)
    ]
    return sum(u >= cumulative for cumulative in below) / of


def credibility(form: str, bias: float) -> float:
    """Return how far a listener believes a broker that is biased towards it by ``bias``."""
    if form == "neutral":
        return 1.0 - abs(bias)
    if form == "kydd03":
        return (1.0 + bias) / 2.0
    if form == "kydd06":
        return (1.0 - abs(abs(bias) - 0.35) / 0.65) / 1.1615384615384616
    if form == "favretto":
        return abs(2.0 * abs(bias) - 1.0)
    return 0.5
