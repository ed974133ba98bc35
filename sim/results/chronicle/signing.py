"""Why a side signs a ceasefire against expectation."""

from __future__ import annotations

from math import isnan

from sim.results.chronicle.choices import SIGN, Option
from sim.results.chronicle.days import DayEnd

TURNED, PRESSED, UNLASTING, PREFERRED = "turned", "pressed", "unlasting", "preferred"
"""Reasons: it no longer gains by fighting on; pressure; a signature that binds it little; terms
that it now prefers to fighting on.
"""
FREEZE, PACKAGE = SIGN.values()
SURE = 0.5
"""Probability above which a signature is no slip."""


def why_it_settles(code: str, end: DayEnd) -> str:
    """Return why a side signs a settlement that it refused before; empty if it signed by a slip."""
    is_preferred = any(
        _is_signature(option, code, PACKAGE) and option.probability > SURE for option in end.options
    )
    return PREFERRED if is_preferred else ""


def why_it_signs(code: str, side: int, then: DayEnd, end: DayEnd) -> str:
    """Return why a side signs a ceasefire along the present lines; empty if it did by a slip.

    Fighting on is worth V more than a ceasefire that lasts. What outweighs V is the mediators'
    pressure, or the doubt whether it lasts: a ceasefire that breaks costs little to sign. Where V
    is not positive, the side no longer gains by fighting on.

    Args:
        code: the side.
        side: 0 challenger, 1 defender.
        then: the evening of the last talks, or of the onset.
        end: the evening of the day of the signature.
    """
    value = end.value[side]
    if value <= 0.0:
        return TURNED if then.value[side] > 0.0 else ""
    option = next((o for o in end.options if _is_signature(o, code, FREEZE)), None)
    if option is None:
        return ""
    pressure = end.pressure[side] if end.mediator else 0.0
    # a certain signature has a utility of at least 0, which is then not known exactly
    utility = 0.0 if option.probability > SURE and isnan(option.utility) else option.utility
    doubt = utility + value - pressure
    if isnan(utility) or max(pressure, doubt) * 2.0 < value:
        return ""
    return PRESSED if pressure >= doubt else UNLASTING


def _is_signature(option: Option, code: str, about: str) -> bool:
    return option.actor == code and option.about == about and option.chosen
