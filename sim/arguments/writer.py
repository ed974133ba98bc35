"""Write the result folder of a comparison atomically.

See :mod:`sim.arguments.reader` for its tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from math import log
from pathlib import Path
from typing import Any

import pandas as pd

from sim.arguments import legend, naming, sentences, texts, verdicts
from sim.arguments.cases import Judged, Known, expected_share
from sim.arguments.comparison import Comparison, Contradiction
from sim.arguments.files import Argument
from sim.arguments.fit import not_apart
from sim.arguments.reader import MANIFEST, TABLES, Compared, open_comparison
from sim.arguments.shares import Share
from sim.arguments.words import Contrast, Expects, Reason, Setting, Word
from sim.io.spreadsheets import defused
from sim.results.layout import result_folder
from sim.scenario.drawn import drawn_from

OF_THE_CALL = ("wall_seconds", "written")
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
        "runs": comparison.runs,
        "wall_seconds": round(seconds, 1),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "claims": len({judged.case.claim.id for judged in comparison.judged}),
        "readings": len(comparison.judged),
        "not_apart": [] if fit is None else [list(pair) for pair in not_apart(fit.confused)],
        "thresholds": legend.thresholds(),
    }


def _tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    judged = comparison.judged
    pairs = comparison.contradictions
    rows = [_row(reading) for reading in judged]
    found = {
        "verdicts": pd.DataFrame(_with_claims(rows)),
        "effects": pd.DataFrame([row for reading in judged for row in _effects(reading)]),
        "controls": pd.DataFrame([row for reading in judged for row in _controls(reading)]),
        "curves": pd.DataFrame([row for reading in judged for row in _curves(reading)]),
        "drivers": pd.DataFrame(
            [
                {"claim": reading.case.name, **asdict(driver)}
                for reading in judged
                for driver in reading.drivers
            ]
        ),
        "maps": _joined(
            [
                reading.map.assign(claim=reading.case.name)
                for reading in judged
                if reading.map is not None
            ]
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


def _with_claims(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of readings with the verdict on their claim."""
    found: dict[str, list[Word]] = {}
    for row in rows:
        found.setdefault(row["claim_id"], []).append(Word(row["word"]))
    words = {claim: verdicts.of_claim(readings) for claim, readings in found.items()}
    return [
        row | {"claim_word": str(words[row["claim_id"]]), "claim_verdict": _claim_text(row, words)}
        for row in rows
    ]


def _claim_text(row: dict[str, Any], words: dict[str, Word]) -> str:
    """Return the verdict on a claim in words."""
    word = words[row["claim_id"]]
    return row["verdict"] if str(word) == row["word"] else texts.verdict_of(word, ["see readings"])


def _row(judged: Judged) -> dict[str, Any]:
    """Return a reading as one row: its text, its verdict, its contrast, and its drivers."""
    case = judged.case
    finding = judged.finding
    test = case.test
    verdict = finding.verdict
    row = {
        "hypothesis": case.argument.name,
        "claim": case.name,
        "claim_id": case.claim.id,
        "says": case.claim.says,
        "coder": test.coder or "",
        "reading": test.reading or "",
        "scenario": test.scenario,
        "measure": case.measure.text,
        "unit": _unit(judged),
        "expects": str(test.expectation),
        "contrast": str(test.comparison),
        "draws_used": test.draws,
        "margin": test.threshold,
        "margin_stated": test.margin,
        "margin_why": test.margin_why or "",
        "verdict": texts.verdict_of(verdict.word, verdict.mechanisms),
        "word": str(verdict.word),
        "reason": str(verdict.reason),
        "detail": _detail(judged),
        **_contrast(judged),
        **_spread(judged),
        **_channel(judged),
        "rests_on": texts.needs_of(judged.needs.kind, judged.needs.mechanisms),
        "needs_kind": str(judged.needs.kind or ""),
        **_without(judged),
        "surprise": _surprise(judged),
        "cites": " ".join(test.cites),
        "assumption": test.assumption or "",
    }
    return row | {
        "comparison": sentences.comparison_of(row),
        "sentence": sentences.sentence_of(row),
    }


def _detail(judged: Judged) -> str:
    """Return the reason for a verdict in words, with the shares of draws that it would hide."""
    finding = judged.finding
    verdict = finding.verdict
    if verdict.word == Word.FAILS and _never(judged):
        return f"the event never occurs ({sentences.fewer_than(finding.runs)})"
    if verdict.reason == Reason.RARELY:
        shares = finding.spread
        named = {
            "as claimed": verdict.share,
            "opposite": shares.below,
            "no difference": shares.inside,
        }
        if judged.case.test.expectation == Expects.EQUAL:
            named = {"as claimed": shares.inside, "higher": shares.above, "lower": shares.below}
        listed = (f"{name} in {texts.percent(share.value)}" for name, share in named.items())
        return f"{', '.join(listed)} of draws"
    return texts.detail_of(verdict)


def _never(judged: Judged) -> bool:
    """Return whether a claim is about an event that occurs in no run of any condition."""
    is_event = _unit(judged) == sentences.OF_RUNS
    return is_event and not any(judged.finding.values) and not judged.case.test.against


def _unit(judged: Judged) -> str:
    """Return the unit in which the measure is printed: % of runs if it is of probabilities."""
    if judged.case.test.unit:
        return judged.case.test.unit
    return "" if "mean(" in judged.case.measure.text else sentences.OF_RUNS


