"""The digest of code: comments and docstrings do not count, and everything else does."""

import io
import tokenize
from pathlib import Path

import pytest

from sim.ensemble.code import ROOTS, _reached, essence

SIM = Path(__file__).parents[2] / "sim"
ENDS = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
"""Tokens after which a statement begins."""
SOURCE = '''\
"""What a module is for."""

LIMIT = 3  # of days
"""Days."""


def rule(text: str = "# none") -> str:
    r"""Return a text (with "quotes" and a \\ mark)."""
    # a comment
    return format(
        """a long
  # text"""
    )
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What a module is for", "What it's for"),
        ("# of days", "#"),
        ("  # of days", ""),
        ('"""Days."""\n', ""),
        ("# a comment\n", "# two (\n    # comments\n\n"),
        ('(with "quotes" and a \\ mark)', "of several\n\n    lines ["),
    ],
)
def test_comments_and_docstrings_do_not_count(old: str, new: str) -> None:
    assert old in SOURCE
    assert essence(SOURCE.replace(old, new)) == essence(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("3", "4"), ("# none", "# some"), ("a long", "a short"), ("  # text", "  # word")],
)
def test_code_and_the_strings_in_it_count(old: str, new: str) -> None:
    assert old in SOURCE
    assert essence(SOURCE.replace(old, new)) != essence(SOURCE)


def test_a_string_that_continues_a_line_is_code() -> None:
    assert essence("text = \\\n'of this'\n") == "text = \\\n'of this'\n"


@pytest.mark.parametrize("file", sorted(SIM.rglob("*.py")), ids=lambda file: file.name)
def test_python_reads_the_same_code_in_what_is_left(file: Path) -> None:
    source = file.read_text("utf-8")
    assert code_of(essence(source)) == code_of(source)


def code_of(source: str) -> list[str]:
    """Return the tokens of a source text without layout, comments and bare strings."""
    layout = (tokenize.NL, tokenize.COMMENT)
    found = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in layout
    ]
    before = [tokenize.NEWLINE, *(token.type for token in found)]
    after = [*(token.type for token in found[1:]), tokenize.NEWLINE]
    return [
        token.string
        for token, left, right in zip(found, before[:-1], after, strict=True)
        if token.type not in (*ENDS, tokenize.ENDMARKER)
        and not (token.type == tokenize.STRING and left in ENDS and right == tokenize.NEWLINE)
    ]


def test_the_engine_is_reached_and_the_reading_of_scenarios_is_not() -> None:
    reached = _reached(ROOTS)
    assert {"sim.engine.rules.battle", "sim.engine.world", "sim.scenario.schema"} <= reached.keys()
    assert not {"sim.scenario.load", "sim.charts", "sim.results"} & reached.keys()
