"""Sentences of pages and docstrings, and the words that our language avoids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LONGEST = 40
"""Words of a sentence."""
MEDIAN = 18
"""Words that the median sentence of a text stays below."""

AVOIDED = (
    r"\bluck\b",
    r"\b(is|are|was|were) told\b",
    r"\btells? of\b",
    r"\bstands? for\b",
    r"\bis spoken for\b",
    r"\breckon(s|ed|ing)?\b",
    r"\boftener\b",
    r"\blikelier\b",
    r"\brarer\b",
    r"\bby hand\b",
    r"\bwhat the coding leaves open\b",
    r"\bheld against\b",
    r"\bplay(s|ed|ing)? (a|an|the|each|every|one|this|that) (\w+ )?(crisis|scenario|world|run|draw|block|ensemble)s?\b",
    r"\b(is|are|was|were) played\b",
    r"\blines? of conduct\b",
    r"\bbrokers?\b",
    r"\bbrokered\b",
    r"\btruces?\b",
    r"\brungs?\b",
    r"\balarm\b",
    r"\boutside powers?\b",
    r"\bground (won|taken|lost|ceded|gained|that)\b",
    r"\blays? (an|the) offer\b",
    r"\bgauges?\b",
    r"\bdiary\b",
    r"\bsizes? up\b",
    r"\b(chance|coding) and (chance|coding)\b",
)
"""House words, as patterns without regard to case; language of the project's first year, which
readers stumble over.
"""

_GENERATED = re.compile(r"<!-- generated: .*?<!-- end -->", re.DOTALL)
_ENDS = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!et al\.)[\"')*_]*\s+(?=[A-Z\"'(*_`\[])")
_WORD = re.compile(r"[A-Za-z0-9][\w'\u2019-]*")


def of_page(text: str) -> list[str]:
    """Return the sentences of a Markdown page, without code, tables, headings and generated
    parts.
    """
    text = re.sub(r"<!--.*?-->", "", _GENERATED.sub("", text), flags=re.DOTALL)
    text = re.sub(r"^(```|~~~).*?^\1", "\n", text, flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in text.splitlines() if not re.match(r"\s*(\||#|!\[|\[[^]]*\]:)", line)]
    text = "\n".join(re.sub(r"^\s*(?:[-*+]|\d+\.|>)\s+", "\n\n", line) for line in lines)
    return [
        sentence for block in re.split(r"\n\s*\n", text) for sentence in _split(_unmarked(block))
    ]


def of_docstring(text: str) -> list[str]:
    """Return the sentences of a docstring, without examples and displayed formulas; each argument
    is its own text.
    """
    lines, in_example = [], False
    for line in text.splitlines():
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        is_new = re.match(r"\s*- |\s+\w+: |(Args|Returns|Raises|Attributes|Yields):$", line)
        lines.append(
            ""
            if in_example or re.match(r"\s{4,}\S.*[=|]", line)
            else ("\n\n" if is_new else "") + line
        )
    return [
        sentence
        for block in re.split(r"\n\s*\n", "\n".join(lines))
        for sentence in _split(_unmarked(block))
    ]


def of_package(folder: Path) -> dict[str, list[str]]:
    """Return the sentences of every docstring of a package or a module, by file and name."""
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]
    return {
        f"{file.name}: {name}": of_docstring(text)
        for file in files
        for name, text in _docstrings(ast.parse(file.read_text(encoding="utf-8")))
    }


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield getattr(node, "name", "module"), text


def _unmarked(text: str) -> str:
    """Return a text with links as their words, and code as one word that no pattern finds."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r":\w+:`[^`]*`", "CODE", text)
    text = re.sub(r"``[^`]*``|`[^`]*`", "CODE", text)
    return " ".join(text.split())


def _split(block: str) -> list[str]:
    return [sentence for sentence in _ENDS.split(block) if _WORD.search(sentence)]


def words(sentence: str) -> int:
    """Return the number of words of a sentence."""
    return len(_WORD.findall(sentence))


def avoided(sentence: str) -> list[str]:
    """Return the house words in a sentence."""
    return [
        found[0] for pattern in AVOIDED for found in re.finditer(pattern, sentence, re.IGNORECASE)
    ]
