"""`sim explore` and `sim serve` on the command line: messages, exit codes and files."""

from __future__ import annotations

import socket
from importlib import util
from pathlib import Path

import pytest
from commands import Call, scenario

FEW = ("--runs", "20", "--draws", "4", "--workers", "1")
POWER = "actors: {OST: {support: 3}}\n"


def test_explore_writes_one_file(call: Call, tmp_path: Path) -> None:
    file = scenario(tmp_path, body=POWER)
    out = tmp_path / "made" / "page.html"
    done = call("explore", file, "--lever", "actors.OST.stance=aside", *FEW, "--out", out)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "  actors.OST.stance: as stated, aside",
        "2 combinations with 20 runs each",
        f"page: {out}",
    ]
    assert [path.name for path in out.parent.iterdir()] == ["page.html"]
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_explore_says_which_levers_it_chose(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = call("explore", scenario(tmp_path, body=POWER), *FEW, "--out", out)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "levers, chosen by a trial of the third parties' influence:"
    assert lines[1].startswith("  actors.OST.stance: as stated, aside")
    assert lines[2].startswith("  actors.OST.support: as stated, 0")


def test_explore_names_what_is_not_allowed(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    pair = ("--lever", "actors.OST.stance=arms_defender", "--lever", "actors.OST.support=null")
    done = call("explore", scenario(tmp_path, body=POWER), *pair, *FEW, "--out", out)
    assert done.code == 0
    assert "not allowed, and named on the page: 1 combination" in done.out
    assert "'OST' cannot arms_defender; it has no support" in done.out


def test_explore_quietly(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    lever = ("--lever", "actors.OST.stance=aside")
    done = call("explore", scenario(tmp_path), *lever, *FEW, "--out", out, "--quiet")
    assert done == (0, "", "")
    assert out.is_file()


@pytest.mark.parametrize(
    ("lever", "says"),
    [
        ("actors.OST.stanc=aside", "unknown key 'stanc' (did you mean stance?)"),
        ("actors.OTS.stance=aside", "unknown actor 'OTS' (did you mean OST?)"),
        ("actors.OST.stance=asid", "unknown 'asid' (did you mean aside?)"),
        ("actors.OST.support=9", "9 is out of bounds; allowed: 0 to 4"),
        ("base=1", "cannot be set on the command line"),
    ],
)
def test_a_bad_lever_is_one_line(call: Call, tmp_path: Path, lever: str, says: str) -> None:
    out = tmp_path / "page.html"
    done = call("explore", scenario(tmp_path), "--lever", lever, *FEW, "--out", out)
    assert (done.code, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert line.startswith(f"--lever {lever}: ")
    assert says in line
    assert not out.exists()


@pytest.mark.parametrize(
    "args",
    [
        ("--lever", "a.b"),
        ("--lever", "a=1,1"),
        ("--lever", "a=1", "--lever", "a=2"),
        ("--lever", "title=Another title"),
        ("--runs", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_of_explore(call: Call, tmp_path: Path, args: tuple[str, ...]) -> None:
    done = call("explore", scenario(tmp_path), *args)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_explore_writes_into_no_folder(call: Call, tmp_path: Path) -> None:
    done = call("explore", scenario(tmp_path), *FEW, "--out", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"sim: --out {tmp_path}: is a folder; allowed: a file, such as explore.html\n"
    )


def test_explore_replaces_its_pages_and_no_other_file(call: Call, tmp_path: Path) -> None:
    path = scenario(tmp_path)
    before = path.read_bytes()
    asked = ("explore", path, "--lever", "actors.OST.support=0", "--runs", 2, "--draws", 1, "-q")
    said = call(*asked, "--out", path)
    assert said.code == 2 and f"--out {path}: exists, and is no explorer page" in said.err
    assert path.read_bytes() == before
    page = tmp_path / "page.html"
    assert [call(*asked, "--workers", 1, "--out", page).code for _ in range(2)] == [0, 0]


def test_serve_without_its_packages(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = util.find_spec
    monkeypatch.setattr(
        "sim.explore.serving.find_spec",
        lambda name: None if name in ("starlette", "uvicorn") else real(name),
    )
    done = call("serve", scenario(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "sim: sim serve needs starlette and uvicorn; install it with: pip install '.[serve]'\n"
    )


def test_serve_of_a_faulty_scenario(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    file = scenario(tmp_path, body="horizon_days: 0\n")
    done = call("serve", file)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{file}:4: horizon_days: ")


def test_serve_on_a_port_in_use(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = call("serve", scenario(tmp_path), "--port", port)
    assert (done.code, done.out) == (2, "")
    assert "choose another --port" in done.err


@pytest.mark.parametrize(
    ("asked", "host", "warned"),
    [
        ((), "127.0.0.1", False),
        (("--host", "localhost"), "localhost", False),
        (("--host", "::1"), "::1", False),
        (("--host", "0.0.0.0"), "0.0.0.0", True),
    ],
)
def test_only_this_machine_is_served_unless_asked_and_then_with_a_warning(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, ...],
    host: str,
    warned: bool,
) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    heard: list[object] = []
    monkeypatch.setattr("sim.explore.serving.run_server", lambda *given: heard.append(given[1]))
    done = call("serve", scenario(tmp_path), *asked)
    assert (done.code, heard) == (0, [host])
    warning = f"sim: --host {host}: everyone who can reach this machine can use the page\n"
    assert done.err == (warning if warned else "")
