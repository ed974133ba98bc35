"""Reports in a real browser: offline, harmless, and readable on any screen and on paper."""

from __future__ import annotations

import json
import re
import shutil
import socket
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from commands import QUICK, ROOT, first_of
from pages import DESK, PHONE, Faults, Open, Watch, overflow
from pictures import result_of
from PIL import Image
from worlds import SCENARIOS

import sim
from sim import report
from sim.arguments import judging
from sim.arguments.reader import open_comparison
from sim.charts import draw_all
from sim.charts.page import WIDTH
from sim.evidence import Article, Evidence, File, load_folder
from sim.results.reader import Result, open_result
from sim.scenario import load

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SEEDS = ROOT / "seeds"
SAMPLES = tuple(sorted((ROOT / "examples").glob("report_*.html")))
MOST_PAGES = 12
MISCHIEF = (
    '</title></style><script>alert(1)</script><img src=x onerror="alert(2)">'
    '<a href="javascript:alert(3)">x</a><base href="http://example.org/">'
    '<meta http-equiv="refresh" content="0;url=http://example.org/">{{ 7 * 7 }}'
)
ELEMENTS = "script, base, iframe, object, embed, form, [onerror], [onclick]"


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a small ensemble of the war of autumn 2020, with all charts."""
    result = result_of(load(SCENARIOS / "autumn_2020.yaml"), tmp_path_factory.mktemp("results"))
    draw_all(result)
    return report.write(result, load_folder(SEEDS))


@pytest.fixture(scope="module")
def arguments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a comparison of two arguments, with all charts."""
    where = tmp_path_factory.mktemp("comparison")
    files = [first_of(name, where / f"{name}.yaml") for name in ("golts", "dubnov")]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judging, "QUICK", QUICK)
        patched.chdir(ROOT)
        made = sim.compare(*files, quick=True, workers=1, out=where)
    return made.folder / report.NAME


@pytest.fixture(params=["autumn", "arguments", *(path.name for path in SAMPLES)])
def page(request: pytest.FixtureRequest) -> Path:
    """Return a report: of a run, of a comparison, and the samples of this project."""
    if request.param.endswith(".html"):
        return ROOT / "examples" / request.param
    return Path(request.getfixturevalue(request.param))


def printed(page: Page) -> int:
    """Return the number of pages of paper."""
    return len(re.findall(rb"/Type ?/Page\b", page.pdf(prefer_css_page_size=True)))


def luminance(element: Locator, what: str) -> float:
    """Return how light a colour of an element is, from 0 to 1."""
    text = element.evaluate(f"element => getComputedStyle(element).{what}")
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", text)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# One file, offline


def test_it_opens_from_a_file_and_asks_for_nothing_else(
    page: Path, open_page: Open, watch: Watch
) -> None:
    opened = open_page(page)
    assert opened.locator("h1").count() == 1
    others = [address for address in watch.requests if not address.startswith("data:")]
    assert others == [page.resolve().as_uri()]


def test_every_chart_is_shown_and_described(page: Path, open_page: Open) -> None:
    images = open_page(page).locator("img")
    assert images.count() > 0
    for image in images.all():
        assert image.evaluate("image => image.complete && image.naturalWidth") > 100
        assert len(image.get_attribute("alt") or "") > 40


