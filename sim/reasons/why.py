"""Why outcomes come out as they do: the explanation of a result, and its file.

The explanation of an experiment is written into the folder of its result. Without one, it is
computed from the tables of the result, and then it shows associations only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.io.errors import Fault, InputError
from sim.io.mapping import read_mapping
from sim.io.spreadsheets import defused
from sim.io.text import count
from sim.reasons import association
from sim.reasons.levers import Kind
from sim.reasons.lines import COLUMNS, Line, line_of
from sim.reasons.outcomes import Outcome, named, usual
from sim.reasons.sizes import clause, noun
from sim.results.reader import Result
from sim.scenario import Scenario

FILE = "why.json"
TABLE = "why.csv"
EXPERIMENT = "experiment"
ASSOCIATION = association.METHOD
NOTES = {
    EXPERIMENT: "Experiment in the model: each value or stance is moved alone, with common random "
    "numbers, and all else stays as drawn. Other values may go with it in reality.",
    ASSOCIATION: "Association in the runs, not an experiment: values are drawn together, so one "
    "may hide another. The effects of values that were chosen for their size tend to be "
    "overstated. `sim why` moves each of them alone.",
}
"""How to read an explanation, by its method."""
HEADINGS = {EXPERIMENT: "Why it came out so", ASSOCIATION: "What goes with the outcomes"}
"""Headings of an explanation, by its method."""
COURSE_NOTE = (
    "The course of events goes with the outcomes from run to run, among runs with the same values. "
    "This is no cause: a longer war also leaves more time to act."
)


@dataclass(frozen=True)
class Why:
    """What moves the outcomes of a scenario.

    Attributes:
        title: title of the scenario.
        method: ``experiment`` or ``association``, for all but the course of events.
        runs: runs of each end of an experiment, or of the result.
        draws: parameter draws.
        outcomes: the outcomes that are explained.
        base: mean of each outcome in the scenario as it is.
        lines: one line for each outcome and each thing that moves it.
        tested: number of things that were tested.
    """

    title: str
    method: str
    runs: int
    draws: int
    outcomes: tuple[Outcome, ...]
    base: tuple[float, ...]
    lines: tuple[Line, ...]
    tested: int

    def strongest(self, outcome: str, *kinds: Kind, most: int | None = None) -> list[Line]:
        """Return the lines of an outcome that are clear beyond chance, the largest first.

        Args:
            outcome: name of the outcome.
            kinds: kinds of lines; all where empty.
            most: maximum number of lines.
        """
        found = [
            line
            for line in self.lines
            if line.outcome.name == outcome and line.clear and line.kind in (kinds or tuple(Kind))
        ]
        return sorted(found, key=lambda line: -abs(line.effect))[:most]

    @property
    def note(self) -> str:
        """How to read the explanation: experiment or association."""
        return NOTES[self.method]

    @property
    def heading(self) -> str:
        """Heading of the explanation: only an experiment says why."""
        return HEADINGS[self.method]

    @property
    def sentence(self) -> str:
        """One sentence on what moves the first outcome that anything clearly moves."""
        for outcome in self.outcomes:
            parts = [*self._of_parties(outcome), *self._of_values(outcome)]
            if parts:
                text = "; ".join(parts)
                return f"{text[0].upper()}{text[1:]}."
        return (
            "Nothing that was tested moves duration, deaths or the ending by more than chance can "
            f"({count(self.tested, 'test')}, {count(self.draws, 'draw')})."
        )

    @property
    def found(self) -> bool:
        """Whether the sentence names something."""
        return any(line.clear and line.kind is not Kind.course for line in self.lines)

    def _of_parties(self, outcome: Outcome) -> Iterator[str]:
        """Yield a clause on the third party that moves an outcome most."""
        for line in self.strongest(outcome.name, Kind.stance, Kind.support, most=1):
            is_stance = line.kind is Kind.stance
            moved = f"{line.says} throughout" if is_stance else f"{line.says} at {line.contrast}"
            yield f"with {moved}, {clause(outcome, line.size)} [{line.interval}]"

    def _of_values(self, outcome: Outcome) -> Iterator[str]:
        """Yield a clause on the open value that moves an outcome most."""
        verb = "moves" if self.method == EXPERIMENT else "goes with"
        for line in self.strongest(outcome.name, Kind.value, most=1):
            yield (
                f"of what the sources leave open, {with_the(line.says)} {verb} {noun(outcome)} "
                f"most: {line.size} [{line.interval}] at {line.contrast}"
            )

    def table(self) -> pd.DataFrame:
        """Return one row per line, see :data:`sim.reasons.lines.COLUMNS`."""
        return pd.DataFrame([line.flat() for line in self.lines], columns=list(COLUMNS))

    def record(self) -> dict[str, Any]:
        """Return the explanation as plain values for a file."""
        return {
            "sentence": self.sentence,
            "note": self.note,
            "title": self.title,
            "method": self.method,
            "runs": self.runs,
            "draws": self.draws,
            "tested": self.tested,
            "outcomes": [
                {**asdict(outcome), "mean": mean}
                for outcome, mean in zip(self.outcomes, self.base, strict=True)
            ],
            "lines": [line.flat() for line in self.lines],
        }


def with_the(name: str) -> str:
    """Return the name of a value with an article, unless it begins with its owner.

    >>> with_the("break rate"), with_the("Russia's engagement")
    ('the break rate', "Russia's engagement")
    """
    return name if "'s " in name else f"the {name}"


def associated(result: Result, names: Sequence[str] = (), with_course: bool = True) -> Why:
    """Return what goes with the outcomes of a result, from its tables alone.

    Args:
        result: the result.
        names: names of the outcomes; duration, deaths and the endings where empty.
        with_course: whether to test the course of events too, which takes longer.
    """
    return of_tables(
        result.scenario, association.Tables(result.runs, result.parameters), names, with_course
    )


def of_tables(
    scenario: Scenario,
    tables: association.Tables,
    names: Sequence[str] = (),
    with_course: bool = True,
) -> Why:
    """Return what goes with the outcomes in some tables, see :func:`associated`."""
    outcomes = named(scenario, names) if names else usual(scenario, tables.outcomes)
    lines = list(association.open_value_lines(scenario, tables, outcomes))
    course = association.course_lines(scenario, tables, outcomes) if with_course else []
    means = tuple(float(outcome.values(tables.outcomes).mean()) for outcome in outcomes)
    values = tables.parameters.shape[1] - 1
    return Why(
        scenario.title,
        ASSOCIATION,
        len(tables.outcomes),
        int(tables.outcomes["draw"].nunique()),
        outcomes,
        means,
        (*lines, *course),
        values * len(outcomes) + len(course),
    )


# The file


def write(folder: Path, why: Why, made_of: str) -> None:
    """Write an explanation into a folder: a table, and a file that :func:`read` reads.

    Args:
        folder: the folder.
        why: the explanation.
        made_of: digest of the scenario that was simulated.
    """
    defused(why.table()).to_csv(
        folder / TABLE, index=False, lineterminator="\n", float_format="%.6g"
    )
    text = json.dumps({"digest": made_of, **why.record()}, indent=1, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read(result: Result) -> Why | None:
    """Return the explanation in the folder of a result; None if it has none of this scenario.

    Raises:
        InputError: the file is damaged.
    """
    path = result.folder / FILE
    if not path.is_file():
        return None
    try:
        content = read_mapping(path)
        return _why(content) if content["digest"] == result.manifest.get("digest") else None
    except (ValueError, KeyError, TypeError, AttributeError):
        message = "not a valid file of `sim why`; run it again"
        raise InputError([Fault(str(path), 0, "", message)]) from None


def _why(content: dict[str, Any]) -> Why:
    outcomes = [
        Outcome(str(row["name"]), str(row["says"]), str(row["unit"])) for row in content["outcomes"]
    ]
    if content["method"] not in NOTES or not outcomes:
        raise ValueError("unknown method")
    return Why(
        str(content["title"]),
        content["method"],
        int(content["runs"]),
        int(content["draws"]),
        tuple(outcomes),
        tuple(float(row["mean"]) for row in content["outcomes"]),
        tuple(line_of(row) for row in content["lines"]),
        int(content["tested"]),
    )
