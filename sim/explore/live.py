"""Answer what-if questions about one scenario while a browser waits.

Only values that the form offers can be set. Runs and days are bounded, so that no question keeps
the machine busy for long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.ensemble.ensemble import Plan
from sim.explore.account import Frame, account, heading
from sim.explore.cells import play_together
from sim.explore.content import Numbers, numbers
from sim.explore.explorer import Request, frame_of
from sim.explore.form import groups, paths
from sim.explore.levers import AS_STATED, Cell, Lever
from sim.io.errors import Fault, InputError
from sim.io.limits import MAX_SEED
from sim.scenario import Loaded, Scenario, load

MOST_RUNS = 20_000
SIZES = (500, 2000, 5000, 20_000)
"""Numbers of runs that the form offers."""
MOST_RUN_DAYS = 8_000_000
"""Most days of all runs together."""
MOST_VALUES = 200
"""Most values that a question may set."""
LONGEST_VALUE = 500
"""Most characters of a value."""
REMEMBERED = 4
"""Base cases, by size and seed, that are kept."""
NAMED = 4
"""Most changes that a sentence names."""
Watch = Callable[[float], None]


@dataclass(frozen=True)
class Question:
    """What a reader asks.

    Attributes:
        values: values to set, as texts by path.
        runs: number of runs.
        seed: seed of all random numbers.
    """

    values: Mapping[str, str]
    runs: int
    seed: int

    @classmethod
    def read(cls, body: bytes, runs: int, seed: int) -> Question:
        """Return the question in the body of a request.

        Args:
            body: JSON with ``set``, and optionally ``runs`` and ``seed``.
            runs: number of runs where the body has none.
            seed: seed where the body has none.

        Raises:
            InputError: the body is not a question.
        """
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            raise _refused("", "not a question; allowed: a JSON object with set, runs and seed")
        values = asked.get("set", {})
        if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
            raise _refused("set", "not values by path; allowed: texts by path")
        if len(values) > MOST_VALUES:
            raise _refused("set", f"{len(values)} values; allowed: at most {MOST_VALUES}")
        return cls(
            values,
            _whole(asked.get("runs", runs), "runs", 1, MOST_RUNS),
            _whole(asked.get("seed", seed), "seed", 0, MAX_SEED),
        )


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _refused(name, f"not allowed; allowed: a whole number from {least:,} to {most:,}")
    return value


def _refused(path: str, message: str) -> InputError:
    return InputError([Fault("request", 0, path, message)])


@dataclass
class Live:
    """One scenario that answers questions.

    Attributes:
        request: the scenario, with its values that are set for every answer, and its size.
        base: the base case.
        frame: what all answers share.
    """

    request: Request
    base: Loaded
    frame: Frame
    _bases: dict[tuple[int, int], Numbers] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request) -> Live:
        """Load a scenario; InputError if it has faults."""
        base = load(request.file, request.sets)
        return cls(request, base, frame_of(request, base))

    def front(self, address: str) -> dict[str, Any]:
        """Return the content of the page before any answer.

        Args:
            address: where its script sends questions to.
        """
        sizes = sorted({*SIZES, min(self.request.runs, MOST_RUNS)})
        return {
            **heading(self.frame),
            "address": address,
            "groups": groups(self.frame),
            "sizes": sizes,
            "runs": min(self.request.runs, MOST_RUNS),
            "seed": self.request.seed,
        }

    def answer(self, question: Question, watch: Watch = lambda share: None) -> dict[str, Any]:
        """Simulate what a reader asks, and return the content of the page.

        Its first cell is the base case, and its last cell is what the reader asks.

        Args:
            question: what the reader asks.
            watch: called with the finished share after every simulated day; an exception ends the
                simulation.

        Raises:
            InputError: a value is not allowed.
        """
        loaded = self._loaded(question)
        is_base = not question.values
        base = self._base(question, watch)
        here = base if is_base else self._numbers(loaded.scenario, question, watch)
        levers = tuple(Lever(path, (AS_STATED, value)) for path, value in question.values.items())
        sets = tuple(f"{path}={value}" for path, value in question.values.items())
        frame = Frame(
            self.base,
            self.frame.history,
            self.frame.evidence,
            self.request.sets,
            self.request.named,
            question.runs,
            self.request.draws,
            question.seed,
        )
        cells = [Cell(tuple(0 for _ in levers), (), self.base)]
        if not is_base:
            cells.append(Cell(tuple(1 for _ in levers), sets, loaded))
        named = levers if len(levers) <= NAMED else ()
        shown = [_cut(cell, len(named)) for cell in cells]
        made = account(frame, named, shown, [base, here][: len(cells)])
        if levers and not named:
            says = made["cells"][1]["says"].removeprefix("As the scenario states it")
            made["cells"][1]["says"] = f"With {len(levers)} changes{says}"
        return made

    def _loaded(self, question: Question) -> Loaded:
        """Load the scenario that a question asks for."""
        known = paths(self.frame)
        for path, value in question.values.items():
            if path not in known:
                raise _refused(path[:80], "is not a value of this form")
            if len(value) > LONGEST_VALUE:
                raise _refused(path, f"is too long; allowed: {LONGEST_VALUE} characters")
        sets = [f"{path}={value}" for path, value in question.values.items()]
        loaded = load(self.request.file, [*self.request.sets, *sets])
        days = loaded.scenario.horizon_days
        if days * question.runs > MOST_RUN_DAYS:
            most = MOST_RUN_DAYS // question.runs
            raise _refused(
                "horizon_days",
                f"{days} is too long for {question.runs:,} runs; allowed: {most} or fewer",
            )
        return loaded

    def _base(self, question: Question, watch: Watch) -> Numbers:
        key = (question.runs, question.seed)
        if key not in self._bases:
            made = self._numbers(self.base.scenario, question, watch)
            while len(self._bases) >= REMEMBERED:
                self._bases.pop(next(iter(self._bases)), None)
            self._bases[key] = made
        return self._bases[key]

    def _numbers(self, scenario: Scenario, question: Question, watch: Watch) -> Numbers:
        plan = Plan(scenario, question.runs, self.request.draws, question.seed)
        day = 0

        def after_a_day() -> None:
            nonlocal day
            day += 1
            watch(day / scenario.horizon_days)

        ((outcomes, tally),) = play_together([scenario], plan, after_a_day)
        return numbers(scenario, outcomes, tally)


def _cut(cell: Cell, levers: int) -> Cell:
    return Cell(cell.options[:levers], cell.sets, cell.loaded)


def live_of(file: Path, named: str, sets: tuple[str, ...], size: tuple[int, int, int]) -> Live:
    """Return a scenario that answers questions.

    Args:
        file: its file.
        named: its name for commands.
        sets: values that are set for every answer.
        size: number of runs, number of draws, and seed.
    """
    return Live.of(Request(file, named, sets, (), *size))
