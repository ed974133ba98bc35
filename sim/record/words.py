"""What happened, in words: beside the measures of a simulation, and by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sim.io.text import count, listed, with_article, with_squares
from sim.outcomes.numbers import number
from sim.outcomes.summary import Measure
from sim.outcomes.summary_measures import EARLY_DAYS, OF_A_MEDIATOR, PROBABILITY
from sim.record.history import NOBODY, History

LEVELS = ("no fighting", "skirmish", "limited offensive", "full offensive", "a third party fights")
"""Levels of fighting, from 0 to 4."""
ENDINGS = {
    "truce": "mediated ceasefire",
    "direct": "ceasefire without a mediator",
    "lull": "lull",
    "capitulation": "capitulation",
}
YES_OR_NO = ("great_power_entry", "patron_clash", "treaty_invoked")
COUNTED = {
    "duration_days": "day",
    "deaths": "death",
    "failed_truces": "mediated ceasefire that broke",
    "failed_stops": "cessation of fighting that broke",
    "truces": "mediated ceasefire",
}
PLURALS = {
    "failed_truces": "mediated ceasefires that broke",
    "failed_stops": "cessations of fighting that broke",
}
MOST_DIGITS = 1e9
"""Numbers from here on are written with a power of ten."""
OF_THE_AREA = "territory"
"""First part of the outcomes that are shares of the contested area."""
TERRITORY_TOTAL = "territory_total"
TERRITORY = ("territory_fought", "territory_ceded")
"""Outcomes whose sum is the total."""
WON_OR_CEDED = "(won or ceded)"
"""What follows the total, which a record may state without saying how much was won."""
TOLD = (
    "duration_days",
    "failed_stops",
    "failed_truces",
    "ending",
    "mediator",
    "deaths",
    "territory_fought",
    "territory_ceded",
    "territory_total",
    "great_power_entry",
)
"""Outcomes that a paragraph tells, in order."""


class Named(Protocol):
    """What has a name and a unit, such as a measure of a summary."""

    @property
    def name(self) -> str:
        """Name of the measure."""

    @property
    def unit(self) -> str:
        """Unit of the measure."""


def value_in_words(
    outcome: str,
    value: float | str,
    low: float | None,
    high: float | None,
    names: Mapping[str, str],
) -> str:
    """Return a value of the record in words, with its range if there is one.

    >>> value_in_words("deaths", 7600.0, 6800.0, 9100.0, {})
    '7,600 deaths [6,800 to 9,100]'
    >>> value_in_words("territory_fought", 0.325, None, None, {})
    '32.5% of the contested area'
    """
    if isinstance(value, str):
        if outcome == "mediator":
            return "nobody" if value == NOBODY else names.get(value, value)
        return ENDINGS.get(value, value)
    if outcome in YES_OR_NO:
        return "yes" if value else "no"
    if outcome == "peak_level":
        return LEVELS[min(max(round(value), 0), len(LEVELS) - 1)]
    text = _quantity(outcome, value)
    if low is None or high is None or low == high:
        return text
    return f"{text} [{_digits(outcome, low)} to {_digits(outcome, high)}]"


def _quantity(outcome: str, value: float) -> str:
    digits = _digits(outcome, value)
    if outcome.startswith(OF_THE_AREA):
        total = f" {WON_OR_CEDED}" if outcome == TERRITORY_TOTAL else ""
        return f"{digits}{total} of the contested area"
    if outcome not in COUNTED:
        return f"level {digits}" if outcome.startswith("support_") else digits
    thing = COUNTED[outcome]
    return f"{digits} {thing if value == 1 else PLURALS.get(outcome, f'{thing}s')}"


def _digits(outcome: str, value: float) -> str:
    if outcome.startswith(OF_THE_AREA):
        return f"{100 * value:.3g}%".replace("-", "\N{MINUS SIGN}")
    if abs(value) >= MOST_DIGITS:
        return f"{value:.3g}"
    return f"{value:,.0f}" if value == round(value) else number(value)


def ending_in_words(history: History) -> str:
    """Return how a crisis ended, with an article; empty if the record does not say.

    >>> from sim.record.history import history_of
    >>> ending_in_words(history_of("rann_of_kutch_1965"))
    'a ceasefire mediated by GBR'
    """
    if history.mediator is not None:
        return f"a ceasefire mediated by {with_article(history.name(history.mediator))}"
    return f"a {ENDINGS[history.ending]}" if history.ending in ENDINGS else ""


def beyond(history: History, horizon_days: int) -> str:
    """Return in words that a war lasted longer than a simulation; empty if it did not.

    >>> from sim.record.history import history_of
    >>> beyond(history_of("autumn_2020"), 30), beyond(history_of("autumn_2020"), 90)
    ('more than the 30 days simulated', '')
    """
    if history.duration is None or history.duration <= horizon_days:
        return ""
    return f"more than the {count(horizon_days, 'day')} simulated"


def beside(history: History, measures: Sequence[Measure], horizon_days: int) -> str:
    """Return one sentence that compares what happened with a simulation.

    Args:
        history: what happened.
        measures: the summary of the runs, ``result.measures``.
        horizon_days: days that are simulated.

    Returns:
        The sentence; empty if the record knows neither how long it lasted nor how it ended.
        Brackets say what they are: the range of the record, or the middle 80% of all runs.

    >>> from sim.record.history import history_of
    >>> days = Measure("duration_days", "", "days", 52.0, None, None, all_runs=(32.0, 86.0))
    >>> russia = Measure("broker_RUS", "", "probability", 0.75, None, None)
    >>> happened = history_of("autumn_2020")
    >>> print(beside(happened, [days, russia], 90))  # doctest: +NORMALIZE_WHITESPACE
    The fighting lasted 44 days and ended in a ceasefire mediated by Russia; the model gives
    52 days [middle 80% of all runs: 32 to 86] and Russia in 75% of runs.
    """
    lasted = history.get("duration_days")
    ending = ending_in_words(history)
    longer = beyond(history, horizon_days)
    aside = f", {longer}{',' * bool(ending)}" if longer else ""
    parts = [f"lasted {lasted.says.replace('[', '[record: ')}{aside}"] if lasted else []
    parts += [f"ended in {ending}"] if ending else []
    given = [
        text for text in (_days(lasted is not None, measures), _share(history, measures)) if text
    ]
    if not parts or not given:
        return ""
    what = "In the crisis that this scenario varies, the" if history.is_variant else "The"
    model = "this scenario" if history.is_variant else "the model"
    return f"{what} fighting {' and '.join(parts)}; {model} gives {' and '.join(given)}."


def _days(is_known: bool, measures: Sequence[Measure]) -> str:
    line = _line("duration_days", measures)
    if line is None or not is_known:
        return ""
    value, ends = line.shown()[0], line.shown_all_runs
    return f"{value} [middle 80% of all runs: {ends}]" if ends else value


def _share(history: History, measures: Sequence[Measure]) -> str:
    """Return how often runs end as the crisis did; empty if the record does not say how."""
    if history.ending not in ENDINGS:
        return ""
    if history.mediator is not None:
        what, line = history.name(history.mediator), f"{OF_A_MEDIATOR}{history.mediator}"
        what = with_article(what)
    else:
        what, line = f"a {ENDINGS[history.ending]}", f"ending_{history.ending}"
    found = _line(line, measures)
    often = f"{found.shown()[0]} of runs" if found is not None and found.value > 0 else "no run"
    return f"{what} in {often}"


def _line(name: str, measures: Iterable[Measure]) -> Measure | None:
    return next((line for line in measures if line.name == name), None)


def what_happened(history: History) -> str:
    """Return a short paragraph on what happened, in the sentences of the record.

    >>> from sim.record.history import history_of
    >>> what_happened(history_of("july_2020")).partition(". ")[0]
    'Clashes on the state border began on 12 July 2020'
    """
    begun = [event.says for event in history.events[:1] if event.day == 0]
    told = [known.facts for name in TOLD if (known := history.get(name))]
    return " ".join(dict.fromkeys([*begun, *(with_squares(facts[-1].says) for facts in told)]))


def in_short(history: History, horizon_days: int) -> str:
    """Return duration, deaths and ending in one sentence; empty if the record has none of them.

    Args:
        history: what happened.
        horizon_days: days that are simulated.

    >>> from sim.record.history import history_of
    >>> in_short(history_of("april_2016"), 90)
    'In history: 3.5 days of fighting, 200 deaths [122 to 350] and a ceasefire mediated by Russia.'
    """
    longer = beyond(history, horizon_days)
    days = f"{{}} of fighting{f' ({longer})' if longer else ''}"
    known = ((history.get("duration_days"), days), (history.get("deaths"), "{}"))
    parts = [text.format(each.says) for each, text in known if each is not None]
    parts += [ending] if (ending := ending_in_words(history)) else []
    return f"In history: {listed(parts)}." if parts else ""


def column(history: History, measures: Iterable[Named]) -> dict[str, str]:
    """Return what happened beside each measure of a summary, by the name of the measure.

    An event is ``yes`` or ``no``, and a quantity is a number in the unit of the measure, with its
    range. A measure that the record does not know has an empty text. Where the record knows only
    the sum of the territory won and ceded, both have the sum, followed by ``(won or ceded)``.

    >>> from sim.record.history import history_of
    >>> lines = [Measure("peak_3", "", "probability", 1.0, None, None)]
    >>> column(history_of("autumn_2020"), lines)
    {'peak_3': 'yes'}
    """
    return {line.name: _beside(history, line) for line in measures}


def _beside(history: History, line: Named) -> str:
    if line.unit == PROBABILITY:
        happened = _happened(history, line.name)
        return "" if happened is None else ("yes" if happened else "no")
    known = history.get(line.name)
    is_total = known is None and line.name in TERRITORY
    if is_total:
        known = history.get(TERRITORY_TOTAL)
    if known is None or known.number is None:
        return ""
    number, _, rest = known.says.partition(" ")
    span = rest.partition("[")[2]
    texts = (number, f"[{span}" if span else "", WON_OR_CEDED if is_total else "")
    return " ".join(filter(None, texts))


def _happened(history: History, name: str) -> bool | None:
    """Return whether an event of the summary happened, or None if the record does not say."""
    if name.startswith("ending_"):
        return None if history.ending is None else history.ending == name.removeprefix("ending_")
    if name.startswith(OF_A_MEDIATOR):
        if history.ending is None:
            return None
        code = name.removeprefix(OF_A_MEDIATOR)
        return history.ending == "truce" and history.mediator == code
    if name.startswith("peak_"):
        return _at_least(history, "peak_level", float(name.removeprefix("peak_")))
    if name == "treaty_invoked":
        return _at_least(history, "treaty_invoked", 1.0)
    if name == "lasting_stop_14":
        return None if history.duration is None else history.duration <= EARLY_DAYS
    return None


def _at_least(history: History, outcome: str, least: float) -> bool | None:
    known = history.get(outcome)
    value = None if known is None else known.number
    return None if value is None else value >= least
