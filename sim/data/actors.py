"""The states of a scenario, and which of them a row is about."""

from __future__ import annotations

from collections.abc import Iterable

from sim.data.countries import Country
from sim.data.table import Row


class Actors:
    """The states that rows are looked up for.

    Args:
        countries: the states, by the code that the scenario uses.
    """

    def __init__(self, countries: Iterable[Country]) -> None:
        self.by_code = {country.code: country for country in countries}
        self._by_number = {
            spelling: country.code
            for country in self.by_code.values()
            for number in country.numbers
            for spelling in (f"{number}", f"{number}.0")
        }
        self._by_name = {name: c.code for c in self.by_code.values() for name in c.names}

    def of(self, row: Row, column: str) -> str | None:
        """Return the code of the state whose number a column has, or None."""
        return self._by_number.get(row.text(column))

    def listed(self, row: Row, column: str) -> set[str]:
        """Return the codes of the states whose numbers a column lists, separated by commas."""
        numbers = (text.strip() for text in row.text(column).split(","))
        return {self._by_number[text] for text in numbers if text in self._by_number}

    def named(self, row: Row, column: str) -> str | None:
        """Return the code of the state whose name a column has, or None."""
        return self._by_name.get(row.text(column).lower())

    def pair(self, row: Row) -> tuple[str, str] | None:
        """Return the codes of the two states of a row, in its order, or None."""
        first = self.of(row, "state")
        second = self.of(row, "partner") if first else None
        return (first, second) if first and second and first != second else None
