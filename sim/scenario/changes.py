"""List the values that the command line set, for titles and names of folders."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sim.io.text import clipped
from sim.scenario.provenance import TEXT_KEYS
from sim.scenario.tree import Leaf, Section, walk

SET = "--set "
"""First part of the source of a value that was set on the command line."""
LONGEST_TITLE = 2000
LONGEST_SUFFIX = 400
LONGEST_NAME = 60
_ABBREVIATED = re.compile(r"^(actors|parameters|mechanisms|policies)\.")


def changes(sources: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """Return the values that the command line set, as they were given, by path.

    A removed value is ``null``. Texts for readers, such as a title, are left out.

    Args:
        sources: file and line by path, as a loaded scenario has them.

    >>> changes({"horizon_days": ("--set horizon_days=30", 0), "start": ("crisis.yaml", 4)})
    {'horizon_days': '30'}
    """
    given = dict.fromkeys(
        file.removeprefix(SET) for file, _ in sources.values() if file.startswith(SET)
    )
    stated = (text.partition("=") for text in given)
    return {
        path.strip(): value.strip()
        for path, _, value in stated
        if path.strip().split(".")[-1] not in TEXT_KEYS
    }


def removed(tree: Section) -> dict[str, tuple[str, int]]:
    """Return the source of every value that the command line removed, by path."""
    return {
        ".".join(map(str, route)): (node.source.file, node.source.line)
        for route, node in walk(tree)
        if isinstance(node, Leaf) and node.value is None and node.source.file.startswith(SET)
    }


def retitled(title: str, changed: str) -> str:
    """Return the title of a scenario with what the command line set, in words.

    >>> retitled("A crisis", "Russia standing aside")
    'A crisis, with Russia standing aside'
    """
    suffix = with_changes(changed)
    return clipped(title, LONGEST_TITLE - len(suffix)) + suffix if suffix else title


def with_changes(changed: str) -> str:
    """Return what the command line set as the end of a title; empty if it set nothing.

    Args:
        changed: the changes in words, see :func:`sim.scenario.wording.changes_in_words`.

    >>> with_changes("horizon days at 30")
    ', with horizon days at 30'
    """
    return f", with {clipped(changed, LONGEST_SUFFIX)}" if changed else ""


def short_name(found: Mapping[str, str]) -> str:
    """Return what the command line set as part of a folder's name.

    The name has at most 60 characters, all allowed by every file system.

    >>> short_name({"actors.OST.support": "3"})
    'OST.support=3'
    """
    stated = "+".join(f"{_ABBREVIATED.sub('', path)}={value}" for path, value in found.items())
    return re.sub(r"[^A-Za-z0-9._=+-]+", "_", stated)[:LONGEST_NAME].strip("_.")
