"""Levers: the values of a scenario that a reader may change, and the options of each.

The first option of every lever is what the scenario states. All others are set as by ``--set`` and
follow the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from sim.io.errors import Fault, InputError, UsageError
from sim.io.text import clipped
from sim.scenario import Loaded, Scenario, digest, load

MOST_LEVERS = 3
MOST_CELLS = 250
"""Most combinations that one page holds."""
AS_STATED = ""
"""Value of the option that leaves a lever as the scenario states it."""
_OPENING = "[{\"'"
_CLOSING = {"[": "]", "{": "}", '"': '"', "'": "'"}


@dataclass(frozen=True)
class Lever:
    """A value that a reader may change.

    Attributes:
        path: its path in the scenario, such as ``actors.OST.stance``.
        values: its options as texts, as in a scenario file; the first is :data:`AS_STATED`.
    """

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One combination of options.

    Attributes:
        options: position of the option of each lever.
        sets: what it sets, as ``path=value``.
        loaded: the scenario; None if the combination is not allowed.
        fault: why it is not allowed; empty if it is.
    """

    options: tuple[int, ...]
    sets: tuple[str, ...]
    loaded: Loaded | None
    fault: str = ""


def read_lever(text: str) -> Lever:
    """Return the lever that ``path=value,value`` states.

    Raises:
        UsageError: the text has another form.

    >>> read_lever("actors.OST.support=1,{range: [2, 3]}").values
    ('', '1', '{range: [2, 3]}')
    """
    path, _, stated = text.partition("=")
    try:
        return of_values(path.strip(), _split(stated))
    except UsageError as error:
        problem = str(error).partition(": ")[2]
        raise UsageError(f"--lever {clipped(text)}: {problem}") from None


def of_values(path: str, stated: Iterable[str]) -> Lever:
    """Return the lever with these options besides what the scenario states.

    Raises:
        UsageError: there is no path, or an option is empty or given twice.

    >>> of_values("actors.OST.support", ["1", "2"]).values
    ('', '1', '2')
    """
    values = tuple(value.strip() for value in stated)
    if not path or not values or not all(values):
        raise UsageError(f"--lever {path}: allowed: path=value,value")
    if len(set(values)) < len(values):
        raise UsageError(f"--lever {path}: has a value twice; allowed: each value once")
    return Lever(path, (AS_STATED, *values))


def _split(text: str) -> list[str]:
    """Return the parts of a text between commas that are outside brackets and quotes."""
    parts = [""]
    waiting: list[str] = []  # closing marks of the open brackets
    for letter in text:
        if waiting and letter == waiting[-1]:
            waiting.pop()
        elif letter in _OPENING and not (waiting and waiting[-1] in "\"'"):
            waiting.append(_CLOSING[letter])
        if letter == "," and not waiting:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def check(levers: Sequence[Lever]) -> None:
    """Raise UsageError if there are too many levers or cells, or a path is given twice."""
    if len(levers) > MOST_LEVERS:
        raise UsageError(f"--lever: {len(levers)} levers; allowed: at most {MOST_LEVERS}")
    paths = [lever.path for lever in levers]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise UsageError(f"--lever {twice}: is given twice; allowed: different paths")
    cells = 1
    for lever in levers:
        cells *= len(lever.values)
    if cells > MOST_CELLS:
        raise UsageError(
            f"--lever: {cells:,} combinations, with each value as the scenario states it; "
            f"allowed: at most {MOST_CELLS}"
        )


def without_repetition(
    file: Path, sets: Sequence[str], base: Scenario, levers: Sequence[Lever]
) -> list[Lever]:
    """Return levers without the values that the scenario states anyway.

    A value that is not allowed by itself stays, because it may be allowed in a combination.
    """
    stated = digest(base)

    def changes(path: str, value: str) -> bool:
        cell = _cell(file, sets, (0,), (f"{path}={value}",))
        return cell.loaded is None or digest(cell.loaded.scenario) != stated

    return [
        replace(
            lever,
            values=(
                AS_STATED,
                *(value for value in lever.values[1:] if changes(lever.path, value)),
            ),
        )
        for lever in levers
    ]


def refuse_without_options(levers: Sequence[Lever]) -> None:
    """Raise UsageError for a lever whose values are all what the scenario states."""
    for lever in levers:
        if len(lever.values) == 1:
            problem = "changes nothing; allowed: a value that differs from what the scenario states"
            raise UsageError(f"--lever {lever.path}: {problem}")


def cells_of(file: Path, sets: Sequence[str], levers: Sequence[Lever]) -> list[Cell]:
    """Return the cells of all combinations; the last lever changes from cell to cell.

    Raises:
        InputError: a value is allowed in no combination.

    >>> from sim.catalogue import locate
    >>> file = locate("scenario", "april_2016")
    >>> cells = cells_of(file, [], [read_lever("horizon_days=30,60")])
    >>> [cell.loaded.scenario.horizon_days for cell in cells]
    [90, 30, 60]
    """
    cells = []
    for options in product(*(range(len(lever.values)) for lever in levers)):
        chosen = zip(levers, options, strict=True)
        stated = tuple(f"{lever.path}={lever.values[k]}" for lever, k in chosen if k)
        cells.append(_cell(file, sets, options, stated))
    _refuse_values_without_use(file, sets, levers, cells)
    return cells


def _cell(
    file: Path, sets: Sequence[str], options: tuple[int, ...], stated: tuple[str, ...]
) -> Cell:
    try:
        return Cell(options, stated, load(file, [*sets, *stated]))
    except InputError as error:
        return Cell(options, stated, None, _in_words(error.faults[0]))


def _in_words(fault: Fault) -> str:
    return f"{fault.path}: {fault.message}" if fault.path else fault.message


def _refuse_values_without_use(
    file: Path, sets: Sequence[str], levers: Sequence[Lever], cells: Sequence[Cell]
) -> None:
    """Raise InputError for values that no combination allows."""
    faults: list[Fault] = []
    for place, lever in enumerate(levers):
        for position, value in enumerate(lever.values):
            used = [cell for cell in cells if cell.options[place] == position]
            if position and not any(cell.loaded for cell in used):
                faults += _faults(file, sets, f"{lever.path}={value}")
    if faults:
        raise InputError(faults)


def _faults(file: Path, sets: Sequence[str], stated: str) -> list[Fault]:
    """Return the faults of a single value, reported under ``--lever``."""
    try:
        load(file, [*sets, stated])
    except InputError as error:
        place = f"--set {clipped(stated)}"
        return [
            replace(fault, file=f"--lever {clipped(stated)}" if fault.file == place else fault.file)
            for fault in error.faults
        ]
    message = "is allowed in no combination with the other levers"
    return [Fault(f"--lever {clipped(stated)}", 0, "", message)]
