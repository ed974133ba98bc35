"""Parse the text of a measure into a syntax tree, or report what is wrong and where.

Python's parser reads the text. Operators of other languages, missing operators and open brackets
are reported in plain words. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import ast
import keyword
import re

MAX_TEXT = 400
MAX_DEPTH = 25
ALLOWED = (
    "columns of the outcomes table, numbers, texts, comparisons, and, or, not, + - * /, "
    "abs, probability, share, mean"
)


_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[\w.]+|===?|!==?|[<>:]=|=[<>]|<>|&&?|\|\|?|\S""")
_OTHER_OPERATORS = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
}
"""Operators of other languages, and what to write here."""
_PLAIN_MESSAGES = {
    "was never closed": "this bracket is never closed",
    "unmatched": "this bracket was never opened",
    "does not match": "this bracket does not match the opening bracket",
    "unterminated string": "this quote is never closed",
}
"""Plain messages for faults of brackets and quotes, by the wording of Python's parser."""


class MeasureError(ValueError):
    """A text that is not a measure: what is wrong, and at which character (from 0)."""

    def __init__(self, text: str, place: int, message: str) -> None:
        self.text = text
        self.place = place
        self.message = message
        super().__init__(f"{message}\n    {text}\n    {' ' * place}^")


def one_line(text: str) -> str:
    """Return a text with single spaces and without line breaks."""
    return " ".join(text.split())


def parse(text: str) -> ast.expr:
    """Return the syntax tree of a text; MeasureError says what is wrong with it and where.

    >>> ast.unparse(parse("mean( abs(deaths_defender) )"))
    'mean(abs(deaths_defender))'
    """
    line = one_line(text)
    if len(line) > MAX_TEXT:
        raise MeasureError(line[:60], 0, f"too long, {len(line)} characters; allowed: {MAX_TEXT}")
    if not line.isascii() or "\\" in line:
        place = next(i for i, letter in enumerate(line) if not letter.isascii() or letter == "\\")
        raise MeasureError(
            line, place, f"character {line[place]!r} is not allowed; allowed: {ALLOWED}"
        )
    _refuse_other_operators(line)
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(line, error) from None
    _refuse_depth(tree, line)
    return tree


def _refuse_other_operators(line: str) -> None:
    """Refuse operators of other languages, at the place where they are."""
    for token in _TOKEN.finditer(line):
        if token.group() in _OTHER_OPERATORS:
            raise MeasureError(
                line,
                token.start(),
                f"'{token.group()}' is not allowed; use {_OTHER_OPERATORS[token.group()]}",
            )


def _unreadable(line: str, error: Exception) -> MeasureError:
    """Return where and why a text cannot be parsed.

    Python's parser points at the expression before a missing operator. The place after it is
    clearer.
    """
    before = ""
    for token in _TOKEN.finditer(line):
        text = token.group()
        if (before == ")" or _is_operand(before)) and _is_operand(text):
            return MeasureError(
                line,
                token.start(),
                "an operator is missing before this; allowed: such as == <= + - and or",
            )
        before = text
    place = min(max((getattr(error, "offset", None) or 1) - 1, 0), len(line))
    message = next(
        (plain for wording, plain in _PLAIN_MESSAGES.items() if wording in str(error)),
        "not a valid expression",
    )
    return MeasureError(
        line, place, f"{message}; allowed: such as probability(first_truce_day <= 14)"
    )


def _is_operand(token: str) -> bool:
    """Whether a token is a name, a number or a text; two of them need an operator in between."""
    quoted = len(token) > 1 and token[0] in "'\""
    return quoted or (token[:1].isalnum() and not keyword.iskeyword(token))


def _refuse_depth(tree: ast.expr, line: str) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(2 * MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise MeasureError(line, 0, f"nested too deeply; allowed: {MAX_DEPTH} levels")
