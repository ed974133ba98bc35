"""Tables of scores and comparisons, and what they say in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from validation.forecasts.baselines import COMPETITORS, Training
from validation.forecasts.covariates import covariates
from validation.forecasts.crises import Crisis
from validation.forecasts.outcomes import OUTCOMES, YES, Outcome
from validation.forecasts.scores import Sample, crps, crps_in_units, log_score
from validation.forecasts.simulated import MODELS, Tables
from validation.forecasts.skill import skill

Array = NDArray[np.float64]
Records = Mapping[str, Mapping[str, float]]
Models = Mapping[str, Tables]

SCORES_FILE = "forecasts.csv"
SKILL_FILE = "forecast_skill.csv"
REFERENCES = ("climatology", "analogues", "regression")
SCOPES = ("all", "coded apart")
"""All crises, and those whose setting was coded apart from the record."""
FLOORS = (0.3, 0.6)
"""Smallest bandwidths of the log score: that of the tables, and one to see whether it matters."""
FEWEST = 3
"""Smallest number of other crises from which an outcome is forecast."""
MIDDLE = (0.1, 0.5, 0.9)


def scores(crises: Sequence[Crisis], records: Records, models: Models) -> pd.DataFrame:
    """Return the scores of every forecast: one row per crisis, outcome and forecast.

    Args:
        crises: the crises, in order.
        records: what happened, by crisis and outcome; used for the crisis that is left out only to
            score its forecast.
        models: outcomes of each version of the model in each crisis.
    """
    known = covariates(crises)
    rows: list[dict[str, object]] = []
    for outcome in OUTCOMES:
        for number, crisis in enumerate(crises):
            observed = records.get(crisis.name, {}).get(outcome.name)
            if observed is None:
                continue
            train = training(outcome, crises, records, known, number)
            if len(train.observed) < FEWEST:
                continue
            samples = dict(forecasts(outcome, crisis, train, known[number], models))
            rows += (_row(outcome, crisis, name, s, observed) for name, s in samples.items())
    return pd.DataFrame(rows)


def training(
    outcome: Outcome, crises: Sequence[Crisis], records: Records, known: Array, number: int
) -> Training:
    """Return the other crises whose record has the outcome."""
    places = [
        place
        for place, crisis in enumerate(crises)
        if place != number and outcome.name in records.get(crisis.name, {})
    ]
    observed = [records[crises[place].name][outcome.name] for place in places]
    return Training(known[places], np.array(observed, dtype=float))


def forecasts(
    outcome: Outcome, crisis: Crisis, train: Training, known: Array, models: Models
) -> Iterator[tuple[str, Sample]]:
    """Yield the name and the sample of every forecast of an outcome of a crisis.

    Args:
        outcome: the outcome.
        crisis: the crisis.
        train: the other crises.
        known: covariates of the crisis, ``(covariates,)``.
        models: outcomes of each version of the model in each crisis.
    """
    for name, competitor in COMPETITORS.items():
        yield name, competitor(outcome, train, known)
    for name in MODELS:
        if name in models and crisis.name in models[name]:
            yield name, Sample.of(outcome.measure(models[name][crisis.name]))


def _row(
    outcome: Outcome, crisis: Crisis, name: str, sample: Sample, observed: float
) -> dict[str, object]:
    low, median, high = sample.quantiles(MIDDLE)
    return {
        "crisis": crisis.name,
        "coded_apart": crisis.coded_apart,
        "outcome": outcome.name,
        "forecast": name,
        "observed": observed,
        "low": low,
        "median": median,
        "high": high,
        "mean": sample.mean,
        "crps": crps(outcome, sample, observed),
        "crps_in_units": crps_in_units(outcome, sample, observed),
        "log_score": log_score(outcome, sample, observed),
        "log_score_smoother": log_score(outcome, sample, observed, FLOORS[1]),
    }


def comparisons(scored: pd.DataFrame) -> pd.DataFrame:
    """Return how every forecast compares with each reference, by outcome, score and scope."""
    rows: list[dict[str, object]] = []
    for scope in SCOPES:
        chosen = scored if scope == SCOPES[0] else scored[scored["coded_apart"]]
        for outcome in OUTCOMES:
            of_outcome = chosen[chosen["outcome"] == outcome.name]
            for score in ("crps", "log_score", "log_score_smoother"):
                wide = of_outcome.pivot(index="crisis", columns="forecast", values=score)
                rows += (
                    {"scope": scope, "outcome": outcome.name, "score": score, **row}
                    for row in _compared(wide, score != "crps")
                )
    return pd.DataFrame(rows)


def _compared(wide: pd.DataFrame, logs: bool) -> Iterator[dict[str, object]]:
    for name in (*COMPETITORS, *MODELS):
        for reference in REFERENCES:
            if name == reference or not {name, reference} <= set(wide.columns):
                continue
            both = wide[[name, reference]].dropna()
            if len(both) < 2:
                continue
            found = skill(both[name].to_numpy(), both[reference].to_numpy(), logs)
            yield {
                "forecast": name,
                "reference": reference,
                "crises": len(both),
                "mean": float(both[name].mean()),
                "mean_of_reference": float(both[reference].mean()),
                "skill": found.value,
                "low": found.low,
                "high": found.high,
                "better": found.better,
                "worse": found.worse,
                "p": found.p,
            }


# What they say


def beaten(compared: pd.DataFrame, model: str, scope: str = SCOPES[0]) -> str:
    """Return one sentence that says where a version of the model is beaten, and where it wins."""
    rows = compared[
        (compared["scope"] == scope)
        & (compared["forecast"] == model)
        & (compared["score"] != "log_score_smoother")
    ]
    says = {outcome.name: outcome.name.replace("_", " ") for outcome in OUTCOMES}

    def named(found: pd.DataFrame) -> str:
        texts = [
            f"{says[outcome]} ({', '.join(dict.fromkeys(part['reference']))})"
            for outcome, part in found.groupby("outcome", sort=False)
        ]
        return _listed(texts) or "nothing"

    losses, wins = rows[rows["high"] < 0], rows[rows["low"] > 0]
    return (
        f"Beyond the 90% interval, the {model} is beaten on {named(losses)}, and better on "
        f"{named(wins)}."
    )


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def discrimination(scored: pd.DataFrame) -> pd.DataFrame:
    """Return how far each forecast tells crises apart: outcomes in rows, forecasts in columns.

    For sizes and counts it is the rank correlation of the median forecast with the record. For a
    yes or no it is the mean probability where the answer was yes, less that where it was no. A
    forecast that is the same for all crises has 0 or less.
    """
    found: dict[str, dict[str, float]] = {}
    for outcome in OUTCOMES:
        of_outcome = scored[scored["outcome"] == outcome.name]
        for name, rows in of_outcome.groupby("forecast", sort=False):
            if outcome.kind == YES:
                by_answer = rows.groupby("observed")["mean"].mean()
                value = float(by_answer.get(1.0, np.nan) - by_answer.get(0.0, np.nan))
            elif rows["median"].nunique() > 1:
                value = float(rows["median"].rank().corr(rows["observed"].rank()))
            else:
                value = 0.0
            found.setdefault(str(name), {})[outcome.name] = value
    return pd.DataFrame(found)


def means(scored: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the mean score of each forecast: outcomes in rows, forecasts in columns."""
    wide = scored.pivot_table(index="outcome", columns="forecast", values=score, sort=False)
    order = [outcome.name for outcome in OUTCOMES if outcome.name in wide.index]
    return wide.loc[order, [name for name in (*COMPETITORS, *MODELS) if name in wide.columns]]


def printed(scored: pd.DataFrame, compared: pd.DataFrame) -> str:
    """Return the mean scores, the skill of the model, and a sentence on each version of it."""
    shown = compared[
        (compared["scope"] == SCOPES[0])
        & compared["forecast"].isin(MODELS)
        & compared["reference"].isin(REFERENCES[:2])
        & (compared["score"] != "log_score_smoother")
    ]
    parts = [
        "Mean CRPS on the scale of the outcome (Brier score of a yes or no); smaller is better:",
        means(scored, "crps").round(3).to_string(),
        "Mean log score; larger is better:",
        means(scored, "log_score").round(2).to_string(),
        "Skill, with 90% intervals from resampled crises:",
        shown.drop(columns=["scope", "mean", "mean_of_reference"]).round(3).to_string(index=False),
        *(beaten(compared, name) for name in MODELS if name in set(compared["forecast"])),
    ]
    return "\n\n".join(parts)


def write(table: pd.DataFrame, file: Path) -> None:
    """Write a table as CSV, with five digits."""
    text = table.to_csv(index=False, float_format="%.5g", lineterminator="\n")
    file.write_text(text, encoding="utf-8")
