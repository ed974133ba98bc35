"""What may stand in an evidence file: articles, records, literature, actors, codings, readings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sim.scenario.schema import CODE, Date

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]+$")]
Level = str | float | tuple[float, float]
"""A word of the scale, none, silent, a number or a range."""

ClaimType = Literal[
    "event", "interest", "mechanism", "capability", "alignment", "obligation", "constraint", "option", "prediction"
]
Topic = Literal[
    # of an actor, or between actors
    "broker_value", "cession", "drones", "engagement", "grievance", "peacekeeping", "seat", "sphere", "strength",
    "supplies", "support", "theatre", "ties", "treaties",
    # of a mechanism
    "authority_loss", "commitment_problem", "contest", "credibility", "displacement", "expectation", "learning",
    "leverage", "restraint", "spoiler", "tie_drift", "treaty_duty", "truce_hazard",
    # of what comes of it, or of nothing that is modelled
    "context", "escalation", "outcome",
]  # fmt: skip
"""What a claim or a work can speak to; a new kind is added here."""


GaugeKind = Literal["size", "count", "level", "flag", "code", "aid"]
ANSWER_IN_WORDS = 1.0
"""Answer of an ally that gives words and no support; better ones are as many levels above it."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Claim(_Document):
    """What somebody says in an article, in our words."""

    id: Text = Field(description="article and running number, such as mk2020-24")
    paragraph: int = Field(ge=1, description="number of the article's non-empty line, from 1")
    speaker: Text = Field(description="who says it: author, caption, or a person quoted")
    type: ClaimType = Field(description="kind of claim")
    actors: tuple[Text, ...] = Field(
        description="labels of the actors it is about, as the file of kind actors has them"
    )
    says: Text = Field(description="our paraphrase")
    informs: tuple[Topic, ...] = Field(description="model quantities it speaks to")
    corrected: Text | None = Field(default=None, description="what a second reading changed, and why")


class Article(_Document):
    """An article: bibliography, digests, claims."""

    kind: Literal["article"] = Field(description="an article, paraphrased claim by claim")
    id: Text = Field(description="short name, such as mk2020; its claims' ids begin with it")
    author: Text = Field(description="who wrote it")
    title: Text = Field(description="title, shortened")
    outlet: Text = Field(description="where it appeared")
    date: Date = Field(description="day it appeared")
    address: Text | None = Field(default=None, description="address of the outlet")
    language: Text = Field(description="language it was read in")
    translation: Text = Field(description="who translated it, or none")
    digest: Hex = Field(description="SHA-256 of the whole text, white space normalised")
    paragraphs: dict[int, Hex] = Field(description="first 16 digits of the SHA-256 of each cited paragraph")
    notes: Text | None = Field(default=None, description="what a reader should know")
    claims: tuple[Claim, ...] = Field(description="what it claims, in our words")


class Gauge(_Document):
    """How the outcomes of a run measure a fact, so that a model can be held against it."""

    target: Text = Field(description="name of the target, the same in every crisis")
    columns: tuple[Text, ...] = Field(description="columns of the outcomes whose sum measures it")
    kind: GaugeKind = Field(
        description="a size, a count, a level, a flag, a code that the column should hold, or an ally's answer, "
        "of which only what is better than words is aid"
    )
    add: Text | None = Field(default=None, description="id of a fact whose value is added to this one's")


class Fact(_Document):
    """A fact of the record."""

    id: Text = Field(description="name to cite it by, such as record-april2016-duration")
    crisis: Text = Field(description="scenario it belongs to, or general")
    says: Text = Field(description="the fact, in one sentence")
    confidence: Literal["high", "medium", "low"] = Field(description="how sure the record is")
    source: Text = Field(description="who reports it")
    value: float | bool | str | None = Field(default=None, description="the fact as one value")
    low: float | None = Field(default=None, description="lower end, where sources differ")
    best: float | None = Field(default=None, description="best estimate between the ends")
    high: float | None = Field(default=None, description="upper end, where sources differ")
    unit: Text | None = Field(default=None, description="unit of the value")
    date: Date | None = Field(default=None, description="day it happened")
    gauge: Gauge | None = Field(default=None, description="how outcomes measure it; absent where none does")

    def number(self, kind: str) -> float | None:
        """Return what the fact says as a number, read as a gauge of this kind; None where it cannot be."""
        if kind == "code":
            return 1.0 if isinstance(self.value, str) else None
        if kind == "flag":
            return float(self.value is True) if isinstance(self.value, bool) or self.value == "none" else None
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return max(self.value - ANSWER_IN_WORDS, 0.0) if kind == "aid" else float(self.value)
        if self.best is not None:
            return self.best
        return None if self.low is None or self.high is None else (self.low + self.high) / 2


