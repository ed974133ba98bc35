"""What people read is short, plain, and in the words of the field."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from statistics import median

import prose
import pytest
from commands import ROOT

PAGES = sorted(
    {
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *(ROOT / "docs").rglob("*.md"),
    }
)
PACKAGES = sorted(
    path
    for path in (ROOT / "sim").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").exists()
)
MAX_README = 1300
"""Words of the README: a screen and a half."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def faults(sentences: list[str]) -> list[str]:
    """Return what is wrong with sentences: too long, or with words that we avoid."""
    long = [f"{n} words: {text}" for text in sentences if (n := prose.words(text)) > prose.LONGEST]
    return long + [f"'{word}': {text}" for text in sentences for word in prose.avoided(text)]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_are_plain(page: Path) -> None:
    sentences = prose.of_page(page.read_text(encoding="utf-8"))
    assert faults(sentences) == []
    assert median(map(prose.words, sentences)) < prose.MEDIAN


@pytest.mark.parametrize("package", PACKAGES, ids=named)
def test_docstrings_are_plain(package: Path) -> None:
    found = prose.of_package(package)
    assert [f"{place}: {fault}" for place, text in found.items() for fault in faults(text)] == []
    lengths = [prose.words(sentence) for sentence in chain.from_iterable(found.values())]
    assert not lengths or median(lengths) < prose.MEDIAN


def test_the_readme_is_a_screen_and_a_half() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= MAX_README


@pytest.mark.parametrize(
    ("page", "sentences"),
    [
        (
            "One. Two is here!\n\n- An item\n- Another: `a.b` c",
            ["One.", "Two is here!", "An item", "Another: CODE c"],
        ),
        (
            "# Title\n\nText.\n\n```sh\nsim run\n```\n\n| a | b |\n|---|---|\n\nMore [text](to.md).",
            ["Text.", "More text."],
        ),
        ("Before.\n<!-- generated: x -->\nThe luck.\n<!-- end -->\nAfter.", ["Before.", "After."]),
        (
            "A study (Grimm et al. 2020) says so. It does.",
            ["A study (Grimm et al. 2020) says so.", "It does."],
        ),
    ],
)
def test_sentences_of_a_page(page: str, sentences: list[str]) -> None:
    assert prose.of_page(page) == sentences


def test_sentences_of_a_docstring() -> None:
    text = "Return it.\n\nArgs:\n    one: a thing. It counts.\n    two: another.\n\n>>> f(1)\n2\n"
    assert prose.of_docstring(text) == [
        "Return it.",
        "Args:",
        "one: a thing.",
        "It counts.",
        "two: another.",
    ]


def test_house_words_and_long_sentences_are_found() -> None:
    long = " ".join(["word"] * 41)
    assert len(faults([long, "Two variants share their luck.", "It plays a crisis."])) == 3
    assert (
        faults(
            ["Common random numbers are shared.", "A mediator plays a part.", "It stands aside."]
        )
        == []
    )
