"""How ceasefires are signed and how cessations of fighting break.

A ceasefire breaks when its terms differ from what war would bring (Werner & Yuen 2005). Sides also
sign ceasefires that they do not expect to hold, because breaking one costs little (Beardsley 2008).
"""

from __future__ import annotations

import numpy as np

from sim.engine.rules import Array, Index, positive

EXPOSURE = float(np.pi**2 / 6.0)
"""Sum of 1 / (1 + age)^2 over all ages: the lifetime hazard in units of the first day's."""


def first_hazard(
    break_rate: Array,
    gap: Array,
    stake: Array,
    precision: Array,
    terms_fit: Array,
    protection: Array,
    backed: Array,
) -> Array:
    """Return the hazard that a cessation breaks on its first day.

    ``break_rate p (1 - backed) exp(terms_fit precision gap p / stake)`` with ``p = 1 - protection``

    Peacekeepers and a committed mediator prevent accidents. Peacekeepers also make an attack pay
    less. Sources: terms and durability (Werner & Yuen 2005); peacekeeping (Fortna 2004).

    Args:
        break_rate: hazard a day if nobody gains by breaking, ``(runs,)``.
        gap: the larger of the two sides' gains by fighting on, share of the area, at least 0.
        stake: what the crisis is about, share of the area, ``(runs,)``.
        precision: precision of choice for a gain of one stake, ``(runs,)``.
        terms_fit: how much the terms matter, 0 to 1, ``(runs,)``.
        protection: peacekeeping protection, 0 to 1.
        backed: how strongly the mediator backs the ceasefire, 0 to 1.
    """
    unprotected = 1.0 - protection
    # the cap of 30 keeps the exponential finite; the break is then certain anyway
    exponent = (terms_fit * precision * gap * unprotected / stake).clip(0.0, 30.0)
    return break_rate * unprotected * (1.0 - backed) * np.exp(exponent)


def chance_of_break(hazard: Array, age: Index) -> Array:
    """Return the probability that a cessation breaks today: ``1 - exp(-hazard / (1 + age)^2)``.

    Args:
        hazard: hazard on the first day, see :func:`first_hazard`, ``(runs,)``.
        age: age of the cessation, days, ``(runs,)``.
    """
    return -np.expm1(-hazard / (1.0 + age.astype(hazard.dtype)) ** 2)


def chance_to_hold(hazard: Array, foresight: Array) -> Array:
    """Return the probability that a ceasefire lasts, as the signers see it.

    ``exp(-foresight hazard pi^2 / 6)``, the survival of :func:`chance_of_break` over all ages.

    Args:
        hazard: hazard on the first day.
        foresight: how far signers take the hazard into account, 0 to 1, ``(runs,)``.
    """
    return np.exp(-foresight * hazard * EXPOSURE)


def utility_of_signing(
    terms: Array,
    cession: Array | float,
    value_of_fighting: Array,
    holds: Array,
    pressure: Array,
    word: Array,
) -> Array:
    """Return a side's utility of signing.

    ``holds (terms - V) - cession + pressure - (1 - holds) word``

    A ceasefire that will not hold costs little to sign, unless it cedes territory: a government
    pays at home for what it signs away, whether or not the ceasefire holds (Fearon 1994). A side
    that intends to break it pays for the broken word (Fearon 1997).

    Args:
        terms: what the side gets if the terms are kept, share of the area.
        cession: worth of what it signs away, share of the area, at least 0.
        value_of_fighting: V, the utility of fighting on rather than stopping, share of the area.
        holds: probability that the ceasefire lasts.
        pressure: utility that the mediators' pressure adds to a signature, share of the area.
        word: cost of breaking it, share of the area; 0 for a side that gains nothing by breaking
            it.
    """
    kept = holds * (terms - value_of_fighting)
    return kept - cession + pressure - (1.0 - holds) * word


def chance_of_signature(nats: Array) -> Array:
    """Return the probability that a side signs a proposal: ``exp(z - z^2)``, ``z = min(nats, 0)``.

    A refusal takes a reason: a side signs what is worth no less to it than fighting on, and errs
    only by signing what is worth less. Small errors are common, and large ones are rare. The curve
    is within 0.03 of ``erfc(-z)``, the probability that a normal error is as large (Thurstone
    1927). Source: an assumption; a proposal comes back, so that a government has time to correct a
    refusal, but not a signature.

    Args:
        nats: utility of signing times precision, any sign.

    >>> chance_of_signature(np.array([-2.0, -0.5, 0.0, 2.0])).round(3)
    array([0.002, 0.472, 1.   , 1.   ])
    """
    less = np.minimum(nats, 0.0)
    return np.exp(less - less**2)


def utility_of_surrender(ceded: Array, fear: Array, resistance: Array) -> Array:
    """Return the defender's utility of surrendering rather than resisting, share of the area.

    ``-ceded - fear - resistance``

    A defender that expects to lose all the same spares itself the war. One that keeps something
    fears the next demand on it. Source: coercion under an overwhelming threat (Slantchev 2011;
    Sechser 2010).

    Args:
        ceded: territory that it surrenders, share of the area, ``(runs,)``.
        fear: what it fears for the rest, share of the area, ``(runs,)``.
        resistance: utility of fighting on against the enemy's full force, ``(runs,)``.
    """
    return -ceded - fear - resistance


def fear_of_next_demand(problem: Array, chance: Array, protection: Array) -> Array:
    """Return the defender's fear of a further demand, share.

    ``problem (2 p - 1)+ (1 - protection)``

    Source: the commitment problem (Fearon 1995; Powell 2006).

    Args:
        problem: strength of the commitment problem, share of the area, ``(runs,)``.
        chance: p, probability that the challenger wins an engagement in open country, ``(runs,)``.
        protection: peacekeeping protection, 0 to 1.
    """
    return problem * positive(2.0 * chance - 1.0) * (1.0 - protection)
