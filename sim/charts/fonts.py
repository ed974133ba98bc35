"""Which letters the font of the charts can draw."""

from __future__ import annotations

from functools import cache

import sim.io.headless  # noqa: F401  (first: it lets Matplotlib be imported)

FONT = "DejaVu Sans"


def lacking(text: str) -> str:
    r"""Return the letters of a text that charts cannot draw, each once.

    >>> lacking("Nagorno-Karabakh, \u0554\u0561\u0580\u057e\u0561\u056e"), lacking("\u4e00\u4e00 a")
    ('', '一')
    """
    return "".join(dict.fromkeys(letter for letter in text if ord(letter) not in _glyphs()))


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont(FONT)).get_charmap()) | {10, 13}
