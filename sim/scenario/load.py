"""Load a scenario file, or report everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.io.errors import Fault, InputError
from sim.io.text import clipped
from sim.scenario.changes import changes, removed, retitled
from sim.scenario.columns import shared_names
from sim.scenario.crosscheck import cross_faults
from sim.scenario.document import Document
from sim.scenario.faults import MAX_FAULTS, SchemaFault, schema_faults
from sim.scenario.models import models_of, with_paths
from sim.scenario.overlay import Merged, merged
from sim.scenario.posterior_file import MAX_MESSAGE, take_posterior
from sim.scenario.routes import Route, dotted
from sim.scenario.schema import Scenario
from sim.scenario.tree import (
    NO_MODELS,
    Models,
    Provenance,
    Section,
    Source,
    plain,
    present,
    stated_values,
    walk,
)
from sim.scenario.wording import changes_in_words

RESOLVED_NAME = "scenario.resolved"


@dataclass(frozen=True)
class Loaded:
    """A scenario with the sources of its values.

    Attributes:
        scenario: the resolved scenario.
        provenance: claims and assumptions by path, such as ``actors.NOR.ties.SUD``, where stated;
            an item of a list counts as one value, such as ``events.0``.
        sources: file and 1-based line by path; also of values that the command line removed.

    >>> import sim
    >>> loaded = sim.load("april_2016", set={"mechanisms.leverage": 0})
    >>> loaded.scenario.horizon_days, loaded.changes
    (90, {'mechanisms.leverage': '0'})
    """

    scenario: Scenario
    provenance: Mapping[str, Provenance]
    sources: Mapping[str, tuple[str, int]]

    def __repr__(self) -> str:
        """Return a short description, since the values of a scenario fill pages."""
        return f"<Loaded {self.scenario.scenario}: {self.scenario.title}>"

    @property
    def changes(self) -> dict[str, str]:
        """What the command line set, by path."""
        return changes(self.sources)

    @property
    def changed(self) -> str:
        """What the command line set, in words; empty if it set nothing."""
        return changes_in_words(self.scenario, self.changes)


@dataclass(frozen=True)
class Stated:
    """The values that a scenario or a base states, even if it cannot be simulated.

    Attributes:
        provenance: claims and assumptions by path, where stated.
        places: file and 1-based line of every value, by path.
        values: every value as written in the file, by path.
    """

    provenance: Mapping[str, Provenance]
    places: Mapping[str, tuple[str, int]]
    values: Mapping[str, Any]


def load(
    path: Path,
    sets: Sequence[str] = (),
    layers: Sequence[Document] = (),
    known: Merged | None = None,
) -> Loaded:
    """Load a scenario with its bases, the layers over it, and values set on the command line.

    The title names what the command line set.

    Args:
        path: the scenario file.
        sets: texts of the form ``path=value`` that override the file, applied in order.
        layers: parts of other files that override the file, applied in order before ``sets``;
            faults in them name the file and line they come from.
        known: the file as :func:`original` read it; None to read it now.

    Raises:
        InputError: any of them has faults; lists all faults at once.

    >>> from sim.catalogue import locate
    >>> load(locate("scenario", "april_2016"), ["horizon_days=30"]).scenario.horizon_days
    30
    """
    under = merged(path) if known is None else known
    tree, scenario, faults = _examine(path, under.under(layers, sets))
    if scenario is None and not faults:
        message = "missing; a file without this key is a base, which cannot be simulated by itself"
        faults = [Fault(str(path), 1, "scenario", message)]
    if scenario is None or faults:
        raise InputError(faults)
    found = _statements(tree)
    if not sets:
        return Loaded(scenario, found.provenance, found.places)
    sources = {**found.places, **removed(tree)}
    changed = changes_in_words(scenario, changes(sources))
    titled = scenario.model_copy(update={"title": retitled(scenario.title, changed)})
    return Loaded(titled, found.provenance, sources)


def original(path: Path, layers: Sequence[Document] = ()) -> Merged:
    """Read a scenario that many other layers will change, and check its values once.

    Args:
        path: the scenario file.
        layers: layers below all others.

    Raises:
        InputError: the file or one of its bases cannot be read at all. All other faults are found
            when the scenario is loaded.

    >>> from sim.catalogue import locate
    >>> path = locate("scenario", "april_2016")
    >>> load(path, known=original(path)).scenario == load(path).scenario
    True
    """
    found = merged(path, layers)
    values = plain(found.tree)
    unreadable = list(take_posterior(found.tree, values))
    scenario, _ = _validate(values)
    if unreadable or scenario is None:
        return found
    return replace(found, models=models_of(found.tree, scenario))


def check(path: Path) -> list[Fault]:
    """Return the faults of a scenario, or of a base (a file without a ``scenario`` key).

    >>> from sim.catalogue import locate
    >>> check(locate("scenario", "april_2016"))
    []
    """
    try:
        _, _, faults = _examine(path, merged(path))
    except InputError as error:
        return list(error.faults)
    return sorted(set(faults))


def stated(path: Path) -> Stated:
    """Return the values that a scenario or a base states; InputError if it is unreadable.

    >>> from sim.catalogue import locate
    >>> stated(locate("base", "caucasus")).values["conflict.aim"]
    1
    """
    tree, _, _ = _examine(path, merged(path))
    return _statements(tree)


def _statements(tree: Section) -> Stated:
    found = dict(stated_values(tree))
    return Stated(
        provenance={
            path: node.provenance for path, node in found.items() if node.provenance is not None
        },
        places={path: (node.source.file, node.source.line) for path, node in found.items()},
        values={path: plain(node) for path, node in found.items()},
    )


def _examine(path: Path, stated: Merged) -> tuple[Section, Scenario | None, list[Fault]]:
    """Return the merged tree, the scenario if the schema accepts it, and all faults."""
    tree, faults = stated.tree, list(stated.faults)
    values = plain(tree, stated.models)
    faults += take_posterior(tree, values)
    scenario, found = _validate(values, stated.models)
    if stated.models and found:  # messages quote plain values
        return _examine(path, replace(stated, models=NO_MODELS))
    values = plain(tree) if stated.models else values
    fragment = "scenario" not in present(tree)
    findings = [(fault.route, fault.message) for fault in found if not (fragment and fault.missing)]
    routes = {route for route, _ in findings}
    crossed = islice(cross_faults(values, fragment, _removed_actors(tree)), MAX_FAULTS)
    findings += [(route, message) for route, message in crossed if not _is_reported(route, routes)]
    if scenario is not None and _has_unused_posterior(scenario):
        findings.append(
            (
                ("parameters", "posterior"),
                "none of its columns matches a value of this scenario with the same range",
            )
        )
    if scenario is not None and not findings and not faults:
        findings += shared_names(scenario)
    places = {route: node.source for route, node in walk(tree)} if findings else {}
    known = {fault.path for fault in faults}
    for route, message in findings:
        if known.isdisjoint((dotted(route), dotted((*route, "value")))):
            faults.append(
                Fault(*_place(route, places), dotted(route), clipped(message, MAX_MESSAGE))
            )
    if not fragment and "scenario" not in {fault.path for fault in faults}:
        faults += _misnamed(path, tree, values["scenario"])
    return tree, scenario, faults


def _removed_actors(tree: Section) -> set[str]:
    actors = tree.children.get("actors")
    return actors.children.keys() - present(actors).keys() if isinstance(actors, Section) else set()


def _validate(
    values: Mapping[str, Any], models: Models = NO_MODELS
) -> tuple[Scenario | None, list[SchemaFault]]:
    try:
        made = Scenario.model_validate(values, context={"document": True})
        return with_paths(made, done={id(model) for _, model in models.values()}), []
    except ValidationError as error:
        return None, schema_faults(error, values)


def _has_unused_posterior(scenario: Scenario) -> bool:
    """Whether a scenario names a posterior that contains none of its values."""
    posterior = scenario.parameters.posterior
    if posterior is None:
        return False
    return all(posterior.column(value) is None for value in scenario.quantities())


def _is_reported(route: Route, routes: Set[Route]) -> bool:
    """Whether a fault of the same value, or of a section around it, is already reported."""
    return any(route[:length] in routes for length in range(len(route) + 1))


def _place(route: Route, places: Mapping[Route, Source]) -> Source:
    """Return the source of a route, or of the nearest section around it."""
    while route not in places:
        route = route[:-1]
    return places[route]


def _misnamed(path: Path, tree: Section, name: Any) -> Iterator[Fault]:
    """Yield a fault if a scenario's name differs from its file's name."""
    if not isinstance(name, str) or name == path.stem or path.stem == RESOLVED_NAME:
        return
    place = tree.children["scenario"].source
    line = place.line if place.file == str(path) else 1
    yield Fault(
        str(path), line, "scenario", f"'{name}' differs from the file's name; allowed: {path.stem}"
    )
