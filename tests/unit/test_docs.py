"""The documentation is true as far as a machine can tell: generated parts, commands, files, names,
links, pictures.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from commands import ROOT, Call
from PIL import Image

import sim
from docs import gallery, generate
from docs.parts import commands as reference_of_commands
from docs.parts import keys
from sim import charts
from sim.cli import app
from sim.record.history import history_of

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *generate.pages()]
MOST_BYTES = 1_500_000
"""Size of all pictures."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a page in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of every call of ``sim`` in a page."""
    for line in "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines():
        for part in line.split("&&"):
            found = shlex.split(part, comments=True)
            if found and found[0] == "sim":
                yield found[1:]


def pages(language: str) -> list[Any]:
    """Return the pages with code of a language, as parameters of a test."""
    return [pytest.param(page, id=named(page)) for page in PAGES if blocks(page, language)]


def test_generated_parts_are_what_the_code_gives() -> None:
    assert [named(page) for page in generate.stale()] == [], (
        "out of date; to mend, run: python -m docs.generate"
    )


def test_every_generated_part_is_used_once() -> None:
    used = [
        part["name"]
        for page in PAGES
        for part in generate.PART.finditer(page.read_text(encoding="utf-8"))
    ]
    assert sorted(used) == sorted(generate.PARTS)


def test_a_stale_part_is_found() -> None:
    text = "Before.\n<!-- generated: words -->\nold\n<!-- end -->\nAfter.\n"
    fresh = generate.filled(text)
    assert "| `high` | 0.7 to 0.9 |" in fresh
    assert fresh.startswith("Before.\n") and fresh.endswith("After.\n")
    assert generate.filled(fresh) == fresh


def test_keys_have_bounds_defaults_and_examples() -> None:
    text = keys.keys_of_scenarios()
    assert re.search(
        r"\| `ties` \|.*\| by actor's code: a number, a word or a range, -1 to 1 \| none \| `ties:",
        text,
    )
    assert re.search(r"\| `seat` \|.*\| `true` or `false` \| `false` \|", text)
    assert re.search(
        r"\| `horizon_days` \|.*\| a whole number, 1 to 3650 \| required \| `horizon_days: 60`",
        text,
    )
    assert re.search(r"\| `day` \|.*a whole number, 0 to 3650", text)
    assert "`actors.CODE.treaties[]`" in text


def test_every_command_and_option_is_in_the_reference() -> None:
    text = reference_of_commands.commands()
    for info in app.registered_commands:
        assert f"## `sim {info.name}`" in text
    assert "`--set PATH=VALUE`" in text
    assert "| `--runs N` |" in text and "| `2000` |" in text


@pytest.mark.parametrize("page", pages("sh"))
def test_commands_in_pages_can_be_parsed(page: Path) -> None:
    group: Any = typer.main.get_command(app)
    for name, *arguments in commands(page):
        if name == "--version":
            continue
        assert name in group.commands, f"no command sim {name}"
        group.commands[name].make_context(name, list(arguments))


