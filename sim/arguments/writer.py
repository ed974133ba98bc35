"""Write the result folder of a comparison atomically. See :mod:`sim.arguments.reader` for its tables."""

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
"""Keys that differ when a comparison is repeated. Only the manifest has them."""


def folder_name(comparison: Comparison) -> str:
    """Return the folder name ``compare-<digest>``. The digest covers conditions, seed and sizes."""
    arms = [arm.digest for judged in comparison.judged for arm in judged.case.arms]
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
        comparison: the comparison.
        out: folder for results.
        seconds: wall-clock time.
        complete: function that adds charts and a report before the folder is moved into place.
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
    path.write_text(
        json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, with null for missing numbers."""
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
        "drawn": drawn_from(
            *(arm.scenario for judged in comparison.judged for arm in judged.case.arms)
        ),
        "runs_played": comparison.played,
        "wall_seconds": round(seconds, 1),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "claims": len(comparison.judged),
        "not_apart": [] if fit is None else [list(pair) for pair in not_apart(fit.confused)],
        "thresholds": {
            "most": verdicts.MOST,
            "few": verdicts.FEW,
            "stray": verdicts.STRAY,
            "error_rate": verdicts.ERROR_RATE
            / (verdicts.CAREFUL if comparison.size.careful else 1),
            "level": effects.WIDE if comparison.size.careful else effects.LEVEL,
            "left": verdicts.LEFT,
        },
    }


def _tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    claims = [(judged.case.claim.id, judged) for judged in comparison.judged]
    pairs = comparison.contradictions
    found = {
        "verdicts": pd.DataFrame([_row(judged) for judged in comparison.judged]),
        "effects": pd.DataFrame([row for judged in comparison.judged for row in _effects(judged)]),
        "controls": pd.DataFrame(
            [{"claim": claim, **asdict(c)} for claim, judged in claims for c in judged.controls]
        ),
        "curves": pd.DataFrame([row for judged in comparison.judged for row in _curves(judged)]),
        "governing": pd.DataFrame(
            [
                {"claim": claim, **asdict(driver)}
                for claim, judged in claims
                for driver in judged.governing
            ]
        ),
        "maps": _joined(
            [judged.map.assign(claim=claim) for claim, judged in claims if judged.map is not None]
        ),
        "pairs": pd.DataFrame([_pair_row(pair) for pair in pairs]),
        "power": pd.DataFrame([row for pair in pairs for row in _power_rows(pair)]),
        "by_hand": pd.DataFrame(
            [row for argument in comparison.arguments for row in _by_hand(argument)]
        ),
    }
    fit = comparison.fit
    found["matrix"] = pd.DataFrame() if fit is None else fit.matrix.items
    found["weights"] = pd.DataFrame() if fit is None else fit.matrix.weights
    found["confusion"] = pd.DataFrame() if fit is None else fit.confused
    return {name: found[name] for name in TABLES}


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _row(judged: Judged) -> dict[str, Any]:
    """Return a claim as one row: its text, its verdict, and its drivers."""
    case, finding, without = judged.case, judged.finding, judged.open
    claim = case.claim
    share, share_without = expected_share(finding, claim), expected_share(without, claim)
    counting = finding.effect.counting()
    first = judged.governing[0] if judged.governing else None
    return {
        "hypothesis": case.argument.name,
        "claim": claim.id,
        "says": claim.says,
        "scenario": claim.scenario,
        "measure": case.measure.text,
        "expects": claim.expects,
        "margin": claim.margin,
        "verdict": str(finding.verdict),
        "word": finding.verdict.word,
        "detail": finding.verdict.detail,
        "effect": finding.effect.mean,
        "error": finding.effect.error,
        "share": share.value,
        "share_low": share.low,
        "share_high": share.high,
        "above": finding.spread.above.value,
        "inside": finding.spread.inside.value,
        "below": finding.spread.below.value,
        "draws": len(finding.effect.value),
        "counting_for": counting[0 if case.sign > 0 else 1],
        "counting_against": counting[1 if case.sign > 0 else 0],
        "chance": finding.chance,
        "runs": finding.runs,
        "runs_to_decide": finding.verdict.runs,
        "rests_on": ", ".join(judged.rests_on),
        "open_verdict": without.verdict.word,
        "open_effect": without.effect.mean,
        "open_share": share_without.value,
        "open_low": share_without.low,
        "open_high": share_without.high,
        "open_below": without.spread.below.value,
        "governed_by": first.path if first else "",
        "threshold": first.threshold if first else None,
        "prior_odds": first.odds if first else None,
        "surprise": _surprise(judged),
        "cites": " ".join(claim.cites),
        "assumption": claim.assumption or "",
    }


def _surprise(judged: Judged) -> float:
    """Return how far a verdict is from the analyst's expectation, from 0 to 2.

    An opposite effect is most surprising, followed by a claim that fails, one that is assumption-driven, and one that
    depends on uncertain parameters.
    """
    word = judged.finding.verdict.word
    base = {"holds": 0.0, "undecided": 0.1, "depends": 0.5, "echo": 0.75, "fails": 1.0}[word]
    return base + (judged.finding.spread.below.value if word in ("fails", "depends") else 0.0)


def _effects(judged: Judged) -> Iterator[dict[str, Any]]:
    for world, finding in (("own", judged.finding), ("open", judged.open)):
        found = finding.effect
        for draw, value, error in zip(found.draw, found.value, found.standard_error, strict=True):
            yield {
                "claim": judged.case.claim.id,
                "world": world,
                "draw": draw,
                "effect": value,
                "error": error,
            }


def _curves(judged: Judged) -> Iterator[dict[str, Any]]:
    for curve, mean, error in judged.curves:
        yield {"claim": judged.case.claim.id, "curve": curve, "effect": mean, "error": error}


def _pair_row(judged: Contradiction) -> dict[str, Any]:
    pair, means = judged.pair, judged.means
    row: dict[str, Any] = {
        "pair": pair.pair,
        "asks": pair.asks,
        "measure": pair.measure,
        "scenario": pair.scenario,
    }
    for number, rival in enumerate(pair.rivals):
        expected = means[means["rival"] == rival.name]["mean"].to_numpy()
        row |= {f"rival_{number + 1}": rival.name, f"says_{number + 1}": rival.says}
        row[f"observable_{number + 1}"] = (
            float(expected[0] - expected[1]) if len(expected) > 1 else float(expected[0])
        )
    row["difference"] = row["observable_1"] - row["observable_2"]
    row["slope"] = len(pair.compare) > 1
    row["crises_needed"] = judged.power.needed
    row["crises_tried"] = judged.power.crises[-1]
    row["right_at_most"] = judged.power.right[-1]
    row["right_with_one"] = judged.power.right[0]
    return row


def _power_rows(judged: Contradiction) -> Iterator[dict[str, Any]]:
    for crises, right in zip(judged.power.crises, judged.power.right, strict=True):
        yield {"pair": judged.pair.pair, "crises": crises, "right": right}


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
