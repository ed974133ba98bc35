"""The acts of a run as event data: CAMEO codes, Goldstein scores and quad classes.

Codes: Conflict and Mediation Event Observations (Gerner, Schrodt and Yilmaz 2002; Schrodt, CAMEO
codebook 1.1b3, 2012). Scores: the scale of Goldstein (1992), from -10 to 10, as the lookup table of
GDELT assigns it to CAMEO codes (Leetaru and Schrodt 2013). Quad classes are those of GDELT:
1 verbal cooperation, 2 material cooperation, 3 verbal conflict and 4 material conflict.

The wording of each code paraphrases the codebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from sim.results.chronicle.act import RECEIVED, Act
from sim.results.chronicle.choices import TRUCE
from sim.results.chronicle.days import DayEnd
from sim.results.chronicle.grammar import sentence
from sim.results.chronicle.words import Words
from sim.scenario import Escalation, Scenario
from sim.scenario.stances import Level
from sim.scenario.stances import stance as stance_named


@dataclass(frozen=True)
class Code:
    """One CAMEO code.

    Attributes:
        code: the code; its first two digits are the root.
        goldstein: score on the Goldstein scale, -10 to 10.
        means: what the codebook says that it covers, paraphrased.
        used: for which acts of a run it stands.
    """

    code: str
    goldstein: float
    means: str
    used: str

    @property
    def root(self) -> str:
        """The root code."""
        return self.code[:2]

    @property
    def base(self) -> str:
        """The code of three digits that it belongs to."""
        return self.code[:3]

    @property
    def quad_class(self) -> int:
        """The quad class of its root."""
        root = int(self.root)
        return 1 if root <= 5 else 2 if root <= 8 else 3 if root <= 13 else 4


CODES = {
    code.code: code
    for code in (
        Code("0232", 3.4, "ask for military aid", "the defender calls on its allies"),
        Code(
            "038", 7.0, "express the intent to accept mediation", "a side receives a mediator again"
        ),
        Code("039", 5.0, "express the intent to mediate", "a third party offers to mediate"),
        Code("045", 5.0, "mediate between two or more parties", "a mediator makes a proposal"),
        Code("046", 7.0, "negotiate", "the sides talk without a mediator"),
        Code("052", 3.5, "defend or justify verbally", "a third party speaks up for a side"),
        Code("057", 8.0, "sign, ratify or finalize an agreement", "the sides sign a package"),
        Code("070", 7.0, "provide aid, not specified", "a third party sends aid"),
        Code("072", 8.3, "provide military aid", "a third party arms a side"),
        Code("074", 8.5, "provide protection or peacekeepers", "peacekeepers; troops in a pause"),
        Code("087", 9.0, "de-escalate a military engagement", "a lull; troops are withdrawn"),
        Code("0871", 9.0, "declare a truce or ceasefire", "the sides sign a ceasefire"),
        Code("0874", 10.0, "retreat or surrender militarily", "surrender; a handover of territory"),
        Code("126", -5.0, "reject mediation", "a side no longer, or hardly, receives a mediator"),
        Code("127", -5.0, "reject a plan or agreement", "a side refuses a proposal"),
        Code("160", -4.0, "reduce relations, not specified", "a third party falls silent"),
        Code("162", -5.6, "reduce or stop aid, not specified", "a third party stops its aid"),
        Code("1622", -5.6, "reduce or stop military aid", "a third party stops its arms"),
        Code("163", -8.0, "impose an embargo, boycott or sanctions", "a third party's embargo"),
        Code("165", -6.5, "halt mediation", "a third party gives up mediating"),
        Code("190", -10.0, "use conventional military force", "a side attacks; a day of fighting"),
        Code("192", -9.5, "occupy territory", "a side wins territory by fighting"),
        Code("196", -9.5, "violate a ceasefire", "a side breaks a ceasefire"),
    )
}
"""The codes in use."""
GIVING = {Level.words: "052", Level.aid: "070", Level.arms: "072"}
ENDING_HELP = {Level.words: "160", Level.aid: "162", Level.arms: "1622", Level.force: "087"}
COLUMNS = (
    *("date", "day", "source", "target", "code", "root", "goldstein", "quad_class", "means"),
    *("text", "source_name", "target_name"),
)


@dataclass(frozen=True)
class Done:
    """Something that one actor did to another: source, target and code, and what it belongs to."""

    day: int
    source: str
    target: str
    code: str
    text: str


def event_table(scenario: Scenario, acts: Sequence[Act], ends: Sequence[DayEnd]) -> pd.DataFrame:
    """Return one row per event: who did what to whom, with CAMEO code and Goldstein score.

    Each day on which a side fires is one event of fighting (190).

    Args:
        scenario: the scenario.
        acts: the acts of the run, in which repeated proposals are not merged.
        ends: the state at the end of each day, from day 0.
    """
    words = Words(scenario)
    done = [*_of_acts(words, acts), *_of_fighting(scenario, ends)]
    rows = [_row(scenario, event) for event in sorted(done, key=lambda event: event.day)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(scenario: Scenario, event: Done) -> dict[str, object]:
    code = CODES[event.code]
    when = scenario.start + timedelta(days=event.day)
    return {
        "date": when.isoformat(),
        "day": event.day,
        "source": event.source,
        "target": event.target,
        "code": code.code,
        "root": code.root,
        "goldstein": code.goldstein,
        "quad_class": code.quad_class,
        "means": code.means,
        "text": event.text,
        "source_name": scenario.actors[event.source].name,
        "target_name": scenario.actors[event.target].name,
    }


def _of_acts(words: Words, acts: Sequence[Act]) -> Iterator[Done]:
    for act in acts:
        text = sentence(words.clause(act))
        for source, target, code in _coded(words.scenario, act):
            yield Done(act.day, source, target, code, text)


def _of_fighting(scenario: Scenario, ends: Sequence[DayEnd]) -> Iterator[Done]:
    """Yield the fighting of each day: of the sides, and of third parties that fight."""
    sides = scenario.conflict.challenger, scenario.conflict.defender
    names = [scenario.actors[code].name for code in sides]
    for end in ends:
        if end.level == Escalation.hold_fire:
            continue
        for i, posture in enumerate(end.postures):
            if posture > Escalation.hold_fire:
                text = f"{names[i]} fights {names[1 - i]}."
                yield Done(end.day, sides[i], sides[1 - i], "190", text)
        for code, name in end.stances.items():
            stance = stance_named(name)
            if stance.level == Level.force and stance.side is not None:
                enemy = 1 - stance.side
                text = f"{scenario.actors[code].name} fights {names[enemy]}."
                yield Done(end.day, code, sides[enemy], "190", text)


def _coded(scenario: Scenario, act: Act) -> Iterator[tuple[str, str, str]]:
    """Yield source, target and code of what an act is in event data; daily fighting is apart."""
    challenger, defender = scenario.conflict.challenger, scenario.conflict.defender
    both = ((challenger, defender), (defender, challenger))
    if act.kind == "stance":
        yield from _of_stance(act, challenger, defender)
    elif act.kind == "reception":
        yield act.actor, act.target, "038" if act.after == RECEIVED else "126"
    elif act.kind == "break" and act.before == TRUCE:
        yield act.actor, act.target, "196"
    elif act.kind == "territory":
        loser = defender if act.actor == challenger else challenger
        yield act.actor, loser, "192"
    elif act.kind == "silence":
        yield from ((source, target, "087") for source, target in both)
    elif act.kind == "treaty":
        yield from ((act.actor, ally, "0232") for ally in act.target.split())
    elif act.kind == "embargo":
        yield from ((act.actor, buyer, "163") for buyer in act.target.split())
    elif act.kind in ("capitulation", "cession"):
        yield act.actor, act.target, "0874"
    elif act.kind in ("offer", "ceasefire"):
        yield from _of_talks(act, both)


def _of_stance(act: Act, challenger: str, defender: str) -> Iterator[tuple[str, str, str]]:
    before, after = stance_named(act.before), stance_named(act.after)
    enemy = challenger if act.target == defender else defender
    if after.level < before.level:
        of_force = before.level == Level.force
        yield act.actor, enemy if of_force else act.target, ENDING_HELP[before.level]
    elif after.level > before.level and after.level in GIVING:
        yield act.actor, act.target, GIVING[after.level]
    elif after.level == Level.force > before.level and not act.level:
        yield act.actor, act.target, "074"  # entering a war is the first of its days of fighting
    if after.mediates != before.mediates:
        code = "039" if after.mediates else "165"
        yield from ((act.actor, side, code) for side in (challenger, defender))


def _of_talks(act: Act, both: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    if act.kind == "ceasefire":
        code = "057" if act.share or act.concession else "0871"
        yield from ((source, target, code) for source, target in both)
        if act.protection and act.prompted_by:
            yield from ((act.prompted_by, side, "074") for side, _ in both)
    if act.actor:
        yield from ((act.actor, side, "045") for side, _ in both)
    else:
        yield from ((source, target, "046") for source, target in both)
    enemy = dict(both)
    refusing = f"{act.refuse_package} {act.refuse_freeze}" if act.kind == "offer" else ""
    for side in dict.fromkeys(refusal.partition(":")[0] for refusal in refusing.split()):
        yield side, act.actor or enemy[side], "127"
