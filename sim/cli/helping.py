"""The help of the command line: plain text, because a library for richer help is slow to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperGroup


def group(sections: Mapping[str, Sequence[str]]) -> type[TyperGroup]:
    """Return a class of command groups whose help lists commands in sections, with whole sentences.

    Args:
        sections: names of commands by heading.
    """

    class Grouped(TyperGroup):
        # the types are those of Click, of which newer versions of Typer have a copy of their own
        def format_commands(self, ctx: Any, formatter: Any) -> None:
            for heading, names in sections.items():
                with formatter.section(heading):
                    formatter.write_dl([(name, _summary(self.commands[name])) for name in names])

    return Grouped


def _summary(command: Any) -> str:
    """Return the first paragraph of the help of a command."""
    return " ".join(command.help.split("\n\n")[0].split())
