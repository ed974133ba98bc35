"""The account of an explorer: all that its page shows, as plain values for JSON.

Numbers of charts are rounded to four digits, and texts have the digits that ``sim run`` prints.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.evidence import Evidence
from sim.explore import changes, conduct, words
from sim.explore.axes import days_shown, limits, widest
from sim.explore.conduct import Act, BesideBase, acts
from sim.explore.content import COMPARED, Fan, Numbers
from sim.explore.describing import described, findings
from sim.explore.fit import fit
from sim.explore.levers import Cell, Lever
from sim.explore.noting import notes
from sim.explore.past import PER_CENT, history_of, short
from sim.outcomes.summary import Measure
from sim.outcomes.summary_measures import OF_A_MEDIATOR, declared
from sim.record.history import History
from sim.record.words import column
from sim.scenario import Loaded, Scenario
from sim.scenario.drawn import drawn_from


@dataclass(frozen=True)
class Frame:
    """What all cells of an explorer share.

    Attributes:
        base: the base case.
        history: what happened, or None.
        evidence: the sources of the workspace; None if they have faults.
        sets: values that were set in every cell, as ``path=value``.
        named: name of the scenario as the user gave it.
        runs: runs of each cell.
        draws: draws of each cell.
        seed: seed of all random numbers.
    """

    base: Loaded
    history: History | None
    evidence: Evidence | None
    sets: tuple[str, ...]
    named: str
    runs: int
    draws: int
    seed: int

    @property
    def scenario(self) -> Scenario:
        """The scenario of the base case."""
        return self.base.scenario

    def command(self, stated: Sequence[str]) -> str:
        """Return the command that gives the numbers of a cell."""
        sets = [part for text in (*self.sets, *stated) for part in ("--set", text)]
        size = ["--runs", self.runs, "--draws", self.draws, "--seed", self.seed]
        return shlex.join(map(str, ["sim", "run", self.named, *sets, *size]))


def account(
    frame: Frame, levers: Sequence[Lever], cells: Sequence[Cell], made: Sequence[Numbers | None]
) -> dict[str, Any]:
    """Return the content of a page.

    Args:
        frame: what the cells share.
        levers: the levers.
        cells: the cells; the first is the base case.
        made: the numbers of each cell; None where the combination is not allowed.
    """
    found = [numbers for numbers in made if numbers is not None]
    base = found[0]
    measures = measures_of(frame.scenario, found)
    days = days_shown(found, frame.history)
    by_which = changes.sorted_by(frame.scenario, found, measures)
    shown = []
    for cell, numbers in zip(cells, made, strict=True):
        if numbers is None or cell.loaded is None:
            shown.append(_refused(frame, cell))
            continue
        beside = BesideBase(cell.loaded.scenario, numbers, base)
        of_cell = _cell(frame, levers, cell, beside, measures, days)
        shown.append({**of_cell, "means": changes.means(beside, by_which)})
    return {
        **heading(frame),
        "levers": [_lever(frame, lever, cells, place) for place, lever in enumerate(levers)],
        "measures": [_measure(line) for line in measures],
        "compared": [name for name in COMPARED if name in {line.name for line in measures}],
        "acts": {act.column: act.label for act in acts(frame.scenario)},
        "overview": [line.label if isinstance(line, Act) else line.says for line in by_which],
        "fit": fit(frame.scenario, frame.history, base, drawn_from(frame.scenario)),
        "endings": endings_of(frame.scenario, found),
        "days": days,
        "limits": {**limits(found, frame.history, days[-1]), "differences": widest(shown)},
        "cells": shown,
    }


def heading(frame: Frame) -> dict[str, Any]:
    """Return what a page says whatever its setting: title, history and design."""
    scenario = frame.scenario
    sides = [words.name(scenario, code) for code in scenario.sides]
    return {
        "title": scenario.title,
        "scenario": scenario.scenario,
        "start": scenario.start.isoformat(),
        "horizon": scenario.horizon_days,
        "challenger": sides[0],
        "defender": sides[1],
        "design": words.design(
            frame.runs, min(frame.draws, frame.runs), frame.seed, drawn_from(scenario)
        ),
        "expects": scenario.expects or "",
        "history": None if frame.history is None else history_of(frame.history),
    }


def measures_of(scenario: Scenario, made: Sequence[Numbers]) -> list[Measure]:
    """Return the measures of a summary that occur in some cell, in their order, without values."""
    occurring = {
        name for numbers in made for name, line in numbers.measures.items() if line.occurred
    }
    codes = sorted(
        name.removeprefix(OF_A_MEDIATOR) for name in occurring if name.startswith(OF_A_MEDIATOR)
    )
    return [
        Measure(measure.name, measure.says(scenario), measure.unit, 0.0, None, None)
        for measure in declared(codes)
        if measure.name in occurring
    ]


def _measure(line: Measure) -> dict[str, str]:
    return {"name": line.name, "says": line.says, "unit": line.unit}


def endings_of(scenario: Scenario, made: Sequence[Numbers]) -> list[dict[str, Any]]:
    """Return the endings of any cell: mediators first, the most frequent one in front."""
    totals: dict[str, float] = {}
    for numbers in made:
        for name, share in numbers.endings.items():
            totals[name] = totals.get(name, 0.0) + share
    mediators = sorted(
        (name for name in totals if name not in words.ENDINGS),
        key=lambda name: (-totals[name], name),
    )
    others = [name for name in words.ENDINGS if totals.get(name)]
    return [
        {"key": key, "label": words.ending(scenario, key), "mediated": key in mediators}
        for key in (*mediators, *others)
    ]


def _lever(frame: Frame, lever: Lever, cells: Sequence[Cell], place: int) -> dict[str, Any]:
    scenario = frame.scenario
    options = []
    for position, value in enumerate(lever.values):
        of_value = next(
            (cell.loaded for cell in cells if cell.options[place] == position and cell.loaded), None
        )
        says = words.value_words((of_value or frame.base).scenario, lever.path)
        options.append({"value": value, "label": words.at_first(lever.path, says)})
    return {
        "path": lever.path,
        "label": words.lever_label(scenario, lever.path),
        "means": words.hint(scenario, lever.path),
        "stated": words.value_words(scenario, lever.path),
        "sources": sources_of(frame, lever.path),
        "options": options,
    }


def sources_of(frame: Frame, path: str) -> list[str]:
    """Return what a value of the base case cites or assumes, one text for each source."""
    provenance = frame.base.provenance.get(path)
    if provenance is None:
        return []
    known = frame.evidence.sources if frame.evidence is not None else {}
    texts = []
    for cite in provenance.cites:
        source = known.get(cite)
        texts.append(
            f"{source.says} ({source.speaker}; {source.origin}; {cite})" if source else cite
        )
    assumption = provenance.assumption
    return texts + ([f"Assumption: {assumption}."] if assumption else [])


def _refused(frame: Frame, cell: Cell) -> dict[str, Any]:
    """Return what a page shows of a combination that is not allowed."""
    fault = {"fault": cell.fault, "settings": " ".join(cell.sets)}
    return {**fault, "command": frame.command(cell.sets)}


def _cell(
    frame: Frame,
    levers: Sequence[Lever],
    cell: Cell,
    beside: BesideBase,
    measures: Sequence[Measure],
    days: Sequence[int],
) -> dict[str, Any]:
    start = words.setting(cell, levers)
    return {
        "command": frame.command(cell.sets),
        "setting": words.setting_alone(cell, levers),
        "notes": notes(cell, levers, beside.here),
        **numbers_of(frame, start, beside, measures, days),
    }


def numbers_of(
    frame: Frame,
    start: str,
    beside: BesideBase,
    measures: Sequence[Measure],
    days: Sequence[int],
) -> dict[str, Any]:
    """Return what a page shows of one cell.

    Args:
        frame: what the cells share.
        start: what the cell sets, as the first part of a sentence.
        beside: the cell beside the base case.
        measures: the measures of the page, in order.
        days: the days of the charts.
    """
    scenario, here, base = beside.scenario, beside.here, beside.base
    is_base = here is base
    return {
        "says": words.result_sentence(start, here, scenario),
        "base_says": "" if is_base else words.base_sentence(base, frame.scenario),
        "changed": changes.sentence(beside, measures),
        "conduct": conduct.sentence(beside),
        "findings": findings(here, base, scenario),
        "described": described(here, scenario),
        "fighting": _fan(here.fighting, days),
        "territory": _course(here.territory, days),
        "endings": {name: short(share) for name, share in here.endings.items() if share},
        "rows": [_row(here.measures.get(line.name, line)) for line in measures],
        "differences": changes.rows(beside, measures),
        "comparisons": len(beside.differences),
        "past": _beside(frame.history, measures) if is_base else None,
    }


def _beside(history: History | None, measures: Sequence[Measure]) -> list[str]:
    """Return what happened beside each measure, as texts."""
    found = column(history, measures) if history is not None else {}
    return [found.get(line.name, "") for line in measures]


def _fan(fan: Fan, days: Sequence[int]) -> dict[str, Any]:
    """Return a daily share in percent, by day; shorter where a cell is simulated for fewer days."""
    days = [day for day in days if day < len(fan.all)]
    return {
        "all": _percents(fan.all[days]),
        "ends": None if fan.ends is None else [_percents(end[days]) for end in fan.ends],
    }


def _course(fan: Fan, days: Sequence[int]) -> dict[str, Any]:
    """Return territory at the start of each day in percent: that at the end of the day before."""
    days = [day for day in days if day <= len(fan.all)]
    before = [max(day - 1, 0) for day in days]
    counts = np.array([day > 0 for day in days], dtype=float)
    return {
        "all": _percents(fan.all[before] * counts),
        "ends": (
            None if fan.ends is None else [_percents(end[before] * counts) for end in fan.ends]
        ),
    }


def _percents(shares: Any) -> list[float]:
    return [short(PER_CENT * float(share), 1) for share in shares]


def _row(line: Measure) -> dict[str, Any]:
    """Return a line of the summary: texts as ``sim run`` prints them, and numbers for charts."""
    row: dict[str, Any] = {"shown": list(line.shown()), "value": short(line.value)}
    for kind, ends in (("chance", line.chance), ("parameters", line.parameters)):
        if ends is not None:
            row[kind] = [short(end) for end in ends]
    return row


def faults(cells: Sequence[Cell]) -> list[str]:
    """Return the combinations that are not allowed, in words, for the command line."""
    return [f"{' '.join(cell.sets)}: {cell.fault}" for cell in cells if cell.fault]
