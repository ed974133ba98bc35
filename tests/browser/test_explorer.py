"""The explorer in a real browser: levers by mouse and keyboard, links, looks, and hostile texts."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from commands import ROOT
from commands import scenario as scenario_file
from pages import LOCAL, PHONE, Faults, Open, Watch, overflow
from worlds import copy_of_shipped

from sim.ensemble.executors import here
from sim.explore.explorer import Request, make_page, plan_explorer
from sim.explore.levers import read_lever

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "</script><img src=x onerror=alert(1)> \"'><svg onload=alert(2)>"
RUSSIA = "Russia: stance at the onset"
TURKEY = "Turkey: stance at the onset"
ARMS = "Arms Armenia"


def made(file: Path, *texts: str) -> str:
    levers = tuple(read_lever(text) for text in texts)
    return make_page(plan_explorer(Request(file, file.stem, (), levers, 100, 20, 1)), here)


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the explorer of a shipped crisis with a record and combinations that fail."""
    folder = tmp_path_factory.mktemp("explorer")
    file = copy_of_shipped(folder) / "autumn_2020.yaml"
    html = made(
        file,
        "actors.RUS.stance=aside,arms_defender",
        "actors.TUR.stance=aside,force_challenger",
        "actors.TUR.support=null,4",
    )
    path = folder / "explorer.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    name = HOSTILE.replace("'", "''")
    body = (
        f"expects: '{name}'\nactors:\n  OST: {{name: '{name}', support: {{value: 2, assumption: '{name}'}}}}\n"
        f"  SUD: {{name: '{name} of the south'}}\n  NOR: {{name: '{name} of the north'}}\n"
    )
    path = folder / "hostile.html"
    path.write_text(
        made(scenario_file(folder, title=name, body=body), "actors.OST.support=1"), encoding="utf-8"
    )
    return path


def says(page: Page) -> str:
    return page.inner_text("#says")


def test_it_opens_from_a_file_and_asks_nobody(autumn: Path, open_page: Open, watch: Watch) -> None:
    page = open_page(autumn)
    assert says(page).startswith("As the scenario states it, the fighting lasts")
    assert "This is the base case." in page.inner_text("#changed")
    assert "lasting ceasefire came after 44 days" in page.inner_text("#happened")
    assert page.locator(".panels svg path.here").count() == 2
    assert [address for address in watch.requests if not address.startswith("data:")] == [
        autumn.resolve().as_uri()
    ]