def test_the_contents_lead_to_their_sections(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    links = opened.locator("nav a")
    assert links.count() > 8
    for link in links.all():
        link.click()
        target = opened.locator(":target")
        assert target.count() == 1
        heading = target.locator("h2, h3").first.inner_text()
        assert heading == link.inner_text() or (heading and target.locator("img").count() == 1)
        assert target.evaluate("section => section.getBoundingClientRect().top") < DESK[1]


def test_the_first_key_leads_past_the_contents(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    opened.keyboard.press("Tab")
    focus = opened.locator(":focus")
    assert focus.inner_text() == "Skip to the report"
    assert (focus.bounding_box() or {"y": -1})["y"] >= 0
    opened.keyboard.press("Enter")
    assert opened.evaluate("location.hash") == "#main"


def test_a_citation_leads_to_its_source(autumn: Path, open_page: Open) -> None:
    opened = open_page(autumn)
    opened.locator("#values-crisis summary").first.click()
    link = opened.locator("#values-crisis td a").first
    link.click()
    assert opened.locator(":target code").inner_text() == link.inner_text()


# On any screen


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_no_serious_fault_of_accessibility(
    page: Path, open_page: Open, grave_faults: Faults, size: tuple[int, int], dark: bool
) -> None:
    opened = open_page(page, size=size, dark=dark)
    opened.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert grave_faults(opened) == []


def test_no_page_is_wider_than_its_window(page: Path, open_page: Open) -> None:
    opened = open_page(page)
    opened.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    for width in (320, 390, 768, 1280, 1920):
        opened.set_viewport_size({"width": width, "height": 900})
        assert overflow(opened) == 0, width
        scrolled = opened.locator("main *:not(thead, thead *, .finding, .box)").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1"
            " && getComputedStyle(one).overflowX !== 'visible').map(one => one.outerHTML)"
        )
        assert scrolled == [], width


def test_charts_are_legible_on_a_phone(autumn: Path, open_page: Open) -> None:
    """Letters of 7.5 points keep 8 pixels: a chart scrolls in its own box, not the page."""
    opened = open_page(autumn, size=PHONE)
    for image in opened.locator("img.chart").all():
        inches = image.evaluate("image => image.clientWidth") / WIDTH
        assert 7.5 / 72 * inches >= 8
    boxes = opened.locator(".box").evaluate_all(
        "all => all.map(box => [box.clientWidth, box.scrollWidth])"
    )
    assert boxes and all(seen <= PHONE[0] < whole for seen, whole in boxes)
    assert overflow(opened) == 0


def test_it_is_dark_where_the_reader_prefers_that(page: Path, open_page: Open) -> None:
    light, dark = (open_page(page, dark=dark).locator("body") for dark in (False, True))
    assert luminance(light, "backgroundColor") > 0.9 > 0.2 > luminance(light, "color")
    assert luminance(dark, "backgroundColor") < 0.2 < 0.7 < luminance(dark, "color")


def test_charts_are_dark_too(autumn: Path, open_page: Open) -> None:
    """The corner of a chart is white paper; in the dark it has the colour of the page."""
    corners = []
    for dark in (False, True):
        shot = open_page(autumn, dark=dark).locator("img").first.screenshot()
        corners.append(Image.open(BytesIO(shot)).convert("L").getpixel((3, 3)))
    assert corners[0] > 250
    assert corners[1] < 40


@pytest.mark.parametrize("width", [DESK[0], PHONE[0]])
def test_claims_of_a_comparison_are_readable(arguments: Path, open_page: Open, width: int) -> None:
    """No cell of a table of verdicts is so narrow that words break, whatever the screen."""
    opened = open_page(arguments, size=(width, 900))
    claims = opened.locator("table.verdicts tbody th")
    assert claims.count() == 2
    assert "Turkish support makes it harder for Moscow" in claims.first.inner_text()
    for cell in opened.locator("table.verdicts tbody tr > *, table.words tbody tr > th").all():
        box = cell.bounding_box()
        assert box is not None and box["width"] >= 120, cell.inner_text()
        assert box["x"] + box["width"] <= width
    size = claims.first.evaluate("cell => parseFloat(getComputedStyle(cell).fontSize)")
    assert size >= 14


# On paper


def test_the_war_of_autumn_2020_takes_at_most_twelve_pages(autumn: Path, open_page: Open) -> None:
    assert 4 < printed(open_page(autumn)) <= MOST_PAGES


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_takes_at_most_twelve_pages(sample: Path, open_page: Open) -> None:
    assert 4 < printed(open_page(sample)) <= MOST_PAGES


def test_paper_is_white_and_shows_every_value(page: Path, open_page: Open) -> None:
    opened = open_page(page, dark=True)
    opened.emulate_media(media="print")
    body = opened.locator("body")
    assert luminance(body, "color") < 0.2
    assert opened.locator("img").first.evaluate("image => getComputedStyle(image).filter") == "none"
    heights = opened.locator("details.group > :not(summary, .controls)").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert heights and min(heights) > 0


# Harmless


def spoilt(file: File) -> File:
    """Return an evidence file in which every article is full of markup."""
    if not isinstance(file.model, Article):
        return file
    texts = {"author": MISCHIEF, "title": MISCHIEF, "outlet": MISCHIEF}
    claim = {"speaker": MISCHIEF, "says": MISCHIEF}
    claims = tuple(item.model_copy(update=claim) for item in file.model.claims)
    update = {**texts, "address": "javascript:alert(4)", "claims": claims}
    return replace(file, model=file.model.model_copy(update=update))


def hostile(result: Result) -> Path:
    """Return the report of a result whose texts and sources are all full of markup."""
    scenario = result.scenario.model_copy(
        update={"title": MISCHIEF, "notes": MISCHIEF, "expects": MISCHIEF}
    )
    actors = {
        code: actor.model_copy(update={"name": f"{code} {MISCHIEF}"})
        for code, actor in scenario.actors.items()
    }
    scenario = scenario.model_copy(update={"actors": actors})
    result.__dict__["loaded"] = replace(result.loaded, scenario=scenario)
    held = load_folder(SEEDS)
    return report.write(result, Evidence(tuple(map(spoilt, held.files))))


def test_hostile_texts_are_shown_and_do_nothing(
    autumn: Path, open_page: Open, watch: Watch, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(autumn.parent, tmp_path / "copy"))
    path = hostile(open_result(copy))
    opened = open_page(path)
    opened.wait_for_timeout(200)
    assert opened.title() == f"{MISCHIEF}: simulation report"
    assert opened.locator("h1").inner_text() == MISCHIEF
    assert opened.locator(ELEMENTS).count() == 0
    assert opened.locator("meta[http-equiv]").count() == 1
    addresses = opened.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert all(re.match(r"#|https?://", address) for address in addresses)
    assert opened.url == path.resolve().as_uri()
    assert overflow(opened) == 0
    assert overflow(open_page(path, size=PHONE)) == 0
    assert watch.faults == []


def test_hostile_claims_are_shown_and_do_nothing(
    arguments: Path, open_page: Open, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(arguments.parent, tmp_path / "copy"))
    table = pd.read_parquet(copy / "verdicts.parquet")
    texts = dict.fromkeys(("says", "reading", "condition_1", "rests_on", "driver"), MISCHIEF)
    table.assign(**texts).to_parquet(copy / "verdicts.parquet", index=False)
    manifest = json.loads((copy / "comparison.json").read_text(encoding="utf-8"))
    for stated in manifest["arguments"]:
        stated.update(dict.fromkeys(("analyst", "argument", "notes", "assumption"), MISCHIEF))
    (copy / "comparison.json").write_text(json.dumps(manifest), encoding="utf-8")
    path = report.write_comparison(open_comparison(copy), load_folder(SEEDS))
    opened = open_page(path)
    opened.wait_for_timeout(200)
    assert MISCHIEF in opened.locator("table.verdicts tbody th").first.inner_text()
    assert opened.locator("h3").first.inner_text() == MISCHIEF
    assert opened.locator(ELEMENTS).count() == 0
    assert opened.locator("meta[http-equiv]").count() == 1
    assert overflow(opened) == 0
    assert overflow(open_page(path, size=PHONE)) == 0


def test_the_policy_of_the_page_stops_what_might_slip_through(
    autumn: Path, open_page: Open, watch: Watch, tmp_path: Path
) -> None:
    """Even markup that is not escaped neither runs nor loads anything."""
    path = tmp_path / "spoilt.html"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        slipped = (
            f"<img alt='' src='http://127.0.0.1:{server.getsockname()[1]}/x.png'>"
            "<script>document.title = 'run'</script>"
            "<img alt='' src='data:,x' onerror=\"document.title = 'run'\"></main>"
        )
        path.write_text(autumn.read_text("utf-8").replace("</main>", slipped), encoding="utf-8")
        opened = open_page(path)
        with pytest.raises(TimeoutError):
            server.accept()
    assert opened.title() != "run"
    stopped = [fault for fault in watch.faults if "Content Security Policy" in fault]
    assert len(stopped) == 3
    watch.faults.clear()
