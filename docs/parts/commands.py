"""Commands with their arguments and options, from the functions that declare them."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from typer.models import ArgumentInfo, OptionInfo

from docs.parts.markdown import Row, code, plain, table
from sim.cli import app


@dataclasses.dataclass(frozen=True)
class Parameter:
    """An argument or an option of a command, as its function declares it."""

    name: str
    hint: Any
    declared: ArgumentInfo | OptionInfo
    default: Any

    @property
    def is_option(self) -> bool:
        """Whether it has a name on the command line."""
        return isinstance(self.declared, OptionInfo)

    @property
    def value(self) -> str:
        """Placeholder of its value in a line of usage."""
        if self.declared.metavar:
            return self.declared.metavar
        kinds = [
            part for part in typing.get_args(self.hint) or (self.hint,) if part is not type(None)
        ]
        if issubclass(kinds[0], enum.Enum):
            return "[" + "|".join(str(member.value) for member in kinds[0]) + "]"
        if self.is_option:
            return {int: "N", float: "X", Path: "PATH"}.get(kinds[0], "TEXT")
        return (
            self.name.upper()
            if self.default is inspect.Parameter.empty
            else f"[{self.name.upper()}]"
        )

    @property
    def shown(self) -> str:
        """How it is written."""
        if not self.is_option:
            return self.value
        given = (self.declared.default, *(self.declared.param_decls or ()))
        names = [name for name in given if isinstance(name, str) and name.startswith("-")]
        text = ", ".join(names or [f"--{self.name.replace('_', '-')}"])
        return text if self.hint is bool else f"{text} {self.value}"

    @property
    def default_shown(self) -> str:
        """Its default; empty if the default is nothing."""
        value = getattr(self.default, "value", self.default)
        is_nothing = value in (inspect.Parameter.empty, None, False, [], (), "")
        return "" if is_nothing else code(value)

    @property
    def row(self) -> Row:
        """The parameter in a table."""
        return code(self.shown), plain(self.declared.help or ""), self.default_shown


def commands() -> str:
    """Return every command with its arguments and options."""
    return "\n".join(
        _command(str(info.name), info.callback) for info in app.registered_commands if info.callback
    )


def _command(name: str, function: Callable[..., Any]) -> str:
    found = sorted(_parameters(function), key=lambda parameter: parameter.is_option)
    usage = ["sim", name, *(p.shown for p in found if not p.is_option)]
    usage += ["[OPTIONS]"] if any(p.is_option for p in found) else []
    rows = table(
        ("argument or option", "meaning", "default"), (parameter.row for parameter in found)
    )
    about = plain(inspect.cleandoc(function.__doc__ or ""))
    return f"## `sim {name}`\n\n{about}\n\n```\n{' '.join(usage)}\n```\n\n{rows}"


def _parameters(function: Callable[..., Any]) -> Iterator[Parameter]:
    hints = typing.get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        hint, declared = typing.get_args(hints[name])
        yield Parameter(name, hint, declared, parameter.default)
