"""Why an actor did what it did: what it weighed, with utilities and probabilities, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from sim.outcomes.numbers import percent
from sim.results.chronicle.act import Act
from sim.results.chronicle.choices import CESSATION, ESCALATION, STANCE, SURRENDER, TREATY, Option
from sim.results.chronicle.grammar import named
from sim.results.chronicle.words import Words
from sim.scenario import STANCE_NAMES, STANCES

LEAST = 0.005
"""Probability below which an option is not listed, unless it was chosen."""
ABOUT_ACTS = {
    "stance": (STANCE,),
    "posture": (ESCALATION,),
    "break": (CESSATION,),
    "treaty": (TREATY,),
    "capitulation": (SURRENDER,),
    "offer": ("package", "freeze"),
    "ceasefire": ("package", "freeze"),
}
"""What the decisions behind an act are about."""
SUBJECTS = {
    STANCE: "its stance",
    ESCALATION: "its level of fighting",
    CESSATION: "the cessation of fighting",
    TREATY: "its treaty",
    SURRENDER: "surrender",
    "package": "the cession",
    "freeze": "a mere ceasefire",
}
OPTIONS = {
    "hold_fire": "hold fire",
    "skirmish": "skirmish",
    "limited_offensive": "limited offensive",
    "full_offensive": "full offensive",
}


def reasons(words: Words, acts: Sequence[Act], options: Sequence[Option]) -> Iterator[str]:
    """Yield a line for each decision behind the acts of a day.

    A line lists the options from the most to the least probable, each with its probability and
    its utility; the chosen one is marked.

    Args:
        words: names of the actors.
        acts: acts of one day.
        options: what the actors weighed on that day.
    """
    decisions = {
        key: list(same) for key, same in groupby(options, key=lambda o: (o.actor, o.about))
    }
    told = set()
    for act in acts:
        for actor, about in decisions:
            is_behind = about in ABOUT_ACTS.get(act.kind, ())
            if (
                is_behind
                and actor in (act.actor or actor, *_signers(act))
                and ((actor, about) not in told)
            ):
                told.add((actor, about))
                yield _line(words, actor, about, decisions[actor, about])


def _signers(act: Act) -> list[str]:
    return act.target.split() if act.kind in ("offer", "ceasefire") else []


def _line(words: Words, actor: str, about: str, options: Sequence[Option]) -> str:
    by_probability = sorted(options, key=lambda option: -option.probability)
    shown = [option for option in by_probability if option.probability >= LEAST or option.chosen]
    listed = "; ".join(_option(words, option) for option in shown)
    return f"{words.name(actor)} on {SUBJECTS[about]}: {listed}"


def _option(words: Words, option: Option) -> str:
    utility = "" if math.isnan(option.utility) else f", utility {option.utility:+.3f}"
    chosen = " (chosen)" if option.chosen else ""
    return f"{_name(words, option)} {percent(option.probability)}{utility}{chosen}"


def _name(words: Words, option: Option) -> str:
    if option.about != STANCE:
        return OPTIONS.get(option.option, option.option)
    stance = STANCES[STANCE_NAMES.index(option.option)]
    if stance.side is None:
        return stance.says
    conflict = words.scenario.conflict
    code = (conflict.challenger, conflict.defender)[stance.side]
    return stance.says.replace("{side}", named(words.scenario.actors[code].name))
