"""Acts in words. All that a sentence says comes from its act and the names of the actors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sim.io.text import count
from sim.outcomes.numbers import fine_percent
from sim.results.chronicle.act import HELD, Act
from sim.results.chronicle.choices import LULL, TRUCE
from sim.results.chronicle.grammar import (
    article,
    day_month,
    is_plural,
    listed,
    named,
    ordinal,
    verb,
)
from sim.results.chronicle.stances import predicate
from sim.scenario import ESCALATIONS, Scenario

WEAK, STRONG = 1 / 3, 2 / 3
"""Peacekeeping protection below which peacekeepers are few, and from which they are strong."""
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
    "routine": "in a routine review of its policy",
    "fighting_up": "as the fighting grows fiercer",
    "fighting_down": "as the fighting eases",
    "ground_challenger": "as {challenger} gains ground",
    "ground_defender": "as {defender} regains ground",
    "signed": "now that a ceasefire is signed",
    "broken": "now that {by} has broken the ceasefire",
    "invoked": "called on by {defender}",
    "released": "no longer bound to its earlier course",
    "onset": "",
    "another": "in answer to {by}",
    HELD: "as the scenario lays down",
}
"""News that prompts a new stance, in words; the first response to the onset needs none."""
BECAUSE = {
    "fights": "which {expects} to gain by fighting on",
    "cession": "which will not pay that price",
    "patron": "whose patron is left out",
}
"""Why a side refuses a proposal."""


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

    def names(self, codes: str) -> str:
        """Return the names of several actors, whose codes are separated by spaces."""
        return listed([self.name(code) for code in codes.split()])

    def when(self, day: int) -> str:
        """Return a day with its date."""
        return f"day {day} ({day_month(self.scenario.start + timedelta(days=day))})"

    def clause(self, act: Act) -> str:
        """Return what an act says, without the news that prompted it."""
        describe = {
            "opening": self._opening,
            "posture": self._posture,
            "stance": self.stance,
            "embargo": self._embargo,
            "territory": self._territory,
            "silence": lambda act: "the fighting dies down without an agreement",
            "break": self._break,
            "treaty": self._treaty,
            "offer": self._offer,
            "ceasefire": self._ceasefire,
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
        says = f"{name} {breaks} {ENDED[act.before]} with {how}"
        gain = act.prompt == "gain"
        says += ", expecting to gain by it" if gain else ", though neither side stands to gain"
        if act.share:
            owed = f"{fine_percent(act.share)} of the area"
            holds = act.actor if act.actor == self.scenario.conflict.defender else act.target
            says += f"; the {owed} that was to be ceded stays with {self.name(holds)}"
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
            return f"{verb('attacks', plural)} with {words}"
        if after > before:
            return f"{verb('goes', plural)} over to {words}"
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
        return f"{name} {has} now won {fine_percent(act.share)} of the area"

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

    # Talks

    def _treaty(self, act: Act) -> str:
        calls = self.does(act.actor, "calls")
        says = f"{self.name(act.actor)} {calls} on {self.names(act.target)} under their treaty"
        if not act.after:
            return says
        allies = act.target.split()
        if len(allies) > 1:
            return f"{says}, but none of them changes course"
        does = self.does(allies[0], "does")
        return f"{says}, but {self.name(allies[0])} {does} not change course"

    def _offer(self, act: Act) -> str:
        who = "the two sides discuss"
        if act.actor:
            who = f"{self.name(act.actor)} {self.does(act.actor, 'proposes')}"
        says = f"{who} a ceasefire"
        if act.refuse_package:
            says = f"{who} {'that' if act.actor else 'terms:'} {self._ceding(act)}"
        if act.as_before:
            return f"{says}, and the answers are as before{self._again(act)}"
        answer = self._answer(act)
        return f"{says}. {answer[:1].upper()}{answer[1:]}{self._again(act)}"

    def _answer(self, act: Act) -> str:
        """Return who refuses what, with reasons that a reader does not know yet."""
        if not act.refuse_package:
            return self._refuse(act.refuse_freeze, act.brief)
        package = self._refuse(act.refuse_package, act.brief)
        if _sides(act.refuse_package) == _sides(act.refuse_freeze) and act.brief:
            return f"{package} both this and a mere ceasefire"
        if act.brief:
            return f"{package}, and {self._refuse(act.refuse_freeze, brief=True)} a mere ceasefire"
        refusers = ", and by ".join(self._refusers(act.refuse_freeze))
        return f"{package}. A mere ceasefire is refused by {refusers}"

    def _refuse(self, refusals: str, brief: bool) -> str:
        """Return that sides refuse a proposal, each with its reason unless that is known."""
        codes = _sides(refusals)
        refuse = "refuse" if len(codes) > 1 else self.does(codes[0], "refuses")
        if brief:
            return f"{self.names(' '.join(codes))} {refuse}"
        return f"{', and '.join(self._refusers(refusals))}, {refuse}"

    def _refusers(self, refusals: str) -> list[str]:
        """Return who refuses a proposal, each with its reason."""
        told = [refusal.partition(":") for refusal in refusals.split()]
        return [
            f"{self.name(who)}, {BECAUSE[why].replace('{expects}', self.does(who, 'expects'))}"
            for who, _, why in told
        ]

    def _again(self, act: Act) -> str:
        if act.times == 1:
            return ""
        until = self.when(act.until)
        often = f"{count(act.times - 1, 'more time')} until {until}"
        if act.times == 2:
            often = f"again on {until}"
        elif act.times == act.until - act.day + 1:
            often = f"every day until {until}"
        falling = ""
        if act.share and fine_percent(act.last_share) != fine_percent(act.share):
            falling = f", in the end for {fine_percent(act.last_share)} of the area"
        return f". The proposal is made {often}{falling}, with the same answers"

    def _ceding(self, act: Act) -> str:
        """Return what a package gives the challenger."""
        challenger, defender = self.scenario.conflict.challenger, self.scenario.conflict.defender
        ceded = f"{self.name(defender)} cede {fine_percent(act.share)} of the area"
        granted = f"grant what {self.name(challenger)} asks besides territory"
        if act.share and act.concession:
            return f"{ceded} and {granted}"
        return ceded if act.share else f"{self.name(defender)} {granted}"

    def _ceasefire(self, act: Act) -> str:
        which = f"{article(ordinal(act.number)) if act.number > 1 else 'a'} ceasefire"
        says = f"the two sides agree on {which} without a mediator"
        if act.actor:
            says = f"{self.name(act.actor)} {self.does(act.actor, 'mediates')} {which}"
        if act.share or act.concession:
            says += f": {self._terms(act)}"
        else:
            says += " along the present lines"
            if act.refuse_package and act.last_share:
                codes = _sides(act.refuse_package)
                have = "have" if len(codes) > 1 else self.does(codes[0], "has")
                refused = f"a cession of {fine_percent(act.last_share)} of the area"
                says += f", after {self.names(' '.join(codes))} {have} refused {refused}"
        return says

    def _terms(self, act: Act) -> str:
        challenger, defender = self.scenario.conflict.challenger, self.scenario.conflict.defender
        name = self.name(defender)
        promises = []
        if act.share:
            promises.append(f"to cede {fine_percent(act.share)} of the area")
        if act.concession:
            promises.append(f"to grant what {self.name(challenger)} asked besides territory")
        guard = f", guarded by {_force(act.protection)}" if act.protection else ""
        guard += f" of {self.name(act.prompted_by)}" if guard and act.prompted_by else ""
        return f"{name} {self.does(defender, 'agrees')} {listed(promises)}{guard}"

    def _capitulation(self, act: Act) -> str:
        says = f"{self.name(act.actor)} {self.does(act.actor, 'capitulates')}"
        if act.share:
            gives = self.does(act.actor, "gives")
            says += f" and {gives} up {fine_percent(act.share)} of the area"
        if not act.prompted_by:
            return says
        arranges = self.does(act.prompted_by, "arranges")
        return f"{says}; {self.name(act.prompted_by)} {arranges} the surrender"

    def _cession(self, act: Act) -> str:
        hands = self.does(act.actor, "hands")
        return (
            f"{self.name(act.actor)} {hands} over {fine_percent(act.share)} of the area as agreed"
        )


def _sides(refusals: str) -> list[str]:
    """Return who refuses, without the reasons."""
    return [refusal.partition(":")[0] for refusal in refusals.split()]


def _force(protection: float) -> str:
    if protection < WEAK:
        return "a weak peacekeeping force"
    return "a strong peacekeeping force" if protection >= STRONG else "a peacekeeping force"


def _filled(template: str, **values: str) -> str:
    """Return a template with values, which may themselves contain braces."""
    for key, value in values.items():
        template = template.replace(f"{{{key}}}", value)
    return template
