"""Proposals and ceasefires in words: what is proposed, who would sign it, who refuses and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.io.text import count, listed, sentence_case
from sim.outcomes.numbers import fine_percent
from sim.results.chronicle.act import Act
from sim.results.chronicle.grammar import article, ordinal

if TYPE_CHECKING:
    from sim.results.chronicle.words import Words

WEAK, STRONG = 1 / 3, 2 / 3
"""Peacekeeping protection below which peacekeepers are few, and from which they are strong."""
HARDLY = 0.001
"""Share of the area that counts as nothing."""
NOTABLE = 0.015
"""Share of the area that must have changed hands for a proposal to be of "a further" share."""
PRESENT_LINES = "a ceasefire along the present lines"
BECAUSE = {
    "fights": "expecting to gain by fighting on",
    "cession": "unwilling to pay that price",
    "patron": "wanting {by} at the table",
}
"""Why a side refuses a proposal."""
SIGNING = {
    "turned": "no longer expecting to gain by fighting on",
    "pressed": "under the pressure of mediation",
    "unlasting": "because a ceasefire that may not last costs little",
    "preferred": "preferring these terms to fighting on",
}
"""Why a side signs what it refused before, or although it gains by fighting on."""


@dataclass(frozen=True)
class Talks:
    """Describes proposals and ceasefires, each in one clause without a full stop."""

    words: Words

    # Proposals

    def offer(self, act: Act) -> str:
        """Return a proposal that is not signed, and how it is answered."""
        says = self._proposes(act) if act.actor else self._talk(act)
        if act.as_before and not act.actor and self._all_refuse(act):
            return f"{says}, and both refuse as before{self._again(act)}"
        if act.as_before:
            return f"{says}, and the answers are as before{self._again(act)}"
        answer = self._answer(act)
        return f"{says}. {sentence_case(answer)}{self._again(act)}"

    def _proposes(self, act: Act) -> str:
        words = self.words
        says = f"{words.name(act.actor)} {words.does(act.actor, 'proposes')}"
        if not act.refuse_package:
            return f"{says} {PRESENT_LINES}"
        parts = [f"hand over {_more(act)}{fine_percent(act.share)} of the area"] * bool(act.share)
        if act.concession:
            parts.append(f"grant what {words.name(self._challenger)} asks besides territory")
        return f"{says} that {words.name(self._defender)} {listed(parts)}"

    def _talk(self, act: Act) -> str:
        says = "the two sides discuss, without a mediator,"
        if not act.refuse_package:
            return f"{says} {PRESENT_LINES}"
        challenger = self.words.name(self._challenger)
        asks = self.words.does(self._challenger, "asks")
        territory = f"a handover of {_more(act)}{fine_percent(act.share)} of the area"
        parts = [territory] * bool(act.share)
        parts += [f"what {challenger} {asks} besides territory"] * act.concession
        return f"{says} {listed(parts)}"

    def _answer(self, act: Act) -> str:
        """Return who refuses what, with reasons that a reader does not know yet."""
        freeze, package = _sides(act.refuse_freeze), _sides(act.refuse_package)
        if not package:
            return self._refuse(act, act.refuse_freeze, "")
        if len(freeze) == len(package) == 1 and freeze != package:
            return self._each_refuses(act)
        is_same = act.refuse_package == act.refuse_freeze
        if is_same or (freeze == package and act.brief):
            both = "" if len(package) > 1 else "both "
            return self._refuse(act, act.refuse_package, f"{both}this and {PRESENT_LINES}")
        first = self._refuse(act, act.refuse_package, "")
        if not freeze:
            return first
        second = self._refuse(act, act.refuse_freeze, PRESENT_LINES)
        return f"{first}, and {second}" if act.brief else f"{first}. {sentence_case(second)}"

    def _each_refuses(self, act: Act) -> str:
        """Return that each side refuses another proposal, and would sign the other one."""
        package = self._refuse(act, act.refuse_package, "", assent=False)
        freeze = self._refuse(act, act.refuse_freeze, PRESENT_LINES, assent=False)
        if act.brief:
            return f"{package}, and {freeze}"
        takes_terms, takes_ceasefire = (
            self._name(_sides(refused)) for refused in (act.refuse_freeze, act.refuse_package)
        )
        terms = "the handover" if act.share else "these terms"
        accepted = f"{takes_terms} would accept {terms}, and {takes_ceasefire} the ceasefire"
        return f"{package}. {sentence_case(freeze)}. {accepted}"

    def _refuse(self, act: Act, refusals: str, what: str, assent: bool = True) -> str:
        """Return that sides refuse a proposal, why unless that is known, and who would accept."""
        codes = _sides(refusals)
        object_ = f" {what}" if what else ""
        refuse = "refuse" if len(codes) > 1 else self.words.does(codes[0], "refuses")
        if act.brief:
            return f"{self._name(codes)} {refuse}{object_}"
        reasons = [self._because(refusal) for refusal in refusals.split()]
        if len(codes) == 1:
            says = f"{self._name(codes)} {refuse}{object_}, {reasons[0]}"
            others = [code for code in act.target.split() if code not in codes]
            return f"{says}; {self._name(others)} would accept" if assent and others else says
        if len(set(reasons)) == 1:
            return f"both sides refuse{object_}, {reasons[0]}"
        first, second = (self.words.name(code) for code in codes)
        does = [self.words.does(code, "refuses") for code in codes]
        return f"{first} {does[0]}{object_}, {reasons[0]}; {second} {does[1]} too, {reasons[1]}"

    def _because(self, refusal: str) -> str:
        """Return why a side refuses, given as ``CODE:reason``."""
        _, reason, *patrons = refusal.split(":")
        by = self.words.names(" ".join(patrons)) if patrons else "its patron"
        return BECAUSE[reason].replace("{by}", by)

    def _all_refuse(self, act: Act) -> bool:
        """Return whether both sides refuse all that is proposed."""
        proposals = [act.refuse_freeze, *[act.refuse_package] * bool(act.refuse_package)]
        return all(len(_sides(refusals)) > 1 for refusals in proposals)

    def _again(self, act: Act) -> str:
        if act.times == 1:
            return ""
        until = self.words.when(act.until)
        often = f"{count(act.times - 1, 'more time')} until {until}"
        if act.times == 2:
            often = f"again on {until}"
        elif act.times == act.until - act.day + 1:
            often = f"every day until {until}"
        falling = ""
        if act.share and fine_percent(act.last_share) != fine_percent(act.share):
            now = "now" if act.times == 2 else "in the end"
            falling = f", {now} for {_more(act)}{fine_percent(act.last_share)},"
        return f". The proposal is made {often}{falling or ','} with the same answers"

    # Ceasefires

    def ceasefire(self, act: Act) -> str:
        """Return a ceasefire that is signed: its terms, its peacekeepers, and who gave way."""
        which = f"{article(ordinal(act.number)) if act.number > 1 else 'a'} ceasefire"
        says = f"the two sides agree on {which} without a mediator"
        if act.actor:
            mediates = self.words.does(act.actor, "mediates")
            says = f"{self.words.name(act.actor)} {mediates} {which}"
        if act.share or act.concession:
            return f"{says}: {self._terms(act)}{self._guard(act)}{self._turns(act)}"
        says += " along the present lines"
        if act.refuse_package and act.last_share:
            # whether the package came first, and was refused, or never came up, is not recorded
            price = f"{_more(act)}{fine_percent(act.last_share)} of the area"
            sides = self._name(_sides(act.refuse_package))
            says += f"; {sides} would not agree to a handover of {price}"
        return says + self._turns(act)

    def _turns(self, act: Act) -> str:
        """Return why sides sign what they refused before or were not expected to sign."""
        turns = [turn.partition(":")[::2] for turn in act.signs.split()]
        if len({why for _, why in turns}) == 1 < len(turns):
            reason, _, first = turns[0][1].partition(":")
            sign = "sign" if first else "now sign what they refused before"
            return f". Both sides {sign}, {SIGNING[reason]}"
        said = [self._turn(code, *why.partition(":")[::2]) for code, why in turns]
        return f". {sentence_case('; '.join(said))}" if said else ""

    def _turn(self, code: str, why: str, first: str) -> str:
        signs = self.words.does(code, "signs")
        says = signs if first else f"now {signs} what {self.words.it(code)} refused before"
        return f"{self.words.name(code)} {says}, {SIGNING[why]}"

    def _terms(self, act: Act) -> str:
        words = self.words
        promises = []
        if act.share:
            promises.append(f"to hand over {_more(act)}{fine_percent(act.share)} of the area")
        if act.concession:
            asked = f"what {words.name(self._challenger)} asked besides territory"
            promises.append(f"to grant {asked}")
        agrees = words.does(self._defender, "agrees")
        return f"{words.name(self._defender)} {agrees} {listed(promises)}"

    def _guard(self, act: Act) -> str:
        """Return who guards the terms; what the defender keeps, if there is any."""
        if not act.protection:
            return ""
        of = f" of {self.words.name(act.prompted_by)}" if act.prompted_by else ""
        keeps = act.share and act.left - act.share > HARDLY
        return (
            f"; {_force(act.protection)}{of} is to guard {'the rest' if keeps else 'the ceasefire'}"
        )

    # Names

    @property
    def _challenger(self) -> str:
        return self.words.scenario.conflict.challenger

    @property
    def _defender(self) -> str:
        return self.words.scenario.conflict.defender

    def _name(self, codes: list[str]) -> str:
        return self.words.names(" ".join(codes))


def _more(act: Act) -> str:
    """Return that a share comes on top of what has been taken or handed over, if any has."""
    return "a further " if act.territory_fought + act.territory_ceded > NOTABLE else ""


def _sides(refusals: str) -> list[str]:
    """Return who refuses, without the reasons."""
    return [refusal.partition(":")[0] for refusal in refusals.split()]


def _force(protection: float) -> str:
    if protection < WEAK:
        return "a weak peacekeeping force"
    return "a strong peacekeeping force" if protection >= STRONG else "a peacekeeping force"
