"""Small damages: of bytes, of the tree of a YAML file, of JSON content and of tables."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

import pyarrow as pa

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    2,
    0.5,
    -0.5,
    1e-9,
    1e9,
    1e300,
    -1e300,
    3650,
    2**63,
    10**30,
    "",
    "none",
    "NA",
    "NaN",
    "null",
    "very_high",
    "-low",
    "a text",
    "x" * 3000,
    "../../../../etc/passwd",
    "/etc/passwd",
    "=1+1",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "\N{PILE OF POO}",
    "Da\u011fl\u0131q Qaraba\u011f",
    "<script>alert(1)</script>",
    "[bold]x[/bold]",
    "$\\frac{1}{0}$",
    "9999-12-31",
    "0001-01-01",
    [],
    [0, 1],
    [1, 0],
    [[[]]],
    {},
    {"range": [0, 1]},
    {"range": [1, 1e9], "scale": "log"},
    {"any_of": ["neutral", "kydd03"]},
    {"value": 1, "cites": []},
    {"a": {"b": {"c": 1}}},
)
"""Values that a place in a file may take."""
TOKENS = (
    b":", b"- ", b"\n", b"  ", b"\t", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!python/object:os.system",
    b"<<: ", b"|", b">", b"#", b"'", b'"', b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\r", b"---\n",
    b"...", b"%YAML 1.1\n", b"? ", b"!!", b"1e999", b".inf", b".nan", b"0x", b"9" * 50, b"\xe2\x80\xae",
    b"\x1b[31m", b"\xed\xa0\x80", b"null", b"~", b"yes", b"NO",
)  # fmt: skip
"""Bytes that mean something to a reader of YAML or text."""


def of_bytes(data: bytes, random: Random) -> bytes:
    """Return some bytes with one to four damages."""
    for _ in range(random.randint(1, 4)):
        data = random.choice((_flip, _cut, _insert, _repeat, _truncate, _swap_lines))(data, random)
    return data


def _place(data: bytes, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _flip(data: bytes, random: Random) -> bytes:
    if not data:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << random.randrange(8))]) + data[place + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    first, last = sorted((_place(data, random), _place(data, random)))
    return data[:first] + data[min(last, first + random.choice((1, 5, 80, 2000))) :]


def _insert(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + random.choice(TOKENS) * random.choice((1, 1, 2, 40)) + data[place:]


def _repeat(data: bytes, random: Random) -> bytes:
    first, last = sorted((_place(data, random), _place(data, random)))
    part = data[first : min(last, first + 300)]
    return data[:first] + part * random.choice((2, 3, 30)) + data[first:]


def _truncate(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _swap_lines(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def of_tree(tree: Any, random: Random) -> Any:
    """Return plain values with one to three damages: values, keys and whole branches."""
    tree = copy.deepcopy(tree)
    for _ in range(random.randint(1, 3)):
        places = list(_places(tree))
        if not places:
            return tree
        inside, key = random.choice(places)
        _damage(inside, key, places, random)
    return tree


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping or list with each of its keys or positions."""
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    for key in list(keys):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])


def _damage(inside: Any, key: Any, places: list[tuple[Any, Any]], random: Random) -> None:
    kind = random.randrange(6)
    value = inside[key]
    if kind == 0:
        del inside[key]
    elif kind == 1:
        inside[key] = copy.deepcopy(random.choice(ODD))
    elif kind == 2 and isinstance(value, int | float) and not isinstance(value, bool):
        inside[key] = value * random.choice((-1, 0, 10, 1e3, 1e-3, 1e12))
    elif kind == 3:
        other, place = random.choice(places)
        inside[key] = copy.deepcopy(other[place]) if place in _keys(other) else None
    elif kind == 4 and isinstance(inside, dict):
        inside[str(random.choice(ODD))[:80]] = inside.pop(key)
    elif isinstance(value, list) and value:
        value += copy.deepcopy(value) * random.choice((1, 50))
    else:
        inside[key] = [value]


def _keys(node: Any) -> Any:
    return node if isinstance(node, dict) else range(len(node))


def of_table(table: pa.Table, random: Random) -> pa.Table:
    """Return a table with one damage: a column gone, renamed, repeated or of another kind."""
    if not table.num_columns:
        return table
    place = random.randrange(table.num_columns)
    name, column = table.column_names[place], table.column(place)
    kind = random.randrange(9)
    if kind == 0:
        return table.remove_column(place)
    if kind == 1:
        return table.rename_columns([f"{n}x" if n == name else n for n in table.column_names])
    if kind == 2:
        return table.slice(0, random.choice((0, 0, 1, table.num_rows // 2)))
    if kind == 3:
        return pa.concat_tables([table, table.slice(0, random.randint(0, 3))])
    if kind == 4:
        return table.append_column(name, column)
    values = column.to_pylist()
    if kind == 5:
        return table.set_column(place, name, pa.array([str(value) for value in values]))
    if kind == 6:
        return table.set_column(place, name, pa.nulls(len(values)))
    if kind == 7:
        return table.set_column(place, name, pa.array([[1.0]] * len(values)))
    return table.set_column(place, name, _with_odd_cells(values, column.type, random))


def _with_odd_cells(values: list[Any], kind: Any, random: Random) -> pa.Array:
    """Return a column with one to all cells replaced by an odd value of the same type, if any."""
    odd = random.choice(
        (None, -1, 0, 10**6, 1e30, float("nan"), float("inf"), "", "x", "=1+1", True)
    )
    share = random.choice((0.0, 0.3, 1.0))
    lucky = random.randrange(max(len(values), 1))
    new = [odd if i == lucky or random.random() < share else v for i, v in enumerate(values)]
    try:
        return pa.array(new, type=kind)
    except (pa.ArrowException, TypeError, OverflowError, ValueError):
        return pa.array([str(value) for value in new])
