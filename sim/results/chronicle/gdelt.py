"""Event data in the layout of the event files of GDELT 2.0: 61 columns, tabs, no header.

Libraries and programs that read the files of GDELT also read these. Columns that a simulation
cannot fill, such as places and the tone of articles, are empty or 0. Every event counts as reported
once.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from sim.data.countries import countries
from sim.io.spreadsheets import harmless
from sim.results.chronicle.cameo import CODES

ACTOR = (
    *("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code"),
    *("Religion2Code", "Type1Code", "Type2Code", "Type3Code"),
)
PLACE = (*("Type", "Fullname", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID"),)
COLUMNS = (
    *("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate"),
    *(f"Actor1{part}" for part in ACTOR),
    *(f"Actor2{part}" for part in ACTOR),
    *("IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass"),
    *("GoldsteinScale", "NumMentions", "NumSources", "NumArticles", "AvgTone"),
    *(f"Actor1Geo_{part}" for part in PLACE),
    *(f"Actor2Geo_{part}" for part in PLACE),
    *(f"ActionGeo_{part}" for part in PLACE),
    *("DATEADDED", "SOURCEURL"),
)
"""Names of the 61 columns, which the files do not hold."""
DAYS_OF_A_MONTH = 30
DAYS_OF_A_YEAR = 365


def as_gdelt(events: pd.DataFrame, scenario: str, run: int) -> pd.DataFrame:
    """Return a table of events in the columns of GDELT 2.0, all as texts.

    Args:
        events: a table of :func:`sim.results.chronicle.cameo.event_table`.
        scenario: name of the scenario, for the column ``SOURCEURL``.
        run: number of the run.
    """
    rows = [
        _row(number, event, f"demarche:{scenario}/run/{run}/day/{event['day']}")
        for number, event in enumerate(events.to_dict("records"), start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def as_text(table: pd.DataFrame) -> str:
    """Return a table in the columns of GDELT as the text of a file."""
    lines = ("\t".join(map(_clean, row)) for row in table.itertuples(index=False))
    return "".join(f"{line}\n" for line in lines)


def _row(number: int, event: dict[str, object], source: str) -> dict[str, str]:
    day = date.fromisoformat(str(event["date"]))
    code = CODES[str(event["code"])]
    share = (day.month * DAYS_OF_A_MONTH + day.day) / DAYS_OF_A_YEAR  # as GDELT defines it
    row = {
        **dict.fromkeys(COLUMNS, ""),
        "GLOBALEVENTID": str(number),
        "SQLDATE": f"{day:%Y%m%d}",
        "MonthYear": f"{day:%Y%m}",
        "Year": f"{day:%Y}",
        "FractionDate": f"{day.year + share:.4f}",
        "IsRootEvent": "1",
        "EventCode": code.code,
        "EventBaseCode": code.base,
        "EventRootCode": code.root,
        "QuadClass": str(code.quad_class),
        "GoldsteinScale": str(code.goldstein),
        **dict.fromkeys(("NumMentions", "NumSources", "NumArticles"), "1"),
        "AvgTone": "0",
        "DATEADDED": f"{day:%Y%m%d}000000",
        "SOURCEURL": source,
    }
    for actor, role in (("Actor1", "source"), ("Actor2", "target")):
        acting = str(event[role])
        row[f"{actor}Code"] = acting
        row[f"{actor}Name"] = str(event[f"{role}_name"]).upper()
        row[f"{actor}CountryCode"] = acting if acting in countries() else ""
    return row


def _clean(value: object) -> str:
    """Return a cell without tabs, line breaks and quotation marks, which the layout lacks.

    A spreadsheet would open the file, too, and must not run a name as a formula.
    """
    return str(harmless(" ".join(str(value).replace('"', "'").split())))
