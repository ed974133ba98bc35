"""The model's description says what the code does, as far as a machine can tell.

`tests/unit/test_docs.py` checks its table of parameters, with all generated parts.
"""

from __future__ import annotations

import re

from commands import ROOT
from pydantic import BaseModel

from docs.generate import PART
from sim.scenario import Actor, Choice, Conflict, Mechanisms, Parameters, Quantity, Scenario, load
from sim.scenario.stances import KNOWN_NAMES

DESCRIPTION = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")


def fields(model: type[BaseModel]) -> set[str]:
    """Return the names of a model's fields, without the file of fitted draws."""
    return set(model.model_fields) - {"posterior"}


def test_every_name_in_code_quotes_exists() -> None:
    known = {
        name
        for model in (Actor, Conflict, Mechanisms, Parameters, Scenario)
        for name in model.model_fields
    }
    known |= {"skirmish", "limited_offensive", "full_offensive", "invoke", "embargo", *KNOWN_NAMES}
    streams = {"package", "review", "break", "deaths", "contact", "broker", "capitulate"}
    readings = {"neutral", "off", "favretto", "effort", "scope", "outcome"}
    symbols = {
        "code",
        "x",
        "ceded",
        "owed",
        "fought",
        "h",
        "phi",
        "g",
        "m",
        "b",
        "u",
        "paid",
        "trusted",
        "expected",
    }
    named = set(re.findall(r"`([a-z_]+)`", PART.sub("", DESCRIPTION)))
    assert named - known - streams - readings - symbols == set()


def test_every_parameter_and_mechanism_is_explained_outside_the_table() -> None:
    text = PART.sub("", DESCRIPTION)
    names = fields(Parameters) | fields(Mechanisms)
    assert {name for name in names if not re.search(rf"\b{name}\b", text)} == set()


def test_at_most_thirty_numbers_of_the_model_are_left_open() -> None:
    scenario = load(ROOT / "scenarios" / "april_2016.yaml").scenario
    sections = (scenario.parameters, scenario.mechanisms)
    values = [getattr(section, name) for section in sections for name in type(section).model_fields]
    left_open = [
        value.path for value in values if isinstance(value, Quantity | Choice) and not value.known
    ]
    assert (
        len(
            [
                path
                for path in left_open
                if path not in ("mechanisms.credibility", "mechanisms.expectation")
            ]
        )
        <= 30
    )


def test_no_code_names_a_country() -> None:
    """Examples in docstrings may, because they read shipped files."""
    codes = {
        code for path in (ROOT / "scenarios").glob("*.yaml") for code in load(path).scenario.actors
    }
    for path in (ROOT / "sim").rglob("*.py"):
        text = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        words = set(re.findall(r"\b[A-Z]{2,4}\b", text))
        assert not words & codes, f"{path.name} names {sorted(words & codes)}"
