"""Hypothesis files: an analyst's argument as claims about paired experiments, and pairs of rival arguments.

A claim compares overlays of one scenario with common random numbers: in which direction a measure should move, and by
how much at least. Files are read and checked here. :mod:`sim.arguments` judges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

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

from sim.catalogue import entries, find
from sim.evidence import load_for, validated
from sim.io.errors import Fault, InputError, nearest
from sim.outcomes.measures import read as read_measure
from sim.outcomes.syntax import MeasureError
from sim.scenario import Loaded, load
from sim.scenario.document import Document, part, read_document
from sim.scenario.provenance import MAX_ASSUMPTION, NOTHING_NAMED, STATEMENTS
from sim.scenario.routes import Route, dotted
from sim.scenario.values import Name, Text

Citations = Annotated[tuple[str, ...], Field(json_schema_extra={"minItems": 1})]
Number = Annotated[float, Field(strict=True)]
Overlay = dict[str, Any]
CITING = ("cites", "sources")
"""Keys that hold citations."""
FIXED_KEYS = ("base", "scenario")
"""Keys that identify a scenario. No overlay may change them."""


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
            f"not an assumption; allowed: a text of 1 to {MAX_ASSUMPTION} characters that gives the reason"
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
    """What a claim and a pair share: a scenario, and changes to it that are simulated with common random numbers."""

    scenario: Name = Field(description="name of the scenario that all conditions change")
    measure: Text = Field(
        description=(
            "what is compared: an expression over the outcomes table, such as probability(first_truce_day <= 14)"
        )
    )
    holding: Overlay = Field(
        default={},
        description=(
            "changes to the scenario that apply to every condition, such as support_effect 0 to keep the odds equal"
        ),
    )
    cites: Citations = Field(
        description="ids of claims, facts or works that support it; may be left out where `assumption:` is stated"
    )

    @property
    def rests_on(self) -> Overlay:
        """Sources of its overlays, as a file states them."""
        return _statements(self.cites, self.assumption)


class Claim(_Experiment):
    """One comparison that tests an argument."""

    id: Text = Field(description="short id of the claim, such as MK1")
    says: Text = Field(description="the claim in our own words, with its author")
    compare: tuple[Overlay, ...] = Field(
        description=(
            "two sets of changes to the scenario: the condition, and the one it is compared "
            "with; or one alone, together with `against`"
        )
    )
    against: Number | None = Field(
        default=None,
        description="fixed number that a single condition is compared with, in the unit of the measure",
    )
    between: tuple[Overlay, Overlay] | None = Field(
        default=None,
        description=(
            "two sets of changes for a difference in differences: the effect under the second"
            " is subtracted from the effect under the first"
        ),
    )
    expects: Literal["greater", "less", "equal", "at_least", "at_most"] = Field(
        description=(
            "how the measure under the first condition compares with the second (or with "
            "`against`) if the claim is right"
        )
    )
    margin: Number = Field(
        gt=0, le=1e9, description="smallest difference that counts, in the unit of the measure"
    )

    @model_validator(mode="after")
    def _check(self) -> Claim:
        if len(self.compare) not in (1, 2) or (len(self.compare) == 1) is (self.against is None):
            raise ValueError("compare takes two overlays, or one overlay beside 'against: number'")
        if self.between is not None and len(self.compare) == 1:
            raise ValueError("between goes with two overlays to compare")
        return self


class Reading(_Sourced):
    """How one fact of the record looks to an analyst who holds the argument, coded by an expert."""

    fact: Text = Field(description="id of the fact, such as record-april2016-broker")
    fits: Literal["consistent", "neutral", "inconsistent"] = Field(
        description="whether the fact is consistent with the argument, neutral, or inconsistent with it"
    )
    why: Text = Field(description="the reason, in one sentence of our own")
    cites: Citations = Field(
        description=(
            "ids of claims of the articles that support the reading; may be left out where `assumption:` is stated"
        )
    )


class Hypothesis(_Sourced):
    """An analyst's argument."""

    hypothesis: Name = Field(description="name of the argument, the same as the file's name")
    analyst: Text = Field(description="name of the analyst who makes the argument")
    sources: Citations = Field(
        description="ids of the articles it is taken from; may be left out where `assumption:` is stated"
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
    matrix: tuple[Reading, ...] = Field(
        default=(),
        description="expert-coded judgement of the historical record, shown beside the computed matrix",
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
            "conditions under which crises would be observed, one or two; with two, half of the crises under each"
        )
    )


class Pairs(_Document):
    """Contradictions between arguments."""

    pairs: Annotated[tuple[Pair, ...], AfterValidator(_some)] = Field(
        description="list of contradictions between arguments"
    )


