"""Use the program for a long time, and look for what piles up.

``python -m validation.soak --minutes 60`` works in one workspace. In each round, a command with two
worker processes and a call of the Python API in this process run at the same time, and a server
that was started once (``sim serve``) answers a question. After each round, no process, no
unfinished file and no temporary file may be left. At the end, this process and the server must not
have grown: neither their memory, nor their open files, nor their threads.

Processes are found in ``/proc``, which only Linux has.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from uuid import uuid4

import numpy as np

import sim
from validation.faults import ROOT, left_alive, start, unfinished, workspace

SEEDS = 5
"""Number of seeds: some simulations are new, and others are found in the store."""
TOLD_EVERY = 10
"""Rounds between two lines about the progress."""
MOST_GROWTH = 40e6
"""Bytes that a process may grow after its first calls, by a straight line through its sizes."""
LARGE = {"runs": 25_000, "draws": 20, "workers": 2, "set": {"horizon_days": 8}}
"""An ensemble of two blocks, which two worker processes simulate."""
SMALL = {"runs": 200, "draws": 20, "workers": 1}
COMMANDS = tuple(
    tuple(command.split())
    for command in (
        "run island --runs 25000 --draws 20 --workers 2 --set horizon_days=8 --seed SEED",
        "run island --runs 200 --draws 20 --workers 2 --grid horizon_days=8,12 --seed SEED",
        "why RESULT --workers 2",
        "compare mediation --quick --workers 2 --seed SEED",
        "trace RESULT --typical",
        "diff island --set policies.OST=aside --runs 200 --draws 20 --workers 2 --seed SEED",
        "explore island --lever actors.OST.stance=aside --runs 50 --draws 10 --workers 2 "
        "--seed SEED",
        "report RESULT",
        "fit --crisis april_2016 --particles 10 --replicates 1 --moves 1 --chains 2 --workers 2 "
        "--seed SEED",
        "export RESULT --to csv",
        "verify RESULT --workers 2",
        "results results",
    )
)
"""Commands, where RESULT is a folder and SEED is a number."""


def _simulate(out: Path, seed: int) -> None:
    sim.run("island", seed=seed, out=out, fresh=True, **LARGE)


def _explain(out: Path, seed: int) -> None:
    result = sim.run("island", seed=seed, out=out, **SMALL)
    sim.why(result, workers=1)
    str(result.trace(seed))


def _sweep(out: Path, seed: int) -> None:
    sim.sweep("island", {"horizon_days": [8, 12]}, seed=seed, out=out, **SMALL).table.sum()


def _diff(out: Path, seed: int) -> None:
    sim.diff("island", set={"policies.OST": "aside"}, seed=seed, out=out, **SMALL).table()


def _explore(out: Path, seed: int) -> None:
    sim.explorer("island", seed=seed, runs=50, draws=10, workers=2, out=out / "page.html")


def _reopen(out: Path, seed: int) -> None:
    for folder in sorted(out.glob("island-*")):
        if (folder / "outcomes.parquet").is_file():
            sim.open_result(folder).summary.describe()


CALLS: tuple[Callable[[Path, int], None], ...] = (
    _simulate,
    _explain,
    _sweep,
    _diff,
    _explore,
    _reopen,
)
"""Calls of the API."""


@dataclass(frozen=True)
class Size:
    """The size of a process: bytes of memory, open files and threads."""

    memory: int
    files: int
    threads: int

    @classmethod
    def of(cls, process: int) -> Size:
        """Return the size of a running process."""
        folder = Path(f"/proc/{process}")
        pages = int((folder / "statm").read_text(encoding="utf-8").split()[1])
        return cls(
            pages * resource.getpagesize(),
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
        )


class Server:
    """A server of a scenario, in a process of its own."""

    def __init__(self, home: Path) -> None:
        said = home / "server.txt"
        with said.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sim", "serve", "island", "--port", "0", "--runs", "50"],
                cwd=home,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        while not (text := said.read_text(encoding="utf-8")).endswith("\n"):
            if self.process.poll() is not None:
                raise RuntimeError(f"no server: {text}")
            time.sleep(0.1)
        self._address = text.split()[1]

    def ask(self, seed: int) -> None:
        """Open the page and ask a question; raise an error if there is no answer."""
        with urllib.request.urlopen(self._address, timeout=600) as page:
            page.read()
        question = {"set": {"actors.OST.support": "1"}, "runs": 50, "seed": seed}
        request = urllib.request.Request(
            f"{self._address}ask/island",
            json.dumps(question).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            last = json.loads(answer.read().splitlines()[-1])
        if "book" not in last:
            raise RuntimeError(f"the server answered {last}")

    def stop(self) -> None:
        """Stop it, and wait for its end."""
        self.process.terminate()
        self.process.wait(timeout=600)


@contextmanager
def _home() -> Iterator[Path]:
    """Provide a workspace in which this process works, with its own folder of temporary files."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="soak-") as made:
        home = Path(made) / "workspace"
        workspace(home)
        (Path(made) / "tmp").mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(Path(made) / "tmp")
        os.chdir(home)
        try:
            yield home
        finally:
            os.chdir(before)
            tempfile.tempdir = None
            del os.environ["TMPDIR"]


