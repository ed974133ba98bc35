"""The keys of a scenario file, with their meaning, unit and bounds.

A field is *descriptive* if it is shown to readers and affects no outcome; its description then says
so. Every other field affects outcomes. Uncertain numbers are in files; the code holds the form of
the rules.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo

from sim.io.errors import nearest
from sim.scenario.document import clipped
from sim.scenario.posterior import Posterior
from sim.scenario.quantity import WORDS, Choice, Quantity
from sim.scenario.stances import ALIASES, KNOWN_NAMES


class Rung:
    """An escalation level of a belligerent; level 4 means that a third party fights.

    Plain integers, because comparing arrays with enum members is six times slower.
    """

    hold_fire = 0
    skirmish = 1
    limited_offensive = 2
    full_offensive = 3


ACTS = (*KNOWN_NAMES, "invoke", "embargo")
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
        raise ValueError(
            f"'{value}' is not an actor code; allowed: 2 to 8 capital letters, digits or _, such as NOR"
        )
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(
            f"'{value}' is not a name; allowed: up to 40 lower-case letters, digits or _, starting with a letter"
        )
    return value


def _date(value: Any) -> Any:
    # Without this check a plain number would be read as seconds since 1970.
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.datetime.strptime(value, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        raise ValueError(
            f"'{value}' is not a date; allowed: year-month-day, such as 2001-05-06"
        ) from None


Code = Annotated[str, AfterValidator(_code)]
Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, Field(max_length=2000)]
Date = Annotated[datetime.date, BeforeValidator(_date)]
Flag = Annotated[bool, Field(strict=True)]


def _between(low: float, high: float, words: str | None = None) -> AfterValidator:
    bounds = words or f"{low:g} to {high:g}"

    def check(value: Quantity) -> Quantity:
        if value.word is not None and high > 1:
            raise ValueError(
                f"the word {value.word} is not allowed on this scale; allowed: a number or a range, {bounds}"
            )
        if value.low < low or value.high > high:
            shown = f"{value.low:g}" if value.known else f"{value.low:g} to {value.high:g}"
            raise ValueError(f"{shown} is out of bounds; allowed: {bounds}")
        return value

    return AfterValidator(check)


def _no_text(value: Any) -> Any:
    # The check of bounds handles words, because it can name the bounds.
    if isinstance(value, str) and value.removeprefix("-") not in WORDS:
        raise ValueError(
            f"the text '{clipped(value, 40)}' is not a number; allowed: a number or a range, not a word"
        )
    return value


def _one_of(allowed: tuple[str, ...]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and value not in allowed:
            raise ValueError(
                f"unknown '{value}'{nearest(value, allowed)}; allowed: {', '.join(allowed)}"
            )
        return value

    return BeforeValidator(check)


def _options_of(allowed: tuple[str, ...]) -> AfterValidator:
    def check(choice: Choice) -> Choice:
        for option in choice.options:
            if option not in allowed:
                raise ValueError(
                    f"unknown '{option}'{nearest(option, allowed)}; allowed: {', '.join(allowed)}"
                )
        return choice

    return AfterValidator(check)


def _full_name(name: str) -> str:
    """Return the name of a stance in the table, for one that has two."""
    return ALIASES.get(name, name)


def _full_names(choice: Choice) -> Choice:
    return choice.model_copy(update={"options": tuple(map(_full_name, choice.options))})


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _in_rising_order(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("not in rising order; allowed: each day once, the earliest first")
    return days


Day = Annotated[int, Field(strict=True, ge=1, le=3650)]
Share = Annotated[Quantity, _between(0, 1), Unit("share, 0 to 1")]
Tie = Annotated[Quantity, _between(-1, 1), Unit("from -1 to 1")]
Amount = Annotated[Quantity, BeforeValidator(_no_text), WithJsonSchema({"format": "amount"})]
"""A quantity on a scale without words; :mod:`sim.workspace.schemas` fills in its JSON Schema."""
Level = Annotated[Amount, _between(0, 4), Unit("levels, 0 to 4")]
Positive = Annotated[Amount, _between(1e-9, 1e9, "above 0, up to 1,000,000,000")]
NotNegative = Annotated[Amount, _between(0, 1e9, "0 to 1,000,000,000")]
Signed = Annotated[Amount, _between(-10, 10)]
Fitted = Annotated[InstanceOf[Posterior], WithJsonSchema({"type": "string"})]
StanceName = Annotated[str, _one_of(KNOWN_NAMES), AfterValidator(_full_name)]
Act = Annotated[str, _one_of(ACTS), AfterValidator(_full_name)]


class Treaty(_Document):
    """A treaty that obliges an ally to defend a belligerent."""

    partner: Code = Field(
        alias="with", description="code of the belligerent that may invoke the treaty"
    )
    covers: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple)] = Field(
        description=(
            "theatre, or list of theatres, in which the treaty legally binds the ally; names from `conflict.theatres`"
        )
    )
    under: Text | None = Field(default=None, description="name of the treaty (descriptive)")


class Actor(_Document):
    """A state or organisation: its capabilities, its interests and its ties to others.

    Leave out a value where the sources say nothing. The mechanism that needs it then has no effect on the actor.
    """

    name: Text = Field(description="name shown to readers (descriptive)")
    ties: dict[Code, Tie] = Field(
        default={},
        description=(
            "how close this actor is to each other actor, by code: -1 hostile to 1 close; a "
            "tie stated in one direction counts for both"
        ),
    )
    strength: Positive | None = Field(
        default=None,
        description=(
            "military strength that a belligerent can commit, in any unit; only the ratio of the two sides matters"
        ),
    )
    drones: Share | None = Field(
        default=None, description="how fully a belligerent uses armed drones, 0 none to 1 full"
    )
    grievance: Share | None = Field(
        default=None,
        description="public demand for military action at the onset, in a belligerent's country: 0 none to 1 full",
    )
    cession_worth: NotNegative | None = Field(
        default=None,
        description=(
            "value that a belligerent puts on territory it cedes in a package, relative to "
            "other contested territory; 1 where absent"
        ),
    )
    broker_value: Share | None = Field(
        default=None,
        description=(
            "how much the third party values mediating, and its weight as a mediator: 0 none "
            "to 1 full; without this key it cannot mediate"
        ),
    )
    engagement: Share | None = Field(
        default=None,
        description="attention that the third party can give to this crisis, 0 none to 1 full; 1 where absent",
    )
    support: Level | None = Field(
        default=None,
        description=(
            "most support that the third party can give a side, in levels: 0 none to 4 "
            "troops; without this key it cannot take a side"
        ),
    )
    sphere: Share | None = Field(
        default=None,
        description=(
            "how far the third party's standing depends on keeping rivals out of the region, 0 not at all to 1 fully"
        ),
    )
    peacekeeping: Share | None = Field(
        default=None,
        description="how well the third party can protect a package with peacekeepers, 0 not at all to 1 fully",
    )
    supplies: dict[Code, Share] = Field(
        default={},
        description=(
            "share of a belligerent's outside supplies that comes from this actor, by the "
            "belligerent's code: 0 to 1; a belligerent's shares sum to at most 1"
        ),
    )
    treaties: tuple[Treaty, ...] = Field(
        default=(), description="list of treaties under which this actor must defend a belligerent"
    )
    seat: Flag = Field(
        default=False,
        description="whether the third party has a formal seat in a settlement, true or false",
    )
    stance: Annotated[Choice, _options_of(KNOWN_NAMES), AfterValidator(_full_names)] | None = Field(
        default=None, description="stance of the third party at the onset; aside where absent"
    )

    @property
    def can_act(self) -> bool:
        """Whether a third party has any stance but standing aside."""
        return self.broker_value is not None or self.support is not None


class Conflict(_Document):
    """The two sides and what they fight over."""

    challenger: Code = Field(description="code of the side that wants to move the front line")
    defender: Code = Field(
        description="code of the side that holds the contested area at the onset, in whole or in large part"
    )
    theatres: dict[Name, Text] = Field(
        description="theatres that treaties may cover, by name, each with a short description (descriptive)"
    )
    theatre: Name = Field(
        description="theatre in which this crisis is fought, one of `theatres`; it decides which treaties bind"
    )
    contested_area_km2: Positive = Field(
        description="size of the contested area, in square kilometres (descriptive)"
    )
    aim: Share = Field(
        description=(
            "territory that the challenger fights for in this crisis, as a share of the contested area (0 to 1)"
        )
    )
    challenger_holds: Share = Field(
        description="territory that the challenger holds at the onset, as a share of the contested area (0 to 1)"
    )
    prepared_line: Share = Field(
        description="depth of the defender's prepared defensive line, as a share of the contested area (0 to 1)"
    )
    package_share: Share = Field(
        description=(
            "territory that a package would cede, as a share of what the challenger does not yet hold (0 to 1)"
        )
    )
    quiet_days: Annotated[int, Field(strict=True, ge=0, le=100_000)] = Field(
        default=0,
        description="days without fighting before the onset, for a challenger that opens by holding fire",
    )
    opening: Annotated[int, Field(strict=True, ge=0, le=3)] = Field(
        description=(
            "escalation level at which the challenger opens: 0 hold fire, 1 skirmish, 2 "
            "limited offensive, 3 full offensive"
        )
    )


class Intensity(_Document):
    """Losses of a day at each escalation level, as a share of a day of full war."""

    skirmish: Share = Field(
        description="losses of a day of skirmish, as a share of a day of full war (0 to 1)"
    )
    limited_offensive: Share = Field(
        description="losses of a day of limited offensive, as a share of a day of full war (0 to 1)"
    )
    full_offensive: Share = Field(
        description="losses of a day of full offensive, as a share of a day of full war (0 to 1)"
    )


class Parameters(_Document):
    """Numbers that all crises share: how fighting, decisions and ceasefires work."""

    posterior: Fitted | None = Field(
        default=None,
        description=(
            "file of posterior draws, relative to this file; parameters found in it are drawn"
            " from it instead of from their ranges"
        ),
    )
    intensity: Intensity = Field(description="losses of a day at each escalation level")
    attack_penalty: Signed = Field(
        description="disadvantage of attacking, in log-odds of winning a day's fighting"
    )
    prepared_line_effect: NotNegative = Field(
        description="further disadvantage of attacking a prepared line, in log-odds"
    )
    drone_effect: NotNegative = Field(
        description="advantage from full use of armed drones, in log-odds"
    )
    pace: Positive = Field(
        description="territory won on a day of full success, as a share of the contested area"
    )
    lethality: Positive = Field(
        description="battle deaths on a day of full war, both sides together"
    )
    war_cost: NotNegative = Field(
        description="cost of a day of full war to a belligerent, as a share of the contested area"
    )
    planning_days: Positive = Field(
        description="days that a belligerent looks ahead when it decides"
    )
    optimism: NotNegative = Field(
        description="how far each side overrates its own strength at the onset, in log-odds"
    )
    precision: NotNegative = Field(
        description="how strictly a belligerent chooses the better option, per unit of stake: 0 is a random choice"
    )
    resolve_cost: NotNegative = Field(
        description="fixed cost of continuing to fight, as a share of the stake"
    )
    grievance_decay: Positive = Field(
        description="days over which the public's reward for fighting fades"
    )
    patron_precision: NotNegative = Field(
        description="how strictly a third party chooses the better stance, per unit of utility: 0 is a random choice"
    )
    protege_value: NotNegative = Field(
        description="what a third party gains by helping a close party under threat, in utility per level of support"
    )
    partner_cost: NotNegative = Field(
        description="what a third party loses by harming its tie to the other party, in utility per level of support"
    )
    force_cost: NotNegative = Field(
        description=(
            "cost to a third party of using force, in utility; arms cost a third of it, aid a ninth and words a "
            "twenty-seventh"
        )
    )
    inertia: NotNegative = Field(
        description="how strongly a third party keeps its stance when it reviews it, in log-odds (nats)"
    )
    broker_ambition: NotNegative = Field(
        description="what mediating is worth to the most willing mediator, in utility"
    )
    contact_rate: NotNegative = Field(
        description="proposals per day at full international attention, with one full mediator"
    )
    direct_channel: NotNegative = Field(
        description="contact between the sides without a mediator, relative to one full mediator"
    )
    break_rate: NotNegative = Field(
        description=(
            "probability rate (hazard) per day that a cessation of fighting breaks on its "
            "first day when neither side gains by breaking it"
        )
    )
    invocation_threshold: NotNegative = Field(
        description="loss at which the defender invokes a treaty, as a share of the stake"
    )
    alarm_memory: Share = Field(
        description="share of yesterday's international attention that remains today, 0 to 1"
    )
    review_days: Annotated[int, Field(strict=True, ge=1, le=365)] = Field(
        description="mean days between a third party's reviews of its stance when there is no news"
    )
    closure_days: Annotated[int, Field(strict=True, ge=1, le=365)] = Field(
        description="days without fighting after which the crisis is closed"
    )
    cession_day: Annotated[int, Field(strict=True, ge=0, le=365)] = Field(
        description="day of a ceasefire on which its terms are carried out, counted from its start"
    )


class Mechanisms(_Document):
    """The mechanisms that analysts disagree about.

    Each is one switch or one strength; 0 or off removes it.
    """

    credibility: Annotated[Choice, _options_of(CREDIBILITY)] = Field(
        description="how bias affects a mediator's credibility: neutral, kydd03, kydd06, favretto or off"
    )
    expectation: Annotated[Choice, _options_of(EXPECTATION)] = Field(
        description="what an ally is expected to provide: effort, scope (what its treaty covers) or outcome"
    )
    grievance_value: NotNegative = Field(
        description=(
            "value to a belligerent of meeting the public's demand for action, as a share of the contested area"
        )
    )
    learning: NotNegative = Field(
        description=(
            "how much a belligerent learns about relative strength from a day of full war, in"
            " log-odds per unit of surprise"
        )
    )
    support_effect: NotNegative = Field(
        description="advantage from one level of outside support, in log-odds"
    )
    contest: Signed = Field(
        description=(
            "reaction to a rival's commitment, in utility per level: above 0 a third party "
            "matches it (contest), below 0 it avoids being drawn in (entrapment)"
        )
    )
    restraint: NotNegative = Field(
        description=(
            "cost to a third party of a commitment that a close partner of its own works against, in utility per level"
        )
    )
    tied_hands: NotNegative = Field(
        description=(
            "cost of going back on one's word: in utility per level for a commitment that is dropped, as a "
            "share of the stake for a ceasefire that is broken"
        )
    )
    displacement: Share = Field(
        description=(
            "how much less a third party cares for a partner that turns to its rivals, 0 not at all to 1 fully"
        )
    )
    treaty_duty: NotNegative = Field(
        description="cost to an ally of not answering an invoked treaty, in utility"
    )
    treaty_stretch: Share = Field(
        description="how far a treaty is felt to bind outside the theatres it covers, 0 not at all to 1 fully"
    )
    leverage: NotNegative = Field(
        description="pressure that a mediator can apply as the sole supplier, as a share of the contested area"
    )
    withholding: Share = Field(
        description=(
            "how far a supplier withholds supplies from the enemy of a side that it supports fully, "
            "0 not at all to 1 completely"
        )
    )
    authority_loss: Share = Field(
        description="share of its authority that a mediator loses when others are fully committed to a side, 0 to 1"
    )
    estrangement: Share = Field(
        description="how much of a side's tie to a mediator is lost while the mediator is fully committed to the enemy"
    )
    backing: Share = Field(
        description="how far a trusted mediator that stands by its ceasefire protects it from accidents, 0 to 1"
    )
    spoiler: NotNegative = Field(
        description=(
            "gain from refusing a settlement for a side fully backed by a patron that the "
            "settlement leaves out, as a share of the stake"
        )
    )
    dilution: NotNegative = Field(
        description="how the pressure of several mediators combines: 0 adds it up, 1 averages it"
    )
    commitment_problem: NotNegative = Field(
        description="the weaker side's fear of further demands by a stronger enemy, as a share of the contested area"
    )
    terms_fit: Share = Field(
        description=(
            "how far a ceasefire breaks because its terms differ from what war would bring, 0 not at all to 1 fully"
        )
    )
    foresight: Share = Field(
        description=(
            "how far the sides foresee, when they sign, that a ceasefire will not hold: 0 not at all to 1 fully"
        )
    )
    guarantee: Share = Field(
        description="how far peacekeepers protect a package, 0 not at all to 1 fully"
    )
    package: Share = Field(
        description="probability that mediators may propose a package at all, 0 to 1"
    )
    counter_offensive: Share = Field(
        description="how far the defender can retake lost territory, 0 not at all to 1 as fast as it was lost"
    )
    tie_drift: NotNegative = Field(
        description="change of a tie for a fully unmet expectation, per day of full war; ties run from -1 to 1"
    )
    structural_balance: NotNegative = Field(
        description="drift of ties towards balanced triads, per day; ties run from -1 to 1"
    )


class Event(_Document):
    """Something that an actor does on a given day, whatever the model would have it do."""

    day: Annotated[int, Field(strict=True, ge=0, le=3650)] = Field(
        description="day on which the event begins, in days after the onset"
    )
    actor: Code = Field(description="code of the actor who acts")
    do: Act = Field(
        description="what the actor does: a stance, invoke (call on a treaty) or embargo (withhold supplies)"
    )
    days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = Field(
        default=None,
        description="how many days the event lasts; until the end of the run where absent",
    )


class Scenario(_Document):
    """A complete scenario, the only form that the engine accepts."""

    scenario: Name = Field(
        description="name of the scenario, the same as the file's name (descriptive)"
    )
    title: Text = Field(description="title for readers (descriptive)")
    notes: Text | None = Field(
        default=None, description="what a reader should know about the scenario (descriptive)"
    )
    expects: Text | None = Field(
        default=None, description="outcome that the sources expect (descriptive)"
    )
    start: Date = Field(description="date of day 0, as year-month-day (descriptive)")
    horizon_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = Field(
        description="number of days to simulate"
    )
    course_days: Annotated[tuple[Day, ...], AfterValidator(_in_rising_order)] = Field(
        default=(),
        description=(
            "days at whose start the territory won so far is recorded for every run, in "
            "rising order; days after the horizon are ignored"
        ),
    )
    conflict: Conflict = Field(description="the two sides and what they fight over")
    actors: dict[Code, Actor] = Field(description="belligerents and third parties, by code")
    parameters: Parameters = Field(
        description="numbers that all crises share: how fighting, decisions and ceasefires work"
    )
    mechanisms: Mechanisms = Field(description="mechanisms that analysts disagree about")
    policies: dict[Code, StanceName] = Field(
        default={},
        description=(
            "stance that a third party holds for the whole run, by code; an event overrides it while the event lasts"
        ),
    )
    events: tuple[Event, ...] = Field(
        default=(),
        description="list of what actors do on given days, whatever the model would have them do",
    )

    @property
    def course(self) -> tuple[int, ...]:
        """The days of ``course_days`` that are simulated."""
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
        """Return a copy of the scenario with another posterior, or with none."""
        return self.model_copy(
            update={"parameters": self.parameters.model_copy(update={"posterior": posterior})}
        )

    def quantities(self) -> Iterator[Quantity | Choice]:
        """Yield every quantity and choice, in the order of their paths."""
        yield from sorted(_quantities(self), key=lambda value: value.path)


def unit(field: FieldInfo) -> str:
    """Return the unit that the type of a field states; empty where it states none."""
    return next(
        (
            found.name
            for found in (*field.metadata, *_parts(field.annotation))
            if isinstance(found, Unit)
        ),
        "",
    )


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
