"""Start the command line, as ``sim`` or ``python -m sim``."""

import signal

from sim.io.process import run_command


def main() -> None:
    """Run the command line. While it starts and ends, Ctrl-C ends it without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    run_command()
    from sim.cli import main as run

    run()


if __name__ == "__main__":
    main()
