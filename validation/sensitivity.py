"""Share out the variance of outcomes among groups of uncertain values, and chance.

``python -m validation.sensitivity --mechanisms`` prints four tables for each scenario and writes
them to ``results/reference``:

- ``sensitivity.csv``: first and total effect of each group of uncertain values, and of each kind of
  stances. The row ``chance`` is the share of the variance of single runs that differs between
  replicates of a draw. All other shares are of the variance of the expected outcome.
  :mod:`validation.sobol` says how they are estimated.
- ``stance_levers.csv``: each stance moved across its whole scale. :mod:`validation.levers` says
  how.
- ``stance_channels.csv``, with ``--mechanisms``: the total effect of all stances with one mechanism
  switched off.

All values are drawn from the coded ranges, not from the fitted draws. ``validation/groups.py`` says
which value belongs to which group.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.io.errors import nearest
from sim.scenario import Choice, Mechanisms, Quantity, Scenario, load
from validation import levers, sobol
from validation.groups import OUTCOMES, parted
from validation.matrices import Sample, of_coded_ranges, simulate

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"
REFERENCE = ROOT / "results" / "reference"
CRISES = ("autumn_2020", "april_2016")
DRAWS, REPLICATES = 4096, 4
LEVER_SHARE = 8
"""How many times fewer draws a lever gets, because there are many of them."""
SECOND_SEED = 1_000_003
"""Added to the seed for the second sample of the draws."""

GROUPS_FILE = "sensitivity.csv"
LEVERS_FILE = "stance_levers.csv"
CHANNELS_FILE = "stance_channels.csv"
FURTHER_SWITCHES = {
    "broker_ambition": "parameters.broker_ambition=0",
    "protege_value": "parameters.protege_value=0",
    "partner_cost": "parameters.partner_cost=0",
    "inertia": "parameters.inertia=0",
    "no change of stance": "parameters.inertia=1000",
    "spoiler and support_effect": "mechanisms.spoiler=0 mechanisms.support_effect=0",
}
"""Switches beyond the mechanisms: what moves third parties, and what their support does."""

Components = list[NDArray[np.float64]]


def components_of(
    scenario: Scenario, samples: Sequence[Sample], draws: int, replicates: int
) -> list[Components]:
    """Return each sample's components of each outcome: ``(components, replicates, draws)``."""
    return [
        [
            found.reshape(len(found), replicates, draws)
            for found in (known.components(table, scenario) for known in OUTCOMES)
        ]
        for table in simulate(scenario, samples, replicates)
    ]


def samples_of(scenario: Scenario, draws: int, seed: int) -> tuple[Sample, Sample]:
    """Return two independent samples of all values of a scenario."""
    first = of_coded_ranges(scenario, draws, seed)
    return first, of_coded_ranges(scenario, draws, seed + SECOND_SEED)


def mixed(first: Sample, second: Sample, paths: Sequence[str]) -> Sample:
    """Return the first sample with some paths taken from the second."""
    return {**first, **{path: second[path] for path in paths}}


def effects(path: Path, draws: int, replicates: int, seed: int = 1) -> Iterator[dict[str, object]]:
    """Yield a row for each outcome and group: first and total effect with intervals."""
    scenario = load(path).scenario
    first, second = samples_of(scenario, draws, seed)
    groups = {group: paths for group, paths in parted(scenario) if paths}
    swapped = [mixed(first, second, paths) for paths in groups.values()]
    a, b, *rest = components_of(scenario, [first, second, *swapped], draws, replicates)
    for place, known in enumerate(OUTCOMES):
        of_groups = {group: m[place] for group, m in zip(groups, rest, strict=True)}
        where = {"scenario": path.stem, "outcome": known.name}
        for group, found in sobol.effects(a[place], b[place], of_groups).items():
            values = len(groups[group])
            shares = {**_flat("first", found.first), **_flat("total", found.total)}
            yield {**where, "group": group, "values": values, **shares}
        yield {**where, "group": "chance", **_flat("total", sobol.chance(a[place], b[place]))}


def _flat(name: str, share: sobol.Share) -> dict[str, object]:
    return {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}


