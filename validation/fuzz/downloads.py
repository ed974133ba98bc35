"""Damaged folders of downloaded data sets, read by ``sim data`` and ``sim new``."""

from __future__ import annotations

import io
import runpy
import zipfile
from functools import cache
from random import Random

from validation.fuzz.calling import ROOT
from validation.fuzz.case import Case
from validation.fuzz.mutations import of_bytes
from validation.fuzz.workplace import Workplace

SIDES = ("NOR,SWE", "NOR,SWE", "385,380", "NOR,XXX", "NOR,NOR", "SWE,nor", "NO,1")
YEARS = ("1950", "1950", "1816", "2100", "0", "-1", "99999")
THIRD = (
    "USA,RUS,UN",
    "USA,RUS,UN",
    "",
    "USA," * 40,
    "NULL",
    "TRUE",
    "U-N",
    "USA,2",
    "\N{PILE OF POO}",
)
"""Codes and years for a new scenario."""
CELLS = (
    "",
    "x",
    "-9",
    "1e400",
    "nan",
    "99999999999999999999",
    "=1+1",
    '"',
    "\N{PILE OF POO}",
    "1.5",
    "a,b",
)


@cache
def _files() -> dict[str, str]:
    """Return the texts of invented data sets, by their place in a folder."""
    files: dict[str, str] = runpy.run_path(str(ROOT / "tests" / "downloads.py"))["FILES"]
    return files


def downloads(work: Workplace, random: Random) -> Case:
    """Damage one data set of a folder, and list the folder or write a scenario from it."""
    name = random.choice(tuple(_files()))
    for place, text in _files().items():
        data = text.encode()
        if place == name:
            data = _damaged(text, random)
        path = work.folder / "downloads" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if place == name and not random.randrange(3):
            path = path.with_suffix(".zip")
            data = _zipped(place, data, random)
        path.write_bytes(data)
    new = ("new", random.choice(("fjord", "fjord", "null", "caucasus", "../x")))
    new += ("--sides", random.choice(SIDES), "--year", random.choice(YEARS))
    new += ("--third", random.choice(THIRD), "--data", "downloads")
    args = random.choice((("data", "downloads"), new))
    return Case(f"{name} ({args[0]})", args, damaged=work.folder / "downloads")


def _damaged(text: str, random: Random) -> bytes:
    if random.randrange(2):
        return of_bytes(text.encode(), random)
    lines = text.splitlines()
    row = random.randrange(len(lines))
    separator = "\t" if "\t" in lines[0] else ","
    cells = lines[row].split(separator)
    cells[random.randrange(len(cells))] = random.choice(CELLS)
    lines[row] = separator.join(cells)
    return "\n".join(lines).encode(random.choice(("utf-8", "utf-8", "utf-16", "cp1252")), "replace")


def _zipped(place: str, data: bytes, random: Random) -> bytes:
    """Return an archive with the data set, under its name or one that leads elsewhere."""
    packed = io.BytesIO()
    name = random.choice((place, f"../../{place}", "/etc/x.csv", place))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return of_bytes(packed.getvalue(), random) if random.randrange(2) else packed.getvalue()
