"""The keys of evidence files: articles, records, literature, actors, codings and readings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.values import CODE, Date, Section

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]+$")]
Level = str | float | tuple[float, float]
"""A word of the scale, none, silent, a number, or a range."""

ClaimType = Literal[
    "event",
    "interest",
    "mechanism",
    "capability",
    "alignment",
    "obligation",
    "constraint",
    "option",
    "prediction",
]
Topic = Literal[
    # about an actor, or about two actors
    "broker_value", "cession", "drones", "engagement", "grievance", "peacekeeping", "seat",
    "sphere", "strength", "supplies", "support", "theatre", "ties", "treaties",
    # about a mechanism
    "authority_loss", "commitment_problem", "contest", "credibility", "displacement",
    "expectation", "learning", "leverage", "restraint", "spoiler", "tie_drift", "treaty_duty",
    "truce_hazard",
    # about outcomes, or about nothing in the model
    "context", "escalation", "outcome",
]  # fmt: skip
"""Quantities that a claim or a work can give evidence on; add new ones here."""


MeasurementKind = Literal["size", "count", "level", "flag", "code", "aid"]
ANSWER_IN_WORDS = 1.0
"""Answer of an ally that gives only words; aid and force are the levels above it."""


class Claim(Section):
    """A claim made in an article, paraphrased."""

    id: Text = Field(
        description="id of the claim: the article's id and a running number, such as mk2020-24"
    )
    paragraph: int = Field(
        ge=1, description="number of the paragraph in the article, counting non-empty lines from 1"
    )
    speaker: Text = Field(
        description="who makes the claim: author, caption, or the name of a person quoted"
    )
    type: ClaimType = Field(description="kind of claim")
    actors: tuple[Text, ...] = Field(
        description=(
            "labels of the actors that the claim is about, as listed in the evidence file of kind "
            "`actors`"
        )
    )
    says: Text = Field(description="the claim, paraphrased in our words")
    informs: tuple[Topic, ...] = Field(
        description="quantities of the model that the claim gives evidence on"
    )
    corrected: Text | None = Field(
        default=None, description="what a second reading of the article changed, and why"
    )


class Article(Section):
    """An article: bibliography, digests and claims."""

    kind: Literal["article"] = Field(description="an article, paraphrased claim by claim")
    id: Text = Field(
        description="short id of the article, such as mk2020; the ids of its claims begin with it"
    )
    author: Text = Field(description="name of the author")
    title: Text = Field(description="title, shortened where it is long")
    outlet: Text = Field(description="newspaper, agency or site that published it")
    date: Date = Field(description="date of publication, as year-month-day")
    address: Text | None = Field(default=None, description="web address of the outlet")
    language: Text = Field(description="language in which it was read")
    translation: Text = Field(description="who translated it, or none")
    digest: Hex = Field(
        description="SHA-256 of the whole text, with white space normalised, in hexadecimal"
    )
    paragraphs: dict[int, Hex] = Field(
        description=(
            "first 16 hexadecimal digits of the SHA-256 of each cited paragraph, by paragraph "
            "number"
        )
    )
    notes: Text | None = Field(
        default=None, description="what a reader should know about the article"
    )
    claims: tuple[Claim, ...] = Field(description="list of what the article claims, in our words")


class Measurement(Section):
    """How the outcomes of a run measure a fact of the historical record."""

    target: Text = Field(description="name of the calibration target, the same in every crisis")
    columns: tuple[Text, ...] = Field(
        description="columns of the outcomes table whose sum measures the fact, in the fact's unit"
    )
    kind: MeasurementKind = Field(
        description=(
            "how the fact is measured: size (a real number), count, level, flag (true or "
            "false), code (the text that a column should hold), or aid (an ally's answer, "
            "where only more than words counts)"
        )
    )
    add: Text | None = Field(
        default=None, description="id of another fact whose value is added to this one"
    )


class Fact(Section):
    """A fact of the historical record."""

    id: Text = Field(description="id to cite the fact by, such as record-april2016-duration")
    crisis: Text = Field(description="name of the scenario that the fact belongs to, or general")
    says: Text = Field(description="the fact, in one sentence")
    confidence: Literal["high", "medium", "low"] = Field(
        description="how certain the fact is: high, medium or low"
    )
    source: Text = Field(description="who reports the fact")
    address: Text | None = Field(default=None, description="web address of the report")
    value: float | bool | str | None = Field(
        default=None,
        description="the fact as a single value: a number in `unit`, true or false, or a text",
    )
    low: float | None = Field(
        default=None, description="lowest credible value where sources differ, in `unit`"
    )
    best: float | None = Field(
        default=None, description="best estimate between low and high, in `unit`"
    )
    high: float | None = Field(
        default=None, description="highest credible value where sources differ, in `unit`"
    )
    unit: Text | None = Field(default=None, description="unit of the numbers, such as days or km2")
    date: Date | None = Field(
        default=None, description="date on which it happened, as year-month-day"
    )
    measurement: Measurement | None = Field(
        default=None,
        description="how the outcomes of a run measure this fact; leave out where they do not",
    )

    def number(self, kind: str) -> float | None:
        """Return the fact as a number for a measurement of this kind, or None if it has none."""
        if kind == "code":
            return 1.0 if isinstance(self.value, str) else None
        if kind == "flag":
            return (
                float(self.value is True)
                if isinstance(self.value, bool) or self.value == "none"
                else None
            )
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return max(self.value - ANSWER_IN_WORDS, 0.0) if kind == "aid" else float(self.value)
        if self.best is not None:
            return self.best
        return None if self.low is None or self.high is None else (self.low + self.high) / 2


class Record(Section):
    """The historical record: what happened."""

    kind: Literal["record"] = Field(description="the historical record, fact by fact")
    notes: Text | None = Field(
        default=None, description="what a reader should know about the record"
    )
    facts: tuple[Fact, ...] = Field(description="list of facts")


class Work(Section):
    """A work of the research literature."""

    id: Text = Field(description="id to cite the work by, such as lit-fearon1995")
    authors: tuple[Text, ...] = Field(description="given name and surname of each author")
    year: int = Field(description="year of publication")
    title: Text = Field(description="title of the work")
    outlet: Text = Field(description="journal and volume, or publisher")
    address: Text | None = Field(default=None, description="web address of the work")
    informs: tuple[Topic, ...] = Field(
        description="quantities of the model that the work gives evidence on"
    )
    says: Text = Field(description="what the work finds, in our words")


class Literature(Section):
    """Works that the mechanisms come from."""

    kind: Literal["literature"] = Field(
        description="research literature that the mechanisms come from"
    )
    notes: Text | None = Field(default=None, description="what a reader should know about the list")
    works: tuple[Work, ...] = Field(description="list of works")


class CodedItem(Section):
    """One value as a coder read it from the articles."""

    where: Text = Field(
        description="file that states the value, without its suffix: a scenario or a base"
    )
    path: Text = Field(description="path of the value, such as actors.OST.ties.NOR")
    level: Level = Field(
        description=(
            "what the coder read: a word of the scale, none, silent (the articles do not "
            "say), a number, or a range [low, high]"
        )
    )
    also: Level | None = Field(default=None, description="a second level that fits as well")
    reason: Text = Field(
        description="why the coder chose this level, or the claims that support it"
    )


class Coding(Section):
    """One coder's reading of the articles, made without seeing any other coder's."""

    kind: Literal["coding"] = Field(description="one coder's reading of the articles")
    coder: Text = Field(description="name of the coder")
    items: tuple[CodedItem, ...] = Field(description="list of the values that were coded")


class Actors(Section):
    """The actors that claims can be about."""

    kind: Literal["actors"] = Field(description="actors that claims can be about")
    actors: dict[Annotated[str, Field(pattern=rf"^{CODE.pattern}$")], Text] = Field(
        description=(
            "names of the actors by label: the codes of the scenarios, and labels of actors who "
            "act through others"
        )
    )


class Reading(Section):
    """One of several ways to read a value."""

    cites: tuple[Text, ...] = Field(min_length=1, description="claims that read the value this way")
    reads: Text = Field(
        description=(
            "direction of the reading, higher or lower; for a choice, the name of the option"
        )
    )
    says: Text = Field(description="the reading, in our words")

    def __str__(self) -> str:
        """Return who reads the value in which direction, and the reading."""
        return f"{self.short}: {self.says}"

    @property
    def short(self) -> str:
        """Who reads the value in which direction."""
        return f"{', '.join(self.cites)} {'read' if len(self.cites) > 1 else 'reads'} {self.reads}"


class Disagreement(Section):
    """A value that articles read in different ways."""

    where: Text = Field(
        description="file that states the value, without its suffix: a scenario or a base"
    )
    path: Text = Field(description="path of the value, such as actors.OST.ties.NOR")
    readings: tuple[Reading, ...] = Field(
        min_length=2, description="list of the ways in which articles read the value"
    )

    def __str__(self) -> str:
        """Return who reads the value in which direction."""
        return "; ".join(reading.short for reading in self.readings)


class Fixed(Section):
    """A value that the historical record fixes, whatever coders read in the articles."""

    where: Text = Field(
        description="file that states the value, without its suffix: a scenario or a base"
    )
    path: Text = Field(description="path of the value, such as actors.OST.strength")
    by: tuple[Text, ...] = Field(min_length=1, description="ids of the facts that fix the value")
    because: Text = Field(description="why the historical record takes precedence over the coders")

    def __str__(self) -> str:
        """Return the facts that fix the value, and why."""
        return f"{', '.join(self.by)}: {self.because}"


class Readings(Section):
    """Where articles disagree about a value, and where the historical record settles one."""

    kind: Literal["readings"] = Field(
        description="where articles disagree, and where the historical record settles a value"
    )
    notes: Text | None = Field(
        default=None, description="what a reader should know about the readings"
    )
    disagreements: tuple[Disagreement, ...] = Field(
        default=(), description="list of values that articles read differently"
    )
    fixed: tuple[Fixed, ...] = Field(
        default=(),
        description="list of values that the historical record fixes, whatever the coders read",
    )


Kind = Article | Record | Literature | Coding | Actors | Readings
KINDS: dict[str, type[Kind]] = {
    "article": Article,
    "record": Record,
    "literature": Literature,
    "coding": Coding,
    "actors": Actors,
    "readings": Readings,
}
