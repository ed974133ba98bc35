"""Misfortunes that are nobody's fault: full disks, signals, odd folders, odd files, other versions.

Each ends in a sentence, and loses nothing.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from commands import ROOT, SMALL, Call, scenario

from sim.io.errors import InputError
from sim.scenario import load
from validation.faults import MARK, alive, contents, left_alive
from validation.soak import soak

pytestmark = pytest.mark.usefixtures("few_charts")
ALONE = ("--workers", "1", "-q")


def start(
    *args: object,
    module: str = "sim",
    prepare: Callable[[], None] | None = None,
    **env: str,
) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, args)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,
    )


def unfinished(out: Path) -> list[Path]:
    return list(out.rglob(".writing-*"))


def at_moments(number: int, moments: int, *args: object) -> Iterator[tuple[int, str]]:
    """Yield exit code and errors of a command that gets a signal at one of its moments each time.

    The moments are evenly spaced. The first is the start and the last is the end.
    """

    def started(moment: int) -> subprocess.Popen[str]:
        return start(number, moment, *args, module="tests.at_moment")

    events = int(started(0).communicate(timeout=300)[0].split()[-1])
    for moment in range(moments):
        process = started(1 + (events - 1) * moment // (moments - 1))
        _, said = process.communicate(timeout=300)
        yield process.returncode, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_gives_no_traceback(number: int, tmp_path: Path) -> None:
    for code, said in at_moments(number, 6, "check", scenario(tmp_path)):
        assert (code, said) == (-number, "") or (code, said.count("\n")) == (130, 1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_of_a_run_loses_nothing(number: int, tmp_path: Path) -> None:
    command = ("run", scenario(tmp_path), *SMALL, *ALONE, "--out", tmp_path / "out", "--fresh")
    ends = [*at_moments(number, 12, *command)]
    assert {code for code, _ in ends} == {-number, 130}
    for code, said in ends:
        assert said == "" or (code == 130 and said.endswith("repeat the command to continue\n"))
        assert said.count("\n") <= 1
    assert unfinished(tmp_path / "out") == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_workers_and_keeps_finished_blocks(tmp_path: Path, number: int) -> None:
    out = tmp_path / "out"
    large = ("run", scenario(tmp_path), "--runs", 500_000, "--draws", 50, "--workers", 2, "-q")
    mark = uuid4().hex
    process = start(*large, "--out", out, **{MARK: mark})
    while not list((out / ".blocks").glob("*/*")) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert said.endswith("repeat the command to continue\n")
    assert said.count("\n") == 1
    assert list((out / ".blocks").glob("*/*"))
    assert unfinished(out) == []
    assert left_alive(mark) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_workers_that_are_starting_gives_no_traceback(
    tmp_path: Path, number: int
) -> None:
    """A terminal sends Ctrl-C to a command and to its workers."""
    large = ("run", scenario(tmp_path), "--runs", 500_000, "--workers", 2, "-q")
    mark = uuid4().hex
    process = start(*large, "--out", tmp_path / "out", prepare=os.setsid, **{MARK: mark})
    while len(alive(mark)) < 4 and process.poll() is None:  # two workers, and a tracker
        time.sleep(0.005)
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert said.count("\n") == 1 and said.endswith("repeat the command to continue\n")
    assert left_alive(mark) == []


@pytest.mark.slow
@pytest.mark.parametrize("most", [2_000, 20_000, 60_000])
def test_a_full_disk_ends_in_a_sentence_and_leaves_nothing_unfinished(
    tmp_path: Path, most: int
) -> None:
    out = tmp_path / "out"

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    command = ("run", scenario(tmp_path), "--runs", 600, "--draws", 20, *ALONE, "--out", out)
    _, said = (process := start(*command, prepare=fill)).communicate(timeout=120)
    assert process.returncode == 1
    assert said.startswith((f"sim: {out}", str(out)))
    assert said.endswith(": File too large\n")
    assert unfinished(out) == []
    assert not list(out.glob("crisis-*"))
    again = start(*command)
    again.communicate(timeout=120)
    assert again.returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named_before_the_run(tmp_path: Path, call: Call) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    done = call("run", scenario(tmp_path), *SMALL, "--out", tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert "no permission to write" in done.err


def test_a_place_where_nothing_can_be_written_is_named_before_the_run(
    tmp_path: Path, call: Call
) -> None:
    done = call("run", scenario(tmp_path), *SMALL, "--out", "/proc/results")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("/proc/results: cannot be used for results: ")


def test_folders_may_have_spaces_and_letters_of_any_script(tmp_path: Path, call: Call) -> None:
    home = tmp_path / "my crises \u0394\u0436 'quoted'"
    home.mkdir()
    done = call("run", scenario(home), *SMALL, *ALONE, "--out", home / "out \u4e00")
    assert (done.code, done.err) == (0, "")
    (folder,) = (home / "out \u4e00").glob("crisis-*")
    for command in ("plot", "report", "trace"):
        assert call(command, folder).code == 0


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_files_of_any_editor_are_read_alike(tmp_path: Path, mark: bytes, end: bytes) -> None:
    path = scenario(tmp_path, body="notes: |\n  two\n  lines\n")
    expected = load(path).scenario
    path.write_bytes(mark + path.read_bytes().replace(b"\n", end))
    assert load(path).scenario == expected


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = scenario(tmp_path, title="Da\u011fl\u0131q")
    path.write_bytes(path.read_bytes().decode().encode("utf-16"))
    with pytest.raises(InputError, match="not UTF-8 text; save the file as UTF-8"):
        load(path)


def test_a_clock_that_was_moved_back_changes_nothing(
    tmp_path: Path, call: Call, folder: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "out" / folder.name))
    future = time.time() + 400 * 86_400
    for path in (copy, *copy.rglob("*")):
        os.utime(path, (future, future))
    manifest = copy / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(content | {"written": "2099-01-01T00:00:00"}), encoding="utf-8")
    assert call("results", copy.parent).code == 0
    assert call("results", copy.parent, "--prune", "--older-than", 0, "--yes", "-q").code == 0
    assert copy.is_dir()  # it is not older than now
    assert call("report", copy).code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("format: 2", "format: 1"), "format 1 is not the format"),
        (lambda text: text.replace("format: 2", "format: 9"), "format 9 is not the format"),
    ],
)
def test_a_result_of_another_version_says_what_to_do(
    tmp_path: Path, call: Call, folder: Path, change: Callable[[str], str], message: str
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    resolved = copy / "scenario.resolved.yaml"
    text = resolved.read_text(encoding="utf-8")
    assert "format: 2" in text
    resolved.write_text(change(text), encoding="utf-8")
    for command in ("plot", "report", "trace"):
        done = call(command, copy)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert message in done.err


def test_the_first_fifty_faults_are_listed_and_the_rest_counted(tmp_path: Path, call: Call) -> None:
    body = "".join(f"unknown_{number}: 1\n" for number in range(120))
    done = call("check", scenario(tmp_path, body=body))
    lines = done.err.splitlines()
    assert done.code == 1
    assert len(lines) == 51
    assert lines[-1] == "sim: and 70 more faults, which are not listed"
    hints = [line for line in lines if "did you mean" in line]
    assert len(hints) <= 20


def test_many_faults_with_long_lists_of_names_are_found_in_reasonable_work(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.io import errors

    compared = []

    def counted(name: str, names: list[str], **options: object) -> list[str]:
        compared.append(len(names))
        return []

    monkeypatch.setattr(errors, "get_close_matches", counted)
    cites = ", ".join(f"zz{number}-01" for number in range(3000))
    path = scenario(tmp_path, body=f"horizon_days: {{value: 30, cites: [{cites}]}}\n")
    assert call("check", path).code == 1
    assert sum(compared) <= 20 * 500


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_command_that_is_killed_goes_on_to_the_same_bytes(how: str) -> None:
    args = (sys.executable, "-m", "validation.faults", how, "--times", "2", "--only", "run")
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.slow
def test_nothing_piles_up() -> None:
    assert soak(1) == []


def test_the_comparison_of_results_notices_a_changed_byte(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "m.json").write_text('{"written": 1, "seed": 1}')
    before = contents(tmp_path)
    (tmp_path / "m.json").write_text('{"written": 2, "seed": 1}')
    assert contents(tmp_path) == before
    (tmp_path / "m.json").write_text('{"written": 2, "seed": 2}')
    assert contents(tmp_path) != before
