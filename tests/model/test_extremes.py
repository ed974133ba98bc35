"""Extreme but legal values are simulated and stay in bounds, or are refused before that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, Call, Write, faults_of
from worlds import SCENARIOS

from sim.ensemble.daily import GRIDS, DailyTally, Grid, grids_of
from sim.ensemble.ensemble import Ensemble, Plan, play
from sim.outcomes.columns import DAILY, columns
from sim.scenario import Choice, Loaded, Quantity, load
from sim.scenario.crosscheck import LAST_DATE

APRIL = SCENARIOS / "april_2016.yaml"


def ends_of(loaded: Loaded, end: str) -> list[str]:
    """Return settings that fix every uncertain value at one end of its range.

    Shares of supplies keep their ranges, because their high ends sum to more than 1.
    """
    found = []
    for value in loaded.scenario.quantities():
        if ".supplies." in value.path:
            continue
        if isinstance(value, Quantity) and not value.known:
            found.append(f"{value.path}={getattr(value, end)!r}")
        elif isinstance(value, Choice) and not value.known:
            found.append(f"{value.path}={value.options[0 if end == 'low' else -1]}")
    return found


def simulated(loaded: Loaded, runs: int = 8, draws: int = 2) -> Ensemble:
    """Simulate a scenario, and check that its outcomes stay in bounds."""
    ensemble = play(Plan(loaded.scenario, runs=runs, draws=draws))
    assert [failure.reason for failure in ensemble.failures] == []
    outcomes = ensemble.outcomes
    days = loaded.scenario.horizon_days
    assert outcomes["duration_days"].between(0, days).all()
    assert outcomes["territory_fought"].abs().max() <= 1 + 1e-6
    assert outcomes["territory_ceded"].abs().max() <= 1 + 1e-6
    reals = [column.name for column in columns(loaded.scenario) if column.kind == "real"]
    assert np.isfinite(outcomes[reals].to_numpy(float)).all()
    ties = [name for name in outcomes if str(name).startswith(("tie_", "standing_"))]
    assert outcomes[ties].abs().to_numpy(float).max(initial=0) <= 1 + 1e-6
    return ensemble


@pytest.mark.parametrize("end", ["low", "high"])
def test_all_ranges_at_one_end(end: str) -> None:
    loaded = load(APRIL)
    unfitted = load(APRIL, ["parameters.posterior=null", *ends_of(loaded, end)])
    simulated(unfitted)


@pytest.mark.parametrize("setting", ["horizon_days=1", "conflict.forces=0.001"])
def test_the_smallest_scenarios(setting: str) -> None:
    simulated(load(APRIL, [setting]), runs=1, draws=1)


@pytest.mark.slow
@pytest.mark.parametrize("setting", ["horizon_days=3650", "conflict.forces=100000"])
def test_the_largest_scenarios(setting: str) -> None:
    simulated(load(APRIL, [setting]), runs=3, draws=3)


@pytest.mark.slow
def test_two_hundred_third_parties_have_their_place_in_daily_quantities(write: Write) -> None:
    body = "actors:\n" + "".join(
        f"  T{k:03d}: {{name: Third {k}, ties: {{NOR: {1 if k % 2 else -1}}}, support: 4, "
        "broker_value: 1, engagement: 1}\n"
        for k in range(200)
    )
    loaded = load(write(body))
    assert len(loaded.scenario.actors) > 200
    ensemble = simulated(loaded, runs=4, draws=2)
    grids = grids_of(loaded.scenario)
    daily = ensemble.daily.table()
    for side in ("support_challenger", "support_defender"):
        rows = daily[daily["measure"] == side]
        assert rows["q95"].max() < grids[side].points[-1]
        assert np.allclose(rows["q50"], rows["mean"], atol=4 * grids[side].step + 60)


def test_no_third_party_at_all(write: Write) -> None:
    body = "actors: {OST: null, SUD: {ties: {OST: null}}}\n"
    loaded = load(write(body))
    assert loaded.scenario.third_parties == ()
    simulated(loaded)


# Daily quantities


def test_shipped_scenarios_keep_their_grids() -> None:
    for name in ("april_2016", "autumn_2020"):
        grids = grids_of(load(SCENARIOS / f"{name}.yaml").scenario)
        assert {name: grid.step for name, grid in grids.items()} == {
            name: grid.step for name, grid in GRIDS.items()
        }


@pytest.mark.parametrize("measure", DAILY)
def test_a_daily_quantity_outside_its_grid_is_an_error_with_its_name(measure: str) -> None:
    daily = {name: np.zeros((2, 3), dtype=np.float32) for name in DAILY}
    daily[measure][1, 2] = np.float32(3e38) if measure == "deaths" else 1e6
    with pytest.raises(OverflowError, match=f"^{measure}: a value is outside the range"):
        DailyTally.of_runs(daily, 0, 3)


def test_a_value_less_than_a_step_outside_is_rounding() -> None:
    assert Grid(0.0, 1.0, 5).index(np.array([4.4, -0.4], dtype=np.float32)).tolist() == [4, 0]


def test_a_tally_with_wide_grids_survives_storage(write: Write) -> None:
    wide = {**GRIDS, "support_defender": Grid(0.0, 0.5, 801)}
    daily = {name: np.full((2, 3), 1.0, dtype=np.float32) for name in DAILY}
    daily["support_defender"][:] = 300.0
    tally = DailyTally.of_runs(daily, 0, 3, wide)
    again = DailyTally.of_arrays(tally.arrays())
    assert again.table().equals(tally.table())
    rows = again.table()
    assert rows[rows["measure"] == "support_defender"]["q50"].tolist() == [300.0, 300.0]


def test_an_overflow_names_the_rule() -> None:
    loaded = load(APRIL, ["parameters.posterior=null", "parameters.lethality=1e9"])
    scenario = loaded.scenario
    huge = Quantity(low=3e38, high=3e38, path="parameters.lethality")
    parameters = scenario.parameters.model_copy(update={"lethality": huge})
    broken = scenario.model_copy(update={"parameters": parameters})
    (failure,) = play(Plan(broken, runs=4, draws=2)).failures
    last = failure.reason.strip().splitlines()[-1]
    assert "overflow encountered in" in last
    assert ".py)" in last


# What is refused before anything is simulated


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("start: 9899-12-20\nhorizon_days: 30\n", "start: 30 days after 9899-12-20 is too late"),
        ("actors: {NA: {name: x}}\n", "'NA' cannot be an actor code, because other programs"),
        ("actors: {'NULL': {name: x}}\n", "'NULL' cannot be an actor code"),
        ("conflict: {forces: 1e6}\n", "conflict.forces: 1e+06 is out of bounds; allowed: 0.001 to"),
        ("conflict: {concession: 11}\n", "conflict.concession: 11 is out of bounds; allowed: 0 to"),
        ("conflict: {tempo: 2000}\n", "conflict.tempo: 2000 is out of bounds; allowed: 0.001 to"),
        ("actors: {OST: {troops: 1e5}}\n", "actors.OST.troops: 100000 is out of bounds"),
    ],
)
def test_impossible_values_are_refused(write: Write, body: str, fault: str) -> None:
    found = faults_of(write(body))
    assert len(found) == 1
    assert fault in found[0]


def test_the_last_day_that_is_allowed_can_be_drawn(
    write: Write, call: Call, tmp_path: Path
) -> None:
    path = write(f"start: {LAST_DATE - timedelta(days=1)}\nhorizon_days: 1\n")
    assert call("run", path, *SMALL, "--out", tmp_path / "out", "-q").code == 0


@pytest.mark.usefixtures("few_charts")
def test_letters_that_charts_cannot_draw_are_named_before_the_run(
    write: Write, tmp_path: Path, call: Call
) -> None:
    path = write(name="island")
    text = path.read_text(encoding="utf-8").replace("A crisis", "'\u5371\u6a5f'")
    path.write_text(text, encoding="utf-8")
    done = call("run", path, "--runs", 2, "--draws", 1, "--out", tmp_path / "out", "-q")
    assert done.code == 0
    assert done.err.startswith("sim: island: the charts' font lacks \u5371\u6a5f: charts show")
