"""Start the command line, as ``sim`` or ``python -m sim``."""

import gc
import signal

GARBAGE = 100_000
"""New objects after which Python looks for unused ones: a command makes many that stay in use."""


def main() -> None:
    """Run the command line. While it starts and ends, Ctrl-C ends it without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(GARBAGE)
    from sim.cli import main as run

    run()


if __name__ == "__main__":
    main()
