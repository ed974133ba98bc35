"""Daily tallies: they add up, and their quantiles are as near as the grid says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from worlds import crisis, ensemble_of

from sim.ensemble.daily import GRIDS, PATHS, QUANTILES, DailyTally
from sim.outcomes.columns import DAILY

DAYS, DRAWS = 5, 3


def synthetic(runs: int, seed: int) -> dict[str, np.ndarray]:
    """Return made-up daily quantities, ``(days, runs)`` each."""
    random = np.random.default_rng(seed)
    daily = {
        "level": random.integers(0, 5, (DAYS, runs)),
        "territory_fought": random.uniform(-0.3, 0.9, (DAYS, runs)),
        "territory_ceded": random.beta(0.3, 3, (DAYS, runs)),
        "deaths": random.lognormal(5, 2, (DAYS, runs)) * (random.random((DAYS, runs)) < 0.9),
        "support_challenger": random.uniform(0, 12, (DAYS, runs)),
        "support_defender": random.uniform(0, 3, (DAYS, runs)),
    }
    return {name: values.astype(np.float32) for name, values in daily.items()}


def tally_of(daily: dict[str, np.ndarray], first: int = 0) -> DailyTally:
    return DailyTally.of_runs(daily, first, DRAWS)


def test_tallies_of_blocks_add_up_to_the_tally_of_all_runs() -> None:
    parts = [synthetic(runs, seed) for runs, seed in ((150, 1), (1, 2), (97, 3))]
    merged = DailyTally(DAYS, DRAWS)
    merged.merge(tally_of(part, first) for part, first in zip(parts, (0, 150, 151), strict=True))
    whole = tally_of(
        {name: np.concatenate([daily[name] for daily in parts], axis=1) for name in DAILY}
    )
    pd.testing.assert_frame_equal(merged.table(), whole.table())
    pd.testing.assert_frame_equal(merged.by_draw(), whole.by_draw())


def test_a_tally_of_fewer_runs_than_draws_holds_their_draws_alone() -> None:
    """The last of these blocks begins at the last draw but one, and goes on with the first."""
    draws, first = 12, [0, 5, 10]
    parts = [synthetic(5, seed) for seed in range(3)]
    tallies = [
        DailyTally.of_runs(part, start, draws) for part, start in zip(parts, first, strict=True)
    ]
    assert [tally.fighting.shape for tally in tallies] == [(DAYS, 5)] * 3
    kept = [DailyTally.of_arrays(tally.arrays()) for tally in tallies]
    merged, whole = (
        DailyTally(DAYS, draws),
        {n: np.concatenate([part[n] for part in parts], axis=1) for n in DAILY},
    )
    merged.merge(kept)
    pd.testing.assert_frame_equal(merged.by_draw(), DailyTally.of_runs(whole, 0, draws).by_draw())
    assert list(merged.runs) == [2, 2, 2, *[1] * 9]


def test_a_draw_without_runs_is_in_no_row() -> None:
    tally = DailyTally(DAYS, 8)
    tally.merge([DailyTally.of_runs(synthetic(3, 1), 2, 8)])
    table = tally.by_draw()
    assert set(table["draw"]) == {2, 3, 4}
    assert (table["runs"] == 1).all()


@pytest.mark.parametrize("name", DAILY)
def test_quantiles_are_right_to_half_a_step_of_the_grid(name: str) -> None:
    daily = synthetic(997, 4)
    table = tally_of(daily).table()
    points = GRIDS[name].points
    for q in QUANTILES:
        exact = np.quantile(daily[name].astype(float), q, axis=1, method="inverted_cdf")
        found = table[table["measure"] == name][f"q{round(100 * q):02d}"].to_numpy()
        above = np.clip(np.searchsorted(points, exact), 1, len(points) - 1)
        step = points[above] - points[above - 1]
        assert (np.abs(found - exact) <= 0.505 * step + 1e-6).all(), q
        if name == "level":
            np.testing.assert_array_equal(found, exact)


def test_means_levels_and_paths_are_exact() -> None:
    daily = synthetic(250, 6)
    table = tally_of(daily).table().set_index(["measure", "day"])
    for name in DAILY:
        np.testing.assert_allclose(
            table.loc[name]["mean"], daily[name].mean(axis=1, dtype=float), rtol=1e-12
        )
        np.testing.assert_array_equal(
            table.loc[name][[f"run_{k}" for k in range(PATHS)]], daily[name][:, :PATHS]
        )
    assert f"run_{PATHS}" not in table
    shares = table.loc["level"][[f"share_level_{level}" for level in range(5)]].to_numpy()
    np.testing.assert_allclose(
        shares.T, [(daily["level"] == level).mean(axis=1) for level in range(5)]
    )


def test_means_by_draw_are_those_of_the_draw_s_runs() -> None:
    daily, draw = synthetic(61, 8), np.arange(61) % DRAWS
    table = tally_of(daily).by_draw().set_index(["draw", "day"])
    for d in range(DRAWS):
        assert (table.loc[d]["runs"] == (draw == d).sum()).all()
        np.testing.assert_allclose(
            table.loc[d]["fighting"], (daily["level"][:, draw == d] > 0).mean(axis=1)
        )
        for name in DAILY:
            np.testing.assert_allclose(
                table.loc[d][name], daily[name][:, draw == d].mean(axis=1, dtype=float)
            )


def test_daily_means_of_an_ensemble_end_at_its_outcomes() -> None:
    ensemble = ensemble_of(crisis(), 300)
    last = ensemble.daily.table().query("day == day.max()").set_index("measure")
    deaths = ensemble.outcomes["deaths_challenger"] + ensemble.outcomes["deaths_defender"]
    assert last.loc["deaths", "mean"] == pytest.approx(deaths.mean(), rel=1e-6)
    for name in ("territory_fought", "territory_ceded"):
        assert last.loc[name, "mean"] == pytest.approx(ensemble.outcomes[name].mean(), abs=1e-6)
