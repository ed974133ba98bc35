"""Kill commands at random moments, start them again, and compare what they write.

``python -m validation.faults kill --times 200`` kills (SIGKILL), and ``python -m validation.faults
stop --times 40`` interrupts (SIGINT and SIGTERM by turns). Each command is started again. Then its
results must have the bytes of a command that was left alone, no process of it may be alive, and no
unfinished file may be left.

A moment is a share of the computing time of a command, and limits are of computing time, so that
the load of the machine does not matter. Processes are found in ``/proc``, which only Linux has.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
SECOND_CLAIM = """
  - id: IS2
    says: Where Ostland mediates, the fighting ends sooner than where it stands aside.
    scenario: island
    measure: mean(duration_days)
    compare:
      - {policies: {OST: mediate}}
      - {policies: {OST: aside}}
    conditions: [Ostland mediating, Ostland standing aside]
    unit: days
    expects: less
    margin: 1
    assumption: an invented argument
    positive_control:
      holding: {parameters: {contact_rate: 4}, mechanisms: {credibility: neutral, leverage: 0.6}}
      why: Ostland is in touch with both sides all the time, is believed, and can press them.
"""
PAGE = "page.html"
COMMANDS = {
    name: tuple(command.split())
    for name, command in (
        # two blocks of runs, the second one short
        ("run", "run island --runs 25000 --draws 20 --workers 2 -q --set horizon_days=8"),
        ("grid", "run island --runs 200 --draws 10 --workers 1 -q --grid horizon_days=8,12"),
        ("compare", "compare mediation --quick --workers 1 -q"),
        (
            "fit",
            "fit --crisis april_2016 --particles 10 --replicates 1 --moves 1 --chains 1 -q "
            "--workers 1",
        ),
        (
            "explore",
            "explore island --runs 50 --draws 10 --workers 2 -q --lever actors.OST.stance=aside",
        ),
    )
}
"""Small commands, in a workspace that ``sim init`` made."""
TICKS = os.sysconf("SC_CLK_TCK")
"""Units of computing time in a second, by which Linux counts."""
MARK = "DEMARCHE_FAULTS"
"""Environment variable by which the processes of a command are found."""
EARLIEST = 0.15
"""Seconds of computing before which nothing is stopped: Python itself is starting."""
LOOK = 0.02
"""Seconds between two looks at a command."""
PATIENCE = 30.0
"""Seconds after which a process of a killed command counts as left behind."""
SOON = 2.0
"""Seconds of computing within which an interrupted command must end."""
NEVER = 900.0
"""Seconds after which a command counts as hanging."""
CALLS = ("written", "wall_seconds", "seconds")
"""Keys of manifests that differ between two calls of the same command."""


@dataclass
class Tally:
    """What became of the disturbed commands of one kind.

    Attributes:
        disturbed: number of commands that got a signal.
        ended_before: number of commands that had ended before it.
        slowest: most seconds from a signal to the end of the command.
        most_work: most seconds of computing from a signal to the end.
        wrong: sentences.
    """

    disturbed: int = 0
    ended_before: int = 0
    slowest: float = 0.0
    most_work: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Ended(NamedTuple):
    """A command that has ended: its exit code, its seconds of computing, and what it said."""

    code: int
    worked: float
    said: str


class Command:
    """A command in a process of its own. What it says goes to a file: a pipe may block."""

    def __init__(self, name: str, folder: Path, mark: str) -> None:
        self._said = folder / f"said-{uuid4().hex}"
        self.out = folder / "out" / PAGE if name == "explore" else folder / "out"
        with self._said.open("wb") as stream:
            self.process = start(
                (*COMMANDS[name], "--out", str(self.out)), folder.parent, mark, stream
            )

    def wait(self) -> Ended:
        """Wait for its end. Raises TimeoutError if it hangs."""
        limit = time.perf_counter() + NEVER
        while time.perf_counter() < limit:
            number, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if number:
                self.process.returncode = os.waitstatus_to_exitcode(status)
                said = self._said.read_text(encoding="utf-8")
                return Ended(self.process.returncode, usage.ru_utime + usage.ru_stime, said)
            time.sleep(LOOK / 4)
        os.kill(self.process.pid, signal.SIGKILL)
        raise TimeoutError(f"{self.process.args} hangs")

    def has_worked(self, seconds: float) -> bool:
        """Wait until it has computed for some seconds. Return False if it ends before."""
        while not _is_ended(self.process.pid):
            if spent(self.process.pid) >= seconds:
                return True
            time.sleep(LOOK)
        return False


def start(
    args: tuple[str, ...], folder: Path, mark: str, said: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a command in a folder, with a mark in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *args],
        cwd=folder,
        env={**os.environ, MARK: mark, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
    )


def workspace(folder: Path) -> None:
    """Make a workspace with a crisis and an argument of two claims."""
    subprocess.run(
        [sys.executable, "-m", "sim", "init", str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with (folder / "scenarios" / "hypotheses" / "mediation.yaml").open("a") as file:
        file.write(SECOND_CLAIM)


def _fields(process: int) -> list[str]:
    """Return what Linux says of a process, from its state on."""
    text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    return text.rpartition(")")[2].split()


def _is_ended(process: int) -> bool:
    return _fields(process)[0] == "Z"


def spent(process: int) -> float:
    """Return the seconds that a process and all processes that it started have computed."""
    ticks = 0
    with suppress(OSError):
        ticks = sum(map(int, _fields(process)[11:15]))
        for thread in Path(f"/proc/{process}/task").iterdir():
            children = (thread / "children").read_text(encoding="utf-8").split()
            ticks += sum(round(spent(int(child)) * TICKS) for child in children)
    return ticks / TICKS


def alive(mark: str) -> list[int]:
    """Return the processes that were started with a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def left_alive(mark: str) -> list[int]:
    """Return the processes with a mark that do not end."""
    limit = time.perf_counter() + PATIENCE
    while (found := alive(mark)) and time.perf_counter() < limit:
        time.sleep(LOOK)
    return found


