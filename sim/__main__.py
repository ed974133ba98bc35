"""Start the command line, as ``sim`` or ``python -m sim``."""

import signal


def main() -> None:
    """Run the command line; before and after its work, a signal ends the process in silence."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from sim.cli import main as run

    run()


if __name__ == "__main__":
    main()