class Record(_Document):
    """What happened."""

    kind: Literal["record"] = Field(description="what happened, fact by fact")
    notes: Text | None = Field(default=None, description="what a reader should know")
    facts: tuple[Fact, ...] = Field(description="the facts")


class Work(_Document):
    """A work of the literature."""

    id: Text = Field(description="name to cite it by, such as lit-fearon1995")
    authors: tuple[Text, ...] = Field(description="given name and surname of each")
    year: int = Field(description="year it appeared")
    title: Text = Field(description="title")
    outlet: Text = Field(description="journal and volume, or publisher")
    informs: tuple[Topic, ...] = Field(description="model quantities it speaks to")
    says: Text = Field(description="what it finds, in our words")


class Literature(_Document):
    """Works that the mechanisms come from."""

    kind: Literal["literature"] = Field(description="works that the mechanisms come from")
    notes: Text | None = Field(default=None, description="what a reader should know")
    works: tuple[Work, ...] = Field(description="the works")


class CodedItem(_Document):
    """One value as a coder read it from the articles."""

    where: Text = Field(description="file of the value: a crisis, or a base")
    path: Text = Field(description="path of the value, such as actors.OST.ties.NOR")
    level: Level = Field(description="word of the scale, none, silent, a number or a range")
    also: Level | None = Field(default=None, description="a second level that fits")
    reason: Text = Field(description="why this level, or the claims it rests on")


class Coding(_Document):
    """One coder's reading of the articles, made without sight of any other."""

    kind: Literal["coding"] = Field(description="one coder's reading of the articles")
    coder: Text = Field(description="name of the coder")
    items: tuple[CodedItem, ...] = Field(description="the values that were coded")


class Actors(_Document):
    """Whom claims are about."""

    kind: Literal["actors"] = Field(description="whom claims can be about")
    actors: dict[Annotated[str, Field(pattern=rf"^{CODE.pattern}$")], Text] = Field(
        description="names of actors by their labels: codes of the scenarios, and of who acts there through others"
    )


class Reading(_Document):
    """One of several ways to read a value."""

    cites: tuple[Text, ...] = Field(min_length=1, description="claims that read the value this way")
    reads: Text = Field(description="higher or lower; of a choice, the name that is read")
    says: Text = Field(description="the reading, in our words")

    def __str__(self) -> str:
        """Return who reads the value which way, and how."""
        return f"{self.short}: {self.says}"

    @property
    def short(self) -> str:
        """Who reads the value which way."""
        return f"{', '.join(self.cites)} {'read' if len(self.cites) > 1 else 'reads'} {self.reads}"


class Disagreement(_Document):
    """A value that articles read in different ways."""

    where: Text = Field(description="file of the value: a crisis, or a base")
    path: Text = Field(description="path of the value, such as actors.OST.ties.NOR")
    readings: tuple[Reading, ...] = Field(min_length=2, description="the ways in which it is read")

    def __str__(self) -> str:
        """Return who reads the value which way."""
        return "; ".join(reading.short for reading in self.readings)


class Fixed(_Document):
    """A value that a record fixes, whatever coders read in the articles."""

    where: Text = Field(description="file of the value: a crisis, or a base")
    path: Text = Field(description="path of the value, such as actors.OST.strength")
    by: tuple[Text, ...] = Field(min_length=1, description="facts of the record that fix it")
    because: Text = Field(description="why the record goes before the coders")

    def __str__(self) -> str:
        """Return which record fixes the value, and why."""
        return f"{', '.join(self.by)}: {self.because}"


class Readings(_Document):
    """Where articles disagree about a value, and where a record settles it."""

    kind: Literal["readings"] = Field(description="where articles disagree, and where a record settles a value")
    notes: Text | None = Field(default=None, description="what a reader should know")
    disagreements: tuple[Disagreement, ...] = Field(default=(), description="values that articles read differently")
    fixed: tuple[Fixed, ...] = Field(default=(), description="values that a record fixes, whatever coders read")


Kind = Article | Record | Literature | Coding | Actors | Readings
KINDS: dict[str, type[Kind]] = {
    "article": Article,
    "record": Record,
    "literature": Literature,
    "coding": Coding,
    "actors": Actors,
    "readings": Readings,
}
