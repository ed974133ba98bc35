"""Variance is shared out as known answers say, and every uncertain value has its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from worlds import SCENARIOS, crisis

from sim.ensemble.ensemble import Plan, play
from sim.scenario import Choice, Quantity, Scenario, load
from validation import sobol
from validation.groups import AT_ONSET, GROUPS, STANCES, groups_of, matches, parted
from validation.levers import Lever, change, levers, rows
from validation.matrices import of_coded_ranges, simulate
from validation.sensitivity import main, mixed, switches

AUTUMN = SCENARIOS / "autumn_2020.yaml"
Array = np.ndarray

# The estimator


def ishigami(x: Array) -> Array:
    """Return the Ishigami function of three inputs, ``(3, draws)``, uniform on -pi to pi."""
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


PI = np.pi
ALONE = (0.5 * (1 + 0.1 * PI**4 / 5) ** 2, 49 / 8, 0.0)
"""Variances that the three inputs explain alone."""
TOGETHER = 0.1**2 * PI**8 * 8 / 225
"""Variance that the first and the third input explain together only."""
WHOLE = sum(ALONE) + TOGETHER
KNOWN = {
    # group: its inputs, first effect, total effect
    "first and second": ([0, 1], (ALONE[0] + ALONE[1]) / WHOLE, 1.0),
    "third": ([2], 0.0, TOGETHER / WHOLE),
    "first and third": ([0, 2], (ALONE[0] + TOGETHER) / WHOLE, (ALONE[0] + TOGETHER) / WHOLE),
    "second": ([1], ALONE[1] / WHOLE, ALONE[1] / WHOLE),
}
DRAWS, REPLICATES = 10_000, 3


def noisy(x: Array) -> Array:
    """Return outcomes with noise that grows with two inputs and has the same random numbers in
    every sample.
    """
    noise = np.random.default_rng(5).normal(size=(REPLICATES, x.shape[1]))
    return (ishigami(x) + (1 + np.abs(x[1]) + np.abs(x[2])) * noise)[None]


def samples() -> tuple[Array, Array, dict[str, Array]]:
    """Return outcomes of both samples, and of the first with each group's inputs from the
    second.
    """
    stream = np.random.default_rng(3)
    first, second = stream.uniform(-PI, PI, size=(2, 3, DRAWS))
    swapped = {}
    for group, (inputs, _, _) in KNOWN.items():
        x = first.copy()
        x[inputs] = second[inputs]
        swapped[group] = noisy(x)
    return noisy(first), noisy(second), swapped


def test_known_effects_of_groups_are_found_in_spite_of_noise() -> None:
    found = sobol.effects(*samples())
    for group, (_, first, total) in KNOWN.items():
        assert found[group].first.value == pytest.approx(first, abs=0.04)
        assert found[group].total.value == pytest.approx(total, abs=0.03)


@pytest.mark.slow
def test_intervals_hold_the_known_effects_and_are_no_wider_than_needed() -> None:
    found = sobol.effects(*samples())
    for group, (_, first, total) in KNOWN.items():
        for share, truth in ((found[group].first, first), (found[group].total, total)):
            margin = 0.5 * (share.high - share.low)  # a 95% interval misses now and then
            assert share.low - margin <= truth <= share.high + margin
            assert share.high - share.low < 0.12


def test_means_of_few_replicates_would_miss_them() -> None:
    """The control: the same noise, with plain means of replicates in place of pairs."""
    a, b, swapped = samples()
    means = {group: m.mean(axis=1)[0] for group, m in swapped.items()}
    a, b = a.mean(axis=1)[0], b.mean(axis=1)[0]
    whole = np.var(np.concatenate([a, b]))
    naive = {group: np.mean((a - m) ** 2) / 2 / whole for group, m in means.items()}
    assert abs(naive["third"] - KNOWN["third"][2]) > 0.05


@pytest.mark.slow
def test_chance_is_the_variance_within_draws() -> None:
    a, b, _ = samples()
    x = np.random.default_rng(7).uniform(-PI, PI, size=(2, DRAWS))
    within = np.mean((1 + np.abs(x[0]) + np.abs(x[1])) ** 2)
    assert sobol.chance(a, b).value == pytest.approx(within / (within + WHOLE), abs=0.02)


@pytest.mark.slow
def test_components_add_up() -> None:
    a, b, swapped = samples()
    twice = [np.concatenate([table, 2 * table]) for table in (a, b, swapped["third"])]
    found = sobol.effects(twice[0], twice[1], {"third": twice[2]})["third"]
    alone = sobol.effects(a, b, swapped)["third"]
    assert found.total.value == pytest.approx(alone.total.value)


def test_nothing_is_shared_out_where_nothing_varies() -> None:
    still = np.ones((1, 2, 8))
    assert np.isnan(sobol.effects(still, still, {"any": still})["any"].total.value)


def test_pairs_of_replicates_have_no_noise_in_the_mean() -> None:
    stream = np.random.default_rng(11)
    noise = stream.normal(size=(1, 2, 200_000))
    found = sobol.expected_product(3 + noise, 2 + 5 * noise)
    error = found.std() / np.sqrt(found.size)
    assert abs(found.mean() - 6) < 4 * error
    assert np.mean((3 + noise).mean(axis=1) * (2 + 5 * noise).mean(axis=1)) > 6 + 10 * error


# Groups


SHIPPED = sorted(SCENARIOS.glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_value_of_a_shipped_scenario_is_in_a_single_group(path: Path) -> None:
    scenario = load(path).scenario
    misplaced = {
        value.path: found
        for value in scenario.quantities()
        if len(found := groups_of(value.path)) != 1
    }
    assert not misplaced
    groups = dict(parted(scenario))
    uncertain = sorted(value.path for value in scenario.quantities() if not value.known)
    assert sorted(path for group in GROUPS for path in groups[group]) == uncertain
    kinds = [path for kind in STANCES for path in groups[f"stances: {kind}"]]
    assert sorted(kinds) == sorted(groups["stances"])
    at_onset = groups[f"stances: {AT_ONSET}"]
    without = groups[f"stances: all but {AT_ONSET}"]
    assert sorted([*at_onset, *without]) == sorted(kinds)


def test_every_value_that_a_scenario_can_state_is_in_a_single_group() -> None:
    """The invented crisis states every field."""
    paths = [value.path for value in crisis().quantities()]
    assert {field for path in paths for field in path.split(".")} > {"leverage", "drones", "pace"}
    assert [path for path in paths if len(groups_of(path)) != 1] == []


def test_every_pattern_has_a_value() -> None:
    scenarios = [crisis(), *(load(path).scenario for path in SHIPPED)]
    paths = {value.path for scenario in scenarios for value in scenario.quantities()}
    patterns = [pattern for group in GROUPS.values() for pattern in group]
    assert [p for p in patterns if not any(matches(path, (p,)) for path in paths)] == []


def test_a_value_without_a_group_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(GROUPS, "will")
    with pytest.raises(ValueError, match=r"actors\.AZE\.grievance belongs to no group; add it to"):
        dict(parted(load(AUTUMN).scenario))


# Samples


@pytest.mark.slow
def test_a_sample_of_the_coded_ranges_is_the_plain_ensemble() -> None:
    scenario = load(AUTUMN).scenario
    plain = play(Plan(scenario.fitted(None), 96, 32, seed=3)).outcomes
    sample = of_coded_ranges(scenario, 32, seed=3)
    for found in simulate(scenario, [sample, sample], replicates=3, seed=3):
        assert found.equals(plain)


@pytest.mark.slow
def test_a_sample_has_the_same_outcomes_in_whichever_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = load(AUTUMN).scenario
    several = [of_coded_ranges(scenario, 32, seed) for seed in (1, 2, 3)]
    together = list(simulate(scenario, several, replicates=2))
    assert not together[0].equals(together[1])
    monkeypatch.setattr("validation.matrices.BLOCK", 128)
    for found, expected in zip(simulate(scenario, several, replicates=2), together, strict=True):
        assert found.equals(expected)


def test_only_the_paths_of_a_group_are_swapped() -> None:
    scenario = load(AUTUMN).scenario
    first, second = (of_coded_ranges(scenario, 16, seed) for seed in (1, 2))
    paths = dict(parted(scenario))["stances"]
    found = mixed(first, second, paths)
    assert {path for path in found if not np.array_equal(found[path], first[path])} == set(paths)
    assert all(np.array_equal(found[path], second[path]) for path in paths)


# Levers


def test_every_coded_value_of_an_actor_is_a_lever() -> None:
    for name in ("autumn_2020", "georgia_2008"):
        loaded = load(SCENARIOS / f"{name}.yaml")
        found = {lever.path for lever in levers(loaded)}
        stated = {value.path for value in loaded.scenario.quantities()}
        assert {path for path in stated if path.startswith("actors.")} <= found


def test_change_and_its_error_are_those_of_the_draws() -> None:
    stream = np.random.default_rng(2)
    low = stream.normal(size=4000)
    of_draws = stream.normal(0.5, 2, size=1000)
    mean, error = change(low, low + np.tile(of_draws, 4), 1000)
    assert mean == pytest.approx(of_draws.mean())
    assert error == pytest.approx(of_draws.std(ddof=1) / np.sqrt(1000))


def position_in(paths: tuple[str, ...]) -> Callable[[Lever], int]:
    return lambda lever: paths.index(lever.path)


@pytest.mark.slow
def test_levers_move_what_they_should() -> None:
    wanted = ("actors.RUS.broker_value", "actors.TUR.support", "actors.NK.ties.ARM")
    chosen = [lever for lever in levers(load(AUTUMN)) if lever.path in wanted]
    moscow, support, idle = rows(AUTUMN, 512, 4, chosen=sorted(chosen, key=position_in(wanted)))
    assert moscow["changed"] > 0.5
    assert moscow["mediator"] > 5 * moscow["mediator_error"] > 0
    assert support["territory"] > 3 * support["territory_error"] > 0
    assert idle["changed"] == idle["duration"] == idle["duration_error"] == 0


# The command


def test_every_mechanism_that_is_on_is_switched_off() -> None:
    scenario = load(AUTUMN).scenario
    names = dict(switches(scenario))
    mechanisms = scenario.mechanisms
    for name in type(mechanisms).model_fields:
        value = getattr(mechanisms, name)
        if isinstance(value, Quantity):
            assert (name in names) is (value.high > 0)
    for name, setting in names.items():
        settings = setting.split()
        changed = load(AUTUMN, settings).scenario
        paths = {text.partition("=")[0] for text in settings}
        assert differing_paths(scenario, changed) == paths, name


def differing_paths(before: Scenario, after: Scenario) -> set[str]:
    """Return the paths of the values in which two scenarios differ."""
    values = [
        {v.path: v.options if isinstance(v, Choice) else (v.low, v.high) for v in s.quantities()}
        for s in (before, after)
    ]
    return {path for path in values[0] if values[0][path] != values[1].get(path)}


@pytest.mark.slow
def test_the_command_prints_and_writes_its_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["april_2016", "--draws", "32", "--replicates", "2", "--out", str(tmp_path)])
    out = capsys.readouterr().out
    for title in ("first effects", "total effects", "each stance across its whole scale"):
        assert f"april_2016: {title}" in out
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert set(written) == {"sensitivity.csv", "stance_levers.csv"}
    assert ",chance," in written["sensitivity.csv"]
    assert "actors.RUS.ties.ARM" in written["stance_levers.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["autum_2020"], "unknown scenario 'autum_2020' (did you mean autumn_2020?)"),
        (["--replicates", "1"], "'1' is not a whole number from 2 on"),
        (["--draws", "many"], "'many' is not a whole number from 16 on"),
    ],
)
def test_wrong_words_are_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
