"""Measures: what may be said, what is refused and where, and how noisy an estimate is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import crisis

from sim.outcomes.columns import columns
from sim.outcomes.kinds import AVERAGES
from sim.outcomes.measures import Measure, read
from sim.outcomes.syntax import MeasureError

WORLD = crisis()
DRAWS = 5


def days(*values: int | None) -> pd.arrays.IntegerArray:
    return pd.array(values, dtype="Int32")


def table(runs: int = 40, seed: int = 1) -> pd.DataFrame:
    """Return an invented table of outcomes in the shape of a real one, every draw with a chance of
    its own.
    """
    random = np.random.default_rng(seed)
    chance = np.tile(np.linspace(0.2, 0.8, DRAWS), runs // DRAWS)
    truces = random.poisson(2.0, runs)
    came = random.random(runs) < chance
    return pd.DataFrame(
        {
            "first_truce_day": days(
                *(int(random.integers(1, 30)) if hit else None for hit in came)
            ),
            "duration_days": random.integers(1, 30, runs),
            "deaths_challenger": random.gamma(2.0, 50.0, runs).astype(np.float32),
            "deaths_defender": random.gamma(2.0, 50.0, runs).astype(np.float32),
            "broker": random.choice(["OST", "MID", "none"], runs).astype(object),
            "ending": random.choice(["truce", "lull"], runs).astype(object),
            "great_power_entry": random.random(runs) < chance,
            "truces": truces,
            "failed_truces": random.binomial(truces, chance),
            "peak_level": random.integers(0, 4, runs).astype(np.int8),
        }
    )


def by_draw(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=float).reshape(-1, DRAWS).mean(axis=0)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("probability(first_truce_day <= 14)", lambda t: t["first_truce_day"].fillna(99) <= 14),
        ("probability(first_truce_day > 14)", lambda t: t["first_truce_day"].fillna(0) > 14),
        ("probability(first_truce_day != 3)", lambda t: t["first_truce_day"].fillna(3) != 3),
        ("probability(not first_truce_day <= 14)", lambda t: ~(t["first_truce_day"].fillna(99) <= 14)),
        ("probability(7 < duration_days <= 14)", lambda t: (t["duration_days"] > 7) & (t["duration_days"] <= 14)),
        ("mean(deaths_challenger + deaths_defender)", lambda t: t["deaths_challenger"] + t["deaths_defender"]),
        ("mean(abs(-duration_days))", lambda t: t["duration_days"]),
        ("share(broker == 'OST')", lambda t: t["broker"] == "OST"),
        ("share(ending == 'truce' and great_power_entry)", lambda t: t["great_power_entry"] & (t["ending"] == "truce")),
        ("mean(great_power_entry)", lambda t: t["great_power_entry"]),
        ("share(broker != 'none' or peak_level >= 2)", lambda t: (t["broker"] != "none") | (t["peak_level"] >= 2)),
    ],
)  # fmt: skip
def test_an_average_is_what_it_says(text: str, meant: object) -> None:
    outcomes = table()
    assert callable(meant)
    np.testing.assert_allclose(
        read(text, WORLD).estimate(outcomes, DRAWS).value, by_draw(meant(outcomes)), rtol=1e-6
    )


def test_averages_can_be_computed_with() -> None:
    outcomes = table(400)
    failed, truces = (by_draw(outcomes[name].to_numpy()) for name in ("failed_truces", "truces"))
    ratio = read("mean(failed_truces) / mean(truces)", WORLD).estimate(outcomes, DRAWS)
    np.testing.assert_allclose(ratio.value, failed / truces)
    other = read("-(mean(failed_truces) - 2 * mean(truces)) + 1", WORLD).estimate(outcomes, DRAWS)
    np.testing.assert_allclose(other.value, 2 * truces - failed + 1)
    np.testing.assert_allclose(other.influence.sum(axis=0), 0, atol=1e-9)


def test_a_quotient_by_nothing_is_no_number() -> None:
    outcomes = table().assign(truces=0)
    assert np.isnan(
        read("mean(failed_truces) / mean(truces)", WORLD).estimate(outcomes, DRAWS).value
    ).all()


@pytest.mark.statistical
@pytest.mark.parametrize(
    "text",
    [
        "mean(failed_truces) / mean(truces)",
        "probability(great_power_entry)",
        "mean(deaths_challenger) * probability(great_power_entry)",
    ],
)
def test_the_stated_noise_is_the_noise_that_is_met(text: str) -> None:
    measure, values, noise = read(text, WORLD), [], []
    for seed in range(300):
        estimate = measure.estimate(table(40 * DRAWS, seed), DRAWS)
        values.append(estimate.value)
        replicates = len(estimate.influence)
        noise.append((estimate.influence**2).sum(axis=0) / replicates / (replicates - 1))
    np.testing.assert_allclose(np.mean(noise, axis=0), np.var(values, axis=0), rtol=0.35)


def test_shared_luck_cancels_in_a_difference() -> None:
    measure, outcomes = read("mean(duration_days)", WORLD), table(400)
    later = outcomes.assign(duration_days=outcomes["duration_days"] + 3)
    difference = measure.estimate(later, DRAWS) - measure.estimate(outcomes, DRAWS)
    np.testing.assert_allclose(difference.value, 3)
    np.testing.assert_allclose(difference.influence, 0, atol=1e-9)


HOSTILE = [
    "",
    "42",
    "mean",
    "mean()",
    "mean(1, 2)",
    "mean(x=1)",
    "mean(*truces)",
    "mean(truces",
    "mean(truces) mean(truces)",
    "mean(truces); mean(truces)",
    "truces",
    "mean(truces) > 1",
    "mean(mean(truces))",
    "median(truces)",
    "mean(deaths_chalenger)",
    "mean(first_truce_day)",
    "mean(broker)",
    "mean(truces ** 9)",
    "mean(truces // 2)",
    "mean(truces % 2)",
    "mean(1 if great_power_entry else 2)",
    "mean(truces if 1 else 2)",
    "mean((lambda: 1)())",
    "mean([t for t in truces])",
    "mean(truces[0])",
    "mean(truces.__class__)",
    "mean(().__class__.__bases__[0].__subclasses__())",
    "__import__('os').system('true')",
    "mean(__import__('os'))",
    "mean(open('/etc/passwd'))",
    "mean(eval('1'))",
    "mean(f'{truces}')",
    "mean(b'x')",
    "mean(1j)",
    "mean(True)",
    "mean(None)",
    "mean(1e999)",
    "mean(9999999999999999999999)",
    "mean(truces := 3)",
    "mean(~truces)",
    "mean(+truces)",
    "mean(truces is 3)",
    "probability(truces in (1, 2))",
    "probability(truces)",
    "probability(broker)",
    "probability(broker == 3)",
    "probability(broker < 'OST')",
    "probability(broker == 'OTS')",
    "probability(ending == 'truze')",
    "probability(great_power_entry == 1)",
    "probability(great_power_entry and truces)",
    "probability(not truces)",
    "await mean(truces)",
    "yield",
    "mean(truces)\x00",
    "mean(trüces)",
    "mean('\\x41' == broker)",
    "(" * 150 + "mean(truces)",
    "-" * 380 + "mean(truces)",
    "probability(" + "not " * 90 + "great_power_entry)",
    "mean(truces) + " * 50 + "1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_measure_is_refused_at_its_character(text: str) -> None:
    with pytest.raises(MeasureError) as caught:
        read(text, WORLD)
    error = caught.value
    assert 0 <= error.place <= len(error.text)
    message, shown, caret = str(error).split("\n")
    assert message
    assert shown == f"    {error.text}"
    assert caret == " " * (4 + error.place) + "^"


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("probability(first_truce_dy <= 14)", "first_truce_dy", "did you mean first_truce_day?"),
        ("mean(truces) + men(truces)", "men", "did you mean mean?"),
        ("share(broker == 'OTS')", "'OTS'", "did you mean OST?"),
        ("mean(truces) + truces", "truces", "allowed: such as mean(truces)"),
        (
            "share(broker == OTS)",
            "OTS",
            "a text needs quotes, and broker is never 'OTS' (did you mean OST?)",
        ),
        ("share(broker == OST)", "OST", "a text needs quotes: 'OST'"),
        ("probability(truces > 1 and ending = truce)", "= truce", "'=' is not allowed; use =="),
        ("probability(ending = 'truce')", "= 'truce'", "use =="),
        ("probability(duration_days =< 14)", "=<", "use <="),
        ("probability(duration_days => 14)", "=>", "use >="),
        ("probability(broker <> 'none')", "<>", "use !="),
        ("probability(broker === 'none')", "===", "use =="),
        ("probability(broker !== 'none')", "!==", "use !="),
        ("probability(great_power_entry && patron_clash)", "&&", "use and"),
        ("probability(great_power_entry | patron_clash)", "|", "use or"),
        ("probability(!great_power_entry)", "!", "use not"),
        (
            "probability(ending == 'truce' great_power_entry)",
            "great_power_entry",
            "missing before this",
        ),
        ("mean(truces) mean(offers)", "mean(offers)", "missing before this"),
        ("mean(2 truces)", "truces", "missing before this"),
        ("mean(truces", "(truces", "this bracket is never closed"),
        ("mean(truces))", ")", "this bracket was never opened"),
        ("share(broker == 'OST)", "'OST", "this quote is never closed"),
    ],
)
def test_a_slip_is_shown_where_it_is_with_the_nearest_name(text: str, at: str, says: str) -> None:
    with pytest.raises(MeasureError) as caught:
        read(text, WORLD)
    assert caught.value.place == text.rindex(at)
    assert says in str(caught.value)


WORDS = [
    *AVERAGES,
    "abs",
    "and",
    "or",
    "not",
    "(",
    ")",
    "<=",
    "==",
    "+",
    "-",
    "*",
    "/",
    ",",
    "'none'",
    "3",
    "0.5",
]
WORDS += [column.name for column in columns(WORLD)]


@pytest.mark.slow
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=60))
def test_whatever_is_written_is_a_measure_or_refused(text: str) -> None:
    try:
        found = read(text, WORLD)
    except MeasureError:
        return
    assert isinstance(found, Measure)
    assert set(found.names) <= {column.name for column in columns(WORLD)}
