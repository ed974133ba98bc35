"""What moves outcomes, and how two simulations differ: known truths, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from worlds import ALONE, SCENARIOS, crisis

from sim.arguments.chance import holm
from sim.charts.why import draw
from sim.ensemble.ensemble import Plan, play
from sim.io.errors import UsageError
from sim.reasons import association, experiment
from sim.reasons.association import Tables
from sim.reasons.difference import AS_IS, Side, compared, remarks, unpaired_because
from sim.reasons.estimates import paired, unpaired
from sim.reasons.levers import Kind, levers
from sim.reasons.lines import line_of
from sim.reasons.outcomes import Outcome, named, usual
from sim.reasons.sizes import range_in_words, size_in_words
from sim.reasons.why import Why, of_tables
from sim.record.history import history_of
from sim.scenario import Scenario, load

DRAWS = 60
REPLICATES = 6
DURATION = Outcome("duration_days", "duration of the fighting", "days")


@pytest.fixture(scope="module")
def april() -> Scenario:
    return load(SCENARIOS / "april_2016.yaml").scenario


def made(
    random: np.random.Generator, effect: float = 0.0, power: float = 1.0, values: int = 30
) -> Tables:
    """Return tables in which the first value moves the duration and nothing else does."""
    strata = np.stack([random.permutation(DRAWS) for _ in range(values)], axis=1)
    parameters = pd.DataFrame((strata + random.random((DRAWS, values))) / DRAWS)
    parameters.columns = [f"parameters.value_{number}" for number in range(values)]
    draw = np.tile(np.arange(DRAWS), REPLICATES)
    of_draw = 40 + effect * parameters.iloc[:, 0].to_numpy() ** power + random.normal(0, 2, DRAWS)
    noise = random.exponential(4.0, len(draw))
    outcomes = pd.DataFrame(
        {
            "draw": draw,
            "duration_days": of_draw[draw] + noise,
            "support_RUS_ARM": random.random(len(draw)) + of_draw[draw],
        }
    )
    return Tables(outcomes, parameters.assign(draw=np.arange(DRAWS)))


def explained(scenario: Scenario, tables: Tables) -> Why:
    return of_tables(scenario, tables, ["duration_days"])


# Associations


@pytest.mark.parametrize("sign", [1, -1])
def test_a_planted_driver_is_found_with_its_direction_and_size(april: Scenario, sign: int) -> None:
    found = explained(april, made(np.random.default_rng(1), sign * 20.0))
    (line,) = found.strongest("duration_days", Kind.value)
    assert (line.says, line.method) == ("value 0", "association")
    # the middle of the top fifth is 0.8 above that of the bottom fifth
    assert line.effect == pytest.approx(sign * 16, abs=3)
    assert line.effect_low < sign * 16 < line.effect_high
    assert line.size.endswith("longer" if sign > 0 else "shorter")
    assert "the value 0 goes with the duration of the fighting most" in found.sentence


def test_a_driver_with_a_bent_effect_is_found(april: Scenario) -> None:
    found = explained(april, made(np.random.default_rng(2), 20.0, power=3.0))
    assert [line.says for line in found.strongest("duration_days", Kind.value)] == ["value 0"]


@pytest.mark.statistical
def test_intervals_of_associations_cover_the_truth(april: Scenario) -> None:
    seeds = 200
    covered = 0
    for seed in range(seeds):
        tables = made(np.random.default_rng(seed), 20.0, values=8)
        lines = association.open_value_lines(april, tables, [DURATION])
        line = next(line for line in lines if line.says == "value 0")
        covered += line.effect_low <= 16.0 <= line.effect_high
    assert 0.90 <= covered / seeds <= 0.99


@pytest.mark.statistical
def test_nothing_is_named_where_nothing_drives(april: Scenario) -> None:
    seeds = 300
    named_by_chance = 0
    for seed in range(seeds):
        tables = made(np.random.default_rng(1000 + seed))
        named_by_chance += bool(list(association.open_value_lines(april, tables, [DURATION])))
    # at most 5% in truth; three standard errors above that
    assert named_by_chance / seeds <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / seeds)


def test_a_sentence_says_that_nothing_was_found(april: Scenario) -> None:
    found = explained(april, made(np.random.default_rng(4)))
    assert not found.found
    assert found.sentence.startswith("Nothing that was tested moves duration, deaths or the ending")


def test_a_course_that_goes_with_the_outcome_is_found_within_draws(april: Scenario) -> None:
    random = np.random.default_rng(5)
    tables = made(random)
    support = random.random(len(tables.outcomes))
    tables.outcomes["support_RUS_ARM"] = support
    tables.outcomes["duration_days"] += 20 * support
    (line,) = association.course_lines(april, tables, [DURATION])
    assert (line.kind, line.says, line.clear) == (Kind.course, "Russia's support for Armenia", True)
    assert line.effect == pytest.approx(16, abs=3)


def test_what_differs_between_draws_only_is_no_course_of_events(april: Scenario) -> None:
    tables = made(np.random.default_rng(6), effect=40.0)  # support follows the draw's duration
    both = tables.outcomes[["duration_days", "support_RUS_ARM"]].corr().iloc[0, 1]
    (line,) = association.course_lines(april, tables, [DURATION])
    assert both > 0.8 and not line.clear


@pytest.mark.statistical
@pytest.mark.slow
def test_no_course_is_named_by_chance(april: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(association, "PERMUTATIONS", 199)
    seeds = 200
    clear = 0
    for seed in range(seeds):
        random = np.random.default_rng(2000 + seed)
        tables = made(random)
        for column in ("support_TUR_AZE", "mediates_RUS", "support_RUS_AZE"):
            tables.outcomes[column] = random.random(len(tables.outcomes)) ** 3
        clear += any(line.clear for line in association.course_lines(april, tables, [DURATION]))
    assert clear / seeds <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / seeds)


def test_a_course_of_a_few_runs_decides_nothing(april: Scenario) -> None:
    tables = made(np.random.default_rng(7))
    rare = np.zeros(len(tables.outcomes))
    rare[:3] = 1.0
    tables.outcomes["support_RUS_ARM"] = rare
    tables.outcomes.loc[:2, "duration_days"] = 500.0
    assert association.course_lines(april, tables, [DURATION]) == []


def test_large_tables_are_read_in_part(april: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = made(np.random.default_rng(5), 20.0)
    tables.outcomes["support_RUS_ARM"] = np.random.default_rng(1).random(len(tables.outcomes))
    monkeypatch.setattr(association, "MOST_RUNS", 20 * REPLICATES + 3)
    monkeypatch.setattr(association, "MOST_DRAWS", 40)
    first_20 = Tables(tables.outcomes[tables.outcomes["draw"] < 20], tables.parameters)
    found, expected = (
        association.course_lines(april, each, [DURATION]) for each in (tables, first_20)
    )
    assert found == expected
    first_40 = Tables(tables.outcomes[tables.outcomes["draw"] < 40], tables.parameters)
    found, expected = (
        list(association.open_value_lines(april, each, [DURATION])) for each in (tables, first_40)
    )
    assert found and found == expected


# Differences of pairs


@pytest.mark.statistical
@pytest.mark.parametrize("of_pairs", [True, False])
def test_intervals_of_differences_cover_the_truth(of_pairs: bool) -> None:
    seeds = 400
    covered = 0
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        effects = 5.0 + random.gamma(2.0, 2.0, 40) - 4.0
        first = random.normal(0, 3, (6, 40)) + random.normal(0, 4, 40)
        second = random.normal(0, 3, (6, 40)) + random.normal(0, 4, 40)
        noise = random.normal(0, 2, (6, 40))
        second = first + effects + noise if of_pairs else second + effects
        draw = np.tile(np.arange(40), 6)
        found = (
            paired(first.ravel(), second.ravel(), 40)
            if of_pairs
            else unpaired(first.ravel(), second.ravel(), draw, draw)
        )
        covered += found.low <= 5.0 <= found.high
    assert 0.92 <= covered / seeds <= 0.995


def test_three_kinds_of_uncertainty_are_told_apart() -> None:
    random = np.random.default_rng(1)
    effects = random.normal(10.0, 3.0, 200)
    first = np.zeros((20, 200))
    second = first + effects + random.normal(0, 4.0, (20, 200))
    found = paired(first.ravel(), second.ravel(), 200)
    assert found.error == pytest.approx(4.0 / np.sqrt(20 * 200), rel=0.1)
    assert found.spread is not None
    assert found.spread == pytest.approx((10 - 1.28 * 3, 10 + 1.28 * 3), abs=0.7)
    assert found.high - found.low == pytest.approx(2 * 1.97 * 3.1 / np.sqrt(200), rel=0.25)


def test_runs_that_are_the_same_differ_by_exactly_nothing() -> None:
    values = np.random.default_rng(1).random(24)
    found = paired(values, values, 4)
    assert (found.mean, found.low, found.high, found.error, found.p) == (0.0, 0.0, 0.0, 0.0, 1.0)


@pytest.mark.statistical
def test_no_lever_is_named_where_all_only_add_noise() -> None:
    seeds = 200
    clear = 0
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        tests = []
        for _ in range(30):
            noise = random.exponential(1.0, (5, 50)) - random.exponential(1.0, (5, 50))
            noise[random.random((5, 50)) < 0.7] = 0.0  # most pairs of runs stay the same
            tests.append(paired(np.zeros(250), noise.ravel(), 50).p)
        clear += bool((holm(np.array(tests)) < 0.05).any())
    assert clear / seeds <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / seeds)


# Experiments


@pytest.fixture(scope="module")
def moved(april: Scenario) -> experiment.Experiment:
    return experiment.experiment(Plan(april, 60, 12, 3), ["duration_days", "deaths"])


def test_an_end_of_a_lever_is_the_simulation_of_that_scenario(
    april: Scenario, moved: experiment.Experiment
) -> None:
    """The numbers of `sim why` are those of `sim diff` with the same settings."""
    path = SCENARIOS / "april_2016.yaml"
    outcomes = [
        play(Plan(load(path, [f"actors.TUR.support={level}"]).scenario, 60, 12, 3)).outcomes
        for level in (0, 4)
    ]
    (line,) = (
        line
        for line in moved.lines
        if line.path == "actors.TUR.support"
        and line.kind is Kind.support
        and line.outcome.name == "duration_days"
    )
    low, high = (table["duration_days"].to_numpy(float) for table in outcomes)
    expected = paired(low, high, 12)
    assert (line.effect, line.effect_low) == (expected.mean, expected.low)
    aside = play(Plan(load(path, ["policies.RUS=aside"]).scenario, 60, 12, 3)).outcomes
    (line,) = (
        line
        for line in moved.lines
        if line.says == "Russia standing aside" and line.outcome.name == "duration_days"
    )
    base = play(Plan(april, 60, 12, 3)).outcomes["duration_days"].to_numpy(float)
    assert line.effect == paired(base, aside["duration_days"].to_numpy(float), 12).mean
    assert moved.base[0] == base.mean()


def test_what_cannot_matter_has_no_effect(moved: experiment.Experiment) -> None:
    lines = [line for line in moved.lines if line.path == "actors.GEO.ties.RUS"]
    assert lines and all((line.effect, line.clear) == (0.0, False) for line in lines)


@pytest.mark.slow
def test_more_deadly_fighting_kills_more_and_changes_nothing_else(april: Scenario) -> None:
    found = experiment.experiment(Plan(april, 100, 100, 1), ["duration_days", "deaths"])
    by_outcome = {
        line.outcome.name: line for line in found.lines if line.path == "parameters.lethality"
    }
    assert by_outcome["deaths"].effect > 0 and by_outcome["deaths"].clear
    assert by_outcome["duration_days"].effect == 0.0


def test_every_open_value_and_third_party_has_a_lever(april: Scenario) -> None:
    drawn = Plan(april, 60, 12).drawn.table().drop(columns="draw")
    found = levers(april, drawn)
    assert {lever.path for lever in found if lever.kind is Kind.value} == set(drawn)
    held = {lever.path for lever in found if lever.kind is Kind.stance}
    acting = {f"policies.{k}" for k in april.third_parties if april.actors[k].can_act}
    assert held == acting
    for lever in found:
        assert lever.low.says != lever.high.says


def test_sizes_of_experiments_fit_small_results() -> None:
    assert experiment.size_of(1, 125) == (1, 1)
    assert experiment.size_of(2000, 1) == (5, 1)


def test_lines_survive_being_written(moved: experiment.Experiment) -> None:
    for line in moved.lines[:20]:
        assert line_of(line.flat()) == line


def test_a_crisis_without_third_parties_and_open_values_has_no_levers() -> None:
    found = experiment.experiment(Plan(crisis(ALONE), 8, 1))
    assert found.lines == () and found.base[0] >= 0
    why = Why("A crisis", "experiment", 8, 1, found.outcomes, found.base, (), 0)
    assert why.sentence.startswith("Nothing that was tested") and draw(why).get_axes()


def test_a_single_draw_has_its_runs_as_the_unit(april: Scenario) -> None:
    found = experiment.experiment(Plan(april, 6, 1), ["deaths"])
    assert all(np.isfinite([line.effect_low, line.effect_high]).all() for line in found.lines)
    with pytest.raises(UsageError, match="at least two runs"):
        experiment.experiment(Plan(april, 1, 1))


# Words


@pytest.mark.parametrize(
    ("unit", "name", "difference", "error", "size"),
    [
        ("days", "duration_days", 9.2, 1.0, "9 days longer"),
        ("days", "duration_days", -1.2, 0.6, "1 day shorter"),
        ("deaths", "deaths", 2140.0, 300.0, "2,100 more deaths"),
        ("ceasefires", "failed_truces", -0.42, 0.05, "0.4 fewer ceasefires"),
        ("times", "failed_stops", -1.8, 0.1, "1.8 fewer"),
        ("% of the area", "territory_fought", 12.0, 1.0, "12 points more"),
        ("probability", "ending_truce", -0.123, 0.02, "12 points less often"),
        ("probability", "ending_truce", 0.0001, 0.02, "no change"),
        ("probability", "ending_truce", 0.0004, 0.0001, "less than 0.1 points more often"),
        ("days", "duration_days", 5.0, None, "5 days longer"),
    ],
)
def test_sizes_in_words(
    unit: str, name: str, difference: float, error: float | None, size: str
) -> None:
    assert size_in_words(Outcome(name, "x", unit), difference, error) == size


def test_an_interval_has_the_direction_of_its_size() -> None:
    assert range_in_words(DURATION, -9.2, -14.0, 4.0, 1.0) == "-4 to 14"


# Two simulations


def side(scenario: Scenario, seed: int = 1, runs: int = 40, draws: int = 10) -> Side:
    outcomes = play(Plan(scenario, runs, draws, seed)).outcomes
    return Side(scenario, outcomes, seed, draws, "", scenario.title)


def test_identical_scenarios_differ_by_exactly_nothing(april: Scenario) -> None:
    found = compared(side(april), side(april))
    assert found.same and all(row.found.mean == 0.0 for row in found.rows)
    assert found.sentence.endswith("nothing differs: all 40 runs match.")
    assert found.labels == (AS_IS, AS_IS)


def test_a_difference_turns_with_its_sides(april: Scenario) -> None:
    changed = load(SCENARIOS / "april_2016.yaml", ["policies.RUS=aside"]).scenario
    forth, back = (compared(side(a), side(b)) for a, b in ((april, changed), (changed, april)))
    assert [row.found.mean for row in forth.rows] == [-row.found.mean for row in back.rows]


def test_single_draws_and_single_runs(april: Scenario) -> None:
    one_draw = side(april, runs=6, draws=1)
    for other in (side(april, seed=2, runs=6, draws=1), one_draw):
        rows = compared(one_draw, other).rows
        assert all(np.isfinite([row.found.low, row.found.high]).all() for row in rows)
    with pytest.raises(UsageError, match="at least two runs"):
        compared(side(april, runs=1, draws=1), one_draw)


def test_what_is_paired_and_what_is_not(april: Scenario) -> None:
    base = side(april)
    autumn = side(load(SCENARIOS / "autumn_2020.yaml").scenario)
    assert unpaired_because(base, base) == ""
    assert unpaired_because(base, side(april, runs=30)) == ""
    assert "different crises" in unpaired_because(base, autumn)
    assert "seeds differ (1 and 2)" in unpaired_because(base, side(april, seed=2))
    assert "numbers of draws differ (10 and 20)" in unpaired_because(base, side(april, draws=20))
    found = compared(base, autumn)
    assert found.pairs is None and all(row.found.spread is None for row in found.rows)


def test_the_defender_has_no_name_where_the_sides_have_different_ones(april: Scenario) -> None:
    goa = side(load(SCENARIOS / "crises" / "goa_1961.yaml").scenario)

    def treaty(first: Side, second: Side) -> str:
        return next(
            r.outcome.says for r in compared(first, second).rows if "treaty" in r.outcome.says
        )

    assert treaty(side(april), goa) == "the defender invokes a treaty"
    assert treaty(side(april), side(april)) == "Armenia invokes a treaty"


def test_a_record_of_both_sides_is_shown_beside_their_differences(april: Scenario) -> None:
    changed = load(SCENARIOS / "april_2016.yaml", ["policies.RUS=aside"]).scenario
    autumn = load(SCENARIOS / "autumn_2020.yaml").scenario
    first, second, war = (
        replace(side(scenario), history=history_of(scenario))
        for scenario in (april, changed, autumn)
    )
    found = compared(first, second)
    history = found.table().set_index("name")["history"]
    assert history["duration_days"] == "3.5" and history["ending_truce"] == "yes"
    assert found.happened.startswith("In history: 3.5 days of fighting, 200 deaths")
    for other in (war, side(changed)):  # another crisis, and no record
        alone = compared(first, other)
        assert not alone.has_history and alone.happened == ""


def test_common_random_numbers_make_a_difference_precise(april: Scenario) -> None:
    changed = load(SCENARIOS / "april_2016.yaml", ["parameters.lethality=150"]).scenario
    first, second = side(april, runs=200, draws=20), side(changed, runs=200, draws=20)
    values = [DURATION.values(table.outcomes) for table in (first, second)]
    draw = first.outcomes["draw"].to_numpy(np.int64)
    by_pairs = paired(*values, 20)
    alone = unpaired(*values, draw, draw)
    assert by_pairs.mean == pytest.approx(alone.mean)
    assert by_pairs.high - by_pairs.low < 0.2 * (alone.high - alone.low)


def test_what_is_early_is_compared_within_the_same_days_only(april: Scenario) -> None:
    early = {"lasting_stop_14", "brokered_truce_14"}
    short, shorter, long = (
        side(load(SCENARIOS / "april_2016.yaml", [f"horizon_days={days}"]).scenario)
        for days in (5, 4, 60)
    )

    def names(first: Side, second: Side) -> set[str]:
        return {row.outcome.name for row in compared(first, second).rows}

    assert early <= names(short, short) and early <= names(long, side(april))
    for pair in ((long, short), (short, long), (short, shorter)):
        assert early.isdisjoint(names(*pair)) and "deaths" in names(*pair)
        assert any("counted within 14 days, are left out" in text for text in remarks(*pair))


def test_sides_of_different_sizes_are_compared_over_their_pairs(april: Scenario) -> None:
    changed = load(SCENARIOS / "april_2016.yaml", ["policies.RUS=aside"]).scenario
    first, second = side(april, runs=60), side(changed, runs=25)
    found = compared(first, second)
    assert found.pairs == 20
    for row in found.rows:
        assert row.found.mean == pytest.approx(row.second - row.first)
    assert "They have 60 and 25 runs; only pairs of runs are compared." in found.remarks


def test_a_difference_of_shares_stays_between_minus_one_and_one(april: Scenario) -> None:
    changed = load(SCENARIOS / "april_2016.yaml", ["horizon_days=3"]).scenario
    found = compared(side(april, runs=40), side(changed, seed=2, runs=4))
    events = [row.found for row in found.rows if row.outcome.is_event]
    assert all(-1.0 <= event.low <= event.high <= 1.0 for event in events)
    assert any(event.low == -1.0 for event in events)  # wide enough to be cut


def test_outcomes_are_known_measures(april: Scenario) -> None:
    with pytest.raises(UsageError, match=r"unknown measure 'durations'.*duration_days"):
        named(april, ["durations"])
    table = play(Plan(april, 40, 10)).outcomes
    names = [outcome.name for outcome in usual(april, table)]
    assert names[:2] == ["duration_days", "deaths"]
    table["ending"] = "truce"
    table["broker"] = "RUS"
    assert [outcome.name for outcome in usual(april, table)] == ["duration_days", "deaths"]
