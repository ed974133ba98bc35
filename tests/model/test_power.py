"""The power of records: what cannot be separated is not, and what can be is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.engine.draws import Draws
from sim.ensemble.executors import here
from sim.scenario import Mechanisms, Scenario
from validation.forecasts.crises import Crisis, crises
from validation.power import chart, judging, tables, worlds
from validation.power.facts import NAMES, classified, facts
from validation.power.judging import (
    ALL,
    KNOWN,
    MISLED,
    UNKNOWN,
    Layout,
    changed,
    information,
    log_ratios,
    power,
    records,
    rows,
    weights,
)
from validation.power.worlds import NEUTRAL, WITHOUT

Array = np.ndarray
DRAWS, REPLICATES = 200, 4
PAIR = ("first", "second")
DURATION, DEATHS = NAMES.index("duration"), NAMES.index("deaths")
EVERY = range(len(NAMES))

# Planted worlds: classes of two facts, with a probability for each class


def drawn(shares: Sequence[float], random: np.random.Generator) -> Array:
    return random.choice(len(shares), size=DRAWS * REPLICATES, p=shares)


def planted(
    first: Sequence[float], second: Sequence[float], crises: int = 20
) -> judging.Classified:
    """Return crises whose durations differ between two worlds, and whose deaths do not."""
    random = np.random.default_rng(3)
    even = [0.25] * 4
    return {
        f"crisis {number}": {
            name: [("duration", drawn(shares, random)), ("deaths", drawn(even, random))]
            for name, shares in zip(PAIR, (first, second), strict=True)
        }
        for number in range(crises)
    }


UNLIKE = ([0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4])
LAYOUTS = {
    UNKNOWN: Layout.unknown(DRAWS, REPLICATES),
    KNOWN: Layout.of_sets(np.arange(DRAWS * REPLICATES) % 4),
}


def judged(facts_: judging.Classified, layout: Layout, size: int) -> judging.Power:
    parts = [log_ratios(facts_, PAIR, layout, part) for part in ("calibrate", "test")]
    return power(parts[0], parts[1], size, EVERY)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_parts_have_no_run_in_common(layout: Layout) -> None:
    parts = [layout.part(name).ravel().tolist() for name in judging.PARTS]
    assert sorted(chain.from_iterable(parts)) == list(range(DRAWS * REPLICATES))


def test_a_column_of_the_layout_has_one_set() -> None:
    sets = np.random.default_rng(1).permutation(np.arange(40) % 5)
    ordered = sets[Layout.of_sets(sets).runs]
    assert (ordered == ordered[0]).all() and sorted(ordered[0]) == [0, 1, 2, 3, 4]


@pytest.mark.statistical
@pytest.mark.parametrize("size", [3, 16, 32])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_identical_worlds_are_not_separated(layout: Layout, size: int) -> None:
    found = judged(planted(UNLIKE[0], UNLIKE[0]), layout, size)
    assert found.right <= MISLED and found.wrong <= MISLED
    assert not found.apart


def test_equal_runs_leave_the_odds_even() -> None:
    same = {crisis: {name: of[PAIR[0]] for name in PAIR} for crisis, of in planted(*UNLIKE).items()}
    ratios = log_ratios(same, PAIR, LAYOUTS[UNKNOWN], "test")
    assert (ratios.first == 0).all() and (ratios.second == 0).all()
    assert judged(same, LAYOUTS[UNKNOWN], 32) == judging.Power(0.0, 0.0)
    assert changed(same, PAIR) == 0


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_unlike_worlds_are_separated_by_enough_crises(layout: Layout) -> None:
    found = {size: judged(planted(*UNLIKE), layout, size) for size in (1, 3, 16)}
    assert found[1].right < found[3].right < found[16].right
    assert found[16].apart and not found[1].apart
    assert max(one.wrong for one in found.values()) <= MISLED
    assert changed(planted(*UNLIKE), PAIR) > 0.5


def test_information_is_half_the_sum_of_both_divergences() -> None:
    first, second = map(np.array, UNLIKE)
    known = ((first - second) * np.log(first / second)).sum() / 2
    found = information(log_ratios(planted(*UNLIKE), PAIR, LAYOUTS[UNKNOWN], "test"))
    assert found[DURATION] == pytest.approx(known, abs=0.05)
    assert found[DEATHS] == pytest.approx(0.0, abs=0.03)
    assert found[[k for k in EVERY if k not in (DURATION, DEATHS)]].tolist() == [0.0] * 10


def test_weights_leave_out_what_says_nothing_and_share_what_is_said_twice() -> None:
    random = np.random.default_rng(8)
    ratio = 1.0 + np.sqrt(2.0) * random.standard_normal(4000)  # log ratio of two normal worlds
    noise = random.standard_normal((2, 4000))
    first = np.column_stack([ratio, ratio, noise[0]])
    second = np.column_stack([-ratio, -ratio, noise[1]])
    found = weights(first, second)
    assert found[:2].sum() == pytest.approx(1.0, abs=0.1)
    assert found[2] < 0.1


def test_a_record_has_different_crises_and_one_set() -> None:
    ratios = np.zeros((6, 2, 4, 1))
    ratios[..., 0] = 10.0 ** np.arange(6)[:, None, None]
    sums = records(ratios, 3, np.random.default_rng(1), 50)[:, 0]
    assert all(sorted(str(int(total))[::-1].replace("0", "")) == list("111") for total in sums)
    ratios[..., 0] = np.arange(4)
    sums = records(ratios, 5, np.random.default_rng(1), 50)[:, 0]
    assert set(sums) == {0.0, 5.0, 10.0, 15.0}


# Worlds and facts


@pytest.fixture(scope="module")
def stated() -> list:
    return worlds.arguments()


@pytest.fixture(scope="module")
def football() -> Crisis:
    return crises(["football_1969"])[0]


def test_every_mechanism_that_is_on_has_a_world_without_it(football: Crisis, stated: list) -> None:
    found = worlds.worlds(football.setting, football.path, stated)
    assert len(stated) == 7
    pairs = worlds.pairs(list(found), stated)
    assert len(pairs[0]) == 21 and len(pairs[1]) == len(found) - 8
    for name, mechanisms in found.items():
        if not name.startswith(WITHOUT):
            continue
        changed_ = [
            field
            for field in Mechanisms.model_fields
            if getattr(mechanisms, field) != getattr(football.setting.mechanisms, field)
        ]
        assert changed_ == [name.removeprefix(WITHOUT)]
    assert not any("structural_balance" in name for name in found)  # it is off


def test_sets_have_the_same_quantiles_in_all_worlds_and_crises(stated: list) -> None:
    columns = {}
    for crisis in crises(["football_1969", "goa_1961"]):
        of_crisis = worlds.worlds(crisis.setting, crisis.path, stated)
        columns[crisis.name] = worlds.in_sets(crisis.setting, of_crisis, 12, 4).columns
    first, second = columns.values()
    common = first.keys() & second.keys()
    assert len(common) > 20
    assert all((first[name] == second[name]).all() for name in common)
    spoiler = {n: c for n, c in first.items() if n.startswith("mechanisms.spoiler")}
    assert len(spoiler) == 2  # the coded range, and the upper half of it
    low, high = sorted(spoiler.values(), key=min)
    assert high == pytest.approx(0.25 + low / 2)
    assert not any(name.startswith(("actors", "conflict")) for name in first)


@pytest.fixture(scope="module")
def bank(football: Crisis) -> dict[str, pd.DataFrame]:
    ((name, tables_),) = worlds.bank([football], 16, 1, here, sets=4)
    assert name == "football_1969"
    return dict(tables_)


def test_the_set_of_a_run_is_known(football: Crisis, stated: list) -> None:
    sets = worlds.sets_of_runs(football, 16, 2, 4)
    assert sets.shape == (32,) and (sets[:16] == sets[16:]).all()
    scenario = _in_sets(football, stated, 16, 4)
    values = Draws(scenario, 16, worlds.SEED).quantity(scenario.parameters.precision)
    for number in range(4):
        assert len(set(values[sets[:16] == number])) == 1
    assert len(set(values)) == 4


def _in_sets(crisis: Crisis, stated: list, draws: int, sets: int) -> Scenario:
    of_crisis = worlds.worlds(crisis.setting, crisis.path, stated)
    return crisis.setting.fitted(worlds.in_sets(crisis.setting, of_crisis, draws, sets))


@pytest.mark.slow
def test_facts_are_recorded_with_errors_that_worlds_share(
    bank: dict[str, pd.DataFrame],
) -> None:
    table = bank[NEUTRAL]
    found = classified({NEUTRAL: table, "same": table}, NEUTRAL)
    assert {kind for kind, _ in found[NEUTRAL]} == set(NAMES)
    for (_, first), (_, second) in zip(found[NEUTRAL], found["same"], strict=True):
        assert (first == second).all()
    columns = [fact.name for fact in facts(table.columns)]
    parties = sum(name.startswith("mediates_") for name in table.columns)
    assert columns.count("mediation") == parties > 1


@pytest.mark.slow
def test_the_whole_way_from_runs_to_tables_and_chart(
    bank: dict[str, pd.DataFrame], stated: list, tmp_path: Path
) -> None:
    found = {"football_1969": classified(bank, NEUTRAL)}
    pairs = {
        "arguments": [("blagov", "moscow_times")],
        "mechanisms": [(NEUTRAL, f"{WITHOUT}leverage")],
    }
    layouts = (Layout.unknown(16, 1), Layout.of_sets(np.arange(16) % 4))
    table = pd.concat([pd.DataFrame(rows(found, pairs, layout)) for layout in layouts])
    assert set(table["shared"]) == {KNOWN, UNKNOWN}
    assert len(table) == 2 * 2 * (len(judging.SIZES) + len(NAMES))
    curve = tables.curve(table)
    assert [row[0] for row in curve] == ["3", "8", "16", "24", "32"]
    assert all("of 1" in cell for row in curve for cell in row[1:])
    assert "leverage" in tables.printed(table)
    chart.draw(table, tmp_path / "power.png")
    assert (tmp_path / "power.png").stat().st_size > 10_000


def test_a_line_of_the_chart_is_a_pair() -> None:
    rows_ = pd.DataFrame(
        {"crises": [3, 8], "first": "a", "second": "b", "right": [0.2, 0.6], "facts": ALL}
    )
    ax = Figure().subplots()
    chart.draw_lines(ax, rows_, "black", "mean")
    assert [line.get_ydata().tolist() for line in ax.get_lines()] == [[0.2, 0.6]] * 2
