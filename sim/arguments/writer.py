"""Write the result folder of a comparison, whole or not at all: see :mod:`sim.arguments.reader` for its tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from sim.arguments import effects, verdicts
from sim.arguments.comparison import Comparison, Contradiction
from sim.arguments.fit import not_apart
from sim.arguments.hypotheses import Argument
from sim.arguments.judging import Judged, expected_share
from sim.arguments.reader import MANIFEST, TABLES, Compared, open_comparison
from sim.io.spreadsheets import defused
from sim.results.layout import result_folder
from sim.scenario.drawn import drawn_from

OF_THE_CALL = ("runs_played", "wall_seconds", "written")
"""What differs when the same comparison is made again; only the manifest has it."""


def folder_name(comparison: Comparison) -> str:
    """Return ``compare-<digest8>``: the digest covers the conditions of all claims, the seed and the sizes."""
    arms = [arm.digest for one in comparison.judged for arm in one.case.arms]
    names = [argument.name for argument in comparison.arguments]
    key = json.dumps([names, arms, comparison.seed, asdict(comparison.size)])
    return f"compare-{sha256(key.encode()).hexdigest()[:8]}"


def write(
    comparison: Comparison,
    out: Path,
    seconds: float,
    complete: Callable[[Compared], object] = lambda compared: None,
) -> Path:
    """Write the folder of a comparison below ``out`` and return it.

    Args:
        comparison: what was compared.
        out: folder of the result folders.
        seconds: how long it took.
        complete: adds charts and a report to the comparison before the folder is put in place.
    """
    folder = out / folder_name(comparison)
    with result_folder(folder, MANIFEST) as aside:
        tables = _tables(comparison)
        for name, table in tables.items():
            (aside / f"{name}.parquet").write_bytes(table.to_parquet(index=False))
        defused(tables["verdicts"]).to_csv(
            aside / "verdicts.csv", index=False, lineterminator="\n", float_format="%.6g"
        )
        manifest = _manifest(comparison, seconds)
        _write_json(aside / MANIFEST, manifest)
        same = {key: value for key, value in manifest.items() if key not in OF_THE_CALL}
        _write_json(aside / "verdicts.json", same | {"verdicts": _records(tables["verdicts"])})
        complete(open_comparison(aside))
    return folder


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, nothing where a number is missing."""
    return json.loads(table.to_json(orient="records", double_precision=6))


def _manifest(comparison: Comparison, seconds: float) -> dict[str, Any]:
    fit = comparison.fit
    return {
        "kind": "comparison",
        "arguments": [
            {
                "name": argument.name,
                "analyst": argument.stated.analyst,
                "argument": argument.stated.argument.strip(),
                "notes": (argument.stated.notes or "").strip(),
                "assumption": (argument.stated.assumption or "").strip(),
            }
            for argument in comparison.arguments
        ],
        "seed": comparison.seed,
        "size": asdict(comparison.size),
        "drawn": drawn_from(*(arm.scenario for one in comparison.judged for arm in one.case.arms)),
        "runs_played": comparison.played,
        "wall_seconds": round(seconds, 1),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "claims": len(comparison.judged),
        "not_apart": [] if fit is None else [list(pair) for pair in not_apart(fit.confused)],
        "thresholds": {
            "most": verdicts.MOST,
            "few": verdicts.FEW,
            "stray": verdicts.STRAY,
            "error_rate": verdicts.ERROR_RATE / (verdicts.CAREFUL if comparison.size.careful else 1),
            "level": effects.WIDE if comparison.size.careful else effects.LEVEL,
            "left": verdicts.LEFT,
        },
    }


