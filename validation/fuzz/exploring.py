"""Explorer pages of scenarios, with odd levers and values."""

from __future__ import annotations

from random import Random

from validation.fuzz.case import SECONDS_TO_DRAW, Case
from validation.fuzz.options import TEXTS
from validation.fuzz.workplace import Workplace

LEVERS = (
    "actors.RUS.stance=aside,mediate",
    "actors.TUR.support.AZE=0,2",
    "policies.RUS=mediate,null",
    "policies.RUS={any_of: [aside, mediate]},aside",
    "horizon_days=20,30",
    "horizon_days=20,0",
    "mechanisms.leverage=low,high",
    "mechanisms.leverage=low,low",
    "mechanisms.leverage={range: [0, 1]},none",
    "events=[]",
    "actors.RUS=null",
    "title='a,b',\"c\"",
    "title=<script>,</script>",
    "start=2016-04-02,9999-12-31",
    "conflict.aim=0.5,2",
    "parameters.posterior=null",
    "parameters=/etc/passwd",
)


def explorer(work: Workplace, random: Random) -> Case:
    """Write the page of a scenario whose levers are odd."""
    levers = [random.choice(LEVERS)]
    for _ in range(random.choice((0, 1, 1, 2))):
        levers.append(random.choice((*LEVERS, random.choice(TEXTS))))
    args = ["explore", "april_2016", "--runs", "4", "--draws", "2", "--workers", "1", "-q"]
    args += [part for lever in levers for part in ("--lever", lever.replace("\x00", ""))]
    if random.randrange(2):
        args += ["--set", random.choice((*LEVERS, *TEXTS)).replace("\x00", "")]
    return Case("levers of an explorer page", tuple(args), SECONDS_TO_DRAW, " ".join(args))
