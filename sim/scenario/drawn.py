"""Describe where the parameter draws of scenarios come from."""

from __future__ import annotations

from sim.scenario.schema import Scenario


def drawn_from(*scenarios: Scenario) -> str:
    """Return where the draws of some scenarios come from, in words that follow ``draws``.

    They are fitted, come from the coded ranges, or both.

    >>> import sim
    >>> drawn_from(sim.load("april_2016", set={"parameters.posterior": None}).scenario)
    'of the coded ranges'
    """
    fitted = 0
    still_open = 0
    for scenario in scenarios:
        posterior = scenario.parameters.posterior
        of_range = [value for value in scenario.quantities() if not value.known]
        still_open += len(of_range)
        fitted += sum(
            posterior is not None and posterior.column(value) is not None for value in of_range
        )
    if not fitted:
        return "of the coded ranges"
    if fitted == still_open:
        return "fitted to the historical record"
    coded = f"{still_open - fitted} of {still_open}" if len(scenarios) == 1 else "some"
    return f"fitted to the historical record ({coded} uncertain values keep their coded ranges)"
