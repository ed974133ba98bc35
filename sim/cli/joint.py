"""The joint fit of all crises: ``sim fit --joint``."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.fitting import narrator, print_calibration, warn_unless
from sim.cli.folders import make_folder
from sim.cli.printing import Format, console, empty_table, plain, say

if TYPE_CHECKING:
    from sim.ensemble.executors import Executor
    from sim.fitting.elsewhere import Elsewhere
    from sim.fitting.joint import Learned, Sampling, Size
    from sim.fitting.joint.ranges import Value
    from sim.fitting.joint.regions import Region

    Assumed = Mapping[str, Mapping[str, Value]]
    Arguments = tuple[Mapping[str, Region], Mapping[str, Sequence[str]]]

Tell = Callable[[str], None]

SHOWN = 15
RECOVERY_PARTICLES = 200
RECOVERY_MOVES = 6
"""Size of the chain that fits a simulated record."""
LEFT_OUT = "without"
"""Folder of the draws of the fits that leave out one crisis."""


@dataclass(frozen=True)
class Task:
    """What a joint fit is asked for.

    Attributes:
        names: names of crises; none for all with a record.
        size: size of the bank.
        sampling: how posteriors are sampled.
        worlds: number of simulated worlds that calibrate the fit; None for the historical record.
        leave_one_out: whether each crisis is left out in turn as well.
        records: number of records to simulate in the world of each argument; None for none.
    """

    names: tuple[str, ...]
    size: Size
    sampling: Sampling
    worlds: int | None
    leave_one_out: bool
    records: int | None


def fit_jointly(task: Task, executor: Executor, out: Path, form: Format, quiet: bool) -> None:
    """Fit the values that crises share, and write and print the results.

    Args:
        task: what is asked for.
        executor: simulates the bank, learns the surrogates, and runs the chains.
        out: folder for results.
        form: form of the results on the screen.
        quiet: whether to print nothing.
    """
    make_folder(out)
    show = not quiet and form is Format.text
    tell = narrator(show)
    # 1. the likelihood of all records
    learned, prior, assumed = _learn(task.names, task.size, executor, out, tell, validate=True)
    # 2. what is asked for
    if task.worlds is not None:
        account = _calibrated(task, learned, prior, executor, out, tell)
    else:
        account = _fitted(task, learned, prior, _regions(prior, assumed), executor, out, tell)
    if form is Format.json:
        say(json.dumps(account, allow_nan=False))
    elif show:
        _print(account)


def learn_elsewhere(
    fitted: Collection[str], size: Size, executor: Executor, out: Path, tell: Tell
) -> Elsewhere:
    """Return what the records of all crises but the fitted ones say about shared values."""
    from sim.fitting.elsewhere import Elsewhere

    learned, prior, _ = _learn((), size, executor, out, tell, validate=False)
    without = [name for name in learned.crises if name in fitted]
    likelihood = prior.likelihood(learned.likelihood(without=without))
    others = tuple(name for name in learned.crises if name not in fitted)
    key = sha256(f"{others} {size}".encode() + likelihood.of_bank.linear.tobytes()).hexdigest()
    return Elsewhere(prior.space, likelihood, others, key)


def _learn(
    names: Collection[str], size: Size, executor: Executor, out: Path, tell: Tell, validate: bool
) -> tuple[Learned, Region, Assumed]:
    """Return the likelihood of all records, the model's prior, and what each argument assumes.

    The bank is simulated over ranges that cover the prior and all arguments. ``validate`` says
    whether the information of each crisis is measured on held-out runs, which takes as long again.
    """
    from sim.fitting import joint

    usual = joint.usual_values(crisis.scenario for crisis in joint.read_crises(names))
    assumed = _assumed(names)
    wide = _wide(usual, assumed)
    crises = joint.read_crises(names, wider=wide)
    bank = joint.make_bank(crises, size, executor, out, tell)
    learned = joint.learn(bank, validate, executor)
    return learned, joint.Region.of(learned.space, {path: usual[path] for path in wide}), assumed


def _fitted(
    task: Task,
    learned: Learned,
    prior: Region,
    arguments: Arguments,
    executor: Executor,
    out: Path,
    tell: Tell,
) -> dict[str, Any]:
    """Fit the historical record, write the folder, and return its account."""
    from sim import charts
    from sim.fitting import joint
    from sim.fitting.joint import factors, recovery, writing

    regions, not_covered = arguments
    # 1. the posterior, Bayes factors and arguments
    made = joint.fit(learned, task.sampling, prior=prior, executor=executor)
    found = factors.evidences(made, regions, not_covered)
    account = writing.account(made, factors.factors(made), found)
    # 2. whether the arguments could be told apart
    if task.records is not None:
        tell(f"{task.records} records in the world of each argument")
        few = replace(task.sampling, particles=RECOVERY_PARTICLES, moves=RECOVERY_MOVES, chains=1)
        account["recovery"] = recovery.recover(learned, prior, regions, task.records, few, executor)
    # 3. fits without each crisis
    left_out = []
    if task.leave_one_out:
        tell(f"each of {len(made.crises)} crises left out in turn")
        requests = [joint.Request(prior, (name,)) for name in made.crises]
        shorter = replace(task.sampling, chains=2)
        left_out = joint.fit_all(learned, requests, shorter, executor)
    warn_unless(all(chain.settled for fit in (made, *left_out) for chain in fit.chains))

    def complete(folder: Path) -> None:
        charts.draw_fit(folder)
        for rest in left_out:
            (folder / LEFT_OUT).mkdir(exist_ok=True)
            rest.posterior.write(folder / LEFT_OUT / f"{rest.without[0]}.parquet")

    folder = writing.write(made, account, out, complete)
    return {"folder": str(folder), **account}


def _calibrated(
    task: Task, learned: Learned, prior: Region, executor: Executor, out: Path, tell: Tell
) -> dict[str, Any]:
    """Fit simulated worlds, write the folder, and return its account."""
    from sim import charts
    from sim.fitting.joint import calibration

    assert task.worlds is not None
    account = calibration.calibrate(learned, task.worlds, executor, task.sampling, prior, tell)
    folder = calibration.write(account, learned, task.sampling, out, charts.draw_calibration)
    return {"folder": str(folder), **account}


def _assumed(names: Collection[str]) -> Assumed:
    """Return what each known argument assumes about parameters and mechanisms, by path."""
    from sim.arguments import files
    from sim.arguments.comparison import hypothesis_files
    from sim.catalogue import locate
    from sim.fitting.joint import read_crises

    first = locate("scenario", next(iter(names), "") or read_crises()[0].name)
    found: dict[str, Mapping[str, Value]] = {}
    for path in hypothesis_files([]):
        stated = files.read(path)
        if isinstance(stated, files.Argument) and stated.stated.assumes:
            found[stated.name] = stated.assumed_values(first)
    return found


def _wide(usual: Mapping[str, Value], assumed: Assumed) -> dict[str, Value]:
    """Return the ranges, by path, that the model's own must be widened to for all arguments."""
    from sim.fitting.joint.ranges import covers, hull

    wide = {}
    for path, value in usual.items():
        ranges = [values[path] for values in assumed.values() if path in values]
        if not all(covers(value, assumption) for assumption in ranges):
            wide[path] = hull([value, *ranges])
    return wide


def _regions(prior: Region, assumed: Assumed) -> Arguments:
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


def _print(account: dict[str, Any]) -> None:
    if "quantities" in account:
        print_calibration(account)
    else:
        _print_fit(account)
    console().print(plain(f"folder: {account['folder']}"))


def _print_fit(account: dict[str, Any]) -> None:
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
    fitted = len(account["crises"])
    rhat = account["worst_rhat"]
    screen.print(
        f"{account['draws']:,} draws of {len(account['marginals'])} shared values, fitted to "
        f"{'1 crisis' if fitted == 1 else f'{fitted} crises'}. The records do not inform "
        f"{len(account['silent'])} of them. "
        + ("One chain: convergence is unknown." if rhat is None else f"Largest R-hat {rhat:.3f}.")
    )


def _with_error(value: float, error: float | None) -> str:
    return f"{value:.1f}" if error is None else f"{value:.1f} ± {error:.1f}"
