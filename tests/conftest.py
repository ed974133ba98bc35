"""What all tests share: generated examples are the same on every run and every machine; commands are called one way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from commands import SMALL, TINY, Call, Said, Write, scenario, shell
from hypothesis import HealthCheck, settings
from pictures import result_of
from worlds import CRISES, SCENARIOS

from sim import cli
from sim.results.reader import Result
from sim.scenario import load

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a function that runs a command as the shell would, in this process."""

    def call(*args: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["sim", *map(str, args)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        code = caught.value.code
        assert code is None or isinstance(code, int)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code or 0, out, err)

    return call


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the result folder of a scenario with a title that is markup to others."""
    where = tmp_path_factory.mktemp("crisis")
    said = shell(
        "run", scenario(where, title="[bold]Loud[/bold] $x$ <b>"), *SMALL, "--out", where / "out"
    )
    assert (said.code, said.err) == (0, "")
    (found,) = (path for path in (where / "out").iterdir() if path.name.startswith("crisis-"))
    (where / "said.txt").write_text(said.out, encoding="utf-8")
    return found


@pytest.fixture(scope="session")
def april(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return the result of a small ensemble of the first crisis."""
    return result_of(load(SCENARIOS / f"{CRISES[0]}.yaml"), tmp_path_factory.mktemp("results"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a scenario on the invented base and returns its path."""

    def write(body: str = "", name: str = "crisis") -> Path:
        path = tmp_path / f"{name}.yaml"
        (tmp_path / "tiny.yaml").write_bytes(TINY.read_bytes())
        path.write_text(
            f"scenario: {name}\ntitle: A crisis\nbase: tiny.yaml\n{body}", encoding="utf-8"
        )
        return path

    return write
