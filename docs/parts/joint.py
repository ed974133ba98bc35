"""Tables of the joint fit, from `joint.json` and `joint_calibration.json`."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from docs.parts.markdown import Row, code, table
from docs.parts.places import REFERENCE

Account = dict[str, Any]
STRONG = 3.0
"""Log Bayes factor that counts as strong: 20 to 1 (Kass & Raftery 1995)."""


@cache
def _account_of(name: str) -> Account:
    account: Account = json.loads((REFERENCE / name).read_text(encoding="utf-8"))
    return account


def _fit() -> Account:
    return _account_of("joint.json")


def _range(name: str) -> tuple[str, str]:
    path, _, prior = name.partition(": ")
    return code(path), prior


def _with_error(value: float, error: float | None) -> str:
    return f"{value:+.1f}" if error is None else f"{value:+.1f} ± {error:.1f}"


def summary() -> str:
    """Return how the joint fit went."""
    fit = _fit()
    taught = sum(crisis["average"] for crisis in fit["information"])
    rows: tuple[Row, ...] = (
        ("crises", len(fit["crises"])),
        ("targets", len(fit["targets"])),
        ("runs of each crisis", f"{fit['bank']['draws']:,}"),
        ("shared values", len(fit["marginals"])),
        ("shared values that the records do not inform", len(fit["silent"])),
        ("information of one record on average, summed over crises", f"{taught:.1f} nats"),
        ("draws of the posterior", f"{fit['draws']:,}"),
        ("largest R-hat", f"{fit['worst_rhat']:.3f}"),
        ("smallest effective number of draws", f"{fit['least_ess']:,.0f}"),
    )
    return table(("the joint fit", ""), rows)


def values() -> str:
    """Return the posterior of each value that the records inform."""
    heads = ("shared value", "prior", "middle 80%, in percentiles of the prior", "contraction")
    fit = _fit()
    rows = (
        (
            *_range(value["name"]),
            f"{100 * value['low']:.0f} to {100 * value['high']:.0f}",
            f"{value['contraction']:.2f}",
        )
        for value in fit["marginals"]
        if not value["silent"]
    )
    return table(heads, rows)


def silent() -> str:
    """Return the values that the records do not inform, as a line."""
    names = sorted(_range(name)[0] for name in _fit()["silent"])
    return (", ".join(names) if names else "none") + "\n"


def taught() -> str:
    """Return what the record of each crisis teaches."""
    heads = (
        "crisis",
        "targets",
        "information on average",
        "of this record",
        "how unusual it is",
    )
    crises = sorted(_fit()["information"], key=lambda crisis: -crisis["average"])
    rows = (
        (
            code(crisis["crisis"]),
            crisis["targets"],
            f"{crisis['average']:.2f}",
            f"{crisis['learned']:.2f}",
            "-" if crisis["unusual"] is None else f"{crisis['unusual']:.1f}",
        )
        for crisis in crises
    )
    return table(heads, rows)


def mechanisms() -> str:
    """Return the Bayes factor of each mechanism's being off."""
    rows = (
        (code(one["path"]), _with_error(one["log_factor"], one["error"]), _reading(one))
        for one in sorted(_fit()["factors"], key=lambda one: one["log_factor"])
        if not isinstance(one["value"], str)
    )
    return table(("mechanism", "log Bayes factor of off", "reading"), rows)


def _reading(factor: Account) -> str:
    if factor["log_factor"] < -STRONG:
        return "strong evidence that it is on"
    if factor["log_factor"] > STRONG:
        return "strong evidence that it is off"
    return "undecided"


def options() -> str:
    """Return the posterior probability of each option of a choice."""
    rows = (
        (
            code(one["path"]),
            code(one["value"]),
            _share(one["prior"]),
            _share(one["posterior"]),
            _with_error(one["log_factor"], one["error"]),
        )
        for one in _fit()["factors"]
        if isinstance(one["value"], str)
    )
    return table(("choice", "option", "prior", "posterior", "log Bayes factor"), rows)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def arguments() -> str:
    """Return the Bayes factor and the weight of each argument."""
    found = sorted(_fit()["arguments"], key=lambda one: -one["log_factor"])
    rows = (
        (
            one["argument"],
            _with_error(one["log_factor"], one["error"]),
            f"{one['weight']:.0%}",
            ", ".join(map(code, one["not_covered"])) or "-",
        )
        for one in found
    )
    heads = ("argument", "log Bayes factor against the model's prior", "weight", "not covered")
    return table(heads, rows)


def calibration() -> str:
    """Return the tests of the fits of simulated worlds, the least uniform ranks first."""
    account = _account_of("joint_calibration.json")
    found = sorted(account["quantities"], key=lambda quantity: quantity["p"])
    rows = (
        (
            code(quantity["name"].split(":")[0])
            if quantity["recovered"] is not None
            else quantity["name"],
            "-" if quantity["recovered"] is None else f"{quantity['recovered']:.2f}",
            f"{quantity['p']:.2g}",
        )
        for quantity in found
    )
    heads = ("quantity", "correlation of truth and estimate", "p of uniform ranks")
    return f"{_verdict(account)}\n\n{table(heads, rows)}"


def _verdict(account: Account) -> str:
    worlds = f"{account['worlds']} simulated worlds"
    if account["calibrated"]:
        return f"The fit passes in {worlds}: the ranks are consistent with uniform ranks."
    return f"The fit does not pass in {worlds}: the ranks at the top of the table are not uniform."
