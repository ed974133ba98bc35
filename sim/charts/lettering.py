"""Lettering: texts that are measured, wrapped and shortened to a width in inches."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

FAMILY = "DejaVu Sans"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_ROOM = 1.02
"""Widths are taken a little larger, because viewers of SVG files may use another font."""
_BEYOND = 0x2500
"""First code of symbols and rare scripts, whose letters are taken to be as wide as an m."""


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text in inches.

    Args:
        text: the text, on one line.
        size: size of its letters in points.
        bold: whether they are bold.

    >>> round(width_of("a war of forty-four days", 10), 1)
    1.7
    """
    return _ROOM * size / 72 * sum(_advance(letter, bold) for letter in text)


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return the width of a letter relative to its size; that of an m if the font lacks it."""
    font = get_font(_file(bold))
    font.set_size(1000, 72)
    # a letter of a text of one letter is as wide as its advance, whatever its neighbours are
    code = ord(letter)
    is_known = code < _BEYOND and font.get_char_index(code) > 0
    return font.load_char(code if is_known else ord("m")).linearHoriAdvance / 65536 / 1000


@cache
def _file(bold: bool) -> str:
    """Return the file of the font."""
    return str(findfont(FontProperties(family=FAMILY, weight="bold" if bold else "normal")))


@cache
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FAMILY)).get_charmap())


def legible(text: str) -> str:
    """Return a text on one line, with a replacement mark for characters that the font lacks.

    >>> legible("two  spaces")
    'two spaces'
    """
    plain = " ".join(text.split())
    return "".join(
        letter if ord(letter) in _letters() else "\N{REPLACEMENT CHARACTER}" for letter in plain
    )


def lines_of(
    text: str, width: float, size: float, most: int | None = None, bold: bool = False
) -> list[str]:
    """Return the lines of a text that is wrapped to a width.

    Args:
        text: the text.
        width: width of a line in inches.
        size: size of the letters in points.
        most: maximum number of lines; an ellipsis replaces what does not fit.
        bold: whether the letters are bold.

    Returns:
        The lines; a word that is longer than a line is broken.

    >>> lines_of("how the war ended", 0.8, 10)
    ['how the', 'war ended']
    """
    lines = [""]
    for word in legible(text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size, bold) <= width:
            lines[-1] = longer
            continue
        first, *rest = _broken(word, width, size, bold)
        lines += [first, *rest] if lines[-1] else []
        if not lines[0]:
            lines = [first, *rest]
    if most is None or len(lines) <= most:
        return lines
    last = " ".join(lines[most - 1 :])
    return [*lines[: most - 1], _cut(last, width, size, bold)]


def balanced(text: str, width: float, size: float, most: int, bold: bool = False) -> list[str]:
    """Return the lines of a text, of about equal length: no last line of a single word.

    Arguments are those of :func:`lines_of`.

    >>> balanced("half of all runs stop by day 42", 2.0, 10, 2)
    ['half of all runs', 'stop by day 42']
    """
    lines = lines_of(text, width, size, most, bold)
    if lines[-1].endswith(ELLIPSIS):
        return lines
    for share in range(95, 45, -5):
        narrower = lines_of(text, width * share / 100, size, None, bold)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _broken(word: str, width: float, size: float, bold: bool) -> list[str]:
    """Return a word in parts that fit on a line."""
    parts = [""]
    for letter in word:
        if parts[-1] and width_of(parts[-1] + letter, size, bold) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def _cut(text: str, width: float, size: float, bold: bool) -> str:
    """Return the beginning of a text that fits on a line, with an ellipsis."""
    while text and width_of(text + ELLIPSIS, size, bold) > width:
        text = text[:-1]
    return text.rstrip(" ,;:") + ELLIPSIS


def fitted(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return a text on one line, shortened to a width in inches.

    >>> fitted("Duration of the fighting", 1.0, 10)
    'Duration of\N{HORIZONTAL ELLIPSIS}'
    """
    return lines_of(text, width, size, 1, bold)[0]


def fitted_middle(text: str, width: float, size: float) -> str:
    """Return a text on one line that loses its middle, not its ends, where it is too long.

    >>> fitted_middle("july_2020_baku_west_displaced", 1.5, 8)
    'july_2020_ba\N{HORIZONTAL ELLIPSIS}t_displaced'
    """
    plain = legible(text)
    if width_of(plain, size) <= width:
        return plain
    for kept in range(len(plain) // 2, 0, -1):
        short = f"{plain[:kept]}{ELLIPSIS}{plain[1 - kept or len(plain) :]}"
        if width_of(short, size) <= width:
            return short
    return ELLIPSIS