@pytest.mark.parametrize("page", pages("sh"))
def test_values_set_in_pages_can_be_set(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    prepared(page, tmp_path, monkeypatch, call)
    for name, *arguments in commands(page):
        if name == "run" and "/" not in arguments[0]:
            given = [text for flag, text in pairwise(arguments) if flag == "--set"]
            sim.load(arguments[0], set=dict(text.split("=", 1) for text in given))


def prepared(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, call: Call) -> list[Path]:
    """Make a workspace with the files that a page shows, go there, and return the files."""
    home = folder / "crises"
    assert call("init", home).code == 0
    monkeypatch.chdir(home)
    files = []
    for text in blocks(page, "yaml"):
        values = yaml.safe_load(text)
        kinds = {"scenario": "scenarios", "hypothesis": "scenarios/hypotheses", "kind": "seeds"}
        for key, place in kinds.items():
            if key in values and (key != "kind" or "facts" in values):
                files.append(home / place / f"{values[key]}.yaml")
                files[-1].write_text(text, encoding="utf-8")
    return files


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=named)
def test_files_in_pages_pass(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    for file in prepared(page, tmp_path, monkeypatch, call):
        said = call("check", file)
        assert said.code == 0, said.err


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    page = ROOT / "docs" / "tutorial.md"
    files = prepared(page, tmp_path, monkeypatch, call)
    assert [file.stem for file in files] == ["strait", "neuland", "record"]
    for name, *arguments in commands(page):
        if name in ("init", "compare") or arguments == ["."] or "hypotheses" in arguments[-1]:
            continue  # made above; judged by the notebooks; checked by the test of files
        small = ["--runs", 40, "--draws", 8, "--workers", 1] if name == "run" else []
        said = call(name, *arguments, *small)
        assert said.code == 0, said.err


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
def test_the_record_of_a_page_is_shown_beside_its_crisis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    prepared(ROOT / "docs" / "howto" / "own-crisis.md", tmp_path, monkeypatch, call)
    assert call("check", ".").code == 0
    said = call("run", "island", "--runs", 40, "--draws", 8, "--workers", 1).out
    flat = " ".join(said.split())
    assert "history" in flat and "350 [200 to 600]" in flat
    assert "The fighting lasted 12 days and ended in a ceasefire mediated by Ostland" in flat
    found = history_of(sim.load("island").scenario)
    assert found is not None and [event.day for event in found.events] == [0, 12]


@pytest.mark.slow
@pytest.mark.usefixtures("few_charts")
@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *(ROOT / "docs" / "howto").glob("*.md")], ids=named
)
def test_python_in_pages_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for text in blocks(page, "python"):
        small = re.sub(r"runs=\d+, draws=\d+", "runs=60, draws=10, workers=1", text)
        exec(compile(small, named(page), "exec"), names)


def test_names_in_pages_exist() -> None:
    shipped = [*(ROOT / "scenarios").rglob("*.yaml"), *(ROOT / "seeds").glob("*.yaml")]
    texts = [
        *(part() for part in generate.PARTS.values()),
        *(file.read_text(encoding="utf-8") for file in shipped),
    ]
    known = set(re.findall(r"[a-z]\w+", " ".join(texts))) | set(dir(sim))
    unknown = {
        f"{named(page)}: {name}"
        for page in generate.pages()
        for name in re.findall(
            r"`([a-z]{3,}(?:_[a-z0-9]{2,})+)`", generate.PART.sub("", page.read_text("utf-8"))
        )
        if name not in known
    }
    assert unknown == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = target.partition("#")
        if place.startswith("http"):
            continue
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


def test_terms_are_defined_once() -> None:
    terms = re.findall(
        r"^### (.*)$", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(terms) > 40
    assert sorted({term.lower() for term in terms}) == sorted(term.lower() for term in terms)


def test_the_gallery_shows_every_chart() -> None:
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    wanted = set(gallery.names())
    assert {f"{chart.name}_april_2016" for chart in charts.CHARTS} < wanted
    assert set(re.findall(r"images/(\w+)\.png", text)) == wanted
    assert {file.stem for file in gallery.IMAGES.glob("*.png")} == wanted


def test_pictures_are_small() -> None:
    assert sum(file.stat().st_size for file in gallery.IMAGES.iterdir()) < MOST_BYTES


def test_a_picture_is_made_small(tmp_path: Path) -> None:
    gallery.write(Image.new("RGB", (1560, 900), "navy"), tmp_path / "small.png")
    with Image.open(tmp_path / "small.png") as small:
        assert small.size == (780, 450)
        assert small.convert("RGB").getpixel((5, 5)) == (0, 0, 128)


def test_the_readme_gives_the_two_commands_of_the_checks() -> None:
    lines = [
        line
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.startswith("python3 -m venv")
    ]
    assert len(lines) == 2
    assert lines[0].endswith(".venv/bin/sim run april_2016")
    assert lines[1].endswith("-m pytest")