def soak(minutes: float, tell: Callable[[str], object] = print) -> list[str]:
    """Work for some minutes, and at least until sizes can be compared. Return what is wrong.

    Args:
        minutes: for how long.
        tell: called with lines of a report.
    """
    wrong: list[str] = []
    sizes: dict[str, list[Size]] = {"this process": [], "the server": []}
    begun = time.monotonic()
    first = len(CALLS)  # every call has been made once
    with _home() as home:
        made = sim.run("island", out=home / "results", **SMALL).folder
        server = Server(home)
        try:
            for number in count():
                wrong += _round(number, home, made, server)
                if number % TOLD_EVERY == 0:
                    passed = (time.monotonic() - begun) / 60
                    tell(f"{passed:.0f} minutes, {number + 1} rounds, {len(wrong)} wrong")
                sizes["this process"].append(Size.of(os.getpid()))
                sizes["the server"].append(Size.of(server.process.pid))
                if number >= 2 * first - 1 and time.monotonic() - begun > 60 * minutes:
                    break
        finally:
            server.stop()
    tell(f"{number + 1} rounds in {(time.monotonic() - begun) / 60:.0f} minutes\n")
    tell("| process | memory | growth of memory | open files | threads |\n|---|---|---|---|---|")
    for name, measured in sizes.items():
        wrong += _grown(name, measured[first:], tell)
    return wrong


def _round(number: int, home: Path, made: Path, server: Server) -> Iterator[str]:
    """Do what a round does. Yield what is wrong after it."""
    seed, mark = number % SEEDS, uuid4().hex
    words = {"SEED": str(seed), "RESULT": str(made)}
    command = tuple(words.get(word, word) for word in COMMANDS[number % len(COMMANDS)])
    call = CALLS[number % len(CALLS)]
    with (home / "said.txt").open("w+b") as said:
        process = start(command, home, mark, said)
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
            call(home / "called", seed)
        server.ask(seed)
        code = process.wait()
        said.seek(0)
        where = f"round {number}, {' '.join(command)}, {call.__name__}"
        if code:
            yield f"{where}: exit {code}: {said.read().decode()[-300:]}"
    gc.collect()
    if orphans := left_alive(mark):
        yield f"{where}: processes {orphans} are left"
    if children := _children():
        yield f"{where}: this process has the children {children}"
    if left := [*unfinished(home), *map(str, Path(tempfile.gettempdir()).iterdir())]:
        yield f"{where}: {left[:5]} are left"


def _children() -> list[str]:
    """Return the children of this process, but its server and Python's tracker of resources."""
    found = []
    for thread in Path("/proc/self/task").iterdir():
        for child in (thread / "children").read_text(encoding="utf-8").split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().decode()
            if "resource_tracker" not in words and "serve" not in words:
                found.append(f"{child} {words}")
    return found


def _grown(name: str, sizes: list[Size], tell: Callable[[str], object]) -> Iterator[str]:
    """Report how the sizes of a process changed. Yield what grew."""
    memory = np.array([size.memory for size in sizes])
    growth = float(np.polyfit(np.arange(len(memory)), memory, 1)[0]) * (len(memory) - 1)
    first, last = sizes[0], sizes[-1]
    tell(
        f"| {name} | {memory.mean() / 1e6:.0f} MB | {growth / 1e6:+.1f} MB in {len(sizes)} rounds "
        f"| {first.files} to {last.files} | {first.threads} to {last.threads} |"
    )
    if growth > MOST_GROWTH:
        yield f"{name}: the memory grew by {growth / 1e6:.0f} MB"
    if last.files > first.files:
        yield f"{name}: {first.files} open files became {last.files}"
    if last.threads > first.threads:
        yield f"{name}: {first.threads} threads became {last.threads}"


def main() -> int:
    """Work for some minutes, and print a table. Return 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m validation.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="for how long")
    wrong = soak(parser.parse_args().minutes, partial(print, flush=True))
    for text in wrong:
        print(text, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
