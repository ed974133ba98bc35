"""A command that gets a signal at one moment: ``python -m tests.at_moment SIGNAL EVENT ARGUMENTS``.

Moments are the events that Python reports to audit hooks, such as an import, the opening of a file
or a new thread. The number of events does not depend on the machine. A command that ends prints it.
"""

from __future__ import annotations

import signal
import sys

from sim.__main__ import main

if __name__ == "__main__":
    number, moment = map(int, sys.argv[1:3])
    sys.argv = ["sim", *sys.argv[3:]]
    events = 0

    def count(event: str, args: tuple[object, ...]) -> None:
        global events
        events += 1
        if events == moment:
            signal.raise_signal(number)

    sys.addaudithook(count)
    try:
        main()
    finally:
        print(events)
