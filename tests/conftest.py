"""What all tests share: repeatable examples, one way to call commands, and results made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import QUICK, SMALL, TINY, Call, Write, first_of, here, scenario, single_chart
from hypothesis import HealthCheck, settings
from pictures import result_of
from worlds import CRISES, SCENARIOS

import sim
from sim.arguments import judging
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

# Output in a pipe is wide. Parallel workers may inherit a width from the terminal of the first
# process.
os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session")
def call() -> Call:
    """Return a function that runs a command as the shell would, in this process."""
    return here


@pytest.fixture
def few_charts() -> Iterator[None]:
    """Let every result have one chart."""
    with single_chart():
        yield


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the result folder of a scenario with a title that is markup to others."""
    where = tmp_path_factory.mktemp("crisis")
    done = here(
        "run", scenario(where, title="[bold]Loud[/bold] $x$ <b>"), *SMALL, "--out", where / "out"
    )
    assert (done.code, done.err) == (0, "")
    (found,) = (path for path in (where / "out").iterdir() if path.name.startswith("crisis-"))
    (where / "printed.txt").write_text(done.out, encoding="utf-8")
    return found


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> sim.Comparison:
    """Return a quick comparison of one claim."""
    where = tmp_path_factory.mktemp("comparison")
    with single_chart(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(judging, "QUICK", QUICK)
        return sim.compare(
            first_of("golts", where / "golts.yaml"), quick=True, workers=1, out=where
        )


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
