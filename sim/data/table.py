"""A table of a data set: its header, its version, and its rows one by one."""

from __future__ import annotations

import csv
import math
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sim.data.files import DAMAGED, DataFile
from sim.data.sets import DATA_SETS, DataSet
from sim.io.errors import Fault, InputError
from sim.io.text import clipped

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = ",;\t|"
MOST_LINES_BEFORE = 40
"""Lines before the header in which the SIPRI register, for example, explains itself."""
MISSING = ("", ".", "NA", "NaN", "nan", "None", "-7", "-8", "-9", "-99", "-9.0", "-8.0", "-7.0")
"""Texts that stand for a missing value; negative ones are those of Correlates of War."""
ROWS_AT_ONCE = 20_000
FIRST_YEAR = 1000
LAST_YEAR = 2200
"""Years are between these; a smaller number is that of a session of the United Nations."""
BEFORE_FIRST_SESSION = 1945
UNREADABLE = (*DAMAGED, KeyError, IndexError, struct.error)
"""What reading a damaged Stata file raises."""
GENERATED = "Data generated:"
"""Beginning of the line in which the SIPRI register states its date."""


@dataclass(frozen=True)
class Row:
    """A row of a table, with the columns that the program reads.

    Attributes:
        table: the table.
        line: 1-based line in the file; 1-based number of the row in a Stata file.
        values: text of each column, by name.
    """

    table: Table
    line: int
    values: dict[str, str]

    def text(self, column: str) -> str:
        """Return the text of a column."""
        return self.values[column].strip()

    def number(self, column: str) -> float | None:
        """Return the number in a column, or None if it is missing.

        Raises:
            InputError: it is something else.
        """
        text = self.text(column)
        if text in MISSING:
            return None
        with suppress(ValueError):
            if math.isfinite(value := float(text)):
                return value
        allowed = "a number, or -9 for a missing value"
        return self.refuse(column, f"'{clipped(text, 40)}' is no number; allowed: {allowed}")

    def whole(self, column: str) -> int | None:
        """Return the whole number in a column, or None if it is missing."""
        value = self.number(column)
        if value is not None and not (value.is_integer() and abs(value) < 1e9):
            return self.refuse(column, f"{value:g} is not a whole number")
        return None if value is None else int(value)

    def years(self) -> tuple[int, ...]:
        """Return the years that the row covers; several where a column lists them.

        The number of a session of the United Nations counts as its year.
        """
        found = []
        for column in self.table.of.years:
            for text in self.text(column).split(";"):
                if text.strip() in MISSING:
                    continue
                year = self._year(text.strip(), column)
                found.append(year + BEFORE_FIRST_SESSION if year < FIRST_YEAR else year)
        return tuple(found)

    def _year(self, text: str, column: str) -> int:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (value.is_integer() and 0 < value <= LAST_YEAR):
            self.refuse(column, f"'{clipped(text, 40)}' is not a year")
        return int(value)

    def refuse(self, column: str, message: str) -> Any:
        """Raise InputError with one fault of this row."""
        shown = self.table.header[self.table.places[column]]
        raise InputError([Fault(str(self.table.file), self.line, shown, message)])


@dataclass(frozen=True)
class Table:
    """A file that has the columns of a data set.

    Attributes:
        file: the file.
        of: the data set.
        header: names of its columns, in lower case.
        places: position of each column that is read.
        delimiter: what separates columns; empty for a Stata file.
        before: number of lines up to and with the header.
        version: version of the data set, or an empty text.
    """

    file: DataFile
    of: DataSet
    header: tuple[str, ...]
    places: dict[str, int]
    delimiter: str
    before: int
    version: str

    @property
    def name(self) -> str:
        """Short name of the data set with its version, for sources beside values.

        >>> from pathlib import Path
        >>> from sim.data.sets import BY_KEY
        >>> Table(DataFile(Path("a.csv")), BY_KEY["nmc"], (), {}, ",", 1, "7.0").name
        'NMC 7.0'
        """
        return f"{SHORT[self.of.key]} {self.version}".strip()

    @property
    def rank(self) -> int:
        """Place of the data set in the list of all."""
        return DATA_SETS.index(self.of)

    def rows(self) -> Iterator[Row]:
        """Yield the rows, one by one.

        Raises:
            InputError: a row has too few columns, or the file cannot be read.
        """
        return self._stata_rows() if self.file.suffix == ".dta" else self._text_rows()

    def _text_rows(self) -> Iterator[Row]:
        needed = max(self.places.values()) + 1
        with self.file.open() as stream:
            lines = self.file.lines(stream)
            for _ in range(self.before):
                next(lines)
            reader = csv.reader(
                (line.replace("\0", "") for line in lines), delimiter=self.delimiter
            )
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    line = self.before + reader.line_num
                    self.file.refuse(line, f"not a row of the table ({error})")
                if cells is None:
                    return
                line = self.before + reader.line_num
                if len(cells) >= needed:
                    yield Row(self, line, {key: cells[place] for key, place in self.places.items()})
                elif not self.of.ragged and any(cell.strip() for cell in cells):
                    found = f"{len(cells)} columns; allowed: {len(self.header)}, as in the header"
                    self.file.refuse(line, found)

    def _stata_rows(self) -> Iterator[Row]:
        names = list(self.places)
        number = 0
        for frame in self._stata_frames():
            columns = [frame.iloc[:, self.places[name]].tolist() for name in names]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Row(self, number, dict(zip(names, map(str, cells), strict=True)))

    def _stata_frames(self) -> Iterator[pd.DataFrame]:
        import pandas as pd

        with self.file.open() as stream:
            try:
                with pd.read_stata(
                    stream, chunksize=ROWS_AT_ONCE, convert_categoricals=False, convert_dates=False
                ) as frames:
                    yield from frames
            except UNREADABLE as error:
                self.file.refuse(0, f"cannot be read further ({clipped(str(error), 100)})")


