"""Play the golden runs again, say what moved, and keep the new table."""

from __future__ import annotations

from tests.golden import GOLDEN, differences, play_again, read, report, write


def main() -> None:
    """Regenerate the golden table."""
    new = play_again()
    moved = differences(read(), new) if GOLDEN.exists() else [f"{len(new)} runs are new"]
    if moved:
        write(new)
    print(report(moved) if moved else "nothing moved")


if __name__ == "__main__":
    main()
