"""The model's description says what the code does, as far as a machine can tell."""

from __future__ import annotations

import re
from pathlib import Path

from sim.scenario import Actor, Choice, Conflict, Mechanisms, Parameters, Quantity, load
from sim.scenario.stances import KNOWN_NAMES
from tests.odd import ODD, ROOT, numbers, table, written


def test_the_parameter_table_is_the_one_the_code_gives() -> None:
    assert written() == table(), "out of date; to mend, run: python -m tests.odd"


def test_every_name_in_code_quotes_exists() -> None:
    known = {name for model in (Actor, Conflict, Mechanisms, Parameters) for name in model.model_fields}
    known |= {
        "horizon_days",
        "skirmish",
        "limited_offensive",
        "full_offensive",
        "package",
        "break",
        "deaths",
        "contact",
    }
    known |= {"review", *KNOWN_NAMES}
    known |= {"broker", "capitulate", "invoke", "embargo", "x", "m", "h", "phi", "g", "F", "b", "S", "code"}
    named = set(re.findall(r"`([a-z_]+)`", ODD.read_text(encoding="utf-8")))
    assert named - known - {"ceded", "fought"} == set()


def test_every_parameter_and_mechanism_is_explained_outside_the_table() -> None:
    text = ODD.read_text(encoding="utf-8").replace(written(), "")
    unexplained = [
        name for model in (Parameters, Mechanisms) for name in numbers(model) if not re.search(rf"\b{name}\b", text)
    ]
    assert unexplained == []


def test_at_most_thirty_numbers_of_the_model_are_left_open() -> None:
    scenario = load(ROOT / "scenarios" / "april_2016.yaml").scenario
    sections = (scenario.parameters, scenario.mechanisms)
    values = [getattr(section, name) for section in sections for name in type(section).model_fields]
    left_open = [value.path for value in values if isinstance(value, Quantity | Choice) and not value.known]
    assert len([path for path in left_open if path not in ("mechanisms.credibility", "mechanisms.expectation")]) <= 30


def test_nothing_in_the_engine_names_a_country() -> None:
    codes = {code for path in (ROOT / "scenarios").glob("*.yaml") for code in load(path).scenario.actors}
    for path in Path(ROOT / "sim").rglob("*.py"):
        words = set(re.findall(r"\b[A-Z]{2,4}\b", path.read_text(encoding="utf-8")))
        assert not words & codes, f"{path.name} names {sorted(words & codes)}"
