"""The scenario document: what may stand in a file, with meaning, unit and bounds.

A field is *descriptive* when it is shown to readers and changes no outcome; its description then says so.
Every other field changes something. Numbers that the sources or the model leave open stand in files; the code holds the
shapes of the rules.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, WithJsonSchema
from pydantic.fields import FieldInfo

from sim.io.errors import nearest
from sim.scenario.document import clipped
from sim.scenario.posterior import Posterior
from sim.scenario.quantity import WORDS, Choice, Quantity


class Rung:
    """A posture on the escalation ladder; level 4 stands for an outside power that fights.

    Plain integers: arrays are compared with them many times a day, six times faster than with members of an enum.
    """

    hold_fire = 0
    skirmish = 1
    limited_offensive = 2
    full_offensive = 3


LINES = (
    "aside",
    "mediate",
    "lean_challenger",
    "lean_defender",
    "lean_challenger_mediate",
    "lean_defender_mediate",
    "force_challenger",
    "force_defender",
)
"""Lines of conduct of a third party."""

ACTS = (*LINES, "invoke", "embargo")
"""What a dated event can make an actor do."""

CREDIBILITY = ("neutral", "kydd03", "kydd06", "favretto", "off")
EXPECTATION = ("effort", "scope", "outcome")

CODE = re.compile(r"[A-Z][A-Z0-9_]{1,7}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Unit(NamedTuple):
    """The unit of a type of values."""

    name: str


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _code(value: str) -> str:
    if not CODE.fullmatch(value):
        raise ValueError(f"'{value}' is not an actor code; allowed: 2 to 8 capitals, digits or _, such as NOR")
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"'{value}' is not a name; allowed: small letters, digits and _, a letter first, 40 at most")
    return value


def _date(value: Any) -> Any:
    # Without this check a bare number would pass for seconds since 1970.
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        raise ValueError(f"'{value}' is not a date; allowed: year-month-day, such as 2001-05-06") from None


Code = Annotated[str, AfterValidator(_code)]
Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, Field(max_length=2000)]
Date = Annotated[datetime.date, BeforeValidator(_date)]
Flag = Annotated[bool, Field(strict=True)]


def _between(low: float, high: float, words: str | None = None) -> AfterValidator:
    bounds = words or f"{low:g} to {high:g}"

    def check(value: Quantity) -> Quantity:
        if value.word is not None and high > 1:
            raise ValueError(f"the word {value.word} stands for a share; allowed: a number or a range, {bounds}")
        if value.low < low or value.high > high:
            shown = f"{value.low:g}" if value.known else f"{value.low:g} to {value.high:g}"
            raise ValueError(f"{shown} is out of bounds; allowed: {bounds}")
        return value

    return AfterValidator(check)


def _no_text(value: Any) -> Any:
    # A word is left to the check of bounds, which can name them.
    if isinstance(value, str) and value.removeprefix("-") not in WORDS:
        raise ValueError(f"the text '{clipped(value, 40)}' is no number; allowed: a number or a range, not a word")
    return value


def _one_of(allowed: tuple[str, ...]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and value not in allowed:
            raise ValueError(f"unknown '{value}'{nearest(value, allowed)}; allowed: {', '.join(allowed)}")
        return value

    return BeforeValidator(check)


def _options_of(allowed: tuple[str, ...]) -> AfterValidator:
    def check(choice: Choice) -> Choice:
        for option in choice.options:
            if option not in allowed:
                raise ValueError(f"unknown '{option}'{nearest(option, allowed)}; allowed: {', '.join(allowed)}")
        return choice

    return AfterValidator(check)


def _alone_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("not in rising order; allowed: each day once, the earliest first")
    return days


Day = Annotated[int, Field(strict=True, ge=1, le=3650)]
Share = Annotated[Quantity, _between(0, 1), Unit("share, 0 to 1")]
Tie = Annotated[Quantity, _between(-1, 1), Unit("from -1 to 1")]
Amount = Annotated[Quantity, BeforeValidator(_no_text), WithJsonSchema({"format": "amount"})]
"""A quantity on a scale without words; its JSON Schema is a mark that :mod:`sim.workspace.schemas` fills in."""
Level = Annotated[Amount, _between(0, 4), Unit("levels, 0 to 4")]
Positive = Annotated[Amount, _between(1e-9, 1e9, "above 0, to a thousand million")]
NotNegative = Annotated[Amount, _between(0, 1e9, "0 to a thousand million")]
Signed = Annotated[Amount, _between(-10, 10)]
Fitted = Annotated[InstanceOf[Posterior], WithJsonSchema({"type": "string"})]
Line = Annotated[str, _one_of(LINES)]
Act = Annotated[str, _one_of(ACTS)]


class Treaty(_Document):
    """A promise of an ally to the party it stands with."""

    partner: Code = Field(alias="with", description="the party that may call on the treaty")
    covers: Annotated[tuple[Name, ...], BeforeValidator(_alone_or_many)] = Field(
        description="theatre, or theatres, in which it binds by its letter"
    )
    under: Text | None = Field(default=None, description="name of the treaty (descriptive)")


class Actor(_Document):
    """A state or body: what it can do, what it wants, and whom it stands near.

    A value the sources are silent on is absent, and its mechanism then does not touch the actor. A tie that is stated
    in one direction only counts for both, since most sources speak of relations and not of directions.
    """

    name: Text = Field(description="name for readers (descriptive)")
    ties: dict[Code, Tie] = Field(default={}, description="how it stands to another actor, -1 hostile to 1 close")
    strength: Positive | None = Field(default=None, description="force a belligerent can commit; only the ratio counts")
    drones: Share | None = Field(default=None, description="use of armed drones by a belligerent")
    grievance: Share | None = Field(default=None, description="public demand for action at the onset, a belligerent's")
    cession_worth: NotNegative | None = Field(
        default=None, description="worth of the ground a package cedes against the rest, to a belligerent that gives it"
    )
    broker_value: Share | None = Field(default=None, description="worth of brokering to it, and its weight as a broker")
    engagement: Share | None = Field(default=None, description="attention it can give the crisis; 1 where absent")
    support: Level | None = Field(default=None, description="support it can give a side it leans to, in levels")
    sphere: Share | None = Field(default=None, description="how far its authority is staked on keeping others out")
    restraint: NotNegative | None = Field(default=None, description="cost others put on its siding, utility a level")
    peacekeeping: Share | None = Field(default=None, description="how well it can guard a package with troops")
    supplies: dict[Code, Share] = Field(default={}, description="its share of a belligerent's outside supply")
    treaties: tuple[Treaty, ...] = Field(default=(), description="promises to a belligerent")
    seat: Flag = Field(default=False, description="whether it has a formal seat in a settlement")

    @property
    def can_act(self) -> bool:
        """Whether a third party has any line of conduct but standing aside."""
        return self.broker_value is not None or self.support is not None


class Conflict(_Document):
    """Who fights over what."""

    challenger: Code = Field(description="the side that wants the line to move")
    defender: Code = Field(description="the side that holds the contested area")
    theatres: dict[Name, Text] = Field(description="theatres that treaties may name, each described (descriptive)")
    theatre: Name = Field(description="where this crisis is fought; decides whether a treaty binds")
    contested_area_km2: Positive = Field(description="contested area in square kilometres (descriptive)")
    aim: Share = Field(description="share of the contested area the challenger fights for in this crisis")
    challenger_holds: Share = Field(description="share of the contested area in the challenger's hands at the onset")
    prepared_line: Share = Field(description="depth of the defender's prepared line, share of the contested area")
    package_share: Share = Field(description="share of what is left that a package would cede")
    quiet_days: Annotated[int, Field(strict=True, ge=0, le=100_000)] = Field(
        default=0, description="days of quiet before the onset, where the challenger opens by holding fire"
    )
    opening: Annotated[int, Field(strict=True, ge=0, le=3)] = Field(
        description="rung on which the challenger opens, 0 to 3"
    )


class Intensity(_Document):
    """Losses of a day on a rung, as a share of a day of full war."""

    skirmish: Share = Field(description="losses of a day of skirmish, share of a day of full war")
    limited_offensive: Share = Field(description="losses of a day of limited offensive, share of a day of full war")
    full_offensive: Share = Field(description="losses of a day of full offensive, share of a day of full war")


class LineWeights(_Document):
    """How likely a third party is to take a line when all lines are worth the same."""

    aside: Share = Field(description="standing aside")
    mediate: Share = Field(description="brokering and no more")
    lean: Share = Field(description="each of the two leanings")
    lean_mediate: Share = Field(description="each of the two leanings with brokering")
    force: Share = Field(description="each of the two uses of force")


class Parameters(_Document):
    """Numbers shared by all crises: how fighting, deciding and truces work."""

    posterior: Fitted | None = Field(
        default=None, description="file of fitted draws, relative to this one; what it holds is taken from it"
    )
    intensity: Intensity = Field(description="losses of a day on each rung")
    line_weights: LineWeights = Field(description="how likely each line is when all are worth the same")
    attack_penalty: Signed = Field(description="log-odds the attacker gives away by attacking")
    prepared_line_effect: NotNegative = Field(description="log-odds a prepared line costs the attacker on top")
    drone_effect: NotNegative = Field(description="log-odds gained by full use of drones")
    pace: Positive = Field(description="ground won on a day of full success, share of the contested area")
    lethality: Positive = Field(description="battle deaths on a day of full war")
    war_cost: NotNegative = Field(description="cost of a day of full war, share of the contested area")
    horizon: Positive = Field(description="days a belligerent looks ahead")
    optimism: NotNegative = Field(description="log-odds by which each side overrates itself at the onset")
    precision: NotNegative = Field(description="precision of a belligerent's choice, per stake")
    resolve_cost: NotNegative = Field(description="fixed cost of fighting on, share of the stake")
    grievance_decay: Positive = Field(description="days in which the public's reward for fighting fades")
    patron_precision: NotNegative = Field(description="precision of a third party's choice, per unit of utility")
    protege_value: NotNegative = Field(description="utility of helping a close party under threat, a level")
    partner_cost: NotNegative = Field(description="utility lost by hurting the tie to the other party, a level")
    force_cost: NotNegative = Field(description="fixed cost of using force, utility")
    broker_ambition: NotNegative = Field(description="utility of brokering to the keenest broker")
    contact_rate: NotNegative = Field(description="offers a day at full alarm with one full broker")
    direct_channel: NotNegative = Field(description="contact without any broker, against one full broker")
    break_rate: NotNegative = Field(
        description="hazard that a stop breaks on its first day when nobody gains by it, a day"
    )
    invocation_threshold: NotNegative = Field(description="loss at which a treaty is invoked, share of the stake")
    alarm_memory: Share = Field(description="share of yesterday's alarm that is left today")
    review_days: Annotated[int, Field(strict=True, ge=1, le=30)] = Field(
        description="days between a third party's reviews"
    )
    closure_days: Annotated[int, Field(strict=True, ge=1, le=365)] = Field(
        description="days after which a stop closes the crisis"
    )
    cession_day: Annotated[int, Field(strict=True, ge=0, le=365)] = Field(
        description="age of a stop at which its terms are carried out"
    )


class Mechanisms(_Document):
    """What the analysts argue about: each argument is one switch or one strength, and 0 or off takes it away."""

    credibility: Annotated[Choice, _options_of(CREDIBILITY)] = Field(
        description="how a broker's bias makes it believed: neutral, kydd03, kydd06, favretto or off"
    )
    expectation: Annotated[Choice, _options_of(EXPECTATION)] = Field(
        description="what an ally is expected to give: effort, scope of the treaty, or outcome"
    )
    grievance_value: NotNegative = Field(description="worth of answering the public's demand, share of the area")
    learning: NotNegative = Field(description="log-odds learnt from a day of full war, per unit of surprise")
    support_effect: NotNegative = Field(description="log-odds gained by a level of outside support")
    contest: Signed = Field(
        description="answer to a rival's support, utility a level: contest above 0, entrapment below"
    )
    displacement: Share = Field(description="regard lost for a partner that turns to one's rivals")
    treaty_duty: NotNegative = Field(description="cost of failing an ally that has invoked a treaty, utility")
    treaty_stretch: Share = Field(description="how far a treaty is felt to bind beyond its letter")
    leverage: NotNegative = Field(description="pressure of a sole supplier that brokers, share of the area")
    authority_loss: Share = Field(description="broker's authority lost to others' full support for a side")
    spoiler: NotNegative = Field(
        description="what full backing by a patron left out of a settlement makes refusal worth, share of the stake"
    )
    dilution: NotNegative = Field(description="0 adds the pressure of brokers, 1 averages it")
    commitment_problem: NotNegative = Field(description="the weaker side's fear of a stronger enemy's next demand")
    terms_fit: Share = Field(description="how far a truce breaks because its terms miss what war would bring")
    foresight: Share = Field(description="how far signers foresee that a truce will not hold")
    guarantee: Share = Field(description="how far peacekeepers make a package safe")
    package: Share = Field(description="chance that brokers may offer a package at all")
    counter_offensive: Share = Field(description="how far the defender can strike back for lost ground")
    tie_drift: NotNegative = Field(description="change of a tie for a full unmet expectation, a day of full war")
    structural_balance: NotNegative = Field(description="drift of ties towards balanced triads, a day")


class Event(_Document):
    """Something that happens on a day, whatever the model would do."""

    day: Annotated[int, Field(strict=True, ge=0, le=3650)] = Field(description="days after the onset")
    actor: Code = Field(description="who does it")
    do: Act = Field(description="a line of conduct, invoke, or embargo")
    days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = Field(
        default=None, description="how long; to the end where absent"
    )


class Scenario(_Document):
    """A resolved scenario: the only thing the engine accepts."""

    scenario: Name = Field(description="name of the scenario, its file's name (descriptive)")
    title: Text = Field(description="title for readers (descriptive)")
    notes: Text | None = Field(default=None, description="what a reader should know (descriptive)")
    expects: Text | None = Field(default=None, description="what the sources expect to come out (descriptive)")
    start: Date = Field(description="day 0 (descriptive)")
    horizon_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = Field(description="days that are played")
    course_days: Annotated[tuple[Day, ...], AfterValidator(_rising)] = Field(
        default=(),
        description="days at whose dawn the ground won so far is kept for every run; those after the horizon are not",
    )
    conflict: Conflict = Field(description="who fights over what")
    actors: dict[Code, Actor] = Field(description="belligerents and third parties by their codes")
    parameters: Parameters = Field(description="numbers shared by all crises")
    mechanisms: Mechanisms = Field(description="what the analysts argue about")
    policies: dict[Code, Line] = Field(default={}, description="third parties held to one line of conduct")
    events: tuple[Event, ...] = Field(default=(), description="dated injects")

    @property
    def course(self) -> tuple[int, ...]:
        """The days of ``course_days`` that are played."""
        return tuple(day for day in self.course_days if day <= self.horizon_days)

    @property
    def sides(self) -> tuple[str, str]:
        """Codes of the challenger and the defender."""
        return self.conflict.challenger, self.conflict.defender

    @property
    def third_parties(self) -> tuple[str, ...]:
        """Codes of all actors but the belligerents, sorted."""
        return tuple(sorted(set(self.actors) - set(self.sides)))

    def fitted(self, posterior: Posterior | None) -> Scenario:
        """Return the scenario with another posterior, or with none."""
        return self.model_copy(update={"parameters": self.parameters.model_copy(update={"posterior": posterior})})

    def quantities(self) -> Iterator[Quantity | Choice]:
        """Yield every quantity and choice, in the order of their paths."""
        yield from sorted(_quantities(self), key=lambda value: value.path)


def unit(field: FieldInfo) -> str:
    """Return the unit that the type of a field states; empty where it states none."""
    return next((found.name for found in (*field.metadata, *_parts(field.annotation)) if isinstance(found, Unit)), "")


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield what a type is made of, such as the type of values in a mapping."""
    for part in get_args(annotation):
        yield part
        yield from _parts(part)


def _quantities(node: Any) -> Iterator[Quantity | Choice]:
    if isinstance(node, Quantity | Choice):
        yield node
    elif isinstance(node, BaseModel):
        for field in type(node).model_fields:
            yield from _quantities(getattr(node, field))
    elif isinstance(node, dict):
        for child in node.values():
            yield from _quantities(child)
    elif isinstance(node, tuple):
        for child in node:
            yield from _quantities(child)
