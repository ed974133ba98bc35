"""Files of fitted draws: what a scenario takes from them, what its results carry, and what is
refused.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS, ensemble_of

from sim.engine.draws import Draws
from sim.ensemble.ensemble import Plan, play
from sim.evidence import explain, load_folder
from sim.io.errors import InputError
from sim.results import reader, writer
from sim.scenario import Choice, Loaded, Posterior, Quantity, digest, load
from sim.scenario.posterior import column_name, stated_value

PACE, LEVERAGE = "parameters.pace: 0.008 to 0.04, log", "mechanisms.leverage: 0.03 to 0.6, log"
READINGS = "mechanisms.credibility: neutral or kydd03 or kydd06 or favretto"
ROWS = 40
COLUMNS = {
    PACE: np.linspace(0.01, 0.02, ROWS),
    LEVERAGE: np.linspace(0.1, 0.2, ROWS),
    READINGS: np.array(["kydd03", "neutral"] * (ROWS // 2)),
}


def fitted(
    folder: Path, parameters: str = "posterior.parquet", columns: dict[str, np.ndarray] = COLUMNS
) -> Path:
    """Write a file of draws, and a crisis on the shipped one which names it; return the crisis."""
    pd.DataFrame(columns).to_parquet(folder / "posterior.parquet", index=False)
    (folder / "base").symlink_to(SCENARIOS / "base")
    (folder / "under.yaml").write_text(
        (SCENARIOS / "april_2016.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    path = folder / "crisis.yaml"
    path.write_text(
        f"scenario: crisis\ntitle: Fitted\nbase: under.yaml\nparameters: {parameters}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return load(fitted(tmp_path))


# Names of columns


@pytest.mark.parametrize(
    "value",
    [
        Quantity(low=0.1, high=0.30000000000000004, path="actors.NOR.ties.SUD"),
        Quantity(low=1e-9, high=1e3, scale="log", path="parameters.pace"),
        Quantity(low=-1, high=1, mode=-0.25, path="mechanisms.contest"),
        Choice(options=("neutral", "off"), path="mechanisms.credibility"),
    ],
)
def test_a_column_is_named_after_a_value_and_its_range_and_nothing_else(
    value: Quantity | Choice,
) -> None:
    assert stated_value(column_name(value)) == value


def test_a_word_and_its_range_are_the_same_value() -> None:
    word = Quantity.model_validate("high").model_copy(update={"path": "a.b"})
    assert column_name(word) == column_name(Quantity(low=0.7, high=0.9, path="a.b"))


# Draws


def test_fitted_values_come_from_rows_and_the_rest_from_the_prior(
    tmp_path: Path, loaded: Loaded
) -> None:
    table = Draws(loaded.scenario, 20, seed=4).table()
    rows = [int(np.flatnonzero(COLUMNS[PACE] == pace)[0]) for pace in table["parameters.pace"]]
    np.testing.assert_array_equal(table["mechanisms.leverage"], COLUMNS[LEVERAGE][rows])
    np.testing.assert_array_equal(table["mechanisms.credibility"], COLUMNS[READINGS][rows])
    free = Draws(
        load(tmp_path / "crisis.yaml", ["parameters.posterior=null"]).scenario, 20, seed=4
    ).table()
    np.testing.assert_array_equal(table["mechanisms.contest"], free["mechanisms.contest"])
    assert free["parameters.pace"].max() > 0.03


@pytest.mark.parametrize("count", [1, 7, ROWS, 3 * ROWS, 100])
def test_rows_are_used_equally_often(loaded: Loaded, count: int) -> None:
    rows = Draws(loaded.scenario, count, seed=2).rows
    assert len(rows) == count
    times = np.bincount(rows, minlength=ROWS)
    assert times.max() - times.min() <= 1


def test_fewer_draws_take_the_first_rows_of_more(loaded: Loaded) -> None:
    most = Draws(loaded.scenario, 3 * ROWS, seed=2).rows
    for count in (1, 7, ROWS, ROWS + 1):
        np.testing.assert_array_equal(Draws(loaded.scenario, count, seed=2).rows, most[:count])


@pytest.mark.statistical
def test_seeds_take_independent_rows(loaded: Loaded) -> None:
    """Every row, and every pair of rows, is equally likely."""
    count, seeds = ROWS // 2, 2000
    used = np.zeros((seeds, ROWS))
    for seed in range(seeds):
        used[seed, Draws(loaded.scenario, count, seed).rows] = 1
    share = count / ROWS
    assert used.mean(axis=0) == pytest.approx(np.full(ROWS, share), abs=0.05)
    pairs = (used.T @ used / seeds)[~np.eye(ROWS, dtype=bool)]
    expected = share * (count - 1) / (ROWS - 1)
    assert pairs == pytest.approx(np.full(len(pairs), expected), abs=0.06)


def test_the_first_of_more_draws_than_rows_take_different_rows(loaded: Loaded) -> None:
    """Where there are fewer runs than draws, the first draws alone are played."""
    for count in (ROWS, 3 * ROWS + 1, 100_000):
        assert len(set(Draws(loaded.scenario, count, seed=2, first=ROWS).rows)) == ROWS


def test_conditions_keep_their_rows_and_seeds_change_them(tmp_path: Path, loaded: Loaded) -> None:
    other = load(tmp_path / "crisis.yaml", ["policies.RUS=mediate", "parameters.lethality=100"])
    np.testing.assert_array_equal(
        Draws(loaded.scenario, 9, 1).rows, Draws(other.scenario, 9, 1).rows
    )
    starts = {int(Draws(loaded.scenario, 9, seed).rows[0]) for seed in range(12)}
    assert len(starts) > 3


def test_another_range_or_a_number_is_not_taken_from_the_file(
    tmp_path: Path, loaded: Loaded
) -> None:
    sets = ["parameters.pace={range: [0.03, 0.04]}", "mechanisms.leverage=0.5"]
    table = Draws(load(tmp_path / "crisis.yaml", sets).scenario, 10, 1).table()
    assert table["parameters.pace"].min() >= 0.03
    assert "mechanisms.leverage" not in table


# Loading


def test_file_may_be_named_short_or_long_or_on_the_command_line(
    tmp_path: Path, loaded: Loaded
) -> None:
    (tmp_path / "long").mkdir()
    long = load(fitted(tmp_path / "long", "{posterior: posterior.parquet, lethality: 100}"))
    assert long.scenario.parameters.posterior == loaded.scenario.parameters.posterior
    assert long.scenario.parameters.lethality.low == 100
    said = load(SCENARIOS / "april_2016.yaml", [f"parameters={tmp_path / 'posterior.parquet'}"])
    assert said.scenario.parameters.posterior == loaded.scenario.parameters.posterior


def test_an_overlay_keeps_the_posterior_of_its_base_and_may_go_back_to_the_prior(
    tmp_path: Path,
) -> None:
    fitted(tmp_path)
    over = tmp_path / "over.yaml"
    over.write_text(
        "scenario: over\ntitle: Over\nbase: crisis.yaml\nparameters: {pace: 0.02, assumption: none}\n"
    )
    assert load(over).scenario.parameters.posterior is not None
    over.write_text(
        "scenario: over\ntitle: Over\nbase: crisis.yaml\nparameters: {posterior: null}\n"
    )
    assert load(over).scenario.parameters.posterior is None
    under = load(tmp_path / "under.yaml", ["scenario=under", "parameters.posterior=null"])
    assert digest(load(over).scenario) == digest(under.scenario)


def test_the_digest_covers_the_content_and_not_the_order_of_columns(
    tmp_path: Path, loaded: Loaded
) -> None:
    swapped = Posterior.of({name: COLUMNS[name] for name in reversed(COLUMNS)})
    moved = Posterior.of({**COLUMNS, PACE: COLUMNS[PACE][::-1]})
    same, other, none = (
        digest(loaded.scenario.fitted(posterior)) for posterior in (swapped, moved, None)
    )
    assert same == digest(loaded.scenario)
    assert len({same, other, none}) == 3


# Results


def test_a_result_runs_again_on_its_own_draws(tmp_path: Path, loaded: Loaded) -> None:
    plan = Plan(loaded.scenario, 24, 6)
    folder = writer.write(play(plan), loaded, tmp_path / "out", 0.0).folder
    again = load(folder / reader.RESOLVED)
    assert again.scenario == loaded.scenario and digest(again.scenario) == digest(loaded.scenario)
    once_more = writer.write(
        play(Plan(again.scenario, 24, 6)), again, tmp_path / "again", 0.0
    ).folder
    assert folder.name == once_more.name
    for name in ("outcomes.csv", "outcomes.parquet", "parameters.parquet", reader.RESOLVED):
        assert (folder / name).read_bytes() == (once_more / name).read_bytes()


@pytest.mark.slow
def test_worker_processes_get_the_draws(loaded: Loaded) -> None:
    assert ensemble_of(loaded.scenario, 20, 20).outcomes["draw"].nunique() == 20


def test_explain_says_what_the_fit_left(loaded: Loaded) -> None:
    held = load_folder(SCENARIOS.parent / "seeds")
    rows = {row.path: row for row in explain.rows(loaded, held, {})}
    assert rows["parameters.pace"].fitted == "0.011 to 0.019"
    assert (
        rows["mechanisms.credibility"].fitted == "neutral 50%, kydd03 50%, kydd06 0%, favretto 0%"
    )
    assert rows["mechanisms.contest"].fitted is None
    assert "parameters.posterior" not in rows and not explain.unsourced(list(rows.values()))


# What is refused


def refused(
    folder: Path, columns: dict[str, np.ndarray] = COLUMNS, name: str = "posterior.parquet"
) -> str:
    with pytest.raises(InputError) as caught:
        load(fitted(folder, name, columns))
    (fault,) = caught.value.faults
    assert (Path(fault.file).name, fault.line, fault.path) == (
        "crisis.yaml",
        4,
        "parameters.posterior",
    )
    return fault.message


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({PACE: np.array([0.01, np.nan])}, "missing numbers in row 1"),
        ({PACE: np.array([0.01, np.inf])}, "infinite"),
        ({PACE: np.array([0.01, 0.2])}, "has 0.2, outside its range"),
        ({PACE: np.array(["a", "b"])}, "has no numbers"),
        ({READINGS: np.array(["kydd03", "kydd33"])}, "has 'kydd33'; allowed: neutral, kydd03"),
        ({"pace": np.array([0.01])}, "column 'pace' is not named after a value and its range"),
        ({"parameters.pace: 0.04 to 0.008": np.array([0.01])}, "not named after a value"),
        (
            {"parameters.pace: 0.008 to 0.05": np.array([0.01])},
            "none of its columns matches a value of this scenario",
        ),
        ({PACE: np.array([])}, "contains no draws"),
        ({}, "contains no draws"),
        ({f"x{i}": np.array([0.01]) for i in range(9)}, "and 4 more"),
    ],
)
def test_wrong_columns_are_named(
    tmp_path: Path, columns: dict[str, np.ndarray], message: str
) -> None:
    assert message in refused(tmp_path, columns)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.parquet", "'nowhere.parquet': no such file"),
        ("base", "is a directory"),
        ("under.yaml", "not a readable Parquet file"),
        ("/etc/passwd", "is an absolute path"),
        ('""', "not a file name"),
        ("{posterior: 3}", "not a file name"),
        ("{posterior: [a]}", "not a file name"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, name: str, message: str) -> None:
    assert message in refused(tmp_path, name=name)
