"""Scenario files: what is read, what is refused and how, what comes out again."""

from __future__ import annotations

import os
import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.errors import Fault, InputError
from sim.scenario import Choice, Loaded, Provenance, Quantity, Scenario, check, digest, load, resolved
from sim.scenario.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, plain_scalar, read_document
from sim.scenario.provenance import TEXT_KEYS
from sim.scenario.quantity import WORDS

HERE = Path(__file__).parent
TINY = HERE / "invalid" / "base" / "tiny.yaml"
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
VALID = [*sorted((HERE / "valid").glob("*.yaml")), *sorted((HERE.parent / "scenarios").glob("*.yaml"))]
BASES = [TINY, *sorted((HERE.parent / "scenarios" / "base").glob("*.yaml"))]

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a scenario on the invented base and returns its path."""

    def write(body: str = "", name: str = "crisis") -> Path:
        path = tmp_path / f"{name}.yaml"
        (tmp_path / "tiny.yaml").write_bytes(TINY.read_bytes())
        path.write_text(f"scenario: {name}\ntitle: A crisis\nbase: tiny.yaml\n{body}", encoding="utf-8")
        return path

    return write


def faults_of(path: Path, *sets: str) -> list[str]:
    """Return each fault as ``line: path: message``."""
    with pytest.raises(InputError) as caught:
        load(path, sets)
    return [str(fault).removeprefix(f"{path}:") for fault in caught.value.faults]


# The corpus of invalid files


def expected(path: Path) -> list[tuple[int, str]]:
    """Return the lines and texts that a file of the corpus says its faults hold."""
    found = re.findall(r"^# expect: (\d+): (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(int(line), text) for line, text in found]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_each_invalid_file_has_just_the_faults_it_announces(path: Path) -> None:
    wanted, faults = expected(path), check(path)
    assert wanted
    for line, text in wanted:
        assert any(f.line == line and text in str(f) for f in faults), (line, text, [str(f) for f in faults])
    assert len(faults) == len(wanted), [str(fault) for fault in faults]
    assert {fault.file for fault in faults} == {str(path)}


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_load_refuses_what_check_refuses(path: Path) -> None:
    with pytest.raises(InputError):
        load(path)


def test_no_fault_speaks_the_library_s_language() -> None:
    told = "\n".join(str(fault) for path in INVALID for fault in check(path))
    for jargon in (
        "Input should",
        "Value error",
        "extra_forbidden",
        "pydantic",
        "Extra inputs",
        "type=",
        "dict",
        "None",
    ):
        assert jargon not in told


def test_the_corpus_is_broad() -> None:
    assert len(INVALID) >= 45


@pytest.mark.parametrize("path", BASES, ids=lambda path: path.stem)
def test_a_base_is_valid_as_a_fragment_but_is_no_scenario(path: Path) -> None:
    assert check(path) == []
    (fault,) = faults_of(path)
    assert "scenario: missing; a file without it is a base" in fault


def test_a_fault_inherited_from_a_base_is_shown_in_the_base(tmp_path: Path) -> None:
    base, path = tmp_path / "low.yaml", tmp_path / "crisis.yaml"
    base.write_text(TINY.read_text(encoding="utf-8").replace("leverage: 0.2", "leverage: 0.2.3"), encoding="utf-8")
    path.write_text("scenario: crisis\ntitle: t\nbase: low.yaml\n", encoding="utf-8")
    line = base.read_text(encoding="utf-8").splitlines().index("  leverage: 0.2.3") + 1
    (fault,) = check(path)
    assert (fault.file, fault.line, fault.path) == (str(base), line, "mechanisms.leverage")


# Files that are awkward to keep


def deep(levels: int) -> str:
    return "notes: " + "[" * levels + "]" * levels


def bomb() -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(rows)


AWKWARD = {
    "oversize": (b"#" * (MAX_BYTES + 1), "too large; allowed: 1000000 bytes"),
    "not_utf8": (b"title: ok\nnotes: \xff\xfe\n", "2: not UTF-8 text"),
    "utf16": ("scenario: x\n".encode("utf-16"), "1: not UTF-8 text"),
    "nul": (b"title: a\nnotes: b\x00c\n", "2: control character U+0000"),
    "escape": (b"title: \x1b[31mred\n", "1: control character U+001B"),
    "bomb": (bomb().encode(), "too many values"),
    "wide": (b"notes: [" + b"1," * MAX_NODES + b"1]", "too many values"),
    "deep": (deep(MAX_DEPTH + 1).encode(), "nested too deep; allowed: 30 levels"),
    "very_deep": (deep(100_000).encode(), "nested too deep; allowed: 30 levels"),
    "deep_blocks": (b"- " * 5000, "nested too deep"),
    "deep_by_alias": (f"a: &a {'[' * 20}{']' * 20}\nb: {'[' * 20}*a{']' * 20}".encode(), "nested too deep"),
    "empty": (b"", "1: empty"),
    "null": (b"~", "1: the file is not a mapping"),
    "text": (b"scenario", "1: the file is not a mapping"),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_files_are_refused(name: str, tmp_path: Path) -> None:
    content, message = AWKWARD[name]
    path = tmp_path / f"{name}.yaml"
    path.write_bytes(content)
    (fault,) = faults_of(path)
    assert message in fault


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert "no such file" in faults_of(tmp_path / "absent.yaml")[0]
    assert "is a directory" in faults_of(tmp_path)[0]
    assert "is not a regular file" in faults_of(tmp_path / "pipe.yaml")[0]
    assert "cannot be read" in faults_of(tmp_path / "loop.yaml")[0]
    assert "cannot be read" in faults_of(tmp_path / ("x" * 5000))[0]
    assert "cannot be read" in faults_of(Path("a\0b"))[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads everything")
def test_an_unreadable_file_is_refused(write: Write) -> None:
    path = write()
    path.chmod(0)
    assert "cannot be read: permission denied" in faults_of(path)[0]


def test_bases_may_not_lead_in_a_circle_nor_too_far(tmp_path: Path) -> None:
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"base: {base}.yaml\n", encoding="utf-8")
    (fault,) = check(tmp_path / "a.yaml")
    assert fault.file == str(tmp_path / "c.yaml")
    assert "'a.yaml' stands on this file already" in fault.message
    for number in range(11):
        (tmp_path / f"n{number}.yaml").write_text(f"base: n{number + 1}.yaml\n", encoding="utf-8")
    (tmp_path / "n10.yaml").write_text("notes: the last\n", encoding="utf-8")
    assert check(tmp_path / "n1.yaml") == []
    assert "allowed: 10" in check(tmp_path / "n0.yaml")[0].message


def test_many_faults_take_no_long_time(write: Write) -> None:
    codes = [f"W{number}" for number in range(3000)]
    body = "policies: {" + ", ".join(f"{code}: mediat" for code in codes) + "}\n"
    body += "actors: {OST: {ties: {" + ", ".join(f"{code}: low" for code in codes) + "}}}\n"
    assert len(check(write(body))) >= 1000


# Scalars by the rules of YAML 1.2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("no", "no"), ("on", "on"), ("Yes", "Yes"), ("y", "y"), ("true", True), ("FALSE", False),
        ("null", None), ("~", None), ("", None), ("12:30", "12:30"), ("2016-04-02", "2016-04-02"), ("0o17", 15),
        ("0x1F", 31), ("017", 17), ("1_000", "1_000"), ("1e-3", 1e-3), (".5", 0.5), ("5.", 5.0), ("-12", -12),
        ("+3.5E+2", 350.0), ("0b11", "0b11"), ("=", "="), ("1.2.3", "1.2.3"), ("tRue", "tRue"), ("-high", "-high"),
    ],
)  # fmt: skip
def test_plain_scalars(text: str, value: Any) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


def test_quoted_scalars_are_text_and_lines_are_known(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: '1'\nb:\n  - \"true\"\n  - {c: ~}\nd: &d [1]\ne: *d\n", encoding="utf-8")
    document = read_document(path, "x")
    assert document.values == {"a": "1", "b": ["true", {"c": None}], "d": [1], "e": [1]}
    assert document.lines[("b", 0)] == 3
    assert document.lines[("b", 1, "c")] == 4
    assert document.lines[("e",)] == 6


# Overlays and provenance


@pytest.fixture(scope="module")
def overlaid() -> Loaded:
    return load(HERE / "valid" / "small_overlay.yaml")


def test_an_overlay_changes_only_what_it_states(overlaid: Loaded) -> None:
    east = overlaid.scenario.actors["OST"]
    assert east.ties["NOR"] == Quantity(low=-0.4, high=-0.2, word="-low", path="actors.OST.ties.NOR")
    assert east.ties["SUD"].low == 1e-3
    assert east.broker_value is not None
    assert east.broker_value.word == "high"
    assert overlaid.scenario.mechanisms.leverage.low == 0.7
    assert overlaid.scenario.mechanisms.spoiler.low == 0.1


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
    assert not {"scenario", "title", "notes", "actors.WES.name", "actors.NOR.name"} & overlaid.provenance.keys()
    assert overlaid.provenance["actors.NOR.strength"] == Provenance((), "invented")


def test_text_keys_are_the_schema_s_texts() -> None:
    schema = Scenario.model_json_schema()
    fields = [field for model in (schema, *schema["$defs"].values()) for field in model.get("properties", {}).items()]
    texts = {name for name, form in fields if any("maxLength" in part for part in form.get("anyOf", [form]))}
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
    assert {"actors.OST.ties.SUD", "mechanisms.credibility", "parameters.intensity.skirmish"} <= set(paths)
    assert set(paths) <= overlaid.sources.keys()


# Values set on the command line


def test_set_lays_values_over_the_file(write: Write) -> None:
    path = write()
    sets = ["mechanisms.leverage={range: [0.1, 0.2]}", "actors.OST.ties={NOR: -high}", "horizon_days=5"]
    loaded = load(path, [*sets, "actors.OST.supplies.NOR=0.1", "conflict.opening=1", "actors.OST.sphere=null"])
    assert (loaded.scenario.mechanisms.leverage.low, loaded.scenario.horizon_days) == (0.1, 5)
    assert loaded.scenario.actors["OST"].ties["NOR"].word == "-high"
    assert loaded.scenario.actors["OST"].ties["SUD"].word == "medium_high"
    assert loaded.scenario.actors["OST"].sphere is None
    for name in ("mechanisms.leverage", "actors.OST.ties.NOR", "horizon_days"):
        assert loaded.provenance[name] == Provenance((), "set on the command line")
    assert loaded.sources["horizon_days"] == ("--set horizon_days=5", 0)


def test_the_last_set_wins_and_may_cite(write: Write) -> None:
    loaded = load(write(), ["mechanisms.leverage=0.1", "mechanisms.leverage={value: 0.3, cites: [lit-a]}"])
    assert loaded.scenario.mechanisms.leverage.low == 0.3
    assert loaded.provenance["mechanisms.leverage"] == Provenance(("lit-a",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leverage", "--set leverage: 'leverage' is not path=value; allowed: keys joined by dots"),
        ("=3", "'=3' is not path=value"),
        ("mechanisms..leverage=3", "is not path=value"),
        ("mechanisms.leverage=", "mechanisms.leverage: no value; write null to remove one"),
        ("mechanisms.levrage=3", "--set mechanisms.levrage=3: mechanisms.levrage: unknown key 'levrage' (did you mean"),
        ("mechanism.leverage=3", "mechanism: unknown key 'mechanism' (did you mean mechanisms?)"),
        ("mechanisms.levrage=null", "no base gives it one to remove (did you mean leverage?)"),
        ("actors.OOST.support=1", "unknown actor 'OOST' (did you mean OST?); allowed: NOR, OST, SUD"),
        ("actors.OST.ties.SUDD=low", "unknown actor 'SUDD' (did you mean SUD?)"),
        ("actors.OST.treaties.0.with=NOR", "an item of a list cannot be set; set the whole list"),
        ("events.0.day=3", "an item of a list cannot be set; set the whole list"),
        ("mechanisms.leverage={range: [1, 0]}", "range is upside down"),
        ("mechanisms.leverage={range: [1, 0", "not valid YAML"),
        ("mechanisms.leverage=!!int 3", "tag '!!int' is not allowed"),
        ("mechanisms={leverage: 1, leverage: 2}", "mechanisms.leverage: stands twice"),
        ("mechanisms=leverage: 1", "not in one line"),
        ("mechanisms.leverage=\a", "control character"),
        ("base=other.yaml", "cannot be set on the command line"),
        ("mechanisms.cites=[lit-a]", "cannot be set on the command line"),
        ("scenario=other", "named 'other' in a file named 'crisis'"),
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
    assert fault == "4: start: missing; day 0 (descriptive)"


# The resolved form and the digest


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


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300),
    notes=st.lists(st.sampled_from(["a", " ", "\n", ":", "#", "'", '"', "- ", "1e5", "é", "long word ", "\t"])).map(
        "".join
    ),
    value=st.floats(0, 1),
    assumption=st.text(st.sampled_from(string.printable[:95]), min_size=1, max_size=200).filter(str.strip),
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
    same = ["title=Other", "notes=some", "start=1999-01-01", "conflict.contested_area_km2=7", "actors.OST.name=East"]
    same += [
        "mechanisms.dilution=-0.0",
        "actors.NOR.drones={range: [0.2, 0.4]}",
        "conflict.aim={value: 0.5, cites: [lit-a]}",
    ]
    for text in same:
        assert digest(load(path, [text]).scenario) == plain, text
    other = ["horizon_days=21", "mechanisms.dilution=1e-300", "actors.OST.seat=false", "actors.OST.sphere=null"]
    other += ["policies={OST: mediate}", "mechanisms.credibility=neutral", "parameters.lethality.range=[50, 200]"]
    digests = {digest(load(path, [text]).scenario) for text in other}
    assert len(digests | {plain}) == len(other) + 1
    assert re.fullmatch("[0-9a-f]{64}", plain)


# Whatever is written, only faults come out


def outcome(path: Path) -> list[Fault]:
    try:
        load(path)
    except InputError as error:
        assert error.faults
        return list(error.faults)
    return []


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_faults_and_nothing_else(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    faults = outcome(path)
    assert all(str(fault) for fault in faults)
    assert faults


TOKENS = [
    "\n", "\n  ", "\n    ", " ", ": ", "- ", "{", "}", "[", "]", ", ", "&a ", "*a", "!!str ", "!x", "? ", "| ", "> ",
    "'", '"', "#", "%YAML 1.2", "---", "...", "<<", "scenario", "actors", "ties", "cites", "assumption", "value",
    "range", "any_of", "conflict", "mechanisms", "leverage", "policies", "events", "treaties", "OST", "null", "1",
    "1e9", "high", "true", "base", "tiny.yaml", "\\U00110000", "\t", "\u2028", "0x", "-", "@", "`",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(body=st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_any_yaml_gives_faults_and_nothing_else(body: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "tiny.yaml").write_bytes(TINY.read_bytes())
    (folder / "crisis.yaml").write_text(f"scenario: crisis\ntitle: t\nbase: tiny.yaml\n{body}", encoding="utf-8")
    outcome(folder / "crisis.yaml")


KEYS = st.sampled_from([
    "scenario", "conflict", "actors", "ties", "cites", "assumption", "value", "range", "any_of", "mechanisms",
    "leverage", "credibility", "policies", "events", "treaties", "with", "covers", "supplies", "OST", "SUD", "day",
    "actor", "do", "aim",
])  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | KEYS
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@settings(max_examples=150, deadline=None)
@given(path=st.lists(KEYS, min_size=1, max_size=4).map(".".join), value=TREES)
def test_any_set_gives_faults_and_nothing_else(path: str, value: Any) -> None:
    text = str(value).replace("None", "null").replace("True", "true").replace("False", "false")
    try:
        load(HERE / "valid" / "small_chain.yaml", [f"{path}={text}"])
    except InputError as error:
        assert error.faults


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_to_set_gives_faults_and_nothing_else(text: str) -> None:
    try:
        load(HERE / "valid" / "small_chain.yaml", [text])
    except InputError as error:
        assert error.faults


# Quantities


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    low, high = sorted((draw(st.floats(-1e6, 1e6)), draw(st.floats(-1e6, 1e6))))
    kind = draw(st.sampled_from(["uniform", "log", "mode", "word"]))
    if kind == "word":
        return Quantity.model_validate(draw(st.sampled_from(["", "-"])) + draw(st.sampled_from(sorted(WORDS))))
    if kind == "log" and low > 0:
        return Quantity(low=low, high=high, scale="log")
    if kind == "mode":
        return Quantity(low=low, high=high, mode=draw(st.floats(low, high)))
    return Quantity(low=low, high=high)


@settings(max_examples=300, deadline=None)
@given(quantity=quantities())
def test_quantiles_stay_in_the_range_and_rise(quantity: Quantity) -> None:
    values = quantity.quantile(np.linspace(0, 1, 101))
    assert values.shape == (101,)
    assert values.min() >= quantity.low
    assert values.max() <= quantity.high
    tolerance = 1e-9 * max(1.0, abs(quantity.low), abs(quantity.high))
    assert (np.diff(values) >= -tolerance).all()
    assert Quantity.model_validate(quantity.plain()) == quantity


def test_quantiles_are_those_of_the_distribution() -> None:
    u = np.array([0.0, 0.25, 0.5, 1.0])
    assert Quantity(low=1, high=3).quantile(u) == pytest.approx([1, 1.5, 2, 3])
    assert Quantity(low=1, high=16, scale="log").quantile(u) == pytest.approx([1, 2, 4, 16])
    assert Quantity(low=0, high=1, mode=0.5).quantile(u) == pytest.approx([0, 0.125**0.5, 0.5, 1])
    assert Quantity(low=2, high=2).quantile(u) == pytest.approx([2, 2, 2, 2])


def test_a_choice_gives_each_reading_its_share() -> None:
    choice = Choice.model_validate({"any_of": ["neutral", "kydd03", "off"]})
    picks = choice.pick(np.linspace(0, 1, 3001))
    assert np.bincount(picks).tolist() == [1000, 1000, 1001]
    assert choice.plain() == {"any_of": ["neutral", "kydd03", "off"]}


def test_a_word_must_stand_for_its_range() -> None:
    with pytest.raises(ValidationError, match="stands for another range"):
        Quantity(low=0, high=1, word="high")
