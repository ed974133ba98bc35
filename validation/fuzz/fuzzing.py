"""Try cases of every family, and count how they end."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

from sim import charts
from validation.fuzz import calling, downloads, exploring, files, folders, measures, options
from validation.fuzz.calling import Ended
from validation.fuzz.case import Case, Family
from validation.fuzz.workplace import Workplace

FAMILIES: Mapping[str, tuple[Family, int]] = {
    "scenarios": (files.family("scenario"), 225),
    "bases": (files.family("base"), 100),
    "hypotheses": (files.family("hypothesis"), 60),
    "evidence": (files.family("evidence"), 120),
    "posterior draws": (files.posterior, 40),
    "measures": (measures.measure, 250),
    "results of runs": (folders.family("run"), 50),
    "reasons and differences": (folders.reasons, 10),
    "seals": (folders.seals, 20),
    "sweeps": (folders.family("sweep"), 10),
    "differences": (folders.family("difference"), 10),
    "comparisons": (folders.family("comparison"), 20),
    "scores": (folders.family("scores"), 15),
    "fits": (folders.family("fit"), 15),
    "calibrations": (folders.family("calibration"), 5),
    "explorer pages": (exploring.explorer, 5),
    "options": (options.options, 25),
    "downloads": (downloads.downloads, 20),
}
"""Every family with its share of 1,000 cases. Slow families have a small share."""
SAMPLE = 1000
"""One case in this many is tried in a process of its own."""
DRAWN = 0.2
"""Share of the cases in which a chart is drawn."""


@dataclass
class Tally:
    """How the cases of a family ended.

    Attributes:
        codes: number of cases by exit code.
        failed: description of each failed case.
        seconds: longest duration of a case that was refused.
        spent: duration of all cases together, in seconds of computing.
        bytes: largest growth of memory.
    """

    codes: dict[int, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    spent: float = 0.0
    bytes: int = 0

    @property
    def rate(self) -> float:
        """Number of cases in a second of computing."""
        return sum(self.codes.values()) / max(self.spent, 1e-9)

    def add(self, case: Case, ended: Ended, wrong: list[str]) -> None:
        """Count a case."""
        self.codes[ended.code] = self.codes.get(ended.code, 0) + 1
        if ended.code:
            self.seconds = max(self.seconds, ended.seconds)
        self.bytes = max(self.bytes, ended.bytes)
        if wrong:
            self.failed.append(f"{', '.join(wrong)}: {case.what}: sim {' '.join(case.args)[:300]}")


def fuzz(
    work: Workplace, cases: int, seed: int, keep: Path | None = None, only: str | None = None
) -> Iterator[tuple[str, Tally]]:
    """Try a number of cases, and yield how those of each family ended.

    Args:
        work: the workspace.
        cases: number of cases of all families.
        seed: seed of the damages; a case depends on nothing but it, its family and its number.
        keep: folder for the damaged files of failed cases.
        only: name of the only family to try.
    """
    for name, (family, part) in FAMILIES.items():
        if only not in (None, name):
            continue
        tally = Tally()
        share = part if only is None else sum(part for _, part in FAMILIES.values())
        started = time.process_time()
        for number in range(max(1, cases * share // 1000)):
            _try(work, family, f"{seed} {name} {number}", number, tally, keep)
        tally.spent = time.process_time() - started
        yield name, tally


def _try(
    work: Workplace, family: Family, key: str, number: int, tally: Tally, keep: Path | None
) -> None:
    """Try one case in a fresh workspace."""
    shutil.rmtree(work.folder, ignore_errors=True)
    work.folder.mkdir()
    random = Random(key)
    case = family(work, random)
    before = work.state()
    alone = number % SAMPLE == SAMPLE - 1 and case.call is None
    ended = _called(case, work, random, alone)
    limit = case.seconds if ended.code == 0 else calling.MOST_SECONDS
    wrong = calling.faults(ended, limit + 3.0 * alone, "verify" in case.args[:1])
    if ended.code and work.state() != before:
        wrong.append("something written")
    tally.add(case, ended, wrong)
    if wrong and keep is not None:
        _keep(case, ended, keep / key.replace(" ", "_"))


def _called(case: Case, work: Workplace, random: Random, alone: bool) -> Ended:
    if case.call is not None:
        return case.call()
    if alone:
        return calling.shell(case.args, work.folder)
    with _few_charts(random):
        return calling.here(case.args, work.folder)


@contextmanager
def _few_charts(random: Random) -> Iterator[None]:
    """Let a result have one chart, a different one in each case, or mostly none, to save time."""
    number = int(random.random() < DRAWN)
    with (
        patch.object(charts, "CHARTS", (random.choice(charts.CHARTS),) * number),
        patch.object(charts, "OF_VERDICTS", (random.choice(charts.OF_VERDICTS),) * number),
    ):
        yield


def _keep(case: Case, ended: Ended, folder: Path) -> None:
    """Save the damaged file of a failed case with its command and what it printed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = f"sim {' '.join(case.args)}\n\n{ended.code} after {ended.seconds:.2f} s\n{ended.err}\n"
    (folder / "ended.txt").write_text(text + ended.error, encoding="utf-8", errors="replace")
    if isinstance(case.damaged, Path) and case.damaged.exists():
        copy: Callable[..., object] = shutil.copytree if case.damaged.is_dir() else shutil.copyfile
        copy(case.damaged, folder / case.damaged.name)
    elif isinstance(case.damaged, str):
        (folder / "text").write_text(case.damaged, encoding="utf-8", errors="replace")