SHORT = {
    "nmc": "NMC",
    "atop": "ATOP",
    "alliances": "COW alliances",
    "contiguity": "COW contiguity",
    "mid": "MID",
    "rivalries": "Thompson-Sakuwa-Suhas rivalry",
    "votes": "UN votes",
    "sipri": "SIPRI register",
    "ucdp_dyadic": "UCDP Dyadic",
    "ucdp_deaths": "UCDP Battle Deaths",
    "ucdp_events": "UCDP GED",
    "mie": "MIE",
    "icb": "ICB",
}
"""Short name of each data set."""


def recognised(file: DataFile) -> Table | None:
    """Return a file as a table of the data set whose columns it has, or None for any other file.

    Raises:
        InputError: the file has the name of a data set and lacks columns of it, or cannot be read.
    """
    return _stata_table(file) if file.suffix == ".dta" else _text_table(file)


def _text_table(file: DataFile) -> Table | None:
    with file.open() as stream:
        lines = list(islice(file.lines(stream), MOST_LINES_BEFORE + 1))
    headers = [
        (number, delimiter, _cells(line, delimiter))
        for number, line in enumerate(lines[:MOST_LINES_BEFORE], 1)
        for delimiter in DELIMITERS
        if line.count(delimiter) >= 2
    ]
    for number, delimiter, header in headers:
        for data_set in DATA_SETS:
            if (places := data_set.places(header)) is not None:
                following = _cells(lines[number], delimiter, str) if number < len(lines) else []
                version = _version(file, data_set, header, following, lines[:number])
                return Table(file, data_set, tuple(header), places, delimiter, number, version)
    _refuse_incomplete(file, [(number, header) for number, _, header in headers])
    return None


def _stata_table(file: DataFile) -> Table | None:
    import pandas as pd

    try:
        with file.open() as stream, pd.read_stata(stream, iterator=True) as reader:
            header = [str(name).lower() for name in reader.variable_labels()]
    except UNREADABLE as error:
        file.refuse(0, f"cannot be read as a Stata file ({clipped(str(error), 100)})")
    for data_set in DATA_SETS:
        if (places := data_set.places(header)) is not None:
            version = _version(file, data_set, header, [], [])
            return Table(file, data_set, tuple(header), places, "", 0, version)
    _refuse_incomplete(file, [(0, header)])
    return None


def _cells(line: str, delimiter: str, change: Any = str.lower) -> list[str]:
    try:
        cells = next(csv.reader([line.strip("\r\n").replace("\0", "")], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [change(cell.strip()) for cell in cells]


def _refuse_incomplete(file: DataFile, headers: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Raise InputError if a file has the name of a data set, and its columns only in part."""
    for data_set in DATA_SETS:
        if not re.search(data_set.named, file.name.lower()):
            continue
        closest = min(headers, key=lambda item: len(data_set.missing(item[1])), default=(1, ()))
        missing = ", ".join(data_set.missing(closest[1]))
        file.refuse(
            closest[0],
            f"looks like {data_set.title} by its name and lacks these columns: {missing}; "
            f"download it again from {data_set.address}, or rename it",
        )


def _version(
    file: DataFile,
    data_set: DataSet,
    header: Sequence[str],
    first: Sequence[str],
    before: Sequence[str],
) -> str:
    """Return the version by the name of the file, the column ``version``, or the lines before."""
    if named := data_set.version_of(file.name):
        return named
    for line in before:
        if GENERATED in line:
            date = line.partition(GENERATED)[2].split()[:3]
            return f"of {' '.join(date)}".removesuffix(" of")
    if "version" in header and header.index("version") < len(first):
        stated = first[header.index("version")]
        return clipped(stated.lower().removeprefix(data_set.key).strip("-_ "), 20)
    return ""