Stated = TypeVar("Stated", Hypothesis, Pairs)


@dataclass(frozen=True)
class Conditions:
    """The scenarios of one experiment, loaded.

    Attributes:
        arms: conditions in file order: those of ``compare`` under the first of ``between``, then under the second.
        weights: weight of each arm in the measured difference.
        without: the same arms without the argument's assumptions; empty if there are none.
    """

    arms: tuple[Loaded, ...]
    weights: tuple[int, ...]
    without: tuple[Loaded, ...] = ()


@dataclass(frozen=True)
class File:
    """A file of an argument or of pairs, with line numbers."""

    path: Path
    document: Document

    def fault(self, route: Route, message: str) -> Fault:
        """Return a fault at the line of a route, or of the nearest enclosing section."""
        place = route
        while place not in self.document.lines:
            place = place[:-1]
        return Fault(self.document.name, self.document.lines[place], dotted(route), message)

    def find_scenario(self, name: str) -> Path | None:
        """Return the scenario file with a name: next to this file, in its workspace, or shipped."""
        return find("scenario", name, self.path)

    def scenario(self, name: str, route: Route) -> Path:
        """Return the scenario file with a name. Raise InputError at this route if there is none."""
        found = self.find_scenario(name)
        if found is None:
            known = [entry.name for entry in entries("scenario", self.path)]
            message = f"no scenario '{name}'{nearest(name, known)}; allowed: {', '.join(known)}"
            raise InputError([self.fault((*route, "scenario"), message)])
        return found

    def layer(self, route: Route, statements: Overlay) -> Document:
        """Return an overlay of this file. Raise InputError if it changes a fixed key.

        Args:
            route: route of the overlay in the file.
            statements: sources of the overlay if it states none.
        """
        layer = part(self.document, route, {})
        if not any(
            key in layer.values and not isinstance(layer.values[key], dict) for key in STATEMENTS
        ):
            layer = part(self.document, route, statements)
        for key in FIXED_KEYS:
            if key in layer.values:
                raise InputError(
                    [
                        self.fault(
                            (*route, key),
                            "an overlay cannot change this key; allowed: values of the scenario",
                        )
                    ]
                )
        return layer


@dataclass(frozen=True)
class Argument:
    """An analyst's argument and its file."""

    file: File
    stated: Hypothesis
    _loaded: dict[int, Conditions] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the argument."""
        return self.stated.hypothesis

    def assumed(self) -> list[Document]:
        """Return the overlay with the argument's assumptions; empty if there are none."""
        if not self.stated.assumes:
            return []
        why = self.stated.assumption or f"assumption of {self.stated.analyst}"
        return [self.file.layer(("assumes",), _statements((), why[:MAX_ASSUMPTION]))]

    def conditions(self, number: int) -> Conditions:
        """Load all conditions of the claim with this number. Raise InputError with file and line of faults."""
        if number not in self._loaded:
            self._loaded[number] = self._conditions(number)
        return self._loaded[number]

    def _conditions(self, number: int) -> Conditions:
        claim, route = self.stated.claims[number], ("claims", number)
        path = self.file.scenario(claim.scenario, route)
        stacks = list(_stacks(self.file, claim, route))
        assumed = self.assumed()
        arms = tuple(load(path, layers=[*assumed, *stack]) for stack in stacks)
        without = tuple(load(path, layers=stack) for stack in stacks) if assumed else ()
        return Conditions(arms, (1, -1, -1, 1)[: len(arms)], without)

    def world(self, scenario: Path) -> Loaded:
        """Load a scenario under the argument's assumptions."""
        return load(scenario, layers=self.assumed())