def _tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    judged = comparison.judged
    found = {
        "verdicts": pd.DataFrame([_row(one) for one in judged]),
        "effects": pd.DataFrame([row for one in judged for row in _effects(one)]),
        "controls": pd.DataFrame([{"claim": one.case.claim.id, **asdict(c)} for one in judged for c in one.controls]),
        "curves": pd.DataFrame([row for one in judged for row in _curves(one)]),
        "governing": pd.DataFrame([{"claim": one.case.claim.id, **asdict(g)} for one in judged for g in one.governing]),
        "maps": _joined([one.map.assign(claim=one.case.claim.id) for one in judged if one.map is not None]),
        "pairs": pd.DataFrame([_pair_row(one) for one in comparison.contradictions]),
        "power": pd.DataFrame([row for one in comparison.contradictions for row in _power_rows(one)]),
        "by_hand": pd.DataFrame([row for argument in comparison.arguments for row in _by_hand(argument)]),
    }
    fit = comparison.fit
    found["matrix"] = pd.DataFrame() if fit is None else fit.matrix.items
    found["weights"] = pd.DataFrame() if fit is None else fit.matrix.weights
    found["confusion"] = pd.DataFrame() if fit is None else fit.confused
    return {name: found[name] for name in TABLES}


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _row(one: Judged) -> dict[str, Any]:
    """Return a claim as one row: what it says, what came of it, and what it rests on."""
    case, own, free = one.case, one.finding, one.open
    claim = case.claim
    share, anywhere = expected_share(own, claim), expected_share(free, claim)
    counting = own.effect.counting()
    first = one.governing[0] if one.governing else None
    return {
        "hypothesis": case.argument.name,
        "claim": claim.id,
        "says": claim.says,
        "scenario": claim.scenario,
        "measure": case.measure.text,
        "expects": claim.expects,
        "margin": claim.margin,
        "verdict": str(own.verdict),
        "word": own.verdict.word,
        "detail": own.verdict.detail,
        "effect": own.effect.mean,
        "error": own.effect.error,
        "share": share.value,
        "share_low": share.low,
        "share_high": share.high,
        "above": own.spread.above.value,
        "inside": own.spread.inside.value,
        "below": own.spread.below.value,
        "draws": len(own.effect.value),
        "counting_for": counting[0 if case.sign > 0 else 1],
        "counting_against": counting[1 if case.sign > 0 else 0],
        "chance": own.chance,
        "runs": own.runs,
        "runs_to_decide": own.verdict.runs,
        "rests_on": ", ".join(one.rests_on),
        "open_verdict": free.verdict.word,
        "open_effect": free.effect.mean,
        "open_share": anywhere.value,
        "open_low": anywhere.low,
        "open_high": anywhere.high,
        "open_below": free.spread.below.value,
        "governed_by": first.path if first else "",
        "threshold": first.threshold if first else None,
        "prior_odds": first.odds if first else None,
        "surprise": _surprise(one),
        "cites": " ".join(claim.cites),
        "assumption": claim.assumption or "",
    }


def _surprise(one: Judged) -> float:
    """Return how far a verdict is from what its analyst would expect, from 0 to 2.

    A claim that comes out the other way round surprises most, then one that fails, one that is only put in, and one
    that hangs on what nobody coded.
    """
    word = one.finding.verdict.word
    base = {"holds": 0.0, "undecided": 0.1, "depends": 0.5, "echo": 0.75, "fails": 1.0}[word]
    return base + (one.finding.spread.below.value if word in ("fails", "depends") else 0.0)


def _effects(one: Judged) -> Iterator[dict[str, Any]]:
    for world, finding in (("own", one.finding), ("open", one.open)):
        found = finding.effect
        for draw, value, error in zip(found.draw, found.value, found.standard_error, strict=True):
            yield {"claim": one.case.claim.id, "world": world, "draw": draw, "effect": value, "error": error}


def _curves(one: Judged) -> Iterator[dict[str, Any]]:
    for curve, mean, error in one.curves:
        yield {"claim": one.case.claim.id, "curve": curve, "effect": mean, "error": error}


def _pair_row(one: Contradiction) -> dict[str, Any]:
    pair, means = one.pair, one.means
    row: dict[str, Any] = {"pair": pair.pair, "asks": pair.asks, "measure": pair.measure, "scenario": pair.scenario}
    for number, rival in enumerate(pair.rivals):
        own = means[means["rival"] == rival.name]["mean"].to_numpy()
        row |= {f"rival_{number + 1}": rival.name, f"says_{number + 1}": rival.says}
        row[f"observable_{number + 1}"] = float(own[0] - own[1]) if len(own) > 1 else float(own[0])
    row["difference"] = row["observable_1"] - row["observable_2"]
    row["slope"] = len(pair.compare) > 1
    row["crises_needed"] = one.power.needed
    row["crises_tried"] = one.power.crises[-1]
    row["right_at_most"] = one.power.right[-1]
    row["right_with_one"] = one.power.right[0]
    return row


def _power_rows(one: Contradiction) -> Iterator[dict[str, Any]]:
    for crises, right in zip(one.power.crises, one.power.right, strict=True):
        yield {"pair": one.pair.pair, "crises": crises, "right": right}


def _by_hand(argument: Argument) -> Iterator[dict[str, Any]]:
    for reading in argument.stated.matrix:
        yield {
            "argument": argument.name,
            "fact": reading.fact,
            "fits": reading.fits,
            "why": reading.why,
            "cites": " ".join(reading.cites),
            "assumption": reading.assumption or "",
        }
