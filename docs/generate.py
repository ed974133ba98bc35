"""Fill the generated parts of the documentation.

They come from the code, the shipped files and the reference results. A page marks each generated
part with two comments::

    <!-- generated: commands -->
    <!-- end -->

``python -m docs.generate`` writes every part anew. ``python -m docs.generate --check`` names the
pages that are out of date, and fails if there are any. The pages are committed. So they can be
read without a build, a build of the site needs no scientific library, and a change of the interface
shows in review.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from docs import gallery, sensitivity, verdicts
from docs.parts import api, columns, commands, crises, forecasts, joint, keys, model, reference
from docs.parts.markdown import table
from docs.parts.places import DOCS, ROOT
from sim.workspace import schemas
from validation import agreement

PART = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

SCHEMAS = ROOT / "scenarios" / "schema"

PARTS: dict[str, Callable[[], str]] = {
    "ablation": reference.ablation,
    "agreement": agreement.agreement,
    "api": api.api,
    "channels": lambda: table(*verdicts.channels()),
    "claims": lambda: table(*verdicts.claims()),
    "coded-crises": crises.coded,
    "coded-strata": crises.strata,
    "coders-areas": agreement.other_areas,
    "coders-apart": agreement.disagreements,
    "coders-onsets": agreement.other_onsets,
    "coders-parties": agreement.named_by_one,
    "columns-of-actors": columns.columns_of_actors,
    "columns-of-daily-files": columns.columns_of_daily_files,
    "columns-of-the-summary": columns.columns_of_the_summary,
    "columns-of-days": columns.columns_of_days,
    "columns-of-runs": columns.columns_of_runs,
    "commands": commands.commands,
    "coverage": reference.coverage,
    "crises": reference.crises,
    "forecasts": reference.forecasts,
    "gallery": gallery.sections,
    "joint-arguments": joint.arguments,
    "joint-calibration": joint.calibration,
    "joint-mechanisms": joint.mechanisms,
    "joint-options": joint.options,
    "joint-silent": joint.silent,
    "joint-summary": joint.summary,
    "joint-taught": joint.taught,
    "joint-values": joint.values,
    "keys-of-evidence": keys.keys_of_evidence,
    "keys-of-hypotheses": keys.keys_of_hypotheses,
    "keys-of-scenarios": keys.keys_of_scenarios,
    "measures": columns.measures,
    "parameters": model.parameters_of_the_model,
    **forecasts.PARTS,
    **sensitivity.PARTS,
    "stances": reference.stances,
    "verdict-statistics": reference.verdict_statistics,
    "legend": verdicts.legend,
    "surprises": verdicts.surprises,
    "the-fit": reference.the_fit,
    "told-apart": lambda: table(*verdicts.told_apart()),
    "variance": reference.variance,
    "verdicts": lambda: table(*verdicts.contrasts()),
    "words": keys.words_of_the_scale,
}


def filled(text: str) -> str:
    """Return the text of a page with its generated parts written anew."""
    return PART.sub(lambda part: f"{part[1]}{PARTS[part['name']]()}{part[3]}", text)


def pages() -> list[Path]:
    """Return all pages of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def stale() -> list[Path]:
    """Return the pages whose generated parts are out of date."""
    return [page for page in pages() if filled(text := page.read_text(encoding="utf-8")) != text]


def main(check: bool) -> int:
    """Write the generated parts and the schemas, or name the pages that are out of date.

    Returns:
        An exit code.
    """
    for page in (out_of_date := stale()):
        print(page.relative_to(ROOT))
        if not check:
            page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    if not check:
        for kind in schemas.KINDS:
            (SCHEMAS / f"{kind}.json").write_text(schemas.text(kind), encoding="utf-8")
    return 1 if check and out_of_date else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
