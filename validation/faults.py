"""Kill commands at random moments, start them again, and compare what they write.

``python -m validation.faults kill --times 200`` kills (SIGKILL), and ``python -m validation.faults
stop --times 20`` interrupts (SIGINT and SIGTERM by turns). Each command is started again until it
ends. Then its results must have the bytes of a command that was left alone, no process of it may be
alive, and no unfinished file may be left.
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
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    name: tuple(command.split())
    for name, command in (
        ("run", "run april_2016 --runs 60000 --draws 50 --workers 2 -q"),
        ("grid", "run april_2016 --runs 600 --workers 1 -q --grid horizon_days=20,40,60"),
        ("compare", "compare golts --quick --workers 2 -q"),
        (
            "fit",
            "fit --crisis april_2016 --particles 40 --replicates 4 --moves 1 --chains 1 -q "
            "--workers 1",
        ),
    )
}
MARK = "DEMARCHE_FAULTS"
"""Environment variable by which the processes of a command are found."""
PATIENCE = 5.0
"""Seconds after which a process of a killed command counts as left behind."""
SOON = 2.0
"""Seconds within which an interrupted command must end."""
CALLS = ("written", "wall_seconds", "seconds", "runs_played")
"""Keys of manifests that differ between two calls of the same command."""


@dataclass
class Tally:
    """What became of the killed commands of one kind."""

    killed: int = 0
    ended_before: int = 0
    slowest_end: float = 0.0
    wrong: list[str] = field(default_factory=list)


def _start(args: tuple[str, ...], out: Path, mark: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *args, "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, MARK: mark, "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _alive(mark: str) -> list[int]:
    """Return the processes that were started with a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return [number for number in found if number != os.getpid()]


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


def _left(out: Path) -> list[str]:
    return [str(path) for path in out.rglob(".writing-*")]


def disturb(name: str, times: int, signals: tuple[int, ...], random: Random) -> Tally:
    """Disturb a command many times, each time in a new folder. Return what became of it."""
    tally = Tally()
    with TemporaryDirectory(prefix="faults-") as made:
        alone = Path(made) / "alone"
        started = time.perf_counter()
        if _start(COMMANDS[name], alone, "alone").wait():
            raise RuntimeError(f"sim {' '.join(COMMANDS[name])} failed")
        seconds = time.perf_counter() - started
        expected = contents(alone)
        for number in range(times):
            after = random.uniform(0.05, 1.0) * seconds
            kind = signals[number % len(signals)]
            out = Path(made) / str(number)
            tally.wrong += _disturb_once(name, out, kind, after, tally, expected)
            found = contents(out)
            if found != expected:
                differing = {key for key, _ in expected.items() ^ found.items()}
                tally.wrong.append(f"{name} after {after:.2f} s: {sorted(differing)[:3]} differ")
    return tally


def _disturb_once(
    name: str, out: Path, kind: int, after: float, tally: Tally, expected: dict[str, str]
) -> Iterator[str]:
    """Disturb a command once, and repeat it. Yield what is wrong.

    An interrupted command says how to go on, unless it had not begun or had written everything.
    """
    mark = uuid4().hex
    process = _start(COMMANDS[name], out, mark)
    time.sleep(after)
    if process.poll() is None:
        process.send_signal(kind)
        sent = time.perf_counter()
        _, said = process.communicate()
        tally.killed += 1
        tally.slowest_end = max(tally.slowest_end, time.perf_counter() - sent)
        idle = process.returncode == -kind and not said
        at_an_end = idle and (not out.exists() or contents(out) == expected)
        if kind != signal.SIGKILL and b"repeat the command" not in said and not at_an_end:
            yield f"{name} after {after:.2f} s: exit {process.returncode}, said {said[-200:]!r}"
    else:
        process.communicate()
        tally.ended_before += 1
    limit = time.perf_counter() + PATIENCE
    while (orphans := _alive(mark)) and time.perf_counter() < limit:
        time.sleep(0.05)
    if orphans:
        yield f"{name} after {after:.2f} s: processes {orphans} are left"
    again = _start(COMMANDS[name], out, mark)
    _, said = again.communicate()
    if again.returncode:
        yield f"{name} after {after:.2f} s: the next call ends with {said[-200:]!r}"
    if left := _left(out):
        yield f"{name} after {after:.2f} s: {left} are left"


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
    print("| command | disturbed | had ended | slowest end | wrong |\n|---|---|---|---|---|")
    wrong: list[str] = []
    for name in names:
        tally = disturb(name, -(-asked.times // len(names)), signals, Random(asked.seed))
        wrong += tally.wrong
        print(
            f"| {name} | {tally.killed} | {tally.ended_before} | {tally.slowest_end:.1f} s | "
            f"{len(tally.wrong)} |",
            flush=True,
        )
    for text in wrong:
        print(text, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
