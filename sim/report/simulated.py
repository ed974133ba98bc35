"""What was simulated, in words: the crisis, its dates, the runs, and what was changed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sim.evidence import explain
from sim.evidence.explain import Row
from sim.io.text import count, day_month, listed, sentence_case, with_article
from sim.results.reader import RESOLVED, Result
from sim.scenario import Scenario
from sim.scenario.drawn import drawn_from


def in_words(when: date) -> str:
    """Return a date in words.

    >>> in_words(date(2020, 9, 27))
    '27 September 2020'
    """
    return f"{day_month(when)} {when.year}"


def span(scenario: Scenario) -> str:
    """Return the days that are simulated, in words."""
    days = scenario.horizon_days
    last = scenario.start + timedelta(days=days)
    return f"{in_words(scenario.start)} to {in_words(last)} ({count(days, 'day')})"


def paragraphs(result: Result, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the paragraphs on what was simulated.

    Args:
        result: the result.
        rows: one row for every value of the scenario.
    """
    yield _crisis(result.scenario)
    yield _runs(result)
    assumed = explain.assumed(list(rows))
    if assumed:
        yield f"{assumed}. The appendix gives the source of each value."
    yield (
        "A simulation shows what follows from the stated assumptions. It does not prove what would "
        "have happened, and it takes no side."
    )


def _crisis(scenario: Scenario) -> str:
    conflict = scenario.conflict
    challenger, defender = (
        with_article(scenario.actors[code].name)
        for code in (conflict.challenger, conflict.defender)
    )
    others = [
        with_article(actor.name)
        for code, actor in scenario.actors.items()
        if code not in (conflict.challenger, conflict.defender)
        and (actor.broker_value is not None or actor.support is not None)
    ]
    parties = f" Third parties: {listed(others)}." if others else " There are no third parties."
    return (
        f"{sentence_case(challenger)} (the challenger) and {defender} (the defender) "
        "contest an area. "
        f"The simulation covers {span(scenario)}, in steps of one day.{parties}"
    )


def _runs(result: Result) -> str:
    runs = result.manifest["runs"]
    draws = result.runs["draw"].nunique()
    failed = f" {count(runs['failed'], 'run')} failed and are left out." if runs["failed"] else ""
    return (
        f"The crisis was simulated {count(runs['done'], 'time')}. The sources leave values "
        f"uncertain, so the runs use {count(draws, 'draw')} of these values, which are "
        f"{drawn_from(result.scenario)}.{failed}"
    )


def _changed(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the values that the command line set, as they were given, by path."""
    stated = result.manifest.get("set")
    for path, value in (stated if isinstance(stated, dict) else {}).items():
        yield str(path), str(value)


def command(result: Result) -> str:
    """Return the command that makes the result again."""
    manifest = result.manifest
    runs, draws = manifest["runs"]["asked"], manifest["draws"]
    seed = shlex.quote(str(manifest["seed"]))
    return f"sim run {RESOLVED} --runs {runs} --draws {draws} --seed {seed}"


def made(result: Result) -> Iterator[tuple[str, str]]:
    """Yield the design behind a result, in words."""
    manifest = result.manifest
    runs = manifest["runs"]
    yield "runs", f"{runs['asked']:,} requested, {runs['done']:,} done, {runs['failed']:,} failed"
    yield "draws", f"{result.runs['draw'].nunique():,}, {drawn_from(result.scenario)}"
    yield "seed", str(manifest["seed"])
    yield "digest of the scenario", str(manifest["digest"])
    for path, value in _changed(result):
        yield "set on the command line", f"{path} = {value}"


def versions(result: Result) -> tuple[tuple[str, str], ...]:
    """Return the versions of the programs behind a result, by name."""
    return tuple((str(name), str(text)) for name, text in result.manifest["versions"].items())
