"""The commands that hold the model against the record, as a user calls them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from commands import Call
from worlds import SCENARIOS, copy_of_shipped

from sim import fitting
from sim.fitting import calibration

SHORT = "horizon_days: 10"
pytestmark = pytest.mark.usefixtures("few_charts")

TINY = ("--particles", 20, "--replicates", 1, "--moves", 1, "--chains", 1, "--workers", 1)
JULY = ("--crisis", "july_2020")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call every command from the root of the project."""
    monkeypatch.chdir(SCENARIOS.parent)


@pytest.fixture
def scenarios(short: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a workspace with two short crises; return its scenarios."""
    monkeypatch.chdir(short.parent)
    return short


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two of the crises, played for ten days, and the record beside it."""
    root = tmp_path_factory.mktemp("short")
    (root / "seeds").symlink_to(SCENARIOS.parent / "seeds")
    folder = root / "scenarios"
    folder.mkdir()
    (folder / "base").symlink_to(SCENARIOS / "base")
    for name in ("july_2020", "april_2016"):
        text = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")
        assert "horizon_days: 90" in text
        (folder / f"{name}.yaml").write_text(
            text.replace("horizon_days: 90", SHORT), encoding="utf-8"
        )
    return folder


@pytest.mark.slow
def test_a_fit_is_written_and_taken_by_a_scenario_and_scored(
    call: Call, tmp_path: Path, scenarios: Path
) -> None:
    said = call("fit", *JULY, *TINY, "--out", tmp_path, "--format", "json")
    assert (said.code, said.err) == (0, "")
    account = json.loads(said.out)
    folder = Path(account["folder"])
    assert {path.name for path in folder.iterdir()} == {
        "posterior.parquet",
        "fit.json",
        "marginals.png",
        "marginals.svg",
    }
    assert account["crises"] == ["july_2020"] and account["worst_rhat"] is None
    assert len(account["marginals"]) > 80 and account["chains"][0][-1]["power"] == 1.0
    draws = folder / "posterior.parquet"
    scenario = scenarios / "july_2020.yaml"
    played = call(
        "run",
        scenario,
        "--set",
        f"parameters={draws}",
        "--runs",
        40,
        "--draws",
        20,
        "--out",
        tmp_path,
    )
    assert played.code == 0, played.err
    (result,) = tmp_path.glob("july_2020-*")
    assert "; fitted " in (result / "report.html").read_text(encoding="utf-8")
    scored = call(
        "score", *JULY, "--posterior", draws, "--runs", 40, "--draws", 20, "--out", tmp_path
    )
    assert scored.code == 0, scored.err
    assert "posterior (in-sample): of 8 targets" in " ".join(scored.out.split()), scored.out[-1500:]
    held = call("score", result, "--out", tmp_path, "--format", "json")
    assert len(json.loads(held.out)["scores"]) == 8


@pytest.mark.slow
def test_without_a_posterior_only_the_prior_is_scored(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of_shipped(tmp_path)
    (tmp_path / "seeds").symlink_to(SCENARIOS.parent / "seeds")
    base = folder / "base" / "model.yaml"
    lines = base.read_text(encoding="utf-8").splitlines(keepends=True)
    base.write_text("".join(line for line in lines if "posterior:" not in line), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = call("score", *JULY, "--runs", 20, "--draws", 20, "--out", tmp_path)
    assert said.code == 0
    assert "prior (out-of-sample): of 8 targets" in said.out and "posterior (" not in said.out
    assert "no posterior is named" in said.err and "In-sample" not in said.out


@pytest.mark.slow
def test_each_crisis_is_left_out_in_turn(call: Call, tmp_path: Path, scenarios: Path) -> None:
    said = call("fit", "--leave-one-out", *JULY, "--crisis", "april_2016", *TINY, "--out", tmp_path)
    assert said.code == 0, said.err
    table = [line for line in said.out.splitlines() if line.startswith("| ")]
    assert table[0].startswith(
        "| crisis | target | record | left out (out-of-sample): median [80%] | CRPS left out |"
    )
    assert len(table) == 1 + 8 + 10
    assert list(tmp_path.glob("leave-one-out-*/scores.csv"))


@pytest.mark.slow
def test_simulated_worlds_are_fitted(
    call: Call, tmp_path: Path, scenarios: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        calibration, "off_share", lambda value: 0.0 if value.path == "mechanisms.spoiler" else None
    )
    said = call("fit", "--calibrate", 1, *JULY, *TINY, "--out", tmp_path)
    assert said.code == 0, said.err
    assert (
        "There are too few worlds" in said.out
        and ": 1 world, " in said.out
        and "mechanisms.spoiler" in said.out
    )
    assert list(tmp_path.glob("calibration-*/ranks.png"))


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            ("fit", "--crisis", "july_2002"),
            1,
            "'july_2002' is not a crisis in the historical record",
        ),
        (("score", "--crisis", "july"), 1, "allowed: april_2016, july_2020, autumn_2020"),
        (("score", "--posterior", "nowhere.parquet"), 1, "nowhere.parquet: no such file"),
        (("score", "--posterior", "README.md"), 1, "not a readable Parquet file"),
        (("score", "nowhere"), 1, "nowhere: 'nowhere' is not a crisis in the historical record"),
        (("score", ".", *JULY), 2, "results and crises are scored apart"),
        (("fit", *JULY, "--leave-one-out"), 2, "at least two crises"),
        (("fit", "--leave-one-out", "--calibrate", "3"), 2, "cannot be combined"),
        (("fit", "--particles", "3"), 2, "particles"),
        (("fit", "--calibrate", "2", *JULY, "--particles", "12"), 2, "at least 20 particles"),
    ],
)
def test_mistakes_are_named(
    call: Call, tmp_path: Path, args: tuple[str, ...], code: int, message: str
) -> None:
    said = call(*args, "--out", tmp_path)
    assert said.code == code
    assert message in said.err and "Traceback" not in said.err


