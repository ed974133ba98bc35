"""Read hypothesis files, load their conditions, and check them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.arguments.hypotheses import Claim, Hypothesis, Overlay, Pairs, Reading, statements
from sim.arguments.naming import overridden
from sim.arguments.words import Setting
from sim.catalogue import entries, find
from sim.evidence import load_for, validated
from sim.io.errors import Fault, InputError, nearest
from sim.outcomes.measures import read as read_measure
from sim.outcomes.syntax import MeasureError
from sim.scenario import Choice, Loaded, Quantity, load
from sim.scenario.document import Document, part, read_document
from sim.scenario.load import original
from sim.scenario.overlay import Merged
from sim.scenario.provenance import MAX_ASSUMPTION, STATEMENTS
from sim.scenario.routes import Route, dotted

FIXED_KEYS = ("base", "scenario")
"""Keys that identify a scenario. No overlay may change them."""
CONTROLS = {Setting.POSITIVE: "positive_control", Setting.NEGATIVE: "negative_control"}
"""Keys of the settings in which the result of a claim is known."""
MOST_CONDITIONS = 150
"""Maximum number of conditions of all claims in a file, because a check loads each of them."""


@dataclass(frozen=True)
class Conditions:
    """The scenarios of one experiment, loaded.

    Attributes:
        arms: conditions in file order: those of ``compare`` under the first of ``between``, then
            those under the second.
        weights: weight of each arm in the measured difference.
        without: the same arms without the argument's assumptions; empty if there are none.
        settings: the same arms in each setting in which the result is known.
    """

    arms: tuple[Loaded, ...]
    weights: tuple[int, ...]
    without: tuple[Loaded, ...] = ()
    settings: Mapping[Setting, tuple[Loaded, ...]] = field(default_factory=dict)


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

    def scenario(self, name: str, route: Route = ()) -> Path:
        """Return the scenario file with a name; InputError at this route if there is none."""
        found = self.find_scenario(name)
        if found is None:
            known = [entry.name for entry in entries("scenario", self.path)]
            message = f"no scenario '{name}'{nearest(name, known)}; allowed: {', '.join(known)}"
            raise InputError([self.fault(route, message)])
        return found

    def layer(self, route: Route, sources: Overlay) -> Document:
        """Return an overlay of this file. Raise InputError if it changes a fixed key.

        Args:
            route: route of the overlay in the file.
            sources: sources of the overlay if it states none.
        """
        layer = part(self.document, route, {})
        if not any(
            key in layer.values and not isinstance(layer.values[key], dict) for key in STATEMENTS
        ):
            layer = part(self.document, route, sources)
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
    _loaded: dict[tuple[int, int], Conditions] = field(
        default_factory=dict, repr=False, compare=False
    )
    _merged: dict[tuple[Path, bool], Merged] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def name(self) -> str:
        """Name of the argument."""
        return self.stated.hypothesis

    def assumed(self) -> list[Document]:
        """Return the overlay with the argument's assumptions; empty if there are none."""
        if not self.stated.assumes:
            return []
        why = self.stated.assumption or f"assumption of {self.stated.analyst}"
        return [self.file.layer(("assumes",), statements((), why[:MAX_ASSUMPTION]))]

    def conditions(self, number: int, reading: int = 0) -> Conditions:
        """Load all conditions of a reading of a claim.

        Args:
            number: number of the claim in the file.
            reading: number of the reading; 0 is that of the claim's own keys.

        Raises:
            InputError: there are faults, with file and line.
        """
        if (number, reading) not in self._loaded:
            self._loaded[number, reading] = self._conditions(number, reading)
        return self._loaded[number, reading]

    def routes(self, number: int, reading: int = 0) -> Routes:
        """Return the routes of the keys of a reading of a claim."""
        claim: Route = ("claims", number)
        readings = () if reading == 0 else ((*claim, "readings", reading - 1),)
        return Routes(self.file.document.values, (*readings, claim))

    def _conditions(self, number: int, reading: int) -> Conditions:
        stated = self.stated.claims[number].tests[reading]
        route_of = self.routes(number, reading)
        path = self.file.scenario(stated.scenario, route_of("scenario"))

        def loaded(setting: str = "", is_assumed: bool = True) -> tuple[Loaded, ...]:
            stacks = _stacks(self.file, stated, route_of, setting)
            known = self._read(path, is_assumed)
            return tuple(load(path, layers=stack, known=known) for stack in stacks)

        settings = {
            setting: loaded(key) for setting, key in CONTROLS.items() if getattr(stated, key)
        }
        arms = loaded()
        without = loaded(is_assumed=False) if self.stated.assumes else ()
        return Conditions(arms, (1, -1, -1, 1)[: len(arms)], without, settings)

    def _read(self, path: Path, is_assumed: bool) -> Merged:
        """Read a scenario once for all claims, with the argument's assumptions or without."""
        if (path, is_assumed) not in self._merged:
            layers = self.assumed() if is_assumed else []
            self._merged[path, is_assumed] = original(path, layers)
        return self._merged[path, is_assumed]

    def world(self, scenario: Path) -> Loaded:
        """Load a scenario under the argument's assumptions."""
        return load(scenario, known=self._read(scenario, is_assumed=True))

    def assumed_values(self, scenario: Path) -> dict[str, Quantity | Choice]:
        """Return the values of a scenario that the argument's assumptions change, by path."""
        without = {value.path: value for value in load(scenario).scenario.quantities()}
        return {
            value.path: value
            for value in self.world(scenario).scenario.quantities()
            if value != without.get(value.path)
        }


