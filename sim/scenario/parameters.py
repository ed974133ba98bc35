"""The parameters and the mechanisms of a scenario: numbers and choices that all actors share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.scenario.quantity import Choice, Quantity
from sim.scenario.values import (
    Fitted,
    NotNegative,
    Positive,
    Section,
    Share,
    Signed,
    options_of,
)

CREDIBILITY = ("neutral", "kydd03", "kydd06", "favretto", "off")
EXPECTATION = ("effort", "scope", "outcome")
OFF = Quantity(low=0, high=0)
"""Strength of a mechanism that is off."""
ONE = Quantity(low=1, high=1)
"""A factor that changes nothing."""


class Intensity(Section):
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


class Parameters(Section):
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
        description=(
            "territory won on a day of full success with 100,000 men engaged, as a share of the "
            "contested area; with fewer men, fronts are thinner and move faster"
        )
    )
    lethality: Positive = Field(
        description=(
            "battle deaths on a day of full war with 100,000 men engaged, both sides together"
        )
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
        description=(
            "how strictly a belligerent chooses the better option, per unit of stake: 0 is a "
            "random choice"
        )
    )
    resolve_cost: NotNegative = Field(
        description="fixed cost of continuing to fight, as a share of the stake"
    )
    grievance_decay: Positive = Field(
        description="days over which the public's reward for fighting fades"
    )
    patron_precision: NotNegative = Field(
        description=(
            "how strictly a third party chooses the better stance, per unit of utility: 0 is a "
            "random choice"
        )
    )
    protege_value: NotNegative = Field(
        description=(
            "what a third party gains by helping a close party under threat, in utility per level "
            "of support"
        )
    )
    partner_cost: NotNegative = Field(
        description=(
            "what a third party loses by harming its tie to the other party, in utility per level "
            "of support"
        )
    )
    force_cost: NotNegative = Field(
        description=(
            "cost to a third party of using force, in utility; arms cost a third of it, aid a "
            "ninth and words a "
            "twenty-seventh"
        )
    )
    inertia: NotNegative = Field(
        description=(
            "how strongly an actor keeps its stance or its escalation level when it chooses "
            "anew, in log-odds (nats)"
        )
    )
    broker_ambition: NotNegative = Field(
        description="utility of mediating for the most willing mediator"
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


class Mechanisms(Section):
    """The mechanisms that analysts disagree about.

    Each is one switch or one strength. 0 or off removes it. A mechanism that no file names is off,
    so a file from before a mechanism existed gives the same outcomes as then.
    """

    credibility: Annotated[Choice, options_of(CREDIBILITY)] = Field(
        default=Choice(options=("off",)),
        description=(
            "how bias affects a mediator's credibility: neutral, kydd03, kydd06, favretto or off"
        ),
    )
    expectation: Annotated[Choice, options_of(EXPECTATION)] = Field(
        default=Choice(options=("effort",)),
        description=(
            "what an ally is expected to provide: effort, scope (what its treaty covers) or "
            "outcome; it matters only with `tie_drift`"
        ),
    )
    grievance_value: NotNegative = Field(
        default=OFF,
        description=(
            "value to a belligerent of meeting the public's demand for action, as a share of the "
            "contested area"
        ),
    )
    learning: NotNegative = Field(
        default=OFF,
        description=(
            "how much a belligerent learns about relative strength from a day of full war, in"
            " log-odds per unit of surprise"
        ),
    )
    support_effect: NotNegative = Field(
        default=OFF, description="advantage from one level of outside support, in log-odds"
    )
    contest: Signed = Field(
        default=OFF,
        description=(
            "reaction to a rival's commitment, in utility per level: above 0 a third party "
            "matches it (contest), below 0 it avoids being drawn in (entrapment)"
        ),
    )
    restraint: NotNegative = Field(
        default=OFF,
        description=(
            "cost to a third party of a commitment that a close partner of its own works against, "
            "in utility per level"
        ),
    )
    tied_hands: NotNegative = Field(
        default=OFF,
        description=(
            "cost of going back on one's word: in utility per level for a commitment that is "
            "dropped, as a "
            "share of the stake for a ceasefire that is broken"
        ),
    )
    displacement: Share = Field(
        default=OFF,
        description=(
            "how much less a third party cares for a partner that turns to its rivals, 0 not at "
            "all to 1 fully"
        ),
    )
    treaty_duty: NotNegative = Field(
        default=OFF, description="cost to an ally of not answering an invoked treaty, in utility"
    )
    treaty_stretch: Share = Field(
        default=OFF,
        description=(
            "how far a treaty is felt to bind outside the theatres it covers, 0 not at all to 1 "
            "fully"
        ),
    )
    leverage: NotNegative = Field(
        default=OFF,
        description=(
            "pressure that a mediator can apply as the sole supplier, as a share of the contested "
            "area"
        ),
    )
    recess: NotNegative = Field(
        default=OFF,
        description="days that mediators typically need to prepare another round of talks",
    )
    withholding: Share = Field(
        default=OFF,
        description=(
            "how far a supplier withholds supplies from the enemy of a side that it supports "
            "fully, 0 not at all to 1 completely"
        ),
    )
    authority_loss: Share = Field(
        default=OFF,
        description=(
            "share of its authority that a mediator loses when others are fully committed to a "
            "side, 0 to 1"
        ),
    )
    estrangement: Share = Field(
        default=OFF,
        description=(
            "how much of a side's tie to a mediator is lost while the mediator is fully committed "
            "to the enemy"
        ),
    )
    backing: Share = Field(
        default=OFF,
        description=(
            "how far a trusted mediator that stands by its ceasefire protects it from accidents, 0 "
            "to 1"
        ),
    )
    spoiler: NotNegative = Field(
        default=OFF,
        description=(
            "gain from refusing a settlement for a side fully backed by a patron that the "
            "settlement leaves out, as a share of the stake"
        ),
    )
    dilution: NotNegative = Field(
        default=OFF,
        description="how the pressure of several mediators combines: 0 adds it up, 1 averages it",
    )
    commitment_problem: NotNegative = Field(
        default=OFF,
        description=(
            "the weaker side's fear of further demands by a stronger enemy, as a share of the "
            "contested area"
        ),
    )
    terms_fit: Share = Field(
        default=OFF,
        description=(
            "how far a ceasefire breaks because its terms differ from what war would bring, 0 not "
            "at all to 1 fully"
        ),
    )
    foresight: Share = Field(
        default=OFF,
        description=(
            "how far the sides foresee, when they sign, that a ceasefire will not hold: 0 not at "
            "all to 1 fully"
        ),
    )
    guarantee: Share = Field(
        default=OFF, description="how far peacekeepers protect a package, 0 not at all to 1 fully"
    )
    package: Share = Field(
        default=OFF, description="probability that mediators may propose a package at all, 0 to 1"
    )
    counter_offensive: Share = Field(
        default=OFF,
        description=(
            "how far the defender can retake lost territory, 0 not at all to 1 as fast as it was "
            "lost"
        ),
    )
    tie_drift: NotNegative = Field(
        default=OFF,
        description=(
            "change of a tie for a fully unmet expectation, per day of full war; ties run from -1 "
            "to 1"
        ),
    )
    structural_balance: NotNegative = Field(
        default=OFF,
        description="drift of ties towards balanced triads, per day; ties run from -1 to 1",
    )
