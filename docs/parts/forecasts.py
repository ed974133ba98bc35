"""Tables of the page on forecasts of left-out crises, and of what a record can tell apart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from docs.parts.markdown import table
from docs.parts.places import REFERENCE
from validation.forecasts import tables
from validation.forecasts.outcomes import HORIZON, OUTCOMES, YES
from validation.forecasts.simulated import MODELS
from validation.power import tables as power

LONG = 100
"""Days of a long crisis."""
AGAINST = ("climatology", "analogues", "regression")


def mean_scores() -> str:
    """Return the mean CRPS of each forecast, or its Brier score for a yes or no."""
    return _means("crps", ".2f")


def mean_log_scores() -> str:
    """Return the mean log score of each forecast."""
    return _means("log_score", ".2f")


def _means(score: str, form: str) -> str:
    scored = pd.read_csv(REFERENCE / tables.SCORES_FILE)
    means = tables.means(scored, score)
    crises = scored.groupby("outcome")["crisis"].nunique()
    best = means.min(axis=1) if score == "crps" else means.max(axis=1)
    rows = (
        (
            outcome.says,
            crises[outcome.name],
            *(_marked(means.loc[outcome.name], name, best[outcome.name], form) for name in means),
        )
        for outcome in OUTCOMES
        if outcome.name in means.index
    )
    return table(("outcome", "crises", *means.columns), rows)


def _marked(row: pd.Series, name: str, best: float, form: str) -> str:
    text = format(row[name], form)
    return f"**{text}**" if row[name] == best else text


def skill() -> str:
    """Return the skill of each version of the model, with intervals and counts of crises."""
    return "\n".join(
        f"**{title}**\n\n{_skill(score)}"
        for score, title in (
            ("crps", "Skill by CRPS, or by the Brier score for a yes or no, in percent"),
            ("log_score", "Difference in log score, in nats per crisis"),
        )
    )


def _skill(score: str) -> str:
    compared = _compared()
    compared = compared[compared["score"] == score]
    models = [name for name in MODELS if name in set(compared["forecast"])]
    rows = [
        (
            outcome.says,
            name,
            *(_compares(compared, outcome.name, name, against, score) for against in AGAINST),
        )
        for outcome in OUTCOMES
        for name in models
    ]
    return table(("outcome", "forecast", *(f"against {name}" for name in AGAINST)), rows)


def _compares(compared: pd.DataFrame, outcome: str, name: str, against: str, score: str) -> str:
    rows = compared[
        (compared["outcome"] == outcome)
        & (compared["forecast"] == name)
        & (compared["reference"] == against)
    ]
    if rows.empty:
        return "-"
    row = rows.iloc[0]
    values = [row["skill"], row["low"], row["high"]]
    if score == "crps":
        value, low, high = (f"{100 * v:.0f}".replace("-0", "0") for v in values)
    else:
        value, low, high = (f"{v:.2f}" for v in values)
    text = f"{value} [{low} to {high}], {row['better']} of {row['better'] + row['worse']}"
    return f"**{text}**" if row["low"] > 0 or row["high"] < 0 else text


def _compared() -> pd.DataFrame:
    compared = pd.read_csv(REFERENCE / tables.SKILL_FILE)
    return compared[compared["scope"] == tables.SCOPES[0]]


def sentences() -> str:
    """Return a sentence on each version of the model: where it is beaten, and where it wins."""
    compared = pd.read_csv(REFERENCE / tables.SKILL_FILE)
    models = [name for name in MODELS if name in set(compared["forecast"])]
    return "".join(f"- {tables.beaten(compared, name)}\n" for name in models)


def robustness() -> str:
    """Return whether verdicts change with a wider kernel, or without the project's own crises."""
    compared = pd.read_csv(REFERENCE / tables.SKILL_FILE)
    rows = [
        (says, *(_verdicts(compared, scope, score, name) for name in MODELS[:1]))
        for says, scope, score in (
            ("CRPS, all crises", "all", "crps"),
            ("CRPS, crises coded apart from their record", "coded apart", "crps"),
            ("log score, all crises", "all", "log_score"),
            ("log score, crises coded apart", "coded apart", "log_score"),
            ("log score with a kernel twice as wide", "all", "log_score_smoother"),
        )
    ]
    return table(("scored by", "the unfitted model against climatology"), rows)


