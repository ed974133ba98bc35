"""Scenario files: what is read, what is refused and how, what comes out again."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import Write, faults_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.io.errors import Fault, InputError
from sim.outcomes.columns import CORE, RUN, columns
from sim.scenario import (
    Actor,
    Choice,
    Conflict,
    Mechanisms,
    Parameters,
    Quantity,
    Scenario,
    check,
    load,
)
from sim.scenario.document import MAX_BYTES, read_document
from sim.scenario.labels import LABELS
from sim.scenario.parsing import MAX_DEPTH, MAX_NODES, plain_scalar
from sim.scenario.quantity import WORDS

HERE = Path(__file__).parents[1]
TINY = HERE / "invalid" / "base" / "tiny.yaml"
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
BASES = [TINY, *sorted((HERE.parent / "scenarios" / "base").glob("*.yaml"))]


# The corpus of invalid files


def expected(path: Path) -> list[tuple[int, str]]:
    """Return the lines and texts that a file of the corpus says its faults hold."""
    found = re.findall(
        r"^# expect: (\d+): (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return [(int(line), text) for line, text in found]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_each_invalid_file_has_just_the_faults_it_announces(path: Path) -> None:
    wanted, faults = expected(path), check(path)
    assert wanted
    for line, text in wanted:
        assert any(f.line == line and text in str(f) for f in faults), (
            line,
            text,
            [str(f) for f in faults],
        )
    assert len(faults) == len(wanted), [str(fault) for fault in faults]
    assert {fault.file for fault in faults} == {str(path)}


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_load_refuses_what_check_refuses(path: Path) -> None:
    with pytest.raises(InputError):
        load(path)


def test_columns_after_actors_never_have_the_name_of_a_fixed_column() -> None:
    """Codes begin with a capital, and no fixed column holds one."""
    assert all(column.name.islower() for column in (*RUN, *CORE))


def test_codes_with_underscores_that_stay_apart_are_allowed(write: Write) -> None:
    scenario = load(
        write("actors: {OS_T: {name: Other, ties: {NOR: low}}, OS: {name: O, ties: {NOR: low}}}\n")
    ).scenario
    names = [column.name for column in columns(scenario)]
    assert {"tie_NOR_OS", "tie_NOR_OS_T"} <= set(names)
    assert len(set(names)) == len(names)


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
    assert "scenario: missing; a file without this key is a base" in fault


def test_a_fault_inherited_from_a_base_is_shown_in_the_base(tmp_path: Path) -> None:
    base, path = tmp_path / "low.yaml", tmp_path / "crisis.yaml"
    base.write_text(
        TINY.read_text(encoding="utf-8").replace("leverage: 0.2", "leverage: 0.2.3"),
        encoding="utf-8",
    )
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
    "deep": (deep(MAX_DEPTH + 1).encode(), "nested too deeply; allowed: 30 levels"),
    "very_deep": (deep(100_000).encode(), "nested too deeply; allowed: 30 levels"),
    "deep_blocks": (b"- " * 5000, "nested too deep"),
    "deep_by_alias": (
        f"a: &a {'[' * 20}{']' * 20}\nb: {'[' * 20}*a{']' * 20}".encode(),
        "nested too deep",
    ),
    "empty": (b"", "1: the file is empty"),
    "null": (b"~", "1: the file is not a mapping"),
    "text": (b"scenario", "1: the file is not a mapping"),
}


@pytest.mark.slow
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
    assert "'a.yaml' is already in the chain of bases" in fault.message
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


# Whatever is written, only faults come out


def outcome(path: Path) -> list[Fault]:
    try:
        load(path)
    except InputError as error:
        assert error.faults
        return list(error.faults)
    return []


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    content=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_give_faults_and_nothing_else(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
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


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(body=st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_any_yaml_gives_faults_and_nothing_else(
    body: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "tiny.yaml").write_bytes(TINY.read_bytes())
    (folder / "crisis.yaml").write_text(
        f"scenario: crisis\ntitle: t\nbase: tiny.yaml\n{body}", encoding="utf-8"
    )
    outcome(folder / "crisis.yaml")


KEYS = st.sampled_from([
    "scenario", "conflict", "actors", "ties", "cites", "assumption", "value", "range", "any_of", "mechanisms",
    "leverage", "credibility", "policies", "events", "treaties", "with", "covers", "supplies", "OST", "SUD", "day",
    "actor", "do", "aim",
])  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | KEYS
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(path=st.lists(KEYS, min_size=1, max_size=4).map(".".join), value=TREES)
def test_any_set_gives_faults_and_nothing_else(path: str, value: Any) -> None:
    text = str(value).replace("None", "null").replace("True", "true").replace("False", "false")
    try:
        load(HERE / "valid" / "small_chain.yaml", [f"{path}={text}"])
    except InputError as error:
        assert error.faults


@settings(max_examples=40, deadline=None)
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
        return Quantity.model_validate(
            draw(st.sampled_from(["", "-"])) + draw(st.sampled_from(sorted(WORDS)))
        )
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
    with pytest.raises(ValidationError, match="means another range"):
        Quantity(low=0, high=1, word="high")


def test_every_value_of_the_model_has_a_name_for_readers() -> None:
    plain = {"posterior", "intensity"}  # they hold no single number
    keys = {*Parameters.model_fields, *Mechanisms.model_fields} - plain
    assert keys <= set(LABELS)
    known = {*keys, *Conflict.model_fields, *Actor.model_fields, *Scenario.model_fields}
    assert set(LABELS) <= known