@dataclass(frozen=True)
class Contradictions:
    """A file of pairs."""

    file: File
    stated: Pairs
    _loaded: dict[int, tuple[Conditions, Conditions]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def conditions(self, number: int) -> tuple[Conditions, Conditions]:
        """Load all conditions of a pair, in the world of each of its rivals."""
        if number not in self._loaded:
            self._loaded[number] = self._conditions(number)
        return self._loaded[number]

    def _conditions(self, number: int) -> tuple[Conditions, Conditions]:
        pair, route = self.stated.pairs[number], ("pairs", number)
        path = self.file.scenario(pair.scenario, route)
        stacks = list(_stacks(self.file, pair, route))
        worlds = []
        for place, rival in enumerate(pair.rivals):
            assumed = self.file.layer(
                (*route, "rivals", place, "assumes"), {"assumption": rival.says[:400]}
            )
            arms = tuple(load(path, layers=[assumed, *stack]) for stack in stacks)
            worlds.append(Conditions(arms, (1, -1)[: len(arms)]))
        return worlds[0], worlds[1]


def _statements(cites: Sequence[str], assumption: str | None) -> Overlay:
    """Return citations and an assumption in the form of an overlay."""
    return ({"cites": list(cites)} if cites else {}) | (
        {"assumption": assumption} if assumption is not None else {}
    )


def _stacks(file: File, stated: Claim | Pair, route: Route) -> Iterator[list[Document]]:
    """Yield the overlays of each arm, the lowest first."""
    statements = stated.rests_on
    holding = [file.layer((*route, "holding"), statements)] if stated.holding else []
    between = getattr(stated, "between", None)
    within: list[list[Document]] = (
        [[]]
        if between is None
        else [[file.layer((*route, "between", place), statements)] for place in (0, 1)]
    )
    for around in within:
        for place in range(len(stated.compare)):
            yield [*holding, *around, file.layer((*route, "compare", place), statements)]


def read(path: Path) -> Argument | Contradictions:
    """Read a file of an argument or of pairs. Raise InputError with all its faults."""
    return of_document(path, read_document(path, str(path)))


def of_document(path: Path, document: Document) -> Argument | Contradictions:
    """Return a document as an argument or as pairs. Raise InputError with all its faults."""
    file = File(path, document)
    return _pairs(file) if "pairs" in document.values else _argument(file)


def _argument(file: File) -> Argument:
    stated, name = validated(Hypothesis, file.document), file.path.stem
    if stated.hypothesis != name:
        message = f"'{stated.hypothesis}' differs from the file's name; allowed: {name}"
        raise InputError([file.fault(("hypothesis",), message)])
    _refuse_twice(file, "claims", [claim.id for claim in stated.claims], "id")
    return Argument(file, stated)


def _pairs(file: File) -> Contradictions:
    stated = validated(Pairs, file.document)
    _refuse_twice(file, "pairs", [pair.pair for pair in stated.pairs], "pair")
    return Contradictions(file, stated)


def _refuse_twice(file: File, section: str, names: list[str], key: str) -> None:
    faults = [
        file.fault((section, number, key), f"'{name}' is stated twice")
        for number, name in enumerate(names)
        if name in names[:number]
    ]
    if faults:
        raise InputError(faults)


def repeated(arguments: Sequence[Argument]) -> list[Fault]:
    """Return a fault for every name of an argument or id of a claim that occurs in two files."""
    seen: dict[str, Path] = {}
    faults = []
    for argument in arguments:
        stated: list[tuple[Route, str]] = [(("hypothesis",), argument.name)]
        stated += [
            (("claims", number, "id"), claim.id)
            for number, claim in enumerate(argument.stated.claims)
        ]
        for route, name in stated:
            if seen.setdefault(name, argument.file.path) is not argument.file.path:
                faults.append(
                    argument.file.fault(
                        route, f"'{name}' is also stated in {seen[name]}; rename one of them"
                    )
                )
    return faults


def faults(stated: Argument | Contradictions) -> list[Fault]:
    """Return the faults in the experiments of a file: scenarios, overlays, measures, citations."""
    found: list[Fault] = []
    section = "claims" if isinstance(stated, Argument) else "pairs"
    experiments = stated.stated.claims if isinstance(stated, Argument) else stated.stated.pairs
    for number, experiment in enumerate(experiments):
        try:
            loaded = stated.conditions(number)
        except InputError as error:
            found += error.faults
            continue
        worlds = (loaded,) if isinstance(loaded, Conditions) else loaded
        for arm in (arm for world in worlds for arm in world.arms):
            try:
                read_measure(experiment.measure, arm.scenario)
            except MeasureError as error:
                found.append(stated.file.fault((section, number, "measure"), str(error)))
    return sorted(set(found + _citation_faults(stated)))


def _citation_faults(stated: Argument | Contradictions) -> list[Fault]:
    """Return faults for citations that no evidence file contains."""
    held = load_for(stated.file.path)
    known = {*held.sources, *(article.id for article in held.articles())}
    found = []
    for route, cite in _cited(stated.file.document.values, ()):
        if cite not in known:
            found.append(
                stated.file.fault(
                    route, f"cites '{cite}', which is in no evidence file{nearest(cite, known)}"
                )
            )
    return found


def _cited(node: Any, route: Route) -> Iterator[tuple[Route, str]]:
    if isinstance(node, dict):
        for key, child in node.items():
            if key == "fact" and isinstance(child, str):
                yield (*route, key), child
            elif key in ("cites", "sources") and isinstance(child, list):
                yield from (
                    ((*route, key, place), cite)
                    for place, cite in enumerate(child)
                    if isinstance(cite, str)
                )
            else:
                yield from _cited(child, (*route, key))
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _cited(child, (*route, place))
