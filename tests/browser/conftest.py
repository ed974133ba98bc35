"""A real browser for tests of pages: headless Chromium, driven by playwright.

Install both with ``pip install '.[browser]'`` and the system's package ``chromium``. Without one
of them these tests are skipped, and say which is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pages import DESK, Faults, Open, Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
GRAVE = ("serious", "critical")
"""Faults of accessibility that fail a test, as axe-core ranks them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder, so that a plain ``pytest`` leaves them out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium; skip the test where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'"
    )
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # the sandbox needs rights that containers do not give; all pages are our own
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def watch() -> Watch:
    """Return what pages did. Tests that serve a page add its address to ``allowed``."""
    return Watch()


@pytest.fixture
def open_page(browser: Browser, watch: Watch) -> Iterator[Open]:
    """Return a function that opens a file (or an address) and returns its page.

    Options: ``size`` (width and height in pixels), ``dark`` (the reader prefers dark colours),
    and what else ``browser.new_context`` takes. At the end the test fails if a page asked for
    anything outside this machine, logged an error, or raised an exception.
    """
    contexts = []

    def open_page(
        where: Path | str, size: tuple[int, int] = DESK, dark: bool = False, **options: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        page.goto(where.resolve().as_uri() if isinstance(where, Path) else where)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.faults == []


@pytest.fixture
def grave_faults() -> Faults:
    """Return a function that returns the serious and critical faults that axe-core finds."""
    pytest.importorskip(
        "axe_playwright_python", reason="axe-core is not installed: pip install '.[browser]'"
    )
    script = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def grave_faults(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate("() => axe.run({resultTypes: ['violations'], preload: false})")
        return [
            f"{fault['id']}: {node['html'][:200]} ({node.get('failureSummary', '')})"
            for fault in found["violations"]
            if fault["impact"] in GRAVE
            for node in fault["nodes"]
        ]

    return grave_faults
