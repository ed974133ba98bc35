"""Any terminal will do: its encoding, a reader that leaves, a backend that Matplotlib does not
know.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import APRIL, ROOT, SMALL, Call, Done, scenario

from sim.cli.printing import (
    console,
    empty_table,
    growing_bar,
    plain,
    print_paragraph,
    progress_bar,
)

TITLE = "Dağlıq Qarabağ"  # noqa: RUF001
ASCII_ALONE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
COMMANDS = [
    ("--version",),
    *(
        pytest.param(args, marks=pytest.mark.slow)
        for args in (("run", APRIL, *SMALL), ("list",), ("schema", "scenario"), ("--help",))
    ),
]
"""Commands that print in different ways: plain text, tables, long texts and help."""


def start(
    *args: object, cwd: Path = ROOT, stdout: int | None = None, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own and return what it left, in bytes."""
    known = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON"))
    }
    return subprocess.run(
        [sys.executable, "-m", "sim", *map(str, args)],
        cwd=cwd,
        env={**known, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        timeout=300,
        check=False,
    )


def out_for(args: tuple[object, ...], tmp_path: Path) -> tuple[object, ...]:
    """Return a command whose results go to a folder of the test."""
    return (*args, "--out", tmp_path / "out") if "run" in args and "--help" not in args else args


# Encodings


@pytest.mark.slow
def test_all_is_printed_in_any_encoding(tmp_path: Path) -> None:
    path = scenario(tmp_path, title=TITLE)
    folder = tmp_path / "işgal"
    done = start("run", path, *SMALL, "--out", folder, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode("ascii").splitlines()
    assert lines[0].startswith("Da?l?q Qaraba?")
    assert lines[-1].startswith("report: ") and lines[-1].endswith("report.html")
    assert any("seed 1" in line for line in lines)


@pytest.mark.slow
def test_names_of_files_and_titles_need_no_unicode_locale(tmp_path: Path) -> None:
    (tmp_path / "Şuşa").mkdir()
    scenario(tmp_path / "Şuşa", title=TITLE)
    args = ("run", "Şuşa/crisis.yaml", "--runs", "2", "--draws", "1", "--out", "işgal")
    for grid in ([], ["--grid", "parameters.pace=0.01,0.02"]):
        done = start(*args, *grid, cwd=tmp_path, **ASCII_ALONE)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode("ascii")
    assert len(list((tmp_path / "işgal").glob("crisis-*"))) == 2


def test_faults_are_reported_in_any_encoding(tmp_path: Path) -> None:
    done = start("check", tmp_path / "yoxdur-ğ.yaml", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert rb"yoxdur-\u011f.yaml: no such file" in done.stderr


@pytest.mark.slow
def test_a_file_name_that_is_no_text_is_named(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.yaml")
    done = start("check", name)
    assert (
        done.returncode == 1 and b"no such file" in done.stderr and b"Traceback" not in done.stderr
    )


def test_json_needs_no_unicode(tmp_path: Path) -> None:
    scenario(tmp_path, title=TITLE)
    done = start("list", tmp_path, "--format", "json")
    assert json.loads(done.stdout.decode("ascii"))[0]["title"] == TITLE


# Readers that leave


@pytest.fixture
def left() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs a command whose reader has left before anything is printed."""

    def left(*args: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return start(*args, cwd=cwd, stdout=writer)
        finally:
            os.close(writer)

    return left


@pytest.mark.parametrize(
    "args", COMMANDS, ids=lambda args: " ".join(getattr(arg, "name", arg) for arg in args)
)
def test_a_command_whose_reader_leaves_has_done_its_work(
    tmp_path: Path,
    left: Callable[..., subprocess.CompletedProcess[bytes]],
    args: tuple[object, ...],
) -> None:
    done = left(*out_for(args, tmp_path))
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_what_comes_after_a_reader_left_is_played(
    tmp_path: Path, left: Callable[..., subprocess.CompletedProcess[bytes]]
) -> None:
    paths = [scenario(tmp_path, name) for name in ("one", "two")]
    done = left("run", *paths, *SMALL, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list((tmp_path / "out").glob("*/report.html"))) == 2


@pytest.mark.slow
def test_faults_stay_faults_whoever_reads(
    left: Callable[..., subprocess.CompletedProcess[bytes]],
) -> None:
    done = left("check", APRIL, "nowhere.yaml")
    assert done.returncode == 1 and done.stderr.startswith(b"nowhere.yaml: no such file")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_device_is_a_plain_error() -> None:
    with Path("/dev/full").open("wb") as full:
        done = start("list", stdout=full.fileno())
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_a_closed_stream_is_no_error() -> None:
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-m", "sim", "list"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, b"", b"")


# What others might take for markup


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_codes_of_emoji_stay_as_they_are(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scenario(tmp_path, title=":x: and :smile:")
    monkeypatch.chdir(tmp_path)
    said = call("run", path, *SMALL, "--out", "res:x:1")
    assert said.code == 0
    assert ":x: and :smile:" in said.out
    assert "results: res:x:1/crisis-" in said.out
    assert call("plot", next((tmp_path / "res:x:1").glob("crisis-*"))).code == 0


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_a_folder_may_look_like_an_address(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``a:b/c`` is an address to the library that reads and writes tables."""
    path = scenario(tmp_path)
    monkeypatch.chdir(tmp_path)
    for more in ([], ["--grid", "parameters.pace=0.01,0.02"]):
        assert call("run", path, *SMALL, "--out", "s3:x:1", *more).code == 0
    (result,) = (path for path in Path("s3:x:1").glob("crisis-*") if "sweep" not in path.name)
    for command in ("plot", "report", "trace"):
        assert call(command, result).code == 0


class Terminal(io.StringIO):
    """A terminal that keeps what it shows."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_progress_names_a_title_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar("[bold]:x:", 2, show=True) as advance:
        advance(1)
    with growing_bar(show=True) as bar:
        bar.name("[red]:smile:")
        bar.expect(2)
        bar.advance(1)
    shown = terminal.getvalue()
    assert "[bold]:x:" in shown and "[red]:smile:" in shown


def test_a_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console().print(plain("[b]:x:[/b] a\\"))
    assert capsys.readouterr().out == "[b]:x:[/b] a\\\n"


# Narrow terminals


LONG = "Turkish meddling in the fighting brings Russia closer to Armenia, Blagov argues."


def test_a_paragraph_is_wrapped_between_words_only_where_the_width_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    print_paragraph(console(), LONG, indent=4)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert all(len(line) <= 30 and line.startswith("    ") for line in lines)
    assert " ".join(" ".join(lines).split()) == LONG
    monkeypatch.delenv("COLUMNS")
    print_paragraph(console(), LONG)
    assert capsys.readouterr().out == f"{LONG}\n"


def test_the_name_of_a_row_that_is_a_paragraph_is_wrapped_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table = empty_table("claim", *(f"a_column_{number}" for number in range(9)))
    table.add_row(LONG, *["x"] * 9)
    console().print(table)
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert " ".join(lines).startswith(LONG)


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_no_name_is_broken_on_a_narrow_screen(
    call: Call, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    paths = {row["path"] for row in json.loads(call("explain", APRIL, "--format", "json").out)}
    monkeypatch.setenv("COLUMNS", str(columns))  # heeded in a pipe too
    lines = call("explain", APRIL).out.splitlines()
    assert paths <= {word for line in lines for word in line.split()}
    assert max(map(len, lines[: len(paths)])) <= columns


# Backends of Matplotlib


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    ["bogus", "module://matplotlib_inline.backend_inline", "module://no.where", "TkAgg"],
)
def test_charts_are_drawn_whatever_the_backend(folder: Path, tmp_path: Path, backend: str) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    shutil.rmtree(copy / "charts")
    done = start("plot", copy, MPLBACKEND=backend)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list((copy / "charts").glob("*.png"))) == 5


def python(code: str, backend: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MPLBACKEND": backend, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
def test_a_backend_of_the_user_stays_in_force() -> None:
    asked = python(
        "import os, sim.charts, matplotlib as m; print(m.get_backend(), os.environ['MPLBACKEND'])",
        "svg",
    )
    assert (asked.code, asked.out.lower().split()) == (0, ["svg", "svg"])


@pytest.mark.slow
def test_a_fit_needs_no_backend() -> None:
    chains = "np.random.default_rng(1).random((2, 40, 3))"
    code = f"import numpy as np; from sim.fitting.fitting import convergence; print(convergence({chains})[0].shape)"
    assert python(code, "bogus") == Done(0, "(3,)\n", "")
