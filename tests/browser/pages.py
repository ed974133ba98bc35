"""What tests of pages share: what a page did, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Dialog, Page, Request

LOCAL = ("file:", "data:", "blob:")
"""Beginnings of addresses that stay on this machine."""
DESK = (1280, 900)
PHONE = (390, 844)

Open = Callable[..., "Page"]
Faults = Callable[["Page"], list[str]]


@dataclass
class Watch:
    """What pages did while a test looked at them.

    Attributes:
        allowed: beginnings of the addresses that a page may ask for.
        requests: every address that was asked for, in order.
        faults: requests that are not allowed, messages of error and uncaught exceptions.
    """

    allowed: tuple[str, ...] = LOCAL
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("request", self._request)
        page.on("console", self._message)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("dialog", self._dialog)

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith(self.allowed):
            self.faults.append(f"request: {request.url}")

    def _message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    return int(
        page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
