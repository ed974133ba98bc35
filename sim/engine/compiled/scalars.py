"""The rules of the model, compiled for single numbers.

The rules are written once, for arrays. Here Numba compiles the same functions for the values of one
run. A scalar gets the few methods of arrays that the rules use.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.extending import overload_attribute, overload_method

from sim.engine import rules

F = TypeVar("F", bound=Callable[..., Any])
# dividing by 0 gives infinity, as in NumPy; nothing allocates memory
OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


def compiled(function: F) -> F:
    """Compile a function on the values of one run, for other compiled functions."""
    return cast(F, numba.njit(forceinline=True, **OPTIONS)(function))


def entry(function: F) -> F:
    """Compile a function that Python calls; what is compiled stays in the folder for caches."""
    return cast(F, numba.njit(cache=True, nogil=True, **OPTIONS)(function))


def compiled_rules(module: ModuleType) -> ModuleType:
    """Return a module of rules with every function compiled for single numbers.

    >>> from sim.engine.rules import mediators
    >>> round(compiled_rules(mediators).bias(0.6, 0.2, 1.5, 0.0), 3)
    0.45
    """
    found = ModuleType(f"compiled {module.__name__}")
    for name, value in vars(module).items():
        if isinstance(value, FunctionType):
            setattr(found, name, compiled_rule(value))
        elif isinstance(value, int | float):
            setattr(found, name, value)
    return found


def compiled_rule(rule: FunctionType) -> Any:
    """Return a rule compiled for single numbers, with the rules that it uses."""
    if rule not in _known:
        uses = {
            name: compiled_rule(value)
            for name in rule.__code__.co_names
            if isinstance(value := rule.__globals__.get(name), FunctionType)
        }
        uses["np"] = functions
        twin = FunctionType(
            rule.__code__, rule.__globals__ | uses, rule.__name__, rule.__defaults__
        )
        _known[rule] = compiled(twin)
    return _known[rule]


functions = ModuleType("NumPy for single numbers")
"""What the rules ask of NumPy."""
vars(functions).update(
    abs=compiled(lambda x: abs(x)),
    exp=math.exp,
    expm1=compiled(lambda x: math.exp(x) - 1.0),
    inf=math.inf,
    int8=np.int8,
    log=math.log,
    maximum=compiled(lambda x, y: x if x > y else y),
    minimum=compiled(lambda x, y: x if x < y else y),
    ones_like=compiled(lambda x: 1.0),
    tanh=compiled(lambda x: 1.0 - 2.0 / (math.exp(2.0 * x) + 1.0)),
    where=compiled(lambda condition, x, y: x if condition else y),
)
_known: dict[Callable[..., Any], Any] = {rules.total: compiled(lambda of_one: of_one)}
"""Compiled rules by the function for arrays. The total over one actor is the value of that actor.
"""


# a number gets what the rules ask of an array; Numba wants functions without annotations here
overload_method(types.Float, "clip")(
    lambda value, low, high: lambda value, low, high: min(max(value, low), high)
)
for _kind in (types.Integer, types.Float, types.Boolean):
    overload_attribute(_kind, "dtype")(lambda value: lambda value: 0)
    # a number stays as it is; only true and false become 1 and 0
    overload_method(_kind, "astype")(lambda value, dtype: lambda value, dtype: value * 1)


@compiled
def choose(score: Any, options: int, uniform: float) -> int:
    """Draw one of the first options by logit response, see :func:`~sim.engine.rules.choice.choose`.

    Args:
        score: score of each option, in nats; overwritten.
        options: number of options.
        uniform: random number in [0, 1).
    """
    top = score[0]
    for option in range(1, options):
        top = max(top, score[option])
    for option in range(options):
        lead = score[option] - top
        if lead < 0.0:
            score[option] = math.exp(lead) if lead > -700.0 else 0.0
        else:
            score[option] = 1.0
    return draw(score, options, uniform)


@compiled
def draw(weight: Any, options: int, uniform: float) -> int:
    """Draw one of the first options by weight, see :func:`~sim.engine.rules.choice.draw`."""
    total = 0.0
    for option in range(options):
        total += weight[option]
    threshold = uniform * total
    cumulative = 0.0
    drawn = 0
    for option in range(options - 1):
        cumulative += weight[option]
        drawn += cumulative <= threshold
    return drawn
