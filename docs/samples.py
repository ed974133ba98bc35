"""Make the samples: ``python -m docs.samples`` simulates and writes them into ``examples``.

It takes about two minutes on two cores. Each sample is the page that these commands write.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
RUN = "report_autumn_2020.html"
COMPARISON = "report_arguments.html"
EXPLORER = "explore_autumn_2020.html"
LEVERS = (
    "actors.RUS.stance=aside,arms_challenger,arms_defender",
    "actors.TUR.stance=aside,words_challenger,arms_challenger",
    "actors.TUR.support=0,2,4",
)
"""Levers of the explorer: 64 combinations with what the scenario states."""


def main() -> None:
    """Simulate, and write the samples: a run with reasons, a comparison, an explorer."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        _sim("run", "autumn_2020", "--out", out)
        _sim("why", _only(out, "autumn_2020-*"))
        _sim("compare", "markedonov", "golts", "--quick", "--out", out)
        _keep(_only(out, "autumn_2020-*"), RUN)
        _keep(_only(out, "compare-*"), COMPARISON)
    levers = [text for lever in LEVERS for text in ("--lever", lever)]
    _sim("explore", "autumn_2020", *levers, "--out", EXAMPLES / EXPLORER)


def _sim(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "sim", *map(str, arguments), "--quiet"], check=True)


def _only(out: Path, pattern: str) -> Path:
    (folder,) = out.glob(pattern)
    return folder


def _keep(folder: Path, name: str) -> None:
    target = EXAMPLES / name
    shutil.copyfile(folder / "report.html", target)
    print(f"{target.relative_to(EXAMPLES.parent)}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
