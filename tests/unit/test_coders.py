"""Settings of the coded crises cover both coders, and agreement is measured as it is defined."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from worlds import SCENARIOS

from sim.scenario import load
from sim.scenario.quantity import Choice, Quantity
from validation import agreement
from validation.agreement import Pair, Reading

SETTINGS = sorted((SCENARIOS / "crises").glob("*.yaml"))


def number(low: float, high: float) -> Reading:
    return Reading("broker_value", "MID", (low, high), (), "")


def words(*stances: str) -> Reading:
    return Reading("stance", "MID", None, stances, "")


@pytest.fixture
def coders(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[agreement.Key, Reading]]]:
    """Replace both coders' readings by those that a test puts in."""
    readings: dict[str, dict[agreement.Key, Reading]] = {"first": {}, "second": {}}
    agreement.pairs.cache_clear()
    monkeypatch.setattr(agreement, "read", readings.__getitem__)
    yield readings
    agreement.pairs.cache_clear()


@pytest.mark.parametrize("crisis", [path.stem for path in SETTINGS])
def test_a_setting_covers_both_coders(crisis: str) -> None:
    scenario = load(SCENARIOS / "crises" / f"{crisis}.yaml").scenario
    pairs = {key[1:]: pair for key, pair in agreement.pairs().items() if key[0] == crisis}
    assert len(pairs) > 10
    for (actor, item), (first, second) in pairs.items():
        if item == agreement.SIDE:
            assert getattr(scenario.conflict, second.words[0]) == actor
            continue
        value = getattr(scenario.actors[actor] if actor else scenario.conflict, item)
        if isinstance(value, Choice):
            assert set(first.words) | {second.words[0]} == set(value.options), (actor, item)
            continue
        assert isinstance(value, Quantity) and first.values and second.values
        apart = item in agreement.SHARES_OF_AREA and crisis in agreement.OTHER_AREAS
        for low, high in (first.values,) if apart else (first.values, second.values):
            assert value.low <= low and high <= value.high, (actor, item)


def test_third_parties_are_those_of_the_first_coder() -> None:
    for path in SETTINGS:
        listed = {actor for crisis, actor in agreement.parties("first") if crisis == path.stem}
        assert set(load(path).scenario.third_parties) == listed


@pytest.mark.parametrize(
    ("pair", "agrees", "common"),
    [
        ((number(0.2, 0.6), number(0.2, 0.6)), True, 1.0),
        ((number(0.2, 0.6), number(0.4, 1.0)), False, 0.25),
        ((number(0, 0), number(0, 0)), True, 1.0),
        ((number(0, 0.1), number(0.2, 0.3)), False, None),
        ((words("aside", "mediate"), words("aside")), True, 1.0),
        ((words("aside", "mediate"), words("mediate")), False, 1.0),
        ((words("aside"), words("mediate")), False, None),
    ],
)
def test_readings_agree_as_defined(pair: Pair, agrees: bool, common: float | None) -> None:
    assert agreement.agree(pair) is agrees
    assert agreement.overlap(pair) == (None if common is None else pytest.approx(common))


def test_alpha_is_one_for_equal_coders_and_below_zero_for_opposite_ones(
    coders: dict[str, dict[agreement.Key, Reading]],
) -> None:
    opposite = {"aside": "mediate", "mediate": "aside"}
    for crisis, stance in zip("abcd", ["aside", "mediate"] * 2, strict=True):
        key = (crisis, "MID", "stance")
        coders["first"][key] = coders["second"][key] = words(stance)
    assert agreement.ALPHAS["stance"]("stance") == pytest.approx(1.0)
    coders["second"] = {key: words(opposite[a.words[0]]) for key, a in coders["first"].items()}
    agreement.pairs.cache_clear()
    found = agreement.ALPHAS["stance"]("stance")
    assert found is not None and found < 0


def test_levels_are_compared_as_steps_and_shares_as_numbers(
    coders: dict[str, dict[agreement.Key, Reading]],
) -> None:
    for item in ("broker_value", "aim"):
        for crisis, middle in zip("abc", (0.1, 0.5, 0.8), strict=True):
            actor = "MID" if item == "broker_value" else ""
            coders["first"][crisis, actor, item] = number(middle - 0.1, middle + 0.1)
            # the same step of the scale, but another number
            coders["second"][crisis, actor, item] = number(middle - 0.08, middle + 0.1)
    assert agreement.ALPHAS["broker_value"]("broker_value") == pytest.approx(1.0)
    of_shares = agreement.ALPHAS["aim"]("aim")
    assert of_shares is not None and 0.99 < of_shares < 1


def test_codes_of_the_second_coder_are_those_of_the_settings() -> None:
    known = {actor for _, actor in agreement.parties("first")}
    assert set(agreement.SAME_ACTORS.values()) <= known
    assert not set(agreement.SAME_ACTORS) & {actor for _, actor in agreement.parties("second")}
