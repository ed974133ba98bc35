"""Acts in words. All that a sentence says comes from its act and the names of the actors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sim.io.text import day_month, listed
from sim.outcomes.numbers import fine_percent
from sim.results.chronicle.act import ANSWER, HARDLY_RECEIVED, HELD, RECEIVED, Act
from sim.results.chronicle.choices import LULL, TRUCE
from sim.results.chronicle.grammar import (
    is_plural,
    named,
    verb,
)
from sim.results.chronicle.stances import predicate
from sim.results.chronicle.talks import HARDLY, Talks
from sim.scenario import ESCALATIONS, Scenario

ATTACKS = {
    "skirmish": "opens fire on {}",
    "limited_offensive": "opens a limited offensive against {}",
    "full_offensive": "opens a full offensive against {}",
}
LEVELS_IN_WORDS = {
    "hold_fire": "holding its fire",
    "skirmish": "skirmishes",
    "limited_offensive": "a limited offensive",
    "full_offensive": "a full offensive",
}
ENDED = {LULL: "the lull", TRUCE: "the ceasefire"}
PROMPTS = {
    "routine": "",
    "fighting_up": "after the fighting grew fiercer",
    "fighting_down": "after the fighting eased",
    "ground_challenger": "after gains by {challenger}",
    "ground_defender": "after gains by {defender}",
    "signed": "after the signature",
    "broken": "after {by} broke the ceasefire",
    "invoked": "called on by {defender}",
    "released": "no longer bound to its earlier course",
    "onset": "",
    "another": "in answer to {by}",
    HELD: "as the scenario lays down",
}
"""News that prompts a new stance, in words; the first response to the onset needs none."""
COMMITMENTS = {
    "words": "speaks up for",
    "aid": "sends aid to",
    "arms": "arms",
    "force": "fights on the side of",
}
"""What a third party does for the enemy of a side that does not receive it as a mediator."""


@dataclass(frozen=True)
class Words:
    """Describes the acts of a scenario's runs, each in one clause without a full stop.

    >>> import sim
    >>> words = Words(sim.load("april_2016").scenario)
    >>> words.clause(Act(3, "silence"))
    'the fighting dies down without an agreement'
    """

    scenario: Scenario

    def name(self, code: str) -> str:
        """Return the name of an actor, as it stands in a sentence."""
        return named(self.scenario.actors[code].name)

    def does(self, code: str, singular: str) -> str:
        """Return a verb that agrees with the name of an actor."""
        return verb(singular, is_plural(self.scenario.actors[code].name))

    def it(self, code: str) -> str:
        """Return the pronoun of an actor: it or they."""
        return "they" if is_plural(self.scenario.actors[code].name) else "it"

    def names(self, codes: str) -> str:
        """Return the names of several actors, whose codes are separated by spaces."""
        return listed([self.name(code) for code in codes.split()])

    def when(self, day: int) -> str:
        """Return a day with its date."""
        return f"day {day} ({day_month(self.scenario.start + timedelta(days=day))})"

    def clause(self, act: Act) -> str:
        """Return what an act says, without the news that prompted it."""
        talks = Talks(self)
        describe = {
            "opening": self._opening,
            "posture": self._posture,
            "stance": self.stance,
            "embargo": self._embargo,
            "territory": self._territory,
            "silence": lambda act: "the fighting dies down without an agreement",
            "break": self._break,
            "treaty": self._treaty,
            "reception": self._reception,
            "offer": talks.offer,
            "ceasefire": talks.ceasefire,
            "capitulation": self._capitulation,
            "cession": self._cession,
        }
        return describe[act.kind](act)

    def prompt(self, act: Act) -> str:
        """Return the news behind a stance in words; empty if there is none to report."""
        challenger, defender = self.scenario.conflict.challenger, self.scenario.conflict.defender
        by = self.names(act.prompted_by)
        if act.prompt == "another" and not by:
            return "in answer to a rival"
        return _filled(
            PROMPTS.get(act.prompt, ""),
            challenger=self.name(challenger),
            defender=self.name(defender),
            by=by,
        )

    # The fighting

    def _opening(self, act: Act) -> str:
        ends = f"{self.does(act.actor, 'ends')} the quiet and " if act.before else ""
        return f"{self.name(act.actor)} {ends}{self._attack(act)}"

    def _attack(self, act: Act) -> str:
        says = ATTACKS[act.after].replace("{}", self.name(act.target))
        return says.replace("opens", self.does(act.actor, "opens"), 1)

    def _break(self, act: Act) -> str:
        name = self.name(act.actor)
        breaks = self.does(act.actor, "breaks")
        how = LEVELS_IN_WORDS[act.after]
        owed = f"{fine_percent(act.share)} of the area"
        says = f"{name} {breaks} {ENDED[act.before]} with {how}"
        if act.prompt == "refusal" and act.share:
            return f"{says} rather than hand over {owed}"
        says += ", expecting to gain by it"
        if act.prompt == "accident":
            incident = f"after an incident on the side of {name}"
            says = f"{ENDED[act.before]} breaks down in {how} {incident}"
        if act.share:
            says += f"; the handover of {owed} is off"
        return says

    def _posture(self, act: Act) -> str:
        plural = is_plural(self.scenario.actors[act.actor].name)
        return f"{self.name(act.actor)} {self.posture(act, plural)}"

    def posture(self, act: Act, plural: bool) -> str:
        """Return a change of a side's escalation level, for one side or for both."""
        before, after = ESCALATIONS.index(act.before), ESCALATIONS.index(act.after)
        words = LEVELS_IN_WORDS[act.after]
        if after == 0:
            return f"{verb('ceases', plural)} fire"
        if before == 0 and after == 1:
            return f"{verb('returns', plural)} fire"
        if before == 0:
            attacks = "counter-attacks" if act.prompt == ANSWER else "attacks"
            return f"{verb(attacks, plural)} with {words}"
        if after > before:
            return f"{verb('goes', plural)} over to {words}"
        if after == 1 and act.level > 1:
            return f"{verb('falls', plural)} back on the defensive"
        return f"{verb('scales', plural)} down to {words}"

    def _territory(self, act: Act) -> str:
        challenger = self.scenario.conflict.challenger
        name = self.name(challenger)
        has = self.does(challenger, "has")
        if act.share < 0:
            return f"{name} {has} now lost {fine_percent(-act.share)} of the area"
        if act.share < act.last_share:
            back = f"{self.name(act.actor)} {self.does(act.actor, 'wins')} ground back"
            kept = f"{fine_percent(act.share)} of the area"
            return f"{back}; {name} {self.does(challenger, 'keeps')} {kept}"
        return f"{name} {has} now taken {fine_percent(act.share)} of the area"

    # Third parties

    def stance(self, act: Act) -> str:
        """Return a change of stance; less of the same is not reported as a new stance."""
        plural = is_plural(self.scenario.actors[act.actor].name)
        return f"{self.name(act.actor)} {self.predicate(act, plural)}"

    def predicate(self, act: Act, plural: bool) -> str:
        """Return what a third party does, for one or for several that do the same."""
        side = self.name(act.target) if act.target else ""
        until = f" until {self.when(act.until)}" if act.until > act.day else ""
        return f"{predicate(act, side, plural)}{until}"

    def _embargo(self, act: Act) -> str:
        withholds = self.does(act.actor, "withholds")
        says = f"{self.name(act.actor)} {withholds} its supplies from {self.names(act.target)}"
        return f"{says} until {self.when(act.until)}"

    def _reception(self, act: Act) -> str:
        mediator = f"{self.name(act.target)} as a mediator"
        receives = f"{self.does(act.actor, 'receives')} {mediator}"
        name = self.name(act.actor)
        if act.after == RECEIVED:
            return f"{name} {receives} again" if act.before else f"{name} now {receives}"
        if act.after == HARDLY_RECEIVED:
            return f"{name} hardly {receives} any more{self._since(act)}"
        does = self.does(act.actor, "does")
        says = (
            f"{name} no longer {receives}"
            if act.before
            else f"{name} {does} not receive {mediator}"
        )
        return says + self._since(act)

    def _since(self, act: Act) -> str:
        """Return the commitment to the enemy that estranges a side from a mediator, if it does."""
        if act.prompt not in COMMITMENTS:
            return ""
        helps, _, rest = COMMITMENTS[act.prompt].partition(" ")
        does = f"{self.does(act.target, helps)} {rest}".strip()
        return f", since {self.it(act.target)} {does} {self.name(act.prompted_by)}"

    # Talks

    def _treaty(self, act: Act) -> str:
        calls = self.does(act.actor, "calls")
        says = f"{self.name(act.actor)} {calls} on {self.names(act.target)} under their treaty"
        if not act.after:
            return says
        allies = act.target.split()
        if len(allies) > 1:
            return f"{says}, but none of them changes course"
        return f"{says}, but {self.name(allies[0])} {self.does(allies[0], 'keeps')} to its course"

    def _capitulation(self, act: Act) -> str:
        says = f"{self.name(act.actor)} {self.does(act.actor, 'capitulates')}"
        if act.share:
            gives = self.does(act.actor, "gives")
            given = f"{fine_percent(act.share)} of the area"
            all_of_it = "" if act.left > HARDLY else "all that is left, "
            says += f" and {gives} up {all_of_it}{given}"
        if not act.prompted_by:
            return says
        arranges = self.does(act.prompted_by, "arranges")
        return f"{says}; {self.name(act.prompted_by)} {arranges} the surrender"

    def _cession(self, act: Act) -> str:
        hands = self.does(act.actor, "hands")
        return (
            f"{self.name(act.actor)} {hands} over {fine_percent(act.share)} of the area as agreed"
        )


def _filled(template: str, **values: str) -> str:
    """Return a template with values, which may themselves contain braces."""
    for key, value in values.items():
        template = template.replace(f"{{{key}}}", value)
    return template
