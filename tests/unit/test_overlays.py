"""Files laid over files, values set on the command line, and the resolved form."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest
from commands import Write, faults_of
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.io.errors import InputError
from sim.scenario import Loaded, Provenance, Quantity, Scenario, check, digest, load, resolved
from sim.scenario.document import Document, read_document
from sim.scenario.load import original
from sim.scenario.provenance import TEXT_KEYS

HERE = Path(__file__).parents[1]
TINY = HERE / "invalid" / "base" / "tiny.yaml"
VALID = [
    *sorted((HERE / "valid").glob("*.yaml")),
    *sorted((HERE.parent / "scenarios").glob("*.yaml")),
]


# Overlays and provenance


@pytest.fixture(scope="module")
def overlaid() -> Loaded:
    return load(HERE / "valid" / "small_overlay.yaml")


def test_an_overlay_changes_only_what_it_states(overlaid: Loaded) -> None:
    east = overlaid.scenario.actors["OST"]
    assert east.ties["NOR"] == Quantity(
        low=-0.4, high=-0.2, word="-low", path="actors.OST.ties.NOR"
    )
    assert east.ties["SUD"].low == 1e-3
    assert east.broker_value is not None
    assert east.broker_value.word == "high"
    assert overlaid.scenario.mechanisms.leverage.low == 0.7
    assert overlaid.scenario.mechanisms.spoiler.low == 0.1


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{title: Another}",
        "{mechanisms: {leverage: 0.3}, policies: {OST: mediate}}",
        "{actors: {OST: {sphere: null, ties: {NOR: high}}}}",
        "{parameters: {lethality: 100}}",
        "{parameters: {posterior: nowhere.parquet}}",
        "{mechanisms: {leverage: 7, contest: much}, actors: {OST: {ties: {NOR: 3}}}}",
        "{actors: {OST: null}, horizon_days: a week}",
        "{actors: {SUD: {name: 4}}, conflict: {defender: NOR}}",
        "{scenario: other}",
    ],
)
def test_a_scenario_checked_before_is_read_as_it_is_alone(text: str, tmp_path: Path) -> None:
    """What a layer leaves unchanged is not checked again, and every fault is still found."""
    path = HERE / "valid" / "small_overlay.yaml"
    file = tmp_path / "layer.yaml"
    file.write_text(text, encoding="utf-8")
    layer = read_document(file, "layer.yaml")
    known = original(path)
    assert known.models
    alone, again = (_loaded(path, layer, **given) for given in ({}, {"known": known}))
    assert again == alone
    assert repr(again) == repr(alone)


def _loaded(path: Path, layer: Document, **given: Any) -> object:
    """Return a scenario under a layer, or all its faults."""
    try:
        found = load(path, layers=[layer], **given)
    except InputError as error:
        return error.faults
    return found.scenario, found.provenance, found.sources, digest(found.scenario)


def test_null_removes_what_is_inherited(overlaid: Loaded) -> None:
    assert overlaid.scenario.actors["OST"].sphere is None
    assert "actors.OST.sphere" not in overlaid.provenance
    assert "actors.OST.sphere" not in overlaid.sources


def test_the_nearest_statement_speaks_for_a_value(overlaid: Loaded) -> None:
    said = overlaid.provenance
    assert said["actors.OST.ties.NOR"] == Provenance((), "read off the map")
    assert said["actors.OST.ties.SUD"] == Provenance(("bl2016-01",), "read off the atlas")
    assert said["actors.OST.support"] == Provenance(("dw2016-12",))
    assert said["actors.WES.supplies.NOR"] == Provenance(("record-ford-trade",))
    assert said["mechanisms.credibility"] == Provenance(("lit-kydd2003",))
    assert said["mechanisms.leverage"] == Provenance((), "a hunch")
    assert said["start"] == Provenance(("lit-ford2001",))
    assert said["actors.OST.treaties.0"] == Provenance(("lit-ford2001",))
    assert said["events.0"] == Provenance(("lit-ford2001",))
    assert said["events.1"] == Provenance((), "as in the treaty")


def test_a_section_s_statement_does_not_speak_for_names_and_titles(overlaid: Loaded) -> None:
    assert (
        not {"scenario", "title", "notes", "actors.WES.name", "actors.NOR.name"}
        & overlaid.provenance.keys()
    )
    assert overlaid.provenance["actors.NOR.strength"] == Provenance((), "invented")


def test_text_keys_are_the_schema_s_texts() -> None:
    schema = Scenario.model_json_schema()
    fields = [
        field
        for model in (schema, *schema["$defs"].values())
        for field in model.get("properties", {}).items()
    ]
    texts = {
        name
        for name, form in fields
        if any("maxLength" in part for part in form.get("anyOf", [form]))
    }
    assert texts | {"scenario"} == TEXT_KEYS


def test_a_replaced_value_does_not_keep_its_citation() -> None:
    chain = load(HERE / "valid" / "small_chain.yaml")
    assert chain.scenario.mechanisms.leverage.low == 0.25
    assert "mechanisms.leverage" not in chain.provenance
    assert "actors.OST.support" not in chain.provenance
    assert chain.provenance["mechanisms.credibility"] == Provenance(("lit-kydd2003",))
    assert chain.scenario.notes is None
    assert chain.scenario.events == ()


def test_sources_name_the_file_and_line_that_state_a_value(overlaid: Loaded) -> None:
    path = HERE / "valid" / "small_overlay.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    support = next(number for number, line in enumerate(lines, 1) if "support:" in line)
    assert overlaid.sources["actors.OST.support"] == (str(path), support)
    assert Path(overlaid.sources["parameters.pace"][0]).resolve() == TINY


def test_every_quantity_knows_its_path(overlaid: Loaded) -> None:
    paths = [quantity.path for quantity in overlaid.scenario.quantities()]
    assert len(paths) == len(set(paths))
    assert {
        "actors.OST.ties.SUD",
        "mechanisms.credibility",
        "parameters.intensity.skirmish",
    } <= set(paths)
    # a file need not name mechanisms, nor effects of the crisis
    off = {path for path in paths if path.startswith("mechanisms.")}
    off |= {"conflict.tempo", "conflict.severity", "conflict.concession"}
    assert set(paths) - off <= overlaid.sources.keys()


# Values set on the command line


def test_set_lays_values_over_the_file(write: Write) -> None:
    path = write()
    sets = [
        "mechanisms.leverage={range: [0.1, 0.2]}",
        "actors.OST.ties={NOR: -high}",
        "horizon_days=5",
    ]
    loaded = load(
        path, [*sets, "actors.OST.supplies.NOR=0.1", "conflict.opening=1", "actors.OST.sphere=null"]
    )
    assert (loaded.scenario.mechanisms.leverage.low, loaded.scenario.horizon_days) == (0.1, 5)
    assert loaded.scenario.actors["OST"].ties["NOR"].word == "-high"
    assert loaded.scenario.actors["OST"].ties["SUD"].word == "medium_high"
    assert loaded.scenario.actors["OST"].sphere is None
    for name in ("mechanisms.leverage", "actors.OST.ties.NOR", "horizon_days"):
        assert loaded.provenance[name] == Provenance((), "set on the command line")
    assert loaded.sources["horizon_days"] == ("--set horizon_days=5", 0)


def test_the_last_set_wins_and_may_cite(write: Write) -> None:
    loaded = load(
        write(), ["mechanisms.leverage=0.1", "mechanisms.leverage={value: 0.3, cites: [lit-a]}"]
    )
    assert loaded.scenario.mechanisms.leverage.low == 0.3
    assert loaded.provenance["mechanisms.leverage"] == Provenance(("lit-a",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leverage", "--set leverage: 'leverage' is not path=value; allowed: keys joined by dots"),
        ("=3", "'=3' is not path=value"),
        ("mechanisms..leverage=3", "is not path=value"),
        ("mechanisms.leverage=", "mechanisms.leverage: no value; write null to remove the value"),
        (
            "mechanisms.levrage=3",
            "--set mechanisms.levrage=3: mechanisms.levrage: unknown key 'levrage' (did you mean",
        ),
        ("mechanism.leverage=3", "mechanism: unknown key 'mechanism' (did you mean mechanisms?)"),
        ("mechanisms.levrage=null", "no base has a value to remove (did you mean leverage?)"),
        (
            "actors.OOST.support=1",
            "unknown actor 'OOST' (did you mean OST?); allowed: NOR, OST, SUD",
        ),
        ("actors.OST.ties.SUDD=low", "unknown actor 'SUDD' (did you mean SUD?)"),
        ("actors.OST.treaties.0.with=NOR", "an item of a list cannot be set; set the whole list"),
        ("events.0.day=3", "an item of a list cannot be set; set the whole list"),
        ("mechanisms.leverage={range: [1, 0]}", "the lower end 1 is above the upper end 0"),
        ("mechanisms.leverage={range: [1, 0", "not valid YAML"),
        ("mechanisms.leverage=!!int 3", "tag '!!int' is not allowed"),
        ("mechanisms={leverage: 1, leverage: 2}", "mechanisms.leverage: stated twice"),
        ("mechanisms=leverage: 1", "not on one line"),
        ("mechanisms.leverage=\a", "control character"),
        ("base=other.yaml", "cannot be set on the command line"),
        ("mechanisms.cites=[lit-a]", "cannot be set on the command line"),
        ("scenario=other", "'other' differs from the file's name; allowed: crisis"),
    ],
)
def test_set_faults(text: str, message: str, write: Write) -> None:
    (fault,) = faults_of(write(), text)
    assert message in fault


def test_faults_of_sets_and_file_come_together(write: Write) -> None:
    faults = faults_of(write("policies: {OST: mediat}\n"), "mechanisms.leverage=hihg", "x")
    assert len(faults) == 3


def test_what_is_missing_is_not_blamed_on_the_command_line(write: Write) -> None:
    path = write("start: null\n")
    (fault,) = faults_of(path, "mechanisms.leverage=1")
    assert fault == "4: start: missing; date of day 0, as year-month-day"


# The resolved form and the digest


@pytest.mark.slow
@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_the_resolved_form_loads_to_the_same(path: Path, tmp_path: Path) -> None:
    assert check(path) == []
    loaded = load(path)
    again = reload(loaded, tmp_path)
    assert again.scenario == loaded.scenario
    assert again.provenance == loaded.provenance
    assert digest(again.scenario) == digest(loaded.scenario)
    assert resolved(again) == resolved(loaded)
    assert resolved(loaded).startswith("# Every value that was used")


def reload(loaded: Loaded, folder: Path) -> Loaded:
    path = folder / "scenario.resolved.yaml"
    path.write_text(resolved(loaded), encoding="utf-8")
    if loaded.scenario.parameters.posterior is not None:
        loaded.scenario.parameters.posterior.write(folder / "posterior.parquet")
    assert check(path) == []
    return load(path)


def test_the_resolved_form_is_readable(overlaid: Loaded) -> None:
    text = resolved(overlaid)
    assert "\n    support: {range: [0.5, 1.5], cites: [dw2016-12]}\n" in text
    assert "\n  leverage: {range: [0.7, 0.9], assumption: a hunch}\n" in text
    assert "base:" not in text
    assert "&" not in text
    assert max(len(line) for line in text.splitlines()) <= 130


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    title=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300),
    notes=st.lists(
        st.sampled_from(["a", " ", "\n", ":", "#", "'", '"', "- ", "1e5", "é", "long word ", "\t"])
    ).map("".join),
    value=st.floats(0, 1),
    assumption=st.text(st.sampled_from(string.printable[:95]), min_size=1, max_size=200).filter(
        str.strip
    ),
)
def test_any_text_and_number_comes_through(
    title: str, notes: str, value: float, assumption: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = load(HERE / "valid" / "small_chain.yaml")
    share = Quantity(low=value, high=value, path="mechanisms.guarantee")
    mechanisms = base.scenario.mechanisms.model_copy(update={"guarantee": share})
    title = re.sub("[\u2028\u2029\ufffe\uffff]", "", title)
    update = {"title": title, "notes": notes, "mechanisms": mechanisms}
    said = {**base.provenance, "mechanisms.guarantee": Provenance((), assumption)}
    loaded = Loaded(base.scenario.model_copy(update=update), said, base.sources)
    again = reload(loaded, tmp_path_factory.mktemp("resolved"))
    assert again.scenario == loaded.scenario
    assert again.provenance == loaded.provenance


def test_the_digest_changes_with_values_only(write: Write) -> None:
    path = write()
    plain = digest(load(path).scenario)
    same = [
        "title=Other",
        "notes=some",
        "start=1999-01-01",
        "conflict.contested_area_km2=7",
        "actors.OST.name=East",
    ]
    same += [
        "mechanisms.dilution=-0.0",
        "actors.NOR.drones={range: [0.2, 0.4]}",
        "conflict.aim={value: 0.5, cites: [lit-a]}",
    ]
    for text in same:
        assert digest(load(path, [text]).scenario) == plain, text
    other = [
        "horizon_days=21",
        "mechanisms.dilution=1e-300",
        "actors.OST.seat=false",
        "actors.OST.sphere=null",
    ]
    other += [
        "policies={OST: mediate}",
        "mechanisms.credibility=neutral",
        "parameters.lethality.range=[50, 200]",
    ]
    digests = {digest(load(path, [text]).scenario) for text in other}
    assert len(digests | {plain}) == len(other) + 1
    assert re.fullmatch("[0-9a-f]{64}", plain)
