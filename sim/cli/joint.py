"""The joint fit of all crises: ``sim fit --joint``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.printing import Format, console, empty_table, plain, say

if TYPE_CHECKING:
    from sim.ensemble.executors import Executor
    from sim.fitting.joint import JointFit, Learned, Sampling, Size
    from sim.fitting.joint.ranges import Value
    from sim.fitting.joint.regions import Region

    Assumed = Mapping[str, Mapping[str, Value]]

SHOWN = 15
LEFT_OUT = "without"
"""Folder of the draws of the fits that leave out one crisis."""


def fit_jointly(
    names: list[str],
    size: Size,
    sampling: Sampling,
    worlds: int | None,
    leave_one_out: bool,
    executor: Executor,
    out: Path,
    form: Format,
    show: bool,
    tell: Callable[[str], None],
) -> None:
    """Fit the values that crises share, and write and print the results.

    Args:
        names: names of crises; none for all with a record.
        size: size of the bank.
        sampling: how posteriors are sampled.
        worlds: number of simulated worlds that calibrate the fit; None for the historical record.
        leave_one_out: whether each crisis is left out in turn as well.
        executor: simulates the bank.
        out: folder for results.
        form: form of the results on the screen.
        show: whether to print results.
        tell: function that takes a message about progress.
    """
    from sim import charts
    from sim.fitting import joint
    from sim.fitting.joint import factors, writing

    # 1. the bank, over ranges that cover the prior and all arguments
    assumed = _assumed(names)
    wide = _wide(names, assumed)
    bank = joint.make_bank(joint.read_crises(names, wider=wide), size, executor, out, tell)
    learned = joint.learn(bank)
    usual = _usual(names)
    prior = joint.Region.of(bank.space, {path: usual[path] for path in wide})
    if worlds is not None:
        _calibrate(learned, prior, worlds, sampling, executor, out, form, show, tell)
        return
    # 2. the posterior, Bayes factors and arguments
    made = joint.fit(learned, sampling, prior=prior, executor=executor)
    singles = factors.factors(made)
    shorter = replace(sampling, chains=2)
    regions, not_covered = _regions(prior, usual, assumed)
    found = factors.evidences(made, regions, shorter, not_covered, executor)
    account = writing.account(made, singles, found)
    # 3. fits without each crisis, whose draws are kept beside
    left_out = []
    if leave_one_out:
        tell(f"each of {len(made.crises)} crises left out in turn")
        requests = [joint.Request(prior, (name,)) for name in made.crises]
        left_out = joint.fit_all(learned, requests, shorter, executor)

    def complete(folder: Path) -> None:
        charts.draw_fit(folder)
        for one in left_out:
            (folder / LEFT_OUT).mkdir(exist_ok=True)
            one.posterior.write(folder / LEFT_OUT / f"{one.without[0]}.parquet")

    folder = writing.write(made, account, out, complete)
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **account}, allow_nan=False))
    elif show:
        _print(made, account)
        console().print(plain(f"draws: {folder / 'posterior.parquet'}"))


def _assumed(names: list[str]) -> Assumed:
    """Return what each known argument assumes about parameters and mechanisms, by path."""
    from sim.arguments import files
    from sim.arguments.comparison import hypothesis_files
    from sim.catalogue import find

    first = find("scenario", _first(names))
    found: dict[str, Mapping[str, Value]] = {}
    for path in hypothesis_files([]):
        stated = files.read(path)
        if isinstance(stated, files.Argument) and stated.stated.assumes and first is not None:
            found[stated.name] = stated.assumed_values(first)
    return found


def _first(names: list[str]) -> str:
    from sim.fitting.joint import read_crises

    return names[0] if names else read_crises()[0].name


def _usual(names: list[str]) -> dict[str, Value]:
    from sim.fitting.joint import read_crises, usual_values

    return usual_values(crisis.scenario for crisis in read_crises(names))


def _wide(names: list[str], assumed: Assumed) -> dict[str, Value]:
    """Return the ranges, by path, that the model's own must be widened to for all arguments."""
    from sim.fitting.joint.ranges import covers, hull

    usual = _usual(names)
    wide = {}
    for path, value in usual.items():
        stated = [values[path] for values in assumed.values() if path in values]
        if not all(covers(value, one) for one in stated):
            wide[path] = hull([value, *stated])
    return wide


def _regions(
    prior: Region, usual: Mapping[str, Value], assumed: Assumed
) -> tuple[dict[str, Region], dict[str, tuple[str, ...]]]:
    """Return the prior of each argument, and the paths of its assumptions that are not covered."""
    regions = {}
    not_covered = {}
    paths = {value.path for value in prior.bank.values}
    for name, values in assumed.items():
        region = prior
        for path, value in values.items():
            if path in paths:
                region = region.holding(path, value)
        regions[name] = region
        not_covered[name] = tuple(path for path in values if path not in paths)
    return regions, not_covered


def _calibrate(
    learned: Learned,
    prior: Region,
    worlds: int,
    sampling: Sampling,
    executor: Executor,
    out: Path,
    form: Format,
    show: bool,
    tell: Callable[[str], None],
) -> None:
    """Fit simulated worlds and report whether the fits recover their true values."""
    from sim import charts
    from sim.cli.fitting import print_calibration
    from sim.fitting.joint import calibration

    account = calibration.calibrate(learned, worlds, executor, sampling, prior, tell)
    folder = calibration.write(account, learned, sampling, out, charts.draw_calibration)
    if form is Format.json:
        say(json.dumps({"folder": str(folder), **account}, allow_nan=False))
    elif show:
        print_calibration(account)
        console().print(plain(f"chart: {folder / 'ranks.png'}"))


def _print(made: JointFit, account: dict[str, Any]) -> None:
    """Print values, mechanisms and arguments as tables, and a sentence about the sampling."""
    screen = console()
    rows = empty_table("value", "80% of draws (percentiles of the prior)", "contraction", "R-hat")
    for marginal in account["marginals"][:SHOWN]:
        span = f"{100 * marginal['low']:.0f} to {100 * marginal['high']:.0f}"
        rhat = "" if marginal["rhat"] is None else f"{marginal['rhat']:.2f}"
        rows.add_row(plain(marginal["name"]), span, f"{marginal['contraction']:.2f}", rhat)
    screen.print(rows)
    rows = empty_table("value", "log Bayes factor", "probability before", "after")
    for factor in account["factors"]:
        shares = ["" if factor[k] is None else f"{factor[k]:.0%}" for k in ("prior", "posterior")]
        rows.add_row(
            plain(f"{factor['path']} = {factor['value']}"),
            _with_error(factor["log_factor"], factor["error"]),
            *shares,
        )
    screen.print(rows)
    rows = empty_table("argument", "log Bayes factor", "weight")
    for argument in account["arguments"]:
        factor = _with_error(argument["log_factor"], argument["error"])
        rows.add_row(plain(argument["argument"]), factor, f"{argument['weight']:.0%}")
    screen.print(rows)
    silent = len(account["silent"])
    screen.print(
        f"{account['draws']:,} draws of {len(made.space.values)} shared values, fitted to "
        f"{len(made.crises)} crises. The records do not inform {silent} of them. Largest R-hat "
        f"{account['worst_rhat'] or 1:.3f}."
    )


def _with_error(value: float, error: float | None) -> str:
    return f"{value:.1f}" if error is None else f"{value:.1f} ± {error:.1f}"
