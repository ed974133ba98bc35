"""The text that `sim new` writes: the rule of ties, odd names, and long sources."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sim.data.capabilities import Capabilities
from sim.data.countries import countries
from sim.data.earlier import Confrontation
from sim.data.facts import Facts
from sim.data.pacts import Pacts
from sim.data.transfers import Deliveries
from sim.scenario import check
from sim.workspace import estimates, scaffold, writing
from sim.workspace.pairs import Indicators
from sim.workspace.scaffold import Request

NAMES = ("defence", "pact", "rivalry", "force", "regional")
SIDES = ("NOR", "SWE")


def indicators(words: str) -> Indicators:
    assert set(words.split()) <= set(NAMES)
    return Indicators(**{name: name in words.split() for name in NAMES})


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        ("rivalry", (-0.9, -0.4)),
        ("rivalry force pact", (-0.9, -0.4)),
        ("rivalry defence regional", (-0.6, 0.2)),
        ("defence pact", (0.4, 0.8)),
        ("defence regional", (0, 0.5)),
        ("defence regional force", (-0.4, 0.5)),
        ("pact", (0.05, 0.4)),
        ("pact regional", (0.05, 0.4)),
        ("pact force", (-0.4, 0.3)),
        ("force", (-0.6, 0)),
        ("", (-0.5, 0.7)),
    ],
)
def test_ties_follow_the_rule_of_the_coded_crises(words: str, ends: tuple[float, float]) -> None:
    assert indicators(words).range == ends


def test_every_indicator_but_a_region_counts() -> None:
    assert [name for name in NAMES if indicators(name).any] == list(NAMES[:4])


def test_an_odd_indicator_is_left_out_and_named() -> None:
    found = Capabilities(
        1949,
        {"share": 2, "men": 1, "spending": 90},
        dict.fromkeys(("share", "men", "spending"), 1.0),
    )
    value = estimates.strength(
        Facts(1949, {"nmc": "NMC 7.0"}, capabilities=found), SIDES, countries()
    )
    assert value.parts == {"range": "[0.667, 3]", "scale": "log"}
    assert "ratio 90, left out: over four times off the median" in value.why


def odd_facts(name: str) -> Facts:
    """Return facts in which every name is this text."""
    names = dict.fromkeys(("nmc", "atop", "alliances", "mid", "sipri", "mie", "icb"), name)
    by = {"USA": (60.0, 3), name: (40.0, 2)}
    return Facts(
        year=1949,
        names=names,
        atop=Pacts(1949, {("USA", "SWE"): frozenset({"defence"})}),
        deliveries={side: Deliveries(1940, 1949, 100, 5, by) for side in SIDES},
        confrontations=(Confrontation(1, "", "1946", 1946, 4, (0, 1)),),
        crises=(Confrontation(1, name, "1946", 1946),),
    )


def odd_names() -> Iterator[str]:
    yield from (
        'a: "b" # c',
        "- {x}",
        "'",
        "%",
        "\\u0041\\",
        "a\x1b[31m\x07\u2028\x85b",
        "* & ! |",
        "",
    )
    yield "\u00c9rd\u0151, \u0410\u0440\u0446\u0430\u0445"
    yield "x" * 700
    yield " ".join(["word"] * 300)
    luck = random.Random(1)
    for _ in range(20):
        yield "".join(
            chr(luck.choice([luck.randrange(32, 127), luck.randrange(0x2FF)])) for _ in range(30)
        )


@pytest.mark.parametrize("name", [*odd_names()], ids=ascii)
def test_odd_names_in_data_make_no_odd_file(name: str, tmp_path: Path) -> None:
    request = Request("fjord", SIDES, ("USA",), 1950)
    path = tmp_path / "fjord.yaml"
    path.write_text(scaffold.text(request, countries(), odd_facts(name)), encoding="utf-8")
    assert check(path) == []


@pytest.mark.parametrize("text", ['say "x"', "a\\b", "line\nbreak\ttab", "  spaces  ", "é: #"])
def test_texts_are_read_back_as_written(text: str) -> None:
    value = writing.ranged(0.5, 1e-7, text, ["lit-nmc"])
    written = "\n".join(writing.lines_of("key", value, 0))
    read = yaml.safe_load(written)["key"]
    assert read == {
        "range": [0.5, 1e-7],
        "cites": ["lit-nmc"],
        "assumption": " ".join(text.split()),
    }
    long = "\n".join(writing.lines_of("key", writing.known(3, "long " * 90), 2))
    assert yaml.safe_load(long)["key"]["assumption"] == " ".join(["long"] * 90)
    assert max(map(len, long.splitlines())) <= writing.WIDTH
