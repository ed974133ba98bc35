"""The chronicle of a run: the acts of each day as one paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sim.io.text import day_month
from sim.results.chronicle.act import Act
from sim.results.chronicle.grammar import joined, sentence
from sim.results.chronicle.words import Words


@dataclass(frozen=True)
class Paragraph:
    """What happened on a day.

    Attributes:
        day: day of the crisis.
        date: its date.
        text: what happened, in sentences.
        acts: the acts that it describes.
    """

    day: int
    date: date
    text: str
    acts: tuple[Act, ...]

    @property
    def heading(self) -> str:
        """The day and its date."""
        return f"Day {self.day}, {day_month(self.date)} {self.date.year}"


def paragraphs(words: Words, acts: Sequence[Act]) -> Iterator[Paragraph]:
    """Yield a paragraph for each day with acts."""
    for day, of_day in groupby(acts, key=lambda act: act.day):
        together = tuple(of_day)
        when = words.scenario.start + timedelta(days=day)
        yield Paragraph(day, when, " ".join(sentences(words, together)), together)


def sentences(words: Words, acts: Sequence[Act]) -> Iterator[str]:
    """Yield the sentences about the acts of a day.

    Third parties that answer the same news share a sentence, and so do the sides of an attack.
    """
    for (kind, prompt), alike in groupby(acts, key=lambda act: _theme(words, act)):
        together = list(alike)
        if kind == "fighting":
            yield sentence(_fighting(words, together))
        elif kind == "stance":
            clauses = joined(list(_stances(words, together)))
            yield sentence(f"{prompt}, {clauses}" if prompt else clauses)
        else:
            yield from (sentence(words.clause(act)) for act in together)


def _fighting(words: Words, acts: Sequence[Act]) -> str:
    """Return the fighting of a day; the target of an attack is named only once."""
    clauses = [words.clause(act) for act in acts]
    if {act.kind for act in acts} == {"posture"} and len(acts) == 2:
        both = {words.posture(act, plural=True) for act in acts}
        return f"both sides {both.pop()}" if len(both) == 1 else "; ".join(clauses)
    if len(acts) == 2 and acts[0].kind == "opening" and acts[1].actor == acts[0].target:
        name = words.name(acts[1].actor)
        return f"{clauses[0]}, which{clauses[1].removeprefix(name)}"
    return "; ".join(clauses)


def _stances(words: Words, acts: Sequence[Act]) -> Iterator[str]:
    """Yield the changes of stance of a day; those who do the same share a clause."""
    alike: dict[str, list[Act]] = {}
    for act in acts:
        alike.setdefault(words.predicate(act, plural=True), []).append(act)
    for predicate, same in alike.items():
        names = " ".join(act.actor for act in same)
        yield f"{words.names(names)} {predicate}" if len(same) > 1 else words.stance(same[0])


def _theme(words: Words, act: Act) -> tuple[str, str]:
    """Return what acts have in common that share a sentence: a kind, and the news behind it."""
    if act.kind in ("opening", "break", "posture"):
        return "fighting", ""
    if act.kind != "stance":
        return act.kind, ""
    return "stance", "from the start" if act.day == 0 and not act.prompt else words.prompt(act)
