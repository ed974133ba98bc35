"""How stops are signed, how they break and how they end the crisis.

A truce breaks when its terms miss what war would bring (Werner & Yuen 2005), and parties sign truces they do not
expect to hold, because a signature that breaks costs little (Beardsley 2008).
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index, positive

EXPOSURE = float(np.pi**2 / 6.0)
"""Sum of 1 / (1 + age)^2 over all ages: the total exposure of a stop to its first day's hazard."""


def first_hazard(
    break_rate: Array, gap: Array, stake: Array, precision: Array, terms_fit: Array, guarded: Array, backed: Array
) -> Array:
    """Return the hazard of a stop on its first day.

    ``break_rate (1 - guarded) (1 - backed) exp(terms_fit precision gap (1 - guarded) / stake)``, a day: peacekeepers
    and a broker that stands by its truce prevent accidents, and peacekeepers make an attack pay less (Fortna 2004)

    Args:
        break_rate: hazard where nobody gains by breaking, a day.
        gap: the larger gain of the two sides by fighting on, share of the area, at least 0.
        stake: what that side has at stake.
        precision: precision of choice, per stake.
        terms_fit: how far the terms matter, 0 to 1.
        guarded: how far peacekeepers keep the stop, 0 to 1.
        backed: how far its broker keeps it, 0 to 1.
    """
    unguarded = 1.0 - guarded
    exponent = (terms_fit * precision * gap * unguarded / stake).clip(0.0, 30.0)
    return break_rate * unguarded * (1.0 - backed) * np.exp(exponent)


def chance_of_break(hazard: Array, age: Index) -> Array:
    """Return the chance that a stop of ``age`` days breaks today: ``1 - exp(-hazard / (1 + age)^2)``."""
    return -np.expm1(-hazard / (1.0 + age.astype(hazard.dtype)) ** 2)


def chance_to_hold(hazard: Array, foresight: Array) -> Array:
    """Return how likely signers think it that a truce lasts: ``exp(-foresight hazard pi^2 / 6)``."""
    return np.exp(-foresight * hazard * EXPOSURE)


def worth_of_signing(terms: Array, value_of_fighting: Array, holds: Array, pressure: Array, word: Array) -> Array:
    """Return what a signature is worth to a side.

    ``holds (terms - V) + pressure - (1 - holds) word``: a signature that will not hold is cheap, but who would break
    it gives its word (Fearon 1997)

    Args:
        terms: what the side gets at the table, share of the area, negative for what it gives.
        value_of_fighting: V, what fighting on is worth against a stop.
        holds: how likely the truce is to last.
        pressure: what the brokers' pressure makes a signature worth.
        word: cost of breaking it, share of the area; 0 for a side that would gain nothing by that.
    """
    return holds * (terms - value_of_fighting) + pressure - (1.0 - holds) * word


def fear_of_next_demand(problem: Array, chance: Array, guarded: Array) -> Array:
    """Return the weaker side's fear: ``problem (2 p - 1)+ (1 - guarded)`` (Fearon 1995; Powell 2006)."""
    return problem * positive(2.0 * chance - 1.0) * (1.0 - guarded)