def switches(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Yield each mechanism of a scenario that is on, with the settings that switch it off."""
    for name in Mechanisms.model_fields:
        value = getattr(scenario.mechanisms, name)
        if isinstance(value, Quantity) and value.high > 0:
            yield name, f"mechanisms.{name}=0"
    assert isinstance(scenario.mechanisms.credibility, Choice)
    yield "credibility", "mechanisms.credibility=off"
    yield from FURTHER_SWITCHES.items()


def channels(
    path: Path,
    draws: int,
    replicates: int,
    seed: int = 1,
    wanted: Iterable[tuple[str, str]] | None = None,
) -> Iterator[dict[str, object]]:
    """Yield a row for each outcome and switch: the total effect of all stances with it.

    ``variance`` is the variance that remains when everything but the stances is known, relative to
    the scenario as shipped. A share can also rise because all the rest varies less.
    """
    plain: list[float] = []
    wanted = switches(load(path).scenario) if wanted is None else wanted
    for name, setting in (("as shipped", ""), *wanted):
        scenario = load(path, setting.split()).scenario
        first, second = samples_of(scenario, draws, seed)
        paths = dict(parted(scenario))["stances"]
        swapped = mixed(first, second, paths)
        a, m = components_of(scenario, [first, swapped], draws, replicates)
        for place, known in enumerate(OUTCOMES):
            whole = sobol.variance(a[place], m[place])
            found = sobol.total(a[place], m[place], whole, sobol.resampled(draws))
            left = found.value * float(whole.mean())
            if not setting:
                plain.append(left)
            yield {
                "scenario": path.stem,
                "outcome": known.name,
                "switched": name,
                "setting": setting,
                **_flat("total", found),
                "variance": left / plain[place],
            }


# Tables


def table_of_groups(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the effects of one scenario: groups in rows, outcomes in columns."""
    says = {known.name: known.says for known in OUTCOMES}
    shown = rows.assign(shown=[_shown(row, column) for _, row in rows.iterrows()])
    wide = shown.pivot(index="group", columns="outcome", values="shown")
    return wide.loc[rows["group"].unique(), list(says)].rename(columns=says)


def _shown(row: pd.Series, column: str) -> str:
    ends = [row[column], row[f"{column}_low"], row[f"{column}_high"]]
    if any(pd.isna(end) for end in ends):
        return "-"
    value, low, high = (f"{100 * end:.0f}".replace("-0", "0") for end in ends)
    return f"{value}% [{low} to {high}]"


def table_of_levers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of one scenario in the outcomes' units, each with its standard error."""
    shown = pd.DataFrame(
        {
            "moved": [
                f"{stance.removeprefix('actors.')}: {low} to {high}"
                for stance, low, high in zip(rows["stance"], rows["from"], rows["to"], strict=True)
            ],
            "runs changed": [f"{share:.0%}" for share in rows["changed"]],
        }
    )
    for known in OUTCOMES:
        pairs = zip(rows[known.name], rows[f"{known.name}_error"], strict=True)
        size = known.form.removeprefix("+")
        shown[known.says] = [f"{mean:{known.form}} ± {error:{size}}" for mean, error in pairs]
    return shown.set_index("moved")


def table_of_channels(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the total effect of all stances on a mediated ending in one scenario, by switch."""
    rows = rows[rows["outcome"] == "mediated"]
    rows = rows.sort_values("variance", key=lambda values: (values - 1).round(9))
    return pd.DataFrame(
        {
            "switched off": rows["switched"],
            "setting": rows["setting"],
            "total effect of stances": [_shown(row, "total") for _, row in rows.iterrows()],
            "their variance, of that as shipped": [f"{share:.0%}" for share in rows["variance"]],
        }
    ).set_index("switched off")


# The command


def known_name(text: str) -> str:
    """Return the name of a shipped scenario, or say which ones are known."""
    names = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    if text not in names:
        allowed = ", ".join(names)
        raise argparse.ArgumentTypeError(
            f"unknown scenario '{text}'{nearest(text, names)}; allowed: {allowed}"
        )
    return text


def at_least(low: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``low`` on."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < low:
            raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from {low} on")
        return int(text)

    return read


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m validation.sensitivity",
        description="Share out the variance of outcomes among groups of uncertain values.",
    )
    default = f"default: {' '.join(CRISES)}"
    parser.add_argument("names", nargs="*", type=known_name, metavar="scenario", help=default)
    help_of_draws = f"parameter draws of each sample (default {DRAWS})"
    parser.add_argument("--draws", type=at_least(16), default=DRAWS, help=help_of_draws)
    help_of_replicates = f"runs of each draw, 2 or more (default {REPLICATES})"
    parser.add_argument(
        "--replicates", type=at_least(2), default=REPLICATES, help=help_of_replicates
    )
    help_of_mechanisms = "also switch each mechanism off, and share out the variance again"
    parser.add_argument("--mechanisms", action="store_true", help=help_of_mechanisms)
    parser.add_argument("--out", type=Path, default=REFERENCE, help="folder of the tables")
    return parser


def main(words: Sequence[str] | None = None) -> None:
    """Print the tables and write them to files."""
    given = arguments().parse_args(words)
    paths = [SCENARIOS / f"{name}.yaml" for name in given.names or CRISES]
    few = max(given.draws // LEVER_SHARE, 16)
    # 1. groups and kinds of stances
    found = _table(effects(path, given.draws, given.replicates) for path in paths)
    _write(found, given.out / GROUPS_FILE)
    for name, rows in found.groupby("scenario", sort=False):
        for column in ("first", "total"):
            _print(
                f"{name}: {column} effects on the expected outcome", table_of_groups(rows, column)
            )
    # 2. stances, one by one
    found = _table(levers.rows(path, few, given.replicates) for path in paths)
    _write(found, given.out / LEVERS_FILE)
    for name, rows in found.groupby("scenario", sort=False):
        _print(f"{name}: each stance across its whole scale", table_of_levers(rows))
    # 3. channels
    if given.mechanisms:
        found = _table(channels(path, given.draws // 2, given.replicates) for path in paths)
        _write(found, given.out / CHANNELS_FILE)
        for name, rows in found.groupby("scenario", sort=False):
            _print(f"{name}: stances and a mediated ending, by mechanism", table_of_channels(rows))


def _table(parts: Iterator[Iterator[dict[str, object]]]) -> pd.DataFrame:
    return pd.DataFrame([row for rows in parts for row in rows])


def _write(table: pd.DataFrame, file: Path) -> None:
    file.write_text(table.to_csv(index=False, float_format="%.4g"), encoding="utf-8")


def _print(title: str, table: pd.DataFrame) -> None:
    print(f"\n{title}\n\n{table.to_string()}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