def unfinished(folder: Path) -> list[str]:
    """Return the unfinished files and folders below a folder."""
    return [str(path) for path in folder.rglob(".writing-*")]


def contents(out: Path) -> dict[str, str]:
    """Return the digest of every file of results, without what differs between two calls."""
    return {
        path.relative_to(out).as_posix(): sha256(_essence(path)).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not any(part in (".blocks", ".fits") for part in path.parts)
    }


def _essence(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix != ".json":
        return data
    return json.dumps(_without_calls(json.loads(data)), sort_keys=True).encode()


def _without_calls(node: object) -> object:
    if isinstance(node, Mapping):
        return {key: _without_calls(value) for key, value in node.items() if key not in CALLS}
    return [_without_calls(item) for item in node] if isinstance(node, list) else node


def disturb(name: str, times: int, signals: tuple[signal.Signals, ...], random: Random) -> Tally:
    """Disturb a command many times, each time in a new folder. Return what became of it."""
    tally = Tally()
    with TemporaryDirectory(prefix="faults-") as made:
        home = Path(made) / "workspace"
        workspace(home)
        alone = home / "alone"
        alone.mkdir()
        ended = Command(name, alone, "alone").wait()
        if ended.code:
            raise RuntimeError(f"sim {' '.join(COMMANDS[name])} failed: {ended.said}")
        expected = contents(alone / "out")
        for number in range(times):
            kind = signals[number % len(signals)]
            after = random.uniform(EARLIEST, ended.worked)
            folder = home / str(number)
            folder.mkdir()
            where = f"{name}, {kind.name} after {after:.2f} s of {ended.worked:.2f} s"
            tally.wrong += [
                f"{where}: {text}" for text in _once(name, folder, kind, after, tally, expected)
            ]
            rmtree(folder)
    return tally


def _once(
    name: str,
    folder: Path,
    kind: signal.Signals,
    after: float,
    tally: Tally,
    expected: dict[str, str],
) -> Iterator[str]:
    """Disturb a command once, and repeat it. Yield what is wrong."""
    mark = uuid4().hex
    command = Command(name, folder, mark)
    if command.has_worked(after):
        before = spent(command.process.pid)
        os.kill(command.process.pid, kind)  # a method of Popen would take its exit code away
        sent = time.perf_counter()
        ended = command.wait()
        tally.disturbed += 1
        tally.slowest = max(tally.slowest, time.perf_counter() - sent)
        tally.most_work = max(tally.most_work, ended.worked - before)
        if ended.worked - before > SOON:
            yield f"computes for {ended.worked - before:.1f} s before it ends"
        if kind != signal.SIGKILL:
            yield from _unexplained(ended, kind, folder / "out", expected)
    else:
        command.wait()
        tally.ended_before += 1
    if orphans := left_alive(mark):
        yield f"processes {orphans} are left"
    again = Command(name, folder, mark).wait()
    if again.code:
        yield f"the next call ends with {again.said[-200:]!r}"
    if left := unfinished(folder):
        yield f"{left} are left"
    found = contents(folder / "out")
    if found != expected:
        yield f"{sorted({key for key, _ in expected.items() ^ found.items()})[:3]} differ"


def _unexplained(
    ended: Ended, kind: signal.Signals, out: Path, expected: dict[str, str]
) -> Iterator[str]:
    """Yield what an interrupted command should have said.

    It says how to go on, unless it had not begun or had written everything.
    """
    if ended.code == -kind and not ended.said and (not out.exists() or contents(out) == expected):
        return
    is_finished = ended.code == 0 and not ended.said  # it was about to end
    if not is_finished and not ended.said.endswith("repeat the command to continue\n"):
        yield f"exit {ended.code}, said {ended.said[-300:]!r}"
    elif "Traceback" in ended.said:
        yield f"said {ended.said[-300:]!r}"


def main() -> int:
    """Disturb every command, and print a table. Return 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m validation.faults", description=__doc__)
    parser.add_argument("how", choices=("kill", "stop"))
    parser.add_argument("--times", type=int, default=20, help="how often, over all commands")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments")
    parser.add_argument("--only", choices=tuple(COMMANDS), help="one command, all times")
    asked = parser.parse_args()
    signals = (signal.SIGKILL,) if asked.how == "kill" else (signal.SIGINT, signal.SIGTERM)
    names = [asked.only] if asked.only else list(COMMANDS)
    print("| command | disturbed | had ended | slowest end | most computing to the end | wrong |")
    print("|---|---|---|---|---|---|", flush=True)
    wrong: list[str] = []
    for name in names:
        tally = disturb(name, -(-asked.times // len(names)), signals, Random(asked.seed))
        wrong += tally.wrong
        print(
            f"| {name} | {tally.disturbed} | {tally.ended_before} | {tally.slowest:.1f} s | "
            f"{tally.most_work:.1f} s | {len(tally.wrong)} |",
            flush=True,
        )
    for text in wrong:
        print(text, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
