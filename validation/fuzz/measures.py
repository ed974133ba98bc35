"""Damaged measures: the small language of claims, which is read but never run as Python."""

from __future__ import annotations

import re
import time
import traceback
import warnings
from functools import cache
from random import Random

import pandas as pd

import sim
from sim.ensemble.ensemble import Plan, play
from sim.outcomes.measures import read
from sim.outcomes.syntax import MeasureError
from sim.scenario import Scenario
from validation.fuzz.calling import Ended
from validation.fuzz.case import Case
from validation.fuzz.workplace import Workplace

SEEDS = (
    "probability(first_truce_day <= 14)",
    "mean(deaths_challenger + deaths_defender)",
    "share(broker == 'RUS')",
    "probability(failed_stops > 0) / mean(offers)",
    "probability(not great_power_entry and ending != 'lull')",
    "mean(abs(territory_fought - 0.5) * -2)",
    "probability(0 < first_stop_day <= 3 or duration_days == 90)",
)
PIECES = (
    "(", ")", "[", "]", "{", "}", ",", ".", "'", '"', "\\", "+", "-", "*", "/", "**", "//", "%", "@", "<", "==",
    "=", ":=", "!", "~", "^", "&", "|", ";", ":", "#", "\n", "\t", " ", "0", "1e400", "1_000", "0x1F", "1j", "007", "1or 2",
    "None", "True", "lambda: 0", "__import__('os').system('id')", "yield", "await x", "print", "exec", "if",
    "else", "for x in y", "is", "in", "not", "and", "or", "abs", "mean", "share", "probability", "run", "ending",
    "broker", "first_truce_day", "f'{1}'", "b'x'", "'RUS'", "é", "\x00", "\N{PILE OF POO}", "...", "*x", "**x", "x.__class__",
)  # fmt: skip
WORDS = {
    r"[a-z_]{2,}": (
        "deaths_defender", "ending", "broker", "run", "draw", "first_truce_day", "great_power_entry", "offers",
        "mean", "share", "probability", "abs", "not", "and", "or", "territory_fought", "peak_level", "tie_RUS_ARM",
    ),
    r"[0-9.]+": ("0", "1", "-1", "0.5", "14", "1e308", "1e-308", "99999999999", "'RUS'", "True", "None"),
    r"[-+*/<>=!]+": ("+", "-", "*", "/", "<", "<=", "==", "!=", ">", "and", "or", "**", "%", "//", "is", "in"),
}  # fmt: skip
"""What a name, a number and an operator are exchanged for, by their forms."""


@cache
def _simulated() -> tuple[Scenario, pd.DataFrame]:
    """Return a scenario and the outcomes of a few of its runs."""
    scenario = sim.load("april_2016").scenario
    return scenario, play(Plan(scenario, runs=8, draws=2)).outcomes


def measure(work: Workplace, random: Random) -> Case:
    """Damage a measure, read it, and evaluate it if it is one."""
    text = random.choice(SEEDS)
    damage = random.choice((_exchanged, _inserted))
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        text = damage(text, random)
    return Case("a measure", ("measure", text), damaged=text, call=lambda: _read(text))


def _exchanged(text: str, random: Random) -> str:
    """Return a text with a name, a number or an operator exchanged for another."""
    kind, others = random.choice(tuple(WORDS.items()))
    places = list(re.finditer(kind, text))
    if not places:
        return text
    place = random.choice(places)
    return text[: place.start()] + random.choice(others) + text[place.end() :]


def _inserted(text: str, random: Random) -> str:
    """Return a text with a piece inserted or put in the place of others."""
    place, length = random.randrange(len(text) + 1), random.choice((0, 0, 1, 6))
    piece = random.choice(PIECES) * random.choice((1,) * 12 + (3, 60))
    return text[:place] + piece + text[place + length :]


def _read(text: str) -> Ended:
    scenario, outcomes = _simulated()
    started = time.process_time()
    code, err, error = 0, "", ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read(text, scenario).estimate(outcomes, 2)
        except MeasureError as refused:
            code, err = 1, str(refused)
        except Exception:
            error = traceback.format_exc()
    return Ended(code, "", err, time.process_time() - started, error=error)
