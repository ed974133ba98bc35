"""Simulate one question at a time in a thread; a new question cancels the former one."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.explore.live import Live, Question
from sim.io.errors import InputError

Message = Mapping[str, Any]
Send = Callable[[Message], object]

PROGRESS_EVERY = 0.1
"""Seconds between two reports of progress."""


class Cancelled(Exception):
    """The reader asked something else, or left."""


@dataclass
class Job:
    """One question that is being answered.

    Attributes:
        live: the scenario.
        question: what the reader asks.
        send: called, in the thread of the simulation, with every message for the reader.
    """

    live: Live
    question: Question
    send: Send
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _reported: float = 0.0

    def cancel(self) -> None:
        """End the simulation at the end of the day that is being simulated."""
        self._cancelled.set()

    def watch(self, share: float) -> None:
        """Report progress, and raise :class:`Cancelled` if nobody waits for the answer."""
        if self._cancelled.is_set():
            raise Cancelled
        if time.monotonic() - self._reported >= PROGRESS_EVERY:
            self._reported = time.monotonic()
            self.send({"progress": round(share, 3)})

    def run(self) -> None:
        """Answer the question; the last message is the answer, or says why there is none."""
        started = time.perf_counter()
        try:
            self.watch(0.0)
            book = self.live.answer(self.question, self.watch)
            self.send({"book": book, "seconds": time.perf_counter() - started})
        except Cancelled:
            self.send({"cancelled": True})
        except InputError as error:
            self.send({"faults": faults_of(error)})
        except Exception:  # the page must not wait forever
            reason = traceback.format_exc().strip().splitlines()[-1]
            self.send({"error": f"The simulation failed: {reason}"})


def faults_of(error: InputError) -> list[dict[str, str]]:
    """Return the faults of a question, each with the path of its field."""
    return [{"path": fault.path, "message": fault.message} for fault in error.faults[:20]]


class Worker:
    """Answers questions one after another."""

    def __init__(self) -> None:
        self._engine = threading.Lock()
        self._change = threading.Lock()
        self._current: Job | None = None

    def start(self, job: Job) -> None:
        """Cancel the question that is being answered, and answer this one in a thread."""
        with self._change:
            if self._current is not None:
                self._current.cancel()
            self._current = job
        threading.Thread(target=self._run, args=(job,), daemon=True).start()

    def _run(self, job: Job) -> None:
        with self._engine:  # one simulation at a time
            job.run()
