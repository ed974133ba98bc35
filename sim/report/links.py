"""Addresses of sources: which of them a report may link to."""

from __future__ import annotations

import re

_WEB = re.compile(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f\x7f]+", re.ASCII | re.IGNORECASE)


def web_address(stated: str | None) -> str:
    """Return an address that a report may link to; empty for anything else than a web address.

    Addresses come from files of users, so that a script or a local file may hide in one.

    >>> web_address("https://doi.org/10.1017/S0020818300033324")
    'https://doi.org/10.1017/S0020818300033324'
    >>> web_address("javascript:alert(1)"), web_address(None)
    ('', '')
    """
    address = (stated or "").strip()
    return address if _WEB.fullmatch(address) else ""
