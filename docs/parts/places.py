"""Where the documentation, the shipped files and the reference results are."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
REFERENCE = ROOT / "results" / "reference"
WORKSPACE = next((ROOT / "sim").rglob("scenarios/island.yaml")).parents[1]
"""Template of a workspace, with commented examples."""
