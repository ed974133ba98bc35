"""A progress bar for notebooks; elsewhere it shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

Advance = Callable[[int], None]


def in_notebook() -> bool:
    """Whether this is a Jupyter kernel, which can display HTML."""
    try:
        from IPython import get_ipython  # already loaded in a kernel
    except ImportError:
        return False
    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


@contextmanager
def notebook_bar(title: str, total: int) -> Iterator[Advance]:
    """Show a progress bar below a notebook's cell while the block runs.

    Args:
        title: what is simulated.
        total: number of runs; 0 if it is not known.

    Yields:
        A function that advances the bar by a number of runs.
    """
    if not in_notebook():
        yield lambda amount: None
        return
    from IPython.display import HTML, display

    handle = display(HTML(_bar(title, 0, total)), display_id=True)
    done = 0

    def advance(amount: int) -> None:
        nonlocal done
        done += amount
        handle.update(HTML(_bar(title, done, total)))

    try:
        yield advance
    finally:
        _clear(handle)


def _bar(title: str, done: int, total: int) -> str:
    if not total:  # not known
        return f"<progress></progress> {escape(title)}: {done:,} runs"
    bar = f'<progress value="{done}" max="{total}"></progress>'
    return f"{bar} {escape(title)}: {done:,} of {total:,} runs"


def _clear(handle: Any) -> None:
    from IPython.display import HTML

    handle.update(HTML(""))
