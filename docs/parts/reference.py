"""Tables of the reference results in `results/reference/`."""

from __future__ import annotations

import csv
import json
from typing import Any

from docs.parts.markdown import Row, code, table
from docs.parts.places import REFERENCE


def _rows_of(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _account_of(name: str) -> dict[str, Any]:
    account: dict[str, Any] = json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    return account


def _number(text: str) -> str:
    if not text:
        return ""
    value = float(text)
    if 0 < abs(value) < 0.0001:
        return "under 0.0001"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


SHOWN_OF_CRISES = (
    "ending_truce", "ending_direct", "ending_lull", "ending_capitulation", "ending_fighting",
    "broker_RUS", "peak_4",
    "duration_days", "deaths", "failed_truces", "territory_fought", "territory_ceded",
)  # fmt: skip


def crises() -> str:
    """Return the main measures of the crises that the model is fitted to."""
    fitted = [str(crisis) for crisis in _account_of("fit.json")["crises"]]
    found = {(row["scenario"], row["name"]): row for row in _rows_of("comparison.csv")}
    rows = (
        (
            _measured(found[fitted[0], name]),
            *(_with_range(found.get((crisis, name))) for crisis in fitted),
        )
        for name in SHOWN_OF_CRISES
    )
    return table(("measure", *fitted), rows)


def _measured(row: dict[str, str]) -> str:
    return row["says"] if row["unit"] == "probability" else f"{row['says']} ({row['unit']})"


def _with_range(row: dict[str, str] | None) -> str:
    if row is None:
        return "-"
    low, value, high = (
        _in_unit(row[key], row["unit"]) for key in ("parameters_low", "value", "parameters_high")
    )
    return f"{value} [{low} to {high}]" if low else value


def _in_unit(text: str, unit: str) -> str:
    if not text:
        return ""
    value = float(text)
    if unit == "probability":
        return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def forecasts() -> str:
    """Return the fitted model's forecast of every target beside the historical record."""
    rows = (
        (*_target(row), _number(row["crps"]), row["verdict"])
        for row in _forecasts("scores.csv", "posterior")
    )
    return table(
        ("crisis", "target", "record", "median [80%]", "CRPS (in-sample)", "against baselines"),
        rows,
    )


def _forecasts(file: str, forecast: str) -> list[dict[str, str]]:
    return [row for row in _rows_of(file) if row["forecast"] == forecast]


def _target(row: dict[str, str]) -> Row:
    span = f"{_number(row['median'])} [{_number(row['low'])} to {_number(row['high'])}]"
    return row["crisis"], code(row["target"]), _number(row["observed"]), span


def coverage() -> str:
    """Return how often the record lies within the intervals of the forecasts."""
    rows = []
    for file, forecast, sample in (
        ("scores.csv", "prior", "out-of-sample"),
        ("scores.csv", "posterior", "in-sample"),
    ):
        found = _forecasts(file, forecast)
        within = (sum(row[f"inside_{width}"] == "True" for row in found) for width in (50, 80, 95))
        rows.append((f"{forecast} ({sample})", len(found), *within))
    return table(
        ("forecast", "targets", "in the middle 50%", "in the middle 80%", "in the middle 95%"), rows
    )


def the_fit() -> str:
    """Return how the fit went."""
    fit = _account_of("fit.json")
    rows = (
        ("crises", ", ".join(map(str, fit["crises"]))),
        ("targets", len(fit["targets"])),
        ("draws", f"{fit['draws']:,}"),
        ("open values", len(fit["marginals"])),
        ("open values on which the record is silent", len(fit["silent"])),
        ("chains", len(fit["chains"])),
        (
            "largest R-hat",
            "none: it takes two chains"
            if fit["worst_rhat"] is None
            else f"{fit['worst_rhat']:.3f}",
        ),
        ("near all targets at once, fitted draws", f"{fit['matched_at_once']['posterior']:.1g}"),
        ("near all targets at once, coded ranges", f"{fit['matched_at_once']['prior']:.1g}"),
    )
    return table(("the shipped fit", ""), rows)


def variance() -> str:
    """Return the variance within and between draws."""
    rows = (
        (
            row["crisis"],
            code(row["outcome"]),
            row["draws"],
            row["within"],
            row["between"],
            _share(row),
        )
        for row in _rows_of("variance.csv")
    )
    return table(
        ("crisis", "outcome", "draws", "within draws", "between draws", "share between"), rows
    )


def _share(row: dict[str, str]) -> str:
    return f"{float(row['share_between']):.0%}"


def ablation() -> str:
    """Return what changes most without each mechanism."""
    rows = (
        (
            code(row["mechanism"]),
            row["without"],
            f"{code(row['most_changed'])} in {row['in']}",
            f"{row['changed_clearly']} of {row['of']}",
        )
        for row in _rows_of("ablation.csv")
    )
    return table(("mechanism", "set to", "changes most", "outcomes that change clearly"), rows)


def verdict_statistics() -> str:
    """Return how often intervals and verdicts are right where the truth is known.

    ``python -m validation.verdicts`` prints these tables.
    """
    sizes = {
        "A full comparison": "verdict_statistics.md",
        "`--quick`": "verdict_statistics_quick.md",
    }
    return "\n".join(
        f"**{title}**\n\n{(REFERENCE / name).read_text(encoding='utf-8')}"
        for title, name in sizes.items()
    )


def stances() -> str:
    """Return what third parties do in the crises of the record.

    ``python -m validation.stances`` prints this table.
    """
    return (REFERENCE / "stances.md").read_text(encoding="utf-8")
