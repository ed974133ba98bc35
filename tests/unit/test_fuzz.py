"""A small version of the fuzzer, with a control: it notices what it is there to notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from validation.fuzz import calling
from validation.fuzz.calling import Ended, faults
from validation.fuzz.fuzzing import FAMILIES, fuzz
from validation.fuzz.workplace import Workplace, workplace

QUICK = ("scenarios", "bases", "hypotheses", "evidence", "posterior draws", "measures")
"""Families that need no results, which take seconds to make."""


@pytest.fixture(scope="module")
def work() -> Iterator[Workplace]:
    with workplace(with_results=False) as made:
        yield made


@pytest.fixture(scope="module")
def work_with_results() -> Iterator[Workplace]:
    with workplace() as made:
        yield made


@pytest.mark.parametrize("name", QUICK)
def test_damaged_input_is_refused_in_sentences(
    work: Workplace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_SECONDS", 60.0)  # tests time nothing
    ((_, tally),) = fuzz(work, 4, seed=7, only=name)
    assert tally.failed == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_damaged_input_of_every_kind_is_refused_in_sentences(
    work_with_results: Workplace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_SECONDS", 60.0)
    ((_, tally),) = fuzz(work_with_results, 40, seed=8, only=name)
    assert tally.failed == []
    assert sum(tally.codes.values()) == 40


@pytest.mark.parametrize(
    ("ended", "wrong"),
    [
        (Ended(1, "", "a.yaml:1: wrong", 0.1), []),
        (Ended(1, "", "Traceback (most recent call last):", 0.1), ["a traceback"]),
        (Ended(0, "", "", 0.1, error="KeyError"), ["a traceback"]),
        (Ended(3, "", "x", 0.1), ["exit code 3"]),
        (Ended(1, "", "", 0.1), ["no message"]),
        (Ended(1, "", "x", 9.0), ["too slow"]),
        (Ended(1, "", "x", 0.1, bytes=400_000_000), ["400 MB"]),
        (Ended(1, "", "x\n" * 100, 0.1), ["too many lines"]),
    ],
)
def test_the_fuzzer_notices_what_is_wrong(ended: Ended, wrong: list[str]) -> None:
    assert faults(ended) == wrong


def test_a_case_is_the_same_whenever_it_is_made(work: Workplace) -> None:
    first, second = (dict(fuzz(work, 5, 3, only="measures"))["measures"] for _ in range(2))
    assert first.codes == second.codes
