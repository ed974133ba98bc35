"""Executors: run a task for many items in this process, in worker processes or on a Dask cluster.

All executors have one type, :class:`Executor`. A task takes a shared object, such as a plan, and an
item, such as the number of a block. The results do not depend on the executor. An error in a task
becomes a :class:`Failure`, and the other items continue.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from sim.ensemble.code import Code, installed
from sim.io.errors import UsageError
from sim.io.workers import end_with_parent, undisturbed

if TYPE_CHECKING:
    from distributed import Client

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Made = TypeVar("Made")
Received = TypeVar("Received", covariant=True)

WORTH_A_PROCESS = 3
"""Items that are worth the start of another process."""


@dataclass(frozen=True)
class Failure:
    r"""An item whose task raised an error.

    Attributes:
        reason: the traceback or a message; its last line is a summary.

    >>> Failure("Traceback ...\nValueError: no runs").summary
    'ValueError: no runs'
    """

    reason: str

    @property
    def summary(self) -> str:
        """Return the last line of the reason."""
        return self.reason.strip().splitlines()[-1]


class Executor(Protocol):
    """Runs a task for some items somewhere, and yields each result as soon as it is ready."""

    def __call__(
        self, task: Callable[[Shared, Item], Made], shared: Shared, items: Sequence[Item], /
    ) -> Iterator[tuple[Item, Made | Failure]]:
        """Yield each item with its result, in the order in which the results arrive.

        Args:
            task: the task, a function that a worker can import.
            shared: the object that all items share.
            items: the items.
        """


def here(
    task: Callable[[Shared, Item], Made], shared: Shared, items: Sequence[Item], /
) -> Iterator[tuple[Item, Made | Failure]]:
    """Run a task for some items in this process, one after another.

    >>> list(here(pow, 2, [3, 4]))
    [(3, 8), (4, 16)]
    """
    for item in items:
        yield item, _attempt(task, shared, item)


def _attempt(task: Callable[[Shared, Item], Made], shared: Shared, item: Item) -> Made | Failure:
    """Return the result of a task, or a failure if the task raises an error."""
    try:
        return task(shared, item)
    except Exception:  # the caller decides what a failure means
        return Failure(traceback.format_exc())


@dataclass(frozen=True)
class Shipped(Generic[Shared, Item, Made]):
    """A task that is sent to a worker, with the code of the client that will store the result.

    Results are stored under the client's code, so a worker with different code refuses the task.

    Attributes:
        task: the task.
        code: the client's code.
    """

    task: Callable[[Shared, Item], Made]
    code: Code

    def __call__(self, shared: Shared, item: Item) -> Made | Failure:
        """Run the task, or return how this worker's code differs from the client's."""
        differences = installed().differences(self.code)
        if differences:
            remedy = f"install the same version on it (machine {platform.node()})"
            return Failure(f"worker runs different code: {'; '.join(differences)}; {remedy}")
        return _attempt(self.task, shared, item)


# Worker processes


@contextmanager
def processes(workers: int | None) -> Iterator[Executor]:
    """Provide an executor with one pool of worker processes, for the time of the context.

    Args:
        workers: number of processes; None for as many as the work is worth, at most one for each
            core.
    """
    pool: list[ProcessPoolExecutor] = []

    def executor(
        task: Callable[[Shared, Item], Made], shared: Shared, items: Sequence[Item], /
    ) -> Iterator[tuple[Item, Made | Failure]]:
        wanted = _useful_workers(len(items)) if workers is None else workers
        if not pool and min(wanted, len(items)) <= 1:
            yield from here(task, shared, items)
            return
        if not pool:
            context = multiprocessing.get_context("spawn")
            pool.append(ProcessPoolExecutor(wanted, context, initializer=end_with_parent))
        shipped = Shipped(task, installed())
        try:
            with undisturbed():
                waiting = {pool[0].submit(shipped, shared, item): item for item in items}
            for finished in as_completed(waiting):
                yield waiting.pop(finished), finished.result()
        except BaseException:
            _end_workers(pool)  # otherwise this process would wait for what they are doing
            raise

    try:
        yield executor
    finally:
        _end_workers(pool)


def _end_workers(pool: list[ProcessPoolExecutor]) -> None:
    """End the worker processes of a pool at once, and forget it; finished blocks are in the store.

    A worker whose Python is still starting would not notice a polite request.
    """
    while pool:
        started = pool.pop()
        for worker in list((started._processes or {}).values()):
            worker.kill()
        started.shutdown(cancel_futures=True)


def _useful_workers(items: int) -> int:
    """Return the number of processes that some items are worth."""
    return min(os.cpu_count() or 1, items // WORTH_A_PROCESS)


# Dask


class _Future(Protocol[Received]):
    """The promise of a result from a cluster."""

    def result(self) -> Received:
        """Return the result, or raise the error that prevented it."""


def _received(finished: _Future[Made | Failure]) -> Made | Failure:
    """Return the result of a task on a cluster, or a failure if no worker could finish it."""
    try:
        return finished.result()
    except Exception as error:  # such as a worker without this version of the package
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        remedy = "every worker needs this same version of demarche"
        return Failure(f"no worker could simulate it: {reason}; {remedy}")


@contextmanager
def cluster(
    address: str, announce: Callable[[str], None] = lambda text: None
) -> Iterator[Executor]:
    """Provide an executor of Dask workers; another worker takes over the items of a lost one.

    Args:
        address: address of the scheduler, such as ``tcp://host:8786``; ``local`` for a cluster on
            this machine.
        announce: called with the address of the dashboard.

    Raises:
        UsageError: Dask is not installed, or the scheduler does not answer.
    """
    with ExitStack() as connection:
        client = _connected(address, connection)
        announce(client.dashboard_link)
        yield _executor_of(client)


def _executor_of(client: Client) -> Executor:
    """Return the executor of the workers that a client reaches."""
    from distributed import as_completed as as_finished

    def executor(
        task: Callable[[Shared, Item], Made], shared: Shared, items: Sequence[Item], /
    ) -> Iterator[tuple[Item, Made | Failure]]:
        shipped = Shipped(task, installed())
        sent = client.scatter(shared, broadcast=True, hash=False)
        submit = partial(client.submit, shipped, sent, retries=3, pure=False)
        waiting = {submit(item): item for item in items}
        for finished in as_finished(list(waiting)):
            yield waiting.pop(finished), _received(finished)

    return executor


def _connected(address: str, connection: ExitStack) -> Client:
    """Return a client of the scheduler with an address, or of a new cluster on this machine.

    Args:
        address: the address, or ``local``.
        connection: closes the client, and then the new cluster.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise UsageError("a cluster needs Dask; install it with: pip install distributed") from None
    try:
        if address == "local":
            made = LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1)
            return connection.enter_context(Client(connection.enter_context(made)))
        return connection.enter_context(Client(address, timeout=10))
    except (OSError, ValueError) as error:
        raise UsageError(f"no cluster at {address}: {error}") from None