def test_a_lever_works_by_mouse(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    before = page.locator("#fighting path.here").get_attribute("d")
    page.get_by_role("group", name=RUSSIA).get_by_label(ARMS).check()
    assert says(page).startswith("If Russia arms Armenia at the onset, ")
    assert page.locator("#fighting path.here").get_attribute("d") != before
    assert page.locator("#fighting path.base").get_attribute("d") == before
    assert "actors.RUS.stance=arms_defender" in page.inner_text("#command")
    assert page.inner_text("#base-says").startswith("Base case: ")
    assert page.inner_text("#changes h2").endswith("(means over runs)")
    page.get_by_role("button", name="Back to the base case").click()
    assert says(page).startswith("As the scenario states it")
    assert page.locator("#base-says").is_hidden()


def test_levers_work_by_keyboard(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the results"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert says(page).startswith("If Russia stands aside at the onset")
    page.keyboard.press("ArrowDown")
    assert says(page).startswith("If Russia arms Armenia at the onset")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")  # to the last option of the next lever
    assert "Turkey fights for Azerbaijan at the onset" in says(page)


def test_the_link_restores_the_setting(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    page.get_by_role("group", name=RUSSIA).get_by_label(ARMS).check()
    page.get_by_role("group", name=TURKEY).get_by_label("Stands aside").check()
    link = page.url
    assert link.endswith("#actors.RUS.stance=arms_defender&actors.TUR.stance=aside")
    again = open_page(link)
    assert says(again) == says(page)
    assert again.get_by_role("group", name=RUSSIA).get_by_label(ARMS).is_checked()


def test_a_link_with_unknown_values_shows_what_it_knows(autumn: Path, open_page: Open) -> None:
    page = open_page(
        f"{autumn.resolve().as_uri()}#actors.RUS.stance=king&x=<b>&actors.TUR.support=4"
    )
    assert says(page).startswith("If Turkey can give support up to level 4 of 4 (troops), ")

    note = page.inner_text("#link-note")
    assert "actors.RUS.stance=king" in note
    assert "x=<b>" in note
    assert "actors.TUR.support" not in note
    page.get_by_role("button", name="Back to the base case").click()
    assert page.inner_text("#link-note") == ""


def test_the_notes_begin_with_what_the_numbers_do_not_show(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    assert page.locator("#notes h2").first.inner_text() == "What these numbers do not show"
    limits = page.inner_text("#notes h2:first-child + ul")
    for text in ("no prediction", "Civilians", "ceded", "effects in this model", "leaves out"):
        assert text in limits


def test_back_undoes_a_choice(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    page.get_by_role("group", name=RUSSIA).get_by_label(ARMS).check()
    page.get_by_role("group", name=RUSSIA).get_by_label("Stands aside").check()
    page.go_back()
    page.locator("#says:has-text('If Russia arms Armenia')").wait_for()
    assert page.get_by_role("group", name=RUSSIA).get_by_label(ARMS).is_checked()
    page.go_back()
    page.locator("#changed:has-text('This is the base case.')").wait_for()


def test_the_skip_link_leaves_the_setting(autumn: Path, open_page: Open) -> None:
    page = open_page(f"{autumn.resolve().as_uri()}#actors.RUS.stance=arms_defender")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "results"
    assert says(page).startswith("If Russia arms Armenia")


def test_all_settings_are_sorted_and_lead_to_each(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    page.locator("#overview summary").click()
    page.get_by_label("Sort by").select_option(label="Russia mediates (share of days of fighting)")
    page.get_by_label("One change at a time").uncheck()
    shares = page.locator("#overview-table td.number").all_inner_texts()
    numbers = [float(re.sub("[^0-9.]", "", share)) for share in shares]
    assert numbers == sorted(numbers, reverse=True)
    cells = json.loads(page.locator("#data").text_content() or "")["cells"]
    assert len(numbers) == sum("fault" not in cell for cell in cells) < len(cells)
    last = page.locator("#overview-table button").last
    setting = last.inner_text()
    last.click()
    assert says(page).startswith(f"If {setting}, ")
    assert page.locator("#overview-table [aria-current]").all_inner_texts() == [setting]
    assert page.locator("#changes").is_visible()


def test_the_list_of_settings_begins_with_one_change_at_a_time(
    autumn: Path, open_page: Open
) -> None:
    page = open_page(autumn)
    page.locator("#overview summary").click()
    page.get_by_label("Sort by").select_option(label="Turkey fights for Azerbaijan")
    book = json.loads(page.locator("#data").text_content() or "")
    options = [len(lever["options"]) for lever in book["levers"]]
    single = {
        position
        for position, cell in enumerate(book["cells"])
        if "fault" not in cell and sum(map(bool, np.unravel_index(position, options))) < 2
    }
    column = book["overview"].index("Turkey fights for Azerbaijan")
    rows = page.locator("#overview-table tbody tr").all()
    shown = {row.locator("td").nth(0).inner_text(): row.locator("td").nth(2) for row in rows}
    assert set(shown) == {book["cells"][position]["setting"] for position in single}
    for position in single:
        cell = book["cells"][position]
        expected = cell["means"][column][2] if position else ""
        assert shown[cell["setting"]].inner_text() == expected
    fights = shown["Turkey fights for Azerbaijan at the onset"].inner_text()
    assert fights == "+100 points, clear"
    page.get_by_label("One change at a time").uncheck()
    possible = sum("fault" not in cell for cell in book["cells"])
    assert page.locator("#overview-table tbody tr").count() == possible > len(single)


def test_the_table_of_differences_shows_what_third_parties_do(
    autumn: Path, open_page: Open
) -> None:
    page = open_page(autumn)
    assert page.locator("#changes").is_hidden()
    assert page.inner_text("#conduct").startswith("In the base case, ")
    page.get_by_role("group", name=TURKEY).get_by_label("Fights for Azerbaijan").check()
    assert page.inner_text("#conduct").startswith("In this setting, ")
    assert "Turkey supports Azerbaijan (mean level)" in page.inner_text("#changes table")
    finding = page.inner_text("#changes-words")
    assert finding.endswith(" clear, in this model and on average over its draws.")
    reading = page.locator("#changes .reading + table").locator("xpath=preceding-sibling::p")
    assert re.search(r"among \d+ comparisons, one such interval easily", reading.inner_text())


def test_a_combination_that_is_not_allowed_is_named(autumn: Path, open_page: Open) -> None:
    page = open_page(
        f"{autumn.resolve().as_uri()}#actors.TUR.stance=force_challenger&actors.TUR.support=null"
    )
    assert says(page) == "This combination cannot be simulated."
    assert "it has no support" in page.inner_text("#changed")
    assert page.locator("#panels").is_hidden()
    page.get_by_role("button", name="Back to the base case").click()
    assert page.locator("#panels").is_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["desk", "phone"])
def test_it_has_no_grave_fault_of_access(
    autumn: Path, open_page: Open, grave_faults: Faults, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(
        f"{autumn.resolve().as_uri()}#actors.RUS.stance=arms_defender", size=size, dark=dark
    )
    page.locator("#numbers-details summary").click()
    assert grave_faults(page) == []


def test_on_a_phone_lists_replace_buttons(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn, size=PHONE)
    assert overflow(page) == 0
    page.get_by_label(RUSSIA).select_option(label=f"At first: {ARMS[:1].lower()}{ARMS[1:]}")
    assert says(page).startswith("If Russia arms Armenia at the onset, ")
    assert overflow(page) == 0
    for text in page.locator(".panels svg text").all():
        box = text.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE[0]


def test_on_a_phone_a_long_option_stands_in_full(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn, size=PHONE)
    long = "At first: speaks up for Azerbaijan or arms Azerbaijan (base case)"
    full = page.locator("fieldset", has_text=TURKEY).first.locator(".full")
    assert full.inner_text() == long
    page.get_by_label(TURKEY).select_option(label="At first: stands aside")
    assert full.is_hidden()


def test_on_a_phone_each_small_graph_names_its_ends(autumn: Path, open_page: Open) -> None:
    address = f"{autumn.resolve().as_uri()}#actors.TUR.stance=force_challenger"
    page = open_page(address, size=PHONE)
    cells = page.locator("#changes tbody td.mini").all()
    assert cells
    for cell in cells:
        assert cell.locator(".scale").inner_text().split() == ["less", "0", "more"]
        zero = cell.locator(".scale span").nth(1).bounding_box()
        line = cell.locator("svg .axis").bounding_box()
        assert zero is not None
        assert line is not None
        assert abs(zero["x"] + zero["width"] / 2 - line["x"] - line["width"] / 2) < 4
    wide = open_page(address)
    assert wide.locator("#changes td.mini .scale").first.is_hidden()


def test_on_a_phone_the_way_back_is_a_bar_below_the_charts(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn, size=PHONE)
    page.locator("#deaths").scroll_into_view_if_needed()
    bar = page.locator("#to-settings")
    bar.wait_for()
    box = bar.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == pytest.approx((0, PHONE[0]), abs=0.5)
    assert box["y"] + box["height"] == pytest.approx(PHONE[1], abs=0.5)
    bar.click()
    page.locator("#levers select").first.wait_for()
    bar.wait_for(state="hidden")


def test_dark_and_light_differ(autumn: Path, open_page: Open) -> None:
    colours = [
        page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        for page in (open_page(autumn), open_page(autumn, dark=True))
    ]
    assert colours[0] != colours[1]


def test_print_shows_the_results_without_controls(autumn: Path, open_page: Open) -> None:
    page = open_page(f"{autumn.resolve().as_uri()}#actors.RUS.stance=arms_defender")
    page.emulate_media(media="print")
    assert page.locator("#settings").is_hidden()
    assert says(page).startswith("If Russia arms Armenia")
    assert page.locator("#fighting svg").first.is_visible()
    pdf = page.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    assert 1 <= pages <= 4


def test_charts_fit_a_new_width(autumn: Path, open_page: Open) -> None:
    page = open_page(autumn)
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(200)
    width = page.evaluate("() => document.querySelector('#fighting .chart').clientWidth")
    assert page.locator("#fighting svg").first.get_attribute("width") == str(width)


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["desk", "phone"])
def test_hostile_texts_do_no_harm(
    hostile: Path, open_page: Open, watch: Watch, size: tuple[int, int]
) -> None:
    page = open_page(hostile, size=size)
    assert page.title() == f"What if? {HOSTILE}"
    assert page.inner_text("h1") == HOSTILE
    assert page.locator("img").count() == 0
    assert overflow(page) == 0
    if size != PHONE:
        page.locator("#levers input").nth(1).check()
        assert HOSTILE in says(page)
    assert watch.faults == []


# The live page


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a scenario and returns its address."""
    pytest.importorskip("uvicorn", reason="uvicorn is not installed: pip install '.[serve]'")
    started: list[subprocess.Popen[str]] = []

    def serve(file: Path) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "sim", "serve", str(file), "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--runs", "100", "--draws", "20"],
            cwd=ROOT,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("open http://127.0.0.1")
        return f"http://127.0.0.1:{port}/"

    yield serve
    for process in started:
        process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


def test_the_live_page_answers(
    served: Callable[[Path], str],
    tmp_path: Path,
    open_page: Open,
    watch: Watch,
    grave_faults: Faults,
) -> None:
    address = served(scenario_file(tmp_path, body="actors: {OST: {support: 3}}\n"))
    watch.allowed = (*LOCAL, address)
    page = open_page(address)
    done = page.locator("#status:has-text('Simulated in')")
    done.wait_for()
    assert says(page).startswith("As the scenario states it")
    # 1. any value
    page.get_by_label("Find a value").fill("ostland: most")
    field = page.get_by_label("Ostland: most support it can give")
    field.fill("1")
    field.press("Tab")
    page.locator("#says:has-text('Ostland can give support up to level 1')").wait_for()
    assert page.url.endswith("#actors.OST.support=1")
    # 2. a bad value, beside its field
    field.fill("9")
    field.press("Tab")
    fault = page.locator("[id='field-actors.OST.support-fault']:has-text('out of bounds')")
    fault.wait_for()
    assert fault.inner_text() == "9 is out of bounds; allowed: 0 to 4"
    assert field.get_attribute("aria-invalid") == "true"
    # 3. the link
    again = open_page(f"{address}#actors.OST.support=2")
    again.locator("#says:has-text('up to level 2')").wait_for()
    assert grave_faults(again) == []


@pytest.fixture
def april(served: Callable[[Path], str], open_page: Open, watch: Watch) -> Page:
    """Return the live page of a crisis with a record, with all its sections open."""
    address = served(ROOT / "scenarios" / "april_2016.yaml")
    watch.allowed = (*LOCAL, address)
    page = open_page(address, size=(1200, 1000))
    page.locator("#status:has-text('Simulated in')").wait_for()
    page.locator("#levers details.group").evaluate_all("all => all.forEach(one => one.open = true)")
    return page


def test_the_live_base_case_is_shown_as_the_offline_page_shows_it(april: Page) -> None:
    assert april.locator("#changes").is_hidden()
    assert april.inner_text("#fit").startswith("History beside the base case: ")
    assert april.locator("#fighting svg path.base").count() == 0


def test_no_button_covers_the_field_with_the_focus(april: Page) -> None:
    covered = april.evaluate(
        """() => {
          const buttons = document.querySelector("#settings .buttons");
          const fields = document.querySelectorAll("#levers details.group :is(input, select)");
          return [...fields].map((field) => {
            field.focus();
            const below = field.getBoundingClientRect().bottom;
            return below - buttons.getBoundingClientRect().top;
          });
        }"""
    )
    assert len(covered) > 20
    assert max(covered) <= 0
