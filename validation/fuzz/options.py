"""Odd options and arguments of every command."""

from __future__ import annotations

from random import Random

from validation.fuzz.case import SECONDS_TO_DRAW, Case
from validation.fuzz.workplace import SMALL, Workplace

TEXTS = (
    "", " ", "x", "-1", "0", "1.5", "1e9", "nan", "0x10", "99999999999999999999", "a=b", "=", "a=", "==",
    "horizon_days=30", "horizon_days=0", "horizon_days=[", "horizon_days={a: 1}", "actors.RUS=null",
    "actors.RUS.ties=null", "policies.RUS=mediate", "policies.RUS={any_of: [aside, mediate]}",
    "horizon_days=1:2:3", "horizon_days=1:90:0", "horizon_days=1:90:9e9", "horizon_days=30,60", "a.b.c=1,2",
    "conflict.aim=0:1:1000000", "actors.RUS.support=0:4:2", "title=x", "scenario=y", "start=9999-12-31",
    "title=\x1b[31mred", "title=\N{PILE OF POO}", "../..", "/", "/etc/passwd", "/dev/null", "/proc/self/mem",
    ".", "nowhere", "a" * 5000, "a\x00b", "a\nb", "--help", "--", "-", "local", "tcp://127.0.0.1:1", "*", "~",
    "C:\\x", "\\\\host\\share", "results", "scenarios", "seeds", "april_2016", "golts", "NOR,SWE", "NOR", "2020",
    "text", "json", "csv", "stata", "xlsx", "markdown", "lasting_stop_14", "broker_RUS", "broker_XXX",
)  # fmt: skip
COMMANDS = {
    "run": ("--set", "--grid", "--outcome", "--seed", "--out", "--format"),
    "plot": ("-q",),
    "report": ("-q",),
    "trace": ("--run", "--format"),
    "score": ("--crisis", "--posterior", "--seed"),
    "export": ("--to", "--out"),
    "results": ("--older-than", "--format", "--prune"),
    "check": ("--texts", "-q"),
    "explain": ("--format",),
    "schema": (),
    "init": (),
    "new": ("--sides", "--year", "--third", "--area", "--data"),
    "data": ("--format",),
    "copy": (),
    "list": ("--crises", "--format"),
    "fit": ("--crisis", "--calibrate", "--recover", "--seed"),
    "compare": ("--format", "--seed"),
    "why": ("--outcome", "--set", "--association"),
    "diff": ("--set", "--against", "--seed"),
    "verify": ("--seal", "--format"),
    "seal": ("--out", "--format"),
    "": ("--version",),
}
FLAGS = ("-q", "--prune", "--crises", "--version", "--association")
ELSEWHERE = ("/", "../..")
"""Folders outside the workspace."""
BOUND = {
    "run": (*SMALL, "--set", "horizon_days=20"),
    "score": ("--runs", "20", "--draws", "2", "--workers", "1", "--out", "scores"),
    "fit": ("--particles", "1"),  # refused: a fit would take minutes
    "compare": ("nowhere",),
    "why": ("--runs", "8", "--draws", "2", "--workers", "1", "-q", "--out", "reasons"),
    "diff": (*SMALL, "--out", "differences"),
}
"""Arguments that keep a command short."""


def options(work: Workplace, random: Random) -> Case:
    """Call a command with a few odd arguments and options."""
    command = random.choice(tuple(COMMANDS))
    args = [command] if command else []
    first = random.choice(("april_2016", "april_2016", random.choice(TEXTS)))
    args += [first] * (command not in ("", "score", "fit", "compare"))
    for _ in range(random.randint(0, 3)):
        args += _odd(command, random)
    if command == "check":  # it would read every file of the machine
        args = [text for text in args if text not in ELSEWHERE]
    args += BOUND.get(command, ())
    args = [text.replace("\x00", "\N{REPLACEMENT CHARACTER}") for text in args]
    return Case(f"options of {command or 'sim'}", tuple(args), SECONDS_TO_DRAW, " ".join(args))


def _odd(command: str, random: Random) -> list[str]:
    options = COMMANDS[command]
    if not options or not random.randrange(4):
        return [random.choice(TEXTS)]
    option = random.choice(options)
    return [option] if option in FLAGS else [option, random.choice(TEXTS)]