@pytest.mark.slow
def test_a_variant_is_no_crisis_of_the_record(call: Call, tmp_path: Path) -> None:
    call(
        "run",
        SCENARIOS / "april_2016_iran.yaml",
        "--runs",
        4,
        "--draws",
        2,
        "--out",
        tmp_path,
        "-q",
    )
    (result,) = tmp_path.glob("april_2016_iran-*")
    said = call("score", result, "--out", tmp_path)
    assert (
        said.code == 1
        and "'april_2016_iran' is not a crisis in the historical record (did you mean april_2016?)"
        in said.err
    )


@pytest.mark.slow
def test_what_is_interrupted_can_go_on(
    call: Call, tmp_path: Path, scenarios: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fitting.sampler.Sampler, "_next", stop)
        said = call("fit", *JULY, *TINY, "--out", tmp_path)
    assert (said.code, said.out) == (130, "")
    assert "repeat the command to continue" in said.err
    assert list(tmp_path.glob(".fits/*/chain-0.npz"))
    assert not list(tmp_path.glob("fit-*"))
    said = call("fit", *JULY, *TINY, "--out", tmp_path)
    assert said.code == 0
    assert "all at once" in said.out and "The record does not inform" in said.out


@pytest.mark.parametrize("args", [(), ("--calibrate", 1)])
def test_what_is_not_installed_is_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[object, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    said = call("fit", *JULY, *TINY, *args, "--out", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "install them with: pip install scipy 'arviz<1'" in said.err


@pytest.mark.slow
def test_notes_of_the_user_stay_when_a_fit_or_a_score_is_made_again(
    call: Call, tmp_path: Path, scenarios: Path
) -> None:
    fit = ("fit", *JULY, *TINY, "--out", tmp_path, "-q")
    score = ("score", *JULY, "--runs", 20, "--draws", 10, "--out", tmp_path, "-q")
    for command in (fit, score):
        assert call(*command).code == 0
        (folder,) = tmp_path.glob(f"{command[0]}-*")
        (folder / "notes.md").write_text("a note", encoding="utf-8")
        assert call(*command).code == 0
        assert (folder / "notes.md").read_text(encoding="utf-8") == "a note"


LITTLE = ("--draws", 500, "--particles", 20, "--moves", 1, "--chains", 1, "--workers", 1)


@pytest.mark.slow
def test_crises_are_fitted_jointly_and_the_draws_are_taken_by_a_scenario(
    call: Call, tmp_path: Path, scenarios: Path
) -> None:
    asked = ("fit", "--joint", *JULY, "--crisis", "april_2016", *LITTLE, "--out", tmp_path)
    said = call(*asked, "--leave-one-out", "--format", "json")
    assert (said.code, said.err) == (0, "")
    account = json.loads(said.out)
    assert set(account["crises"]) == {"july_2020", "april_2016"}
    paths = {value["path"].split(".")[0] for value in account["marginals"]}
    assert paths == {"parameters", "mechanisms"}
    assert {one["argument"] for one in account["arguments"]} > {"moscow_times"}
    folder = Path(account["folder"])
    assert (folder / "without" / "july_2020.parquet").is_file()
    draws = folder / "posterior.parquet"
    run = call(
        "run", "july_2020", "--runs", 20, "--draws", 5, "--set", f"parameters.posterior={draws}",
        "--out", tmp_path,
    )  # fmt: skip
    assert run.code == 0
    # the bank is kept, so the same fit is made again from it
    kept = {file.name: file.stat().st_mtime_ns for file in (tmp_path / ".bank").iterdir()}
    again = json.loads(call(*asked, "--format", "json").out)
    assert again["marginals"] == account["marginals"]
    assert {f.name: f.stat().st_mtime_ns for f in (tmp_path / ".bank").iterdir()} == kept


@pytest.mark.slow
def test_a_joint_fit_is_calibrated(call: Call, tmp_path: Path, scenarios: Path) -> None:
    said = call(
        "fit", "--joint", "--calibrate", 1, *JULY, "--crisis", "april_2016", *LITTLE,
        "--out", tmp_path,
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "There are too few worlds" in said.out
    assert len(list(tmp_path.glob("joint-calibration-*/calibration.json"))) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--recover", 2), "--recover needs --joint"),
        (
            ("--joint", "--recover", 2, "--calibrate", 1),
            "--recover and --calibrate cannot be combined",
        ),
        (("--joint", "--leave-one-out"), "--leave-one-out needs at least two crises"),
    ],
)
def test_options_of_a_joint_fit_that_would_be_ignored_are_refused(
    call: Call, tmp_path: Path, options: tuple[object, ...], says: str
) -> None:
    said = call("fit", *JULY, *options, "--out", tmp_path)
    assert said.code == 2
    assert says in said.err


@pytest.mark.slow
def test_a_joint_fit_says_what_is_known_of_its_convergence(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("fit", "--joint", *JULY, *LITTLE, "--out", tmp_path)
    said = call(*asked)
    assert (said.code, said.err) == (0, "")
    text = " ".join(said.out.split())
    assert "fitted to 1 crisis." in text
    assert "One chain: convergence is unknown." in text and "Largest R-hat" not in text
    monkeypatch.setattr("sim.fitting.sampler.Particles.settled", False)
    assert "some chains did not converge" in call(*asked).err