def _contrast(judged: Judged) -> dict[str, Any]:
    """Return the measure in both conditions and the effect, with its interval over draws."""
    case = judged.case
    finding = judged.finding
    scenario = case.arms[0].scenario
    named = naming.condition_names(case.test, scenario)
    values = (*finding.values, case.test.against or 0.0)
    found = finding.effect
    ratio = finding.ratio
    low, high = found.limits()
    row = {
        "condition_1": named[0],
        "condition_2": named[1] if len(case.test.compare) > 1 else "",
        "treatment": naming.treatment_name(case.test, scenario),
        "holding": naming.holding_name(case.test, scenario),
        "value_1": values[0],
        "value_2": values[1],
        "effect": found.mean,
        "error": found.error,
        "effect_low": low,
        "effect_high": high,
    }
    keys = ("difference", "difference_low", "difference_high", "events")
    if ratio is None:
        return row | dict.fromkeys(keys)
    row |= {"effect": log(ratio.value), "error": ratio.error}
    row |= {"effect_low": log(ratio.low), "effect_high": log(ratio.high)}
    return row | {key: getattr(ratio, key) for key in keys}


def _spread(judged: Judged) -> dict[str, Any]:
    """Return how the effect is distributed over draws."""
    case = judged.case
    finding = judged.finding
    share = expected_share(finding, case)
    counting = finding.effect.counting()
    return {
        "share": share.value,
        "share_low": share.low,
        "share_high": share.high,
        "above": finding.spread.above.value,
        "inside": finding.spread.inside.value,
        "below": finding.spread.below.value,
        "draws": len(finding.effect.value),
        "counting_for": counting[0 if case.sign > 0 else 1],
        "counting_against": counting[1 if case.sign > 0 else 0],
        "p_value": finding.chance,
        "runs": finding.runs,
        "runs_to_decide": finding.verdict.runs,
        "bound": str(finding.verdict.bound),
    }


def _channel(judged: Judged) -> dict[str, Any]:
    """Return how the treatment reaches the outcomes, and the results that are known beforehand."""
    channel = judged.channel
    test = judged.case.test
    row: dict[str, Any] = {
        "delivered": _share_of_runs(channel.delivered),
        "delivered_without": _share_of_runs(channel.delivered_without),
        "reached": _share_of_runs(channel.reached),
    }
    stated = {Setting.POSITIVE: test.positive_control, Setting.NEGATIVE: test.negative_control}
    for setting, control in stated.items():
        known = channel.known.get(setting)
        row |= {f"{setting}_{key}": value for key, value in _known(known).items()}
        row[f"{setting}_why"] = control.why if control else ""
    return row


def _share_of_runs(share: Share | None) -> float | None:
    return share.value if share else None


def _known(known: Known | None) -> dict[str, Any]:
    values = (*known.values, None, None) if known else (None, None)
    return {
        "holds": known.holds if known else None,
        "open": known is not None and known.holds is None,
        "value_1": values[0],
        "value_2": values[1],
        "effect": known.effect if known else None,
    }


def _without(judged: Judged) -> dict[str, Any]:
    """Return the verdict without the argument's assumptions, and the drivers of the effect."""
    without = judged.open
    share = expected_share(without, judged.case)
    first = judged.drivers[0] if judged.drivers else None
    return {
        "open_word": str(without.verdict.word),
        "open_verdict": texts.verdict_of(without.verdict.word),
        "open_effect": without.effect.mean,
        "open_share": share.value,
        "open_low": share.low,
        "open_high": share.high,
        "open_below": without.spread.below.value,
        "driver": first.path if first else "",
        "threshold": first.threshold if first else None,
        "threshold_low": first.threshold_low if first else None,
        "threshold_high": first.threshold_high if first else None,
        "prior_odds": first.odds if first else None,
    }


SURPRISE = {
    Word.DEPENDS: 0.5,
    Word.ASSUMPTION_DRIVEN: 0.75,
    Word.FAILS: 1.0,
}
"""How surprising a verdict is. Verdicts that say nothing about the argument are not."""
OPPOSITE_WEIGHT = {Word.DEPENDS: 0.2, Word.FAILS: 1.0}
"""Weight of the share of draws with the opposite effect in the surprise of a verdict."""


def _surprise(judged: Judged) -> float:
    """Return how far a verdict is from the analyst's expectation, from 0 to 2.

    An opposite effect is most surprising, followed by a claim that fails, one that is
    assumption-driven, and one that depends on uncertain parameters.
    """
    word = judged.finding.verdict.word
    finding = judged.finding
    weight = OPPOSITE_WEIGHT.get(word, 0.0) if finding.ratio is None else 0.0
    opposite = finding.spread.below.value if weight else 0.0
    return SURPRISE.get(word, 0.0) + weight * opposite


def _effects(judged: Judged) -> Iterator[dict[str, Any]]:
    """Yield the effect in each draw. A risk ratio has none."""
    if judged.case.test.comparison == Contrast.RISK_RATIO:
        return
    for world, finding in (("own", judged.finding), ("open", judged.open)):
        found = finding.effect
        for draw, value, error in zip(found.draw, found.value, found.standard_error, strict=True):
            yield {
                "claim": judged.case.name,
                "world": world,
                "draw": draw,
                "effect": value,
                "error": error,
            }


def _controls(judged: Judged) -> Iterator[dict[str, Any]]:
    for control in judged.controls:
        values = asdict(control) | {"kind": str(control.kind)}
        del values["mechanisms"]
        name = texts.control_of(control.kind, control.mechanisms)
        yield {"claim": judged.case.name, "name": name, **values}


def _curves(judged: Judged) -> Iterator[dict[str, Any]]:
    for curve, mean, error in judged.curves:
        yield {"claim": judged.case.name, "curve": curve, "effect": mean, "error": error}


def _pair_row(judged: Contradiction) -> dict[str, Any]:
    pair = judged.pair
    means = judged.means
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