def _verdicts(compared: pd.DataFrame, scope: str, score: str, name: str) -> str:
    rows = compared[
        (compared["scope"] == scope)
        & (compared["score"] == score)
        & (compared["forecast"] == name)
        & (compared["reference"] == "climatology")
    ].set_index("outcome")
    says = {outcome.name: outcome.name.replace("_", " ") for outcome in OUTCOMES}
    worse = [says[outcome] for outcome in rows.index if rows.loc[outcome, "high"] < 0]
    better = [says[outcome] for outcome in rows.index if rows.loc[outcome, "low"] > 0]
    return f"worse on {_listed(worse)}; better on {_listed(better)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def misses() -> str:
    """Return how often the record lies within the middle 80% of each forecast."""
    scored = pd.read_csv(REFERENCE / tables.SCORES_FILE)
    sizes = [outcome for outcome in OUTCOMES if outcome.kind != YES]
    inside = (scored["low"] <= scored["observed"]) & (scored["observed"] <= scored["high"])
    shares = scored.assign(inside=inside).pivot_table(
        index="outcome", columns="forecast", values="inside"
    )
    names = [name for name in tables.means(scored, "crps").columns if name in shares]
    rows = (
        (outcome.says, *(f"{shares.loc[outcome.name, name]:.0%}" for name in names))
        for outcome in sizes
    )
    return table(("record within the middle 80%", *names), rows)


def discrimination() -> str:
    """Return how far each forecast distinguishes crises."""
    found = tables.discrimination(pd.read_csv(REFERENCE / tables.SCORES_FILE))
    # the median of all other crises is lower where the left-out one was long, which is no failure
    found = found.drop(columns="climatology")
    rows = (
        (outcome.says, *(f"{found.loc[outcome.name, name]:.2f}" for name in found))
        for outcome in OUTCOMES
    )
    return table(("outcome", *found.columns), rows)


def long_crises() -> str:
    """Return in how many long crises the record lies above the middle 80% of each forecast."""
    scored = pd.read_csv(REFERENCE / tables.SCORES_FILE)
    rows = scored[(scored["outcome"] == "duration") & (scored["observed"] > LONG)]
    crises = rows["crisis"].nunique()
    above = (rows["observed"].clip(upper=HORIZON) > rows["high"]).groupby(rows["forecast"]).sum()
    medians = scored[scored["outcome"] == "duration"].groupby("forecast")["median"]
    lines = (
        (name, f"{int(above[name])} of {crises}", f"{low:.0f} to {high:.0f}")
        for name in rows["forecast"].unique()
        for low, high in [medians.quantile((0.1, 0.9))[name]]
    )
    heads = (f"crises of more than {LONG} days that lasted longer than the middle 80%",)
    return table(("forecast", *heads, "middle 80% of the median forecasts, in days"), lines)


# Power


def _power() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / power.FILE)


def power_curve() -> str:
    """Return what records of 3 to 32 crises separate."""
    return table(power.CURVE_HEADS, power.curve(_power()))


def power_of_facts() -> str:
    """Return what each kind of fact separates alone."""
    return table(("facts", *power.CURVE_HEADS[1:]), power.by_fact(_power()))


def power_of_pairs() -> str:
    """Return the pairs of arguments, each with its share of clear records."""
    return table(("pair", *power.PAIR_HEADS), power.by_pair(_power(), "arguments"))


def power_of_mechanisms() -> str:
    """Return the mechanisms, each with its share of clear records."""
    return table(("mechanism", *power.PAIR_HEADS), power.by_pair(_power(), "mechanisms"))


PARTS = {
    "left-out-scores": mean_scores,
    "left-out-logs": mean_log_scores,
    "left-out-skill": skill,
    "left-out-sentences": sentences,
    "left-out-robustness": robustness,
    "left-out-coverage": misses,
    "left-out-discrimination": discrimination,
    "left-out-long": long_crises,
    "power-curve": power_curve,
    "power-facts": power_of_facts,
    "power-mechanisms": power_of_mechanisms,
    "power-pairs": power_of_pairs,
}
