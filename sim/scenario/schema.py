"""The keys of a scenario file, with their meaning, unit and bounds.

A field is *descriptive* if it is shown to readers and affects no outcome; its description then says
so. Every other field affects outcomes. Files contain the uncertain numbers, and the code contains
the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from sim.scenario.parameters import OFF, ONE, Mechanisms, Parameters
from sim.scenario.posterior import Posterior
from sim.scenario.quantity import Choice, Quantity
from sim.scenario.stances import KNOWN_NAMES
from sim.scenario.values import (
    Act,
    Code,
    Date,
    Day,
    Factor,
    Flag,
    Garrison,
    Level,
    Men,
    Name,
    NotNegative,
    Positive,
    Section,
    Share,
    Shown,
    StanceName,
    Text,
    Tie,
    Worth,
    as_tuple,
    full_names,
    in_rising_order,
    names_of_levels,
    options_of,
)


class Escalation:
    """An escalation level of a belligerent; level 4 means that a third party fights.

    Plain integers, because comparing arrays with enum members is six times slower.
    """

    hold_fire = 0
    skirmish = 1
    limited_offensive = 2
    full_offensive = 3


ESCALATIONS = ("hold_fire", "skirmish", "limited_offensive", "full_offensive")
"""Names of the escalation levels, in their order."""


class Treaty(Section):
    """A treaty that obliges an ally to defend a belligerent."""

    partner: Code = Field(
        alias="with", description="code of the belligerent that may invoke the treaty"
    )
    covers: Annotated[tuple[Name, ...], BeforeValidator(as_tuple)] = Field(
        description=(
            "theatre, or list of theatres, in which the treaty legally binds the ally; names from "
            "`conflict.theatres`"
        )
    )
    under: Text | None = Field(default=None, description="name of the treaty (descriptive)")


class Actor(Section):
    """A state or organisation: its capabilities, its interests and its ties to others.

    Leave out a value where the sources say nothing. The mechanism that needs it then has no effect
    on the actor.
    """

    name: Shown = Field(description="name shown to readers (descriptive)")
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
            "military strength that a belligerent can commit, in any unit; only the ratio of the "
            "two sides matters"
        ),
    )
    drones: Share | None = Field(
        default=None, description="how fully a belligerent uses armed drones, 0 none to 1 full"
    )
    grievance: Share | None = Field(
        default=None,
        description=(
            "public demand for military action at the onset, in a belligerent's country: 0 none to "
            "1 full"
        ),
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
        description=(
            "attention that the third party can give to this crisis, 0 none to 1 full; 1 where "
            "absent"
        ),
    )
    support: Level | None = Field(
        default=None,
        description=(
            "most support that the third party can give a side, in levels: 0 none to 4 "
            "troops; without this key it cannot take a side"
        ),
    )
    troops: Garrison | None = Field(
        default=None,
        description=(
            "men that the third party has in the theatre at the onset, in thousands; they have "
            "paid a part of the price of force"
        ),
    )
    sphere: Share | None = Field(
        default=None,
        description=(
            "how far the third party's standing depends on keeping rivals out of the region, 0 not "
            "at all to 1 fully"
        ),
    )
    peacekeeping: Share | None = Field(
        default=None,
        description=(
            "how well the third party can protect a package with peacekeepers, 0 not at all to 1 "
            "fully"
        ),
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
    stance: Annotated[Choice, options_of(KNOWN_NAMES), AfterValidator(full_names)] | None = Field(
        default=None, description="stance of the third party at the onset; aside where absent"
    )

    @property
    def can_act(self) -> bool:
        """Whether a third party has any stance but standing aside."""
        return self.broker_value is not None or self.support is not None


class Conflict(Section):
    """The two sides and what they fight over."""

    challenger: Code = Field(description="code of the side that wants to move the front line")
    defender: Code = Field(
        description=(
            "code of the side that holds the contested area at the onset, in whole or in large part"
        )
    )
    theatres: dict[Name, Text] = Field(
        description=(
            "theatres that treaties may cover, by name, each with a short description (descriptive)"
        )
    )
    theatre: Name = Field(
        description=(
            "theatre in which this crisis is fought, one of `theatres`; it decides which treaties "
            "bind"
        )
    )
    contested_area_km2: Positive = Field(
        description="size of the contested area, in square kilometres (descriptive)"
    )
    forces: Men = Field(
        description=(
            "men of both sides engaged or at hand in the theatre at the onset, in thousands; "
            "the pace of advances and the deaths scale with it"
        )
    )
    tempo: Factor = Field(
        default=ONE,
        description=(
            "how fast fronts move in this crisis, relative to what its forces let expect; a "
            "wide range where nothing is known"
        ),
    )
    severity: Factor = Field(
        default=ONE,
        description=(
            "how deadly the fighting is in this crisis, relative to what its forces let expect; "
            "a wide range where nothing is known"
        ),
    )
    aim: Share = Field(
        description=(
            "territory that the challenger fights for in this crisis, as a share of the contested "
            "area (0 to 1)"
        )
    )
    challenger_holds: Share = Field(
        description=(
            "territory that the challenger holds at the onset, as a share of the contested area (0 "
            "to 1)"
        )
    )
    prepared_line: Share = Field(
        description=(
            "depth of the defender's prepared defensive line, as a share of the contested area (0 "
            "to 1)"
        )
    )
    package_share: Share = Field(
        description=(
            "territory that a package would cede, as a share of what the challenger does not yet "
            "hold (0 to 1)"
        )
    )
    concession: Worth = Field(
        default=OFF,
        description=(
            "worth to the challenger of what a package can grant it besides territory, such as "
            "the return of exiles, as a share of the contested area"
        ),
    )
    quiet_days: Annotated[int, Field(strict=True, ge=0, le=100_000)] = Field(
        default=0,
        description=(
            "days without fighting before the onset, for a challenger that opens by holding fire"
        ),
    )
    opening: Annotated[
        Choice, BeforeValidator(names_of_levels(ESCALATIONS)), options_of(ESCALATIONS)
    ] = Field(
        description=(
            "escalation level at which the challenger opens: 0 hold_fire, 1 skirmish, 2 "
            "limited_offensive, 3 full_offensive"
        )
    )


class Event(Section):
    """Something that an actor does on a given day, whatever the model would have it do."""

    day: Annotated[int, Field(strict=True, ge=0, le=3650)] = Field(
        description="day on which the event begins, in days after the onset"
    )
    actor: Code = Field(description="code of the actor who acts")
    do: Act = Field(
        description=(
            "what the actor does: a stance, invoke (call on a treaty) or embargo (withhold "
            "supplies)"
        )
    )
    days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = Field(
        default=None,
        description="how many days the event lasts; until the end of the run where absent",
    )


class Scenario(Section):
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
    course_days: Annotated[tuple[Day, ...], AfterValidator(in_rising_order)] = Field(
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
    mechanisms: Mechanisms = Field(
        default=Mechanisms(),
        description="mechanisms that analysts disagree about; what is not named is off",
    )
    policies: dict[Code, StanceName] = Field(
        default={},
        description=(
            "stance that a third party holds for the whole run, by code; an event overrides it "
            "while the event lasts"
        ),
    )
    events: tuple[Event, ...] = Field(
        default=(),
        description="list of what actors do on given days, whatever the model would have them do",
    )

    def __repr__(self) -> str:
        """Return a short description, since all values fill pages."""
        return f"<Scenario {self.scenario}: {self.title}>"

    __str__ = __repr__

    @property
    def course(self) -> tuple[int, ...]:
        """The days of ``course_days`` that are simulated."""
        return tuple(day for day in self.course_days if day <= self.horizon_days)

    @property
    def sides(self) -> tuple[str, str]:
        """Codes of the challenger and the defender.

        >>> import sim
        >>> len(sim.load("april_2016").scenario.sides)
        2
        """
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
        found: list[Quantity | Choice] = []
        pending: list[Any] = [self]
        while pending:
            node = pending.pop()
            if type(node) in (Quantity, Choice):  # several times faster than isinstance
                found.append(node)
            elif isinstance(node, dict):
                pending += node.values()
            elif isinstance(node, tuple):
                pending += node
            elif isinstance(node, BaseModel):
                pending += vars(node).values()
        yield from sorted(found, key=lambda value: value.path)
