"""Put the page together: one HTML file that asks no server for anything.

Texts of scenarios and evidence come from users. They are data in JSON, in which no character can
end the element around it, and the script sets them only as text. The content security policy
allows the styles and the script of the page by their digests, and nothing else.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from sim.io.errors import UsageError

LARGEST = 2_000_000
"""Largest size of a page in bytes."""
OFFLINE = ("charts.js", "panels.js", "explorer.js", "begin.js")
"""Scripts of the offline page, in order."""
MARK = b'<meta name="generator" content="demarche">'
"""Text by which a page of this program is recognised."""
BEGINNING = 4096
"""Number of bytes at the beginning of a page that contain its mark."""
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def page(
    content: Mapping[str, Any], scripts: Sequence[str] = OFFLINE, connect: str = "'none'"
) -> str:
    """Return the HTML of a page.

    Args:
        content: what it shows, see :func:`sim.explore.account.account`.
        scripts: names of its scripts, in order.
        connect: where its script may send requests to.
    """
    style = _file("explorer.css")
    script = "\n".join(['"use strict";', *map(_file, scripts)])
    filled = {
        "policy": policy(style, script, connect),
        "title": escape(str(content["title"])),
        "style": style,
        "data": as_json(content),
        "script": script,
    }
    return _filled(_file("explorer.html"), filled)


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its marks replaced, each once; values are not searched for marks."""
    parts = []
    for piece in template.split("{{ "):
        name, mark, rest = piece.partition(" }}")
        parts.append(values[name] + rest if mark else piece)
    return "".join(parts)


def policy(style: str, script: str, connect: str) -> str:
    """Return the content security policy of a page."""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        f"img-src data:; connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def as_json(content: Any) -> str:
    r"""Return content as JSON that is safe inside a script element.

    >>> print(as_json({"title": "</script>"}))
    {"title":"\u003c/script\u003e"}
    """
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for letter, safe in _UNSAFE.items():
        text = text.replace(letter, safe)
    return text


def refuse_size(html: str) -> None:
    """Raise UsageError if a page is larger than allowed."""
    size = len(html.encode())
    if size > LARGEST:
        raise UsageError(
            f"the page would have {size / 1e6:.1f} MB; allowed: {LARGEST / 1e6:.0f} MB; "
            "give fewer values to --lever"
        )


def refuse_to_replace(target: Path) -> None:
    """Raise UsageError if a page would replace anything but an earlier page."""
    if target.is_dir():
        raise UsageError(f"--out {target}: is a folder; allowed: a file, such as explore.html")
    if not target.exists():
        return
    is_page = False
    if target.is_file():
        with target.open("rb") as file:
            is_page = MARK in file.read(BEGINNING)
    if not is_page:
        what = "exists, and is no explorer page; choose another file, or remove this one"
        raise UsageError(f"--out {target}: {what}")


def _file(name: str) -> str:
    return (files("sim.explore") / "page" / name).read_text(encoding="utf-8")