@dataclass(frozen=True)
class Contradictions:
    """A file of pairs."""

    file: File
    stated: Pairs
    _loaded: dict[int, tuple[Conditions, Conditions]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _merged: dict[Path, Merged] = field(default_factory=dict, repr=False, compare=False)

    def conditions(self, number: int) -> tuple[Conditions, Conditions]:
        """Load all conditions of a pair, in the world of each of its rivals."""
        if number not in self._loaded:
            self._loaded[number] = self._conditions(number)
        return self._loaded[number]

    def _conditions(self, number: int) -> tuple[Conditions, Conditions]:
        pair = self.stated.pairs[number]
        route = ("pairs", number)
        path = self.file.scenario(pair.scenario, (*route, "scenario"))
        stacks = _stacks(self.file, pair, Routes(self.file.document.values, (route,)))
        worlds = []
        for place, rival in enumerate(pair.rivals):
            assumed = self.file.layer(
                (*route, "rivals", place, "assumes"), {"assumption": rival.says[:400]}
            )
            known = self._read(path).under([assumed])
            arms = tuple(load(path, layers=stack, known=known) for stack in stacks)
            worlds.append(Conditions(arms, (1, -1)[: len(arms)]))
        return worlds[0], worlds[1]

    def _read(self, path: Path) -> Merged:
        """Read a scenario once for all pairs."""
        if path not in self._merged:
            self._merged[path] = original(path)
        return self._merged[path]


def _stacks(file: File, stated: Any, route_of: Routes, setting: str = "") -> list[list[Document]]:
    """Return the overlays of each condition, the lowest first.

    Args:
        file: the file that states them.
        stated: the claim, reading or pair.
        route_of: route of each of its keys in the file.
        setting: key of a setting with a known result; its overlay applies to all conditions.
    """
    sources = stated.rests_on
    around = [file.layer(route_of("holding"), sources)] if stated.holding else []
    if setting:
        why = statements((), getattr(stated, setting).why)
        around.append(file.layer((*route_of(setting), "holding"), why))
    within: list[list[Document]] = [[]]
    if getattr(stated, "between", None) is not None:
        within = [[file.layer((*route_of("between"), place), sources)] for place in (0, 1)]
    return [
        [*around, *inner, file.layer((*route_of("compare"), place), sources)]
        for inner in within
        for place in range(len(stated.compare))
    ]


@dataclass(frozen=True)
class Routes:
    """Routes of the keys of a claim, a reading or a pair.

    Attributes:
        values: values of the file.
        routes: routes of the sections that may state a key, the first one that does counts.
    """

    values: Any
    routes: tuple[Route, ...]

    def __call__(self, key: str) -> Route:
        """Return the route of a key, such as ``("claims", 0, "readings", 1, "compare")``."""
        for route in self.routes:
            if key in _value(self.values, route):
                return (*route, key)
        return (*self.routes[-1], key)


def _value(values: Any, route: Route) -> Any:
    for step in route:
        values = values[step]
    return values


def read(path: Path) -> Argument | Contradictions:
    """Read a file of an argument or of pairs. Raise InputError with all its faults."""
    return of_document(path, read_document(path, str(path)))


def of_document(path: Path, document: Document) -> Argument | Contradictions:
    """Return a document as an argument or as pairs. Raise InputError with all its faults."""
    file = File(path, document)
    return _pairs(file) if "pairs" in document.values else _argument(file)


def _argument(file: File) -> Argument:
    stated = validated(Hypothesis, file.document)
    name = file.path.stem
    if stated.hypothesis != name:
        message = f"'{stated.hypothesis}' differs from the file's name; allowed: {name}"
        raise InputError([file.fault(("hypothesis",), message)])
    _refuse_twice(file, "claims", [claim.id for claim in stated.claims], "id")
    if (found := _count_conditions(stated)) > MOST_CONDITIONS:
        message = f"{found:,} conditions of all claims; allowed: up to {MOST_CONDITIONS}"
        raise InputError([file.fault(("claims",), f"{message}; split the file into several")])
    return Argument(file, stated)


def _count_conditions(stated: Hypothesis) -> int:
    """Return the number of scenarios that the readings of all claims compare."""
    tests = [test for claim in stated.claims for test in claim.tests]
    arms = [len(test.compare) * (1 if test.between is None else 2) for test in tests]
    worlds = [
        1 + bool(stated.assumes) + sum(getattr(test, key) is not None for key in CONTROLS.values())
        for test in tests
    ]
    return sum(arm * world for arm, world in zip(arms, worlds, strict=True))


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
    """Return a fault for every argument's name or claim's id that occurs in two files."""
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


def taken(stated: Argument | Contradictions) -> list[Fault]:
    """Return a fault for every claim's id that another known argument has."""
    if isinstance(stated, Contradictions):
        return []
    others = []
    for entry in entries("hypothesis", stated.file.path):
        if entry.name != stated.name:
            with suppress(InputError):  # a fault of its own, for whoever checks it
                others.append(read(entry.path))
    known = [other for other in others if isinstance(other, Argument)]
    return [
        fault for fault in repeated([*known, stated]) if fault.file == stated.file.document.name
    ]


def faults(stated: Argument | Contradictions) -> list[Fault]:
    """Return the faults in the experiments of a file: scenarios, overlays, measures, citations."""
    found: list[Fault] = []
    if isinstance(stated, Argument):
        for number, claim in enumerate(stated.stated.claims):
            for reading, test in enumerate(claim.tests):
                routes = stated.routes(number, reading)
                found += _override_faults(stated.file, test, routes)
                found += _experiment_faults(
                    stated, (number, reading), test.measure, routes("measure")
                )
    else:
        for number, pair in enumerate(stated.stated.pairs):
            route = ("pairs", number, "measure")
            found += _experiment_faults(stated, (number,), pair.measure, route)
    return sorted(set(found + _citation_faults(stated)))


def _override_faults(file: File, test: Claim | Reading, route_of: Routes) -> Iterator[Fault]:
    """Yield a fault for every change of a condition that would silently replace a shared one."""
    layers: list[tuple[str, Route, Overlay]] = [("holding", route_of("holding"), test.holding)]
    for key in CONTROLS.values():
        if (control := getattr(test, key)) is not None:
            layers.append((f"{key}.holding", (*route_of(key), "holding"), control.holding))
    for key in ("between", "compare"):
        inner = [
            (key, (*route_of(key), place), overlay)
            for place, overlay in enumerate(getattr(test, key) or ())
        ]
        for name, _, outer in layers:
            for _, route, overlay in inner:
                for path in overridden(outer, overlay):
                    message = f"changes a value that '{name}' states; state it in one of them"
                    yield file.fault((*route, *path), message)
        layers += inner


def _experiment_faults(
    stated: Argument | Contradictions, place: tuple[int, ...], measure: str, route: Route
) -> list[Fault]:
    try:
        loaded = stated.conditions(*place)
    except InputError as error:
        return list(error.faults)
    found = []
    for world in (loaded,) if isinstance(loaded, Conditions) else loaded:
        for arm in world.arms:
            try:
                read_measure(measure, arm.scenario)
            except MeasureError as error:
                found.append(stated.file.fault(route, str(error)))
    return found


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
