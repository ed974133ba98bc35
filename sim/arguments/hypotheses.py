"""Models of hypothesis files: arguments with their claims, and pairs of rival arguments.

A claim compares overlays of one scenario with common random numbers. It states in which direction
a measure should move, and by how much at least. Several coders can state it independently, each
with conditions and a measure of his own. :mod:`sim.arguments.files` reads the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from sim.arguments.words import Contrast, Draws, Expects
from sim.scenario.provenance import MAX_ASSUMPTION, NOTHING_NAMED
from sim.scenario.values import Name, Text

Citations = Annotated[tuple[str, ...], Field(json_schema_extra={"minItems": 1})]
Number = Annotated[float, Field(strict=True)]
Overlay = dict[str, Any]
CITING = ("cites", "sources")
"""Keys that hold citations."""
MOST = 50
"""Maximum number of claims or pairs in a file."""


def _some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not 1 <= len(items) <= MOST:
        raise ValueError(f"a list of {len(items)}; allowed: 1 to {MOST}")
    return items


def _one_or_two(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(items) not in (1, 2):
        raise ValueError(f"{len(items)} overlays; allowed: one or two")
    return items


def _says_why(assumption: str) -> str:
    if not assumption.strip() or len(assumption) > MAX_ASSUMPTION:
        raise ValueError(
            f"not an assumption; allowed: a text of 1 to {MAX_ASSUMPTION} characters that gives "
            "the reason"
        )
    return assumption


Assumption = Annotated[
    str,
    AfterValidator(_says_why),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_ASSUMPTION}),
]


def _either_required(schema: dict[str, Any]) -> None:
    """Require citations in a JSON Schema unless an assumption is stated."""
    citations = next(name for name in CITING if name in schema["properties"])
    schema["required"].remove(citations)
    schema["anyOf"] = [{"required": [citations]}, {"required": ["assumption"]}]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Sourced(_Document):
    """A part of a file that needs citations, an assumption, or both."""

    model_config = ConfigDict(json_schema_extra=_either_required)

    assumption: Assumption | None = Field(
        default=None,
        description="why it may hold where no source says so; use this for an argument of your own",
    )

    @model_validator(mode="before")
    @classmethod
    def _without_citations(cls, raw: Any) -> Any:
        citations = next(name for name in CITING if name in cls.model_fields)
        if isinstance(raw, dict) and raw.get("assumption") is not None:
            return {citations: [], **raw}
        return raw

    @field_validator(*CITING, check_fields=False)
    @classmethod
    def _rests_on_something(
        cls, citations: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if not citations and "assumption" in info.data and info.data["assumption"] is None:
            raise ValueError(NOTHING_NAMED)
        return citations


class _Experiment(_Sourced):
    """What a claim and a pair share: a scenario, and changes to it that are compared.

    All conditions are simulated with common random numbers.
    """

    scenario: Name = Field(description="name of the scenario that all conditions change")
    measure: Text = Field(
        description="what is compared: an expression over the outcomes table, such as "
        "probability(first_truce_day <= 14)"
    )
    holding: Overlay = Field(
        default={},
        description="changes to the scenario that apply to every condition, such as "
        "support_effect 0 to keep the odds equal",
    )
    cites: Citations = Field(
        description="ids of claims, facts or works that support it; may be left out where "
        "`assumption:` is stated"
    )

    @property
    def rests_on(self) -> Overlay:
        """Sources of its overlays, as a file states them."""
        return statements(self.cites, self.assumption)


class KnownResult(_Document):
    """A documented setting in which the result of a claim is known beforehand.

    It changes values of the scenario in every condition. The conditions themselves stay as they
    are, so the setting tests whether the treatment can have its effect at all.
    """

    holding: Overlay = Field(description="changes to the scenario that apply to every condition")
    why: Assumption = Field(description="why the result is known there, in one sentence")


class _Test(_Experiment):
    """What a claim and each further reading of it share: the conditions and the expectation."""

    coder: Text | None = Field(default=None, description="who read the claim this way")
    reading: Text | None = Field(
        default=None, description="what the source says by this reading, in one sentence"
    )
    compare: tuple[Overlay, ...] = Field(
        description="two sets of changes to the scenario: the condition, and the one it is "
        "compared with; or one alone, together with `against`"
    )
    conditions: tuple[Text, ...] = Field(
        default=(),
        description="the conditions in words that follow 'with', in the order of `compare`",
    )
    against: Number | None = Field(
        default=None,
        description="fixed number that a single condition is compared with, in the unit of the "
        "measure",
    )
    between: tuple[Overlay, Overlay] | None = Field(
        default=None,
        description="two sets of changes for a difference in differences: the effect under the "
        "second is subtracted from the effect under the first",
    )
    expects: Literal["greater", "less", "equal", "at_least", "at_most"] = Field(
        description="how the measure under the first condition compares with the second (or with "
        "`against`) if the claim is right"
    )
    contrast: Literal["difference", "ratio", "risk_ratio"] = Field(
        default="difference",
        description="how two conditions are compared: by their difference, by their ratio in each "
        "draw, or for rare events by the ratio of their risks over all draws",
    )
    margin: Number = Field(
        gt=0,
        le=1e9,
        description="smallest difference that counts, in the unit of the measure; for a ratio, "
        "the ratio that must be exceeded, or stayed below if less is expected",
    )
    margin_why: Text | None = Field(default=None, description="why this margin, in one sentence")
    unit: Text | None = Field(
        default=None, description="unit in which the measure is printed, such as days or %"
    )
    draws: Literal["scenario", "unfitted"] = Field(
        default="scenario",
        description="parameter draws: those of the scenario, or unfitted ones of the coded "
        "ranges, for events that the draws were fitted to the absence of",
    )
    positive_control: KnownResult | None = Field(
        default=None, description="setting in which the claim should certainly hold"
    )
    negative_control: KnownResult | None = Field(
        default=None, description="setting in which the claim should certainly not hold"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.compare) not in (1, 2) or (len(self.compare) == 1) is (self.against is None):
            raise ValueError("compare takes two overlays, or one overlay beside 'against: number'")
        if self.between is not None and len(self.compare) == 1:
            raise ValueError("between goes with two overlays to compare")
        if self.conditions and len(self.conditions) != len(self.compare):
            raise ValueError(f"conditions names {len(self.compare)}, one for each overlay")
        if self.contrast != "difference":
            self._check_ratio()
        return self

    def _check_ratio(self) -> None:
        if len(self.compare) == 1 or self.between is not None:
            raise ValueError("a ratio needs two overlays to compare, and no 'between'")
        if self.expects not in ("greater", "less"):
            raise ValueError("a ratio is expected to be greater or less")
        if (self.margin > 1) is not (self.expects == "greater"):
            raise ValueError("the margin of a ratio is above 1 if greater is expected, else below")

    @property
    def expectation(self) -> Expects:
        """How the conditions compare if the claim is right."""
        return Expects(self.expects)

    @property
    def comparison(self) -> Contrast:
        """How the conditions are compared."""
        return Contrast(self.contrast)

    @property
    def is_unfitted(self) -> bool:
        """Whether it is judged on draws of the coded ranges, without a fit."""
        return Draws(self.draws) == Draws.UNFITTED

    @property
    def threshold(self) -> float:
        """Margin on the scale on which effects are judged: for a ratio, that of logarithms."""
        return self.margin if self.contrast == "difference" else abs(log(self.margin))


def _only_coder_required(schema: dict[str, Any]) -> None:
    """Require only the keys that a reading cannot take from its claim."""
    schema["required"] = ["coder", "reading"]


class Reading(_Test):
    """A further reading of a claim by another coder, judged on its own.

    A key that it leaves out is taken from the claim.
    """

    model_config = ConfigDict(json_schema_extra=_only_coder_required)

    coder: Text = Field(description="who read the claim this way")
    reading: Text = Field(description="what the source says by this reading, in one sentence")


INHERITED = tuple(name for name in _Test.model_fields if name not in ("coder", "reading"))
"""Keys that a reading takes from its claim if it leaves them out."""


class Claim(_Test):
    """One comparison that tests an argument, by one or several readings of its source."""

    id: Text = Field(description="short id of the claim, such as MK1")
    says: Text = Field(description="the claim in our own words, with its author")
    readings: tuple[Reading, ...] = Field(
        default=(), description="list of further readings of the claim by other coders"
    )

    @model_validator(mode="before")
    @classmethod
    def _complete_readings(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or not isinstance(raw.get("readings"), list):
            return raw
        shared = {key: raw[key] for key in INHERITED if key in raw}
        return raw | {
            "readings": [
                {**shared, **reading} if isinstance(reading, dict) else reading
                for reading in raw["readings"]
            ]
        }

    @property
    def tests(self) -> tuple[Claim | Reading, ...]:
        """Readings of the claim: first that of its own keys, then the further ones."""
        return (self, *self.readings)

    def name(self, number: int) -> str:
        """Return the name of a reading, such as ``MK1.2``; the id if there is only one."""
        return f"{self.id}.{number + 1}" if self.readings else self.id


class Consistency(_Sourced):
    """How one fact of the record looks to an analyst who holds the argument, coded by an expert."""

    fact: Text = Field(description="id of the fact, such as record-april2016-broker")
    fits: Literal["consistent", "neutral", "inconsistent"] = Field(
        description="whether the fact is consistent with the argument, neutral or inconsistent"
    )
    why: Text = Field(description="the reason, in one sentence of our own")
    cites: Citations = Field(
        description=(
            "ids of claims of the articles that support the judgement; may be left out where "
            "`assumption:` is stated"
        )
    )


class Hypothesis(_Sourced):
    """An analyst's argument."""

    hypothesis: Name = Field(description="name of the argument, the same as the file's name")
    analyst: Text = Field(description="name of the analyst who makes the argument")
    sources: Citations = Field(
        description="ids of the articles it is taken from; may be left out where `assumption:` is "
        "stated"
    )
    argument: Text = Field(description="the argument, in two sentences of our own")
    notes: Text | None = Field(
        default=None, description="what a reader should know about the coding"
    )
    assumes: Overlay = Field(
        default={}, description="changes that the argument makes to every scenario of its claims"
    )
    claims: Annotated[tuple[Claim, ...], AfterValidator(_some)] = Field(
        description="list of claims that the argument is tested by"
    )
    matrix: tuple[Consistency, ...] = Field(
        default=(),
        description="expert-coded judgement of the historical record, shown beside the computed "
        "matrix",
    )


class Rival(_Document):
    """One position in a contradiction."""

    name: Name = Field(description="short name of the position")
    says: Text = Field(description="the position, with its author")
    assumes: Overlay = Field(description="changes to the scenario that make the position true")


class Pair(_Experiment):
    """Two arguments that contradict each other, and the measure that would tell them apart."""

    pair: Name = Field(description="short name of the pair")
    asks: Text = Field(description="the question that the two positions answer differently")
    rivals: tuple[Rival, Rival] = Field(description="the two positions")
    compare: Annotated[tuple[Overlay, ...], AfterValidator(_one_or_two)] = Field(
        description=(
            "conditions under which crises would be observed, one or two; with two, half of the "
            "crises under each"
        )
    )


class Pairs(_Document):
    """Contradictions between arguments."""

    pairs: Annotated[tuple[Pair, ...], AfterValidator(_some)] = Field(
        description="list of contradictions between arguments"
    )


def statements(cites: Sequence[str], assumption: str | None) -> Overlay:
    """Return citations and an assumption in the form of an overlay.

    >>> statements(("mk2020-01",), None)
    {'cites': ['mk2020-01']}
    """
    return ({"cites": list(cites)} if cites else {}) | (
        {"assumption": assumption} if assumption is not None else {}
    )
