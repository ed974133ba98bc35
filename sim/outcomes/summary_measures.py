"""Declare the measures of a summary, each once: name, meaning, unit and formula.

The summary, the charts, the help text of ``sim sweep`` and the documentation read this table. To
add a measure, add one entry. The module imports nothing heavy, because help texts list the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.io.text import count, with_article

if TYPE_CHECKING:
    from sim.scenario import Scenario

EARLY_DAYS = 14
"""Days within which a ceasefire counts as early."""
PROBABILITY = "probability"
"""Unit of a measure that is a share of runs."""
OF_A_MEDIATOR = "broker_"
"""First part of the names of measures for one mediator."""


@dataclass(frozen=True)
class SummaryMeasure:
    """A measure that every summary reports.

    Attributes:
        name: short name, stable across versions.
        meaning: what it measures, in words. ``{early}``, ``{stops}``, ``{defender}`` and the codes
            of actors in braces are filled in for a scenario.
        unit: unit of the value; ``probability`` for the share of runs in which an event occurs.
        formula: value in each run, or the condition of an event. The language is that of
            :mod:`sim.outcomes.measures`, without an average.
    """

    name: str
    meaning: str
    unit: str
    formula: str

    @property
    def is_early(self) -> bool:
        """Whether it counts what happens within :func:`early_days`."""
        return "{early}" in self.meaning

    def says(self, scenario: Scenario, defender: str = "") -> str:
        """Return what the measure means in a scenario.

        Args:
            scenario: the scenario.
            defender: words for the defender, instead of its name.
        """
        actors = scenario.actors
        opens_quietly = scenario.conflict.opening.options == ("hold_fire",)
        return self.meaning.format(
            early=count(early_days(scenario), "day"),
            stops=QUIET_OPENING if opens_quietly else "fighting stops",
            defender=defender or with_article(actors[scenario.conflict.defender].name),
            **{code: with_article(actor.name) for code, actor in actors.items()},
        )


def early_days(scenario: Scenario) -> int:
    """Return the days within which a ceasefire counts as early: 14, or fewer in a short simulation.

    >>> import sim
    >>> early_days(sim.load("april_2016", set={"horizon_days": 5}).scenario)
    5
    """
    return min(EARLY_DAYS, scenario.horizon_days)


QUIET_OPENING = "there is no fighting, or it stops"
"""How a ceasefire is worded in a crisis that opens without fighting."""

_EVENTS_AND_ENDINGS = (
    SummaryMeasure(
        "lasting_stop_14",
        "{stops} for good within {early}",
        PROBABILITY,
        f"lasting_truce_day <= {EARLY_DAYS}",
    ),
    SummaryMeasure(
        "brokered_truce_14",
        "a mediated ceasefire is signed within {early}",
        PROBABILITY,
        f"first_truce_day <= {EARLY_DAYS}",
    ),
    SummaryMeasure(
        "ending_fighting", "fighting continues to the end", PROBABILITY, "ending == 'fighting'"
    ),
    SummaryMeasure("ending_lull", "ends in a lull", PROBABILITY, "ending == 'lull'"),
    SummaryMeasure(
        "ending_truce",
        "ends in a mediated ceasefire",
        PROBABILITY,
        "ending == 'truce' and broker != 'none'",
    ),
    SummaryMeasure(
        "ending_direct",
        "ends in a ceasefire without a mediator",
        PROBABILITY,
        "ending == 'truce' and broker == 'none'",
    ),
    SummaryMeasure(
        "ending_capitulation",
        "ends in the defender's capitulation",
        PROBABILITY,
        "ending == 'capitulation'",
    ),
)
_LEVELS_AND_QUANTITIES = (
    SummaryMeasure("peak_2", "reaches a limited offensive", PROBABILITY, "peak_level >= 2"),
    SummaryMeasure("peak_3", "reaches a full offensive", PROBABILITY, "peak_level >= 3"),
    SummaryMeasure("peak_4", "a third party fights", PROBABILITY, "peak_level >= 4"),
    SummaryMeasure("treaty_invoked", "{defender} invokes a treaty", PROBABILITY, "treaty_invoked"),
    SummaryMeasure("duration_days", "duration of the fighting", "days", "duration_days"),
    SummaryMeasure(
        "deaths", "battle deaths of both sides", "deaths", "deaths_challenger + deaths_defender"
    ),
    SummaryMeasure(
        "failed_truces", "mediated ceasefires that broke", "ceasefires", "failed_truces"
    ),
    SummaryMeasure(
        "failed_stops", "failed cessations of fighting, of any kind", "times", "failed_stops"
    ),
    SummaryMeasure(
        "territory_fought", "territory won by fighting", "% of the area", "100 * territory_fought"
    ),
    SummaryMeasure(
        "territory_ceded", "territory ceded by agreement", "% of the area", "100 * territory_ceded"
    ),
)

MEASURES = tuple(measure.name for measure in (*_EVENTS_AND_ENDINGS, *_LEVELS_AND_QUANTITIES))
"""Names of the measures in every summary; there is also one per mediator."""


def of_mediator(code: str) -> SummaryMeasure:
    """Return the measure of an actor's success as a mediator.

    >>> of_mediator("OST").formula
    "ending == 'truce' and broker == 'OST'"
    """
    return SummaryMeasure(
        f"{OF_A_MEDIATOR}{code}",
        f"the lasting ceasefire is mediated by {{{code}}}",
        PROBABILITY,
        f"ending == 'truce' and broker == '{code}'",
    )


def declared(mediators: Iterable[str] = ()) -> tuple[SummaryMeasure, ...]:
    """Return the measures of a summary, in order.

    Args:
        mediators: codes of the actors that mediated a lasting ceasefire in some run.

    >>> [measure.name for measure in declared(["OST"])][6:9]
    ['ending_capitulation', 'broker_OST', 'peak_2']
    """
    return (*_EVENTS_AND_ENDINGS, *map(of_mediator, mediators), *_LEVELS_AND_QUANTITIES)
