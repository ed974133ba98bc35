"""How parties keep and break what they sign, over the courses of :mod:`validation.stances`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.engine.options import MEDIATES

if TYPE_CHECKING:
    from validation.stances import Course

NO_CEASEFIRE = -2
SOON = 3
"""Days: a package that breaks within them was hardly meant."""
AFTER_HANDOVER = 5
"""Days of peace that a handover brings at least, if it settles anything."""
HARDLY = 0.05
"""Share of the area; a defender that has lost less has lost hardly anything."""
TRACE = 1e-6
HEADS = (
    "scenario",
    "ceasefires a run, mean and 90%",
    "runs with a package",
    "packages signed while under 5% is lost",
    "packages broken within 3 days",
    "fighting within 5 days of a handover",
    "mediators that leave their own ceasefire",
    "runs with a call on allies, median day",
    "changes of stance from the last shot to the closing, a run",
)

Days = NDArray[np.int64]


def table(courses: Mapping[str, Course]) -> Iterator[str]:
    """Yield the lines of a Markdown table with one row for each scenario."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    for name, course in courses.items():
        signed = ceasefires(course)
        calls = calls_on_allies(course)
        yield (
            f"| {name} | {signed.mean():.1f}, {np.quantile(signed, 0.9):.0f} | "
            f"{with_package(course):.0%} | {percent(signed_unscathed(course))} | "
            f"{percent(packages_broken(course))} | {percent(war_after_handover(course))} | "
            f"{percent(deserted(course))} | {calls.size / course.fought.shape[1]:.0%}"
            f"{f', {np.median(calls):.0f}' if calls.size else ''} | "
            f"{changes_before_closing(course):.1f} |"
        )


def percent(share: float) -> str:
    """Return a share as text; a dash where nothing can be counted."""
    return "-" if np.isnan(share) else f"{share:.0%}"


def share(flags: list[bool]) -> float:
    """Return the share of true flags; NaN if there are none."""
    return float(np.mean(flags)) if flags else float("nan")


def ceasefires(course: Course) -> Days:
    """Return the number of ceasefires that were signed in each run: ``(runs,)``."""
    return np.asarray(course.signed.sum(axis=0))


def packages(course: Course) -> Days:
    """Return day and run of each package that was signed: ``(packages, 2)``."""
    owed = course.signed & (course.terms > TRACE)
    return np.argwhere(owed)


def with_package(course: Course) -> float:
    """Return the share of runs in which a package is signed."""
    return len(np.unique(packages(course)[:, 1])) / course.fought.shape[1]


def signed_unscathed(course: Course) -> float:
    """Return the share of packages that a defender signs that has lost hardly anything."""
    return share([bool(course.lost[day, run] < HARDLY) for day, run in packages(course)])


def packages_broken(course: Course) -> float:
    """Return the share of packages after which fighting resumes within three days."""
    return share([_fights(course, day + 1, SOON, run) for day, run in packages(course)])


def war_after_handover(course: Course) -> float:
    """Return the share of handovers after which fighting resumes within five days."""
    handed = np.diff(course.ceded, axis=0) > TRACE
    handed &= course.mediator[1:] != NO_CEASEFIRE  # and not by a capitulation
    return share(
        [_fights(course, day + 2, AFTER_HANDOVER, run) for day, run in np.argwhere(handed)]
    )


def deserted(course: Course) -> float:
    """Return the share of mediated ceasefires whose mediator stops mediating while they last.

    A run with several ceasefires by one mediator counts once.
    """
    left = []
    for k in range(len(course.powers)):
        its = (course.mediator == k) & ~course.settled
        talks = MEDIATES[course.stances[:, k]]
        left += list((its & ~talks).any(axis=0)[its.any(axis=0)])
    return share(left)


def calls_on_allies(course: Course) -> Days:
    """Return the day of the call, in the runs with one."""
    called = course.invoked.any(axis=0)
    return np.asarray(course.invoked.argmax(axis=0)[called])


def changes_before_closing(course: Course) -> float:
    """Return the changes of stance in a run from the last shot to the closing of the crisis."""
    days = len(course.fought)
    last = np.where(course.fought.any(axis=0), days - 1 - course.fought[::-1].argmax(axis=0), days)
    later = np.arange(1, days)[:, None] > last
    return float((course.changed & later[:, None]).sum() / course.fought.shape[1])


def _fights(course: Course, first: int, days: int, run: int) -> bool:
    return bool(course.fought[first : first + days, run].any())
