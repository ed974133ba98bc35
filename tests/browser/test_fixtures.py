"""The browser's fixtures find what they look for: a request, an error, a fault, a wide page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pages import PHONE, Faults, Open, Watch, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOOD = (
    '<!DOCTYPE html><html lang="en"><head><title>A page</title></head>'
    '<body style="margin: 0"><main><h1>A page</h1></main></body></html>'
)


@pytest.fixture
def page_of(tmp_path: Path, open_page: Open) -> Open:
    def page_of(extra: str = "", **options: object) -> Page:
        path = tmp_path / "page.html"
        path.write_text(GOOD.replace("</main>", f"{extra}</main>"), encoding="utf-8")
        return open_page(path, **options)

    return page_of


def test_a_good_page_has_no_fault(
    page_of: Open, watch: Watch, grave_faults: Faults, tmp_path: Path
) -> None:
    page = page_of()
    assert grave_faults(page) == []
    assert watch.requests == [(tmp_path / "page.html").as_uri()]


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ('<img alt="" src="http://127.0.0.1:9/x.png">', "request: http://127.0.0.1:9/x.png"),
        ("<script>throw new Error('oh')</script>", "exception: oh"),
        ("<script>console.error('oh')</script>", "console: oh"),
    ],
)
def test_what_a_page_must_not_do_is_found(
    page_of: Open, watch: Watch, extra: str, fault: str
) -> None:
    page_of(extra).wait_for_load_state("networkidle")
    assert fault in watch.faults
    watch.faults.clear()


def test_a_dialog_is_found(page_of: Open, watch: Watch) -> None:
    page_of("<button onclick=\"alert('oh')\">Press</button>").locator("button").click()
    assert watch.faults == ["dialog: oh"]
    watch.faults.clear()


def test_axe_finds_an_image_without_words(page_of: Open, grave_faults: Faults) -> None:
    (fault,) = grave_faults(page_of('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'))
    assert fault.startswith("image-alt: <img")


def test_a_page_wider_than_a_phone_is_measured(page_of: Open) -> None:
    assert overflow(page_of('<p style="width: 500px">wide</p>', size=PHONE)) == 110
    assert overflow(page_of("<p>narrow</p>", size=PHONE)) == 0
