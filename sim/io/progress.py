"""A progress bar in a notebook, and none elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

Advance = Callable[[int], None]


def in_notebook() -> bool:
    """Whether this is a Jupyter kernel, which can show pages."""
    try:
        from IPython import get_ipython  # what a kernel has loaded anyway
    except ImportError:
        return False
    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


@contextmanager
def notebook_bar(title: str, total: int) -> Iterator[Advance]:
    """Show a progress bar below a notebook's cell while the block runs; yields what to call with the amount done."""
    if not in_notebook():
        yield lambda amount: None
        return
    from IPython.display import HTML, display

    handle, done = display(HTML(_bar(title, 0, total)), display_id=True), 0

    def advance(amount: int) -> None:
        nonlocal done
        done += amount
        handle.update(HTML(_bar(title, done, total)))

    try:
        yield advance
    finally:
        _clear(handle)


def _bar(title: str, done: int, total: int) -> str:
    return f'<progress value="{done}" max="{total}"></progress> {escape(title)}: {done:,} of {total:,} runs'


def _clear(handle: Any) -> None:
    from IPython.display import HTML

    handle.update(HTML(""))
