"""The same blocks, whoever plays them, in any order, after any interruption."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sim import __version__
from sim.ensemble import executors
from sim.ensemble.blocks import Store, decode
from sim.ensemble.code import Code, installed
from sim.ensemble.ensemble import BLOCK, Plan, encoded, play
from sim.ensemble.executors import Failure, Shipped, cluster, here, processes
from sim.io.errors import UsageError
from sim.scenario import load

Task = Callable[[Plan, int], bytes]

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def plan() -> Plan:
    """Return four blocks of a short crisis, the last one not full."""
    short = load(SCENARIOS / "july_2020.yaml", ["horizon_days=6"]).scenario
    return Plan(short, runs=3 * BLOCK + 100, draws=40, seed=5)


def nobody(task: Task, plan: Plan, blocks: Sequence[int]) -> Iterator[tuple[int, bytes | Failure]]:
    """Refuse to play anything."""
    assert not blocks, f"blocks {list(blocks)} were played again"
    yield from ()


class Unreadable:
    """A task that no worker can read, as one of another version may be."""

    def __call__(self, plan: Plan, number: int) -> bytes:
        """Never get here."""
        return b""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        """Be sent as something that fails where it is read."""
        return importlib.import_module, ("sim.no_such_module",)


def contents(plan: Plan, store: Store) -> list[bytes | None]:
    return [store.get(plan.key(number)) for number in plan.blocks]


@pytest.mark.slow
def test_worker_processes_and_order_do_not_matter(plan: Plan) -> None:
    alone = play(plan).store
    with processes(2) as executor:
        together = play(plan, blocks=list(reversed(plan.blocks)), executor=executor)
    assert together.finished == list(plan.blocks)
    assert contents(plan, together.store) == contents(plan, alone)


def test_a_block_is_the_same_bytes_every_time_and_survives_encoding(plan: Plan) -> None:
    once = encoded(plan, 3)
    assert once == encoded(plan, 3)
    block = decode(once)
    assert block.number == 3
    assert list(block.outcomes["run"]) == list(plan.runs_of(3))
    assert block.daily.runs.sum() == 100


@pytest.mark.slow
def test_a_second_call_plays_nothing_and_more_runs_play_only_what_is_new(
    plan: Plan, tmp_path: Path
) -> None:
    store = Store.below(tmp_path)
    first = play(plan, store=store)
    again = play(plan, store=store, executor=nobody)
    assert again.outcomes.equals(first.outcomes)
    more = Plan(plan.scenario, runs=4 * BLOCK, draws=plan.draws, seed=plan.seed)
    played: list[int] = []

    def noting(
        task: Task, plan: Plan, blocks: Sequence[int]
    ) -> Iterator[tuple[int, bytes | Failure]]:
        played.extend(blocks)
        yield from here(task, plan, blocks)

    longer = play(more, store=store, executor=noting)
    assert played == [3]
    assert longer.outcomes[: first.done].equals(first.outcomes)


@pytest.mark.parametrize("other", ["seed", "draws", "scenario"])
def test_another_plan_finds_none_of_it(plan: Plan, tmp_path: Path, other: str) -> None:
    changed = {
        "seed": Plan(plan.scenario, plan.runs, plan.draws, plan.seed + 1),
        "draws": Plan(plan.scenario, plan.runs, plan.draws + 1, plan.seed),
        "scenario": Plan(
            plan.scenario.model_copy(update={"horizon_days": 7}), plan.runs, plan.draws, plan.seed
        ),
    }[other]
    assert not {plan.key(number) for number in plan.blocks} & {
        changed.key(number) for number in changed.blocks
    }


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda whole: whole[:-5],
    "empty": lambda whole: b"",
    "changed": lambda whole: whole[:100] + b"x" + whole[101:],
    "foreign": lambda whole: b"x" * 99,
}


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_torn_block_is_played_again(
    plan: Plan, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    store = Store.below(tmp_path)
    whole = contents(plan, play(plan, store=store).store)
    (file,) = tmp_path.glob(f".blocks/*/{plan.key(1)}")
    file.write_bytes(damage(file.read_bytes()))
    assert store.get(plan.key(1)) is None
    assert contents(plan, play(plan, store=store).store) == whole


@pytest.mark.slow
def test_fresh_plays_all_the_same(plan: Plan, tmp_path: Path) -> None:
    store = Store.below(tmp_path)
    play(plan, store=store)
    with pytest.raises(AssertionError, match="played again"):
        play(plan, store=store, executor=nobody, fresh=True)


@pytest.mark.slow
def test_an_interrupt_keeps_what_is_finished_and_the_next_call_goes_on(
    plan: Plan, tmp_path: Path
) -> None:
    def impatient(
        task: Task, plan: Plan, blocks: Sequence[int]
    ) -> Iterator[tuple[int, bytes | Failure]]:
        yield from here(task, plan, blocks[:2])
        raise KeyboardInterrupt

    store = Store.below(tmp_path)
    stopped = play(plan, store=store, executor=impatient)
    assert stopped.interrupted
    assert stopped.finished == [0, 1]
    assert contents(plan, play(plan, store=store).store) == contents(plan, play(plan).store)


@pytest.mark.slow
def test_nothing_is_left_beside_finished_blocks(plan: Plan, tmp_path: Path) -> None:
    play(plan, store=Store.below(tmp_path))
    names = {file.name for file in tmp_path.glob(".blocks/*/*")}
    assert names == {plan.key(number) for number in plan.blocks}


WAITING = """
import time
from sim.ensemble.executors import processes

def done(plan, item):
    return b""

if __name__ == "__main__":
    with processes(2) as executor:
        working = executor(done, None, range(2))
        next(working)
        print("at work", flush=True)
        time.sleep(600)
"""


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """What a killed process printed to is closed once the last of its workers is gone."""
    (tmp_path / "waiting.py").write_text(WAITING, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "waiting.py"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SCENARIOS.parent)},
        start_new_session=True,
    )
    try:
        assert parent.stdout is not None and parent.stdout.readline() == b"at work\n"
        parent.kill()
        parent.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(parent.pid, signal.SIGKILL)
        pytest.fail("workers outlived their parent")


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(plan: Plan) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as local,
    ):
        victims = [worker.pid for worker in local.workers.values()]

        def losing(
            task: Task, plan: Plan, blocks: Sequence[int]
        ) -> Iterator[tuple[int, bytes | Failure]]:
            for done, result in enumerate(executor(task, plan, blocks)):
                if done == 0:
                    os.kill(victims[0], signal.SIGKILL)
                yield result

        with cluster(local.scheduler_address) as executor:
            lost = play(plan, executor=losing)
    assert not lost.failures
    assert contents(plan, lost.store) == contents(plan, play(plan).store)


OTHER = {
    "digest": (
        replace(installed(), digest="f" * 64),
        rf"demarche {__version__} digest [0-9a-f]{{8}}, expected ffffffff",
    ),
    "version": (replace(installed(), version="9.9"), rf"demarche {__version__}, expected 9\.9"),
    "numpy": (
        replace(installed(), libraries=(("numpy", "0.1"), installed().libraries[1])),
        r"numpy [\d.]+, expected 0\.1",
    ),
}


@pytest.mark.parametrize(("expected", "says"), OTHER.values(), ids=OTHER)
def test_a_worker_with_other_code_than_the_client_refuses_its_block(
    plan: Plan, expected: Code, says: str
) -> None:
    refused = Shipped(encoded, expected)(plan, 3)
    assert isinstance(refused, Failure)
    assert re.fullmatch(
        rf"worker runs different code: {says}; install the same version on it \(.+\)",
        refused.reason,
    )
    assert Shipped(encoded, installed())(plan, 3) == encoded(plan, 3)


@pytest.mark.slow
def test_nothing_that_other_code_played_is_kept(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client believes in other code than its workers have, who are processes of their own."""
    monkeypatch.setattr(executors, "installed", lambda: OTHER["digest"][0])
    with processes(2) as executor:
        refused = play(plan, executor=executor, store=Store.below(tmp_path))
    assert refused.finished == []
    assert [(failure.number, failure.runs) for failure in refused.failures] == [
        (number, len(plan.runs_of(number))) for number in plan.blocks
    ]
    assert all("expected ffffffff" in failure.reason for failure in refused.failures)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.slow
def test_a_cluster_with_other_code_plays_nothing(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "installed", lambda: OTHER["digest"][0])
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as local,
        cluster(local.scheduler_address) as executor,
    ):
        refused = play(plan, executor=executor, store=Store.below(tmp_path))
        lost = list(executor(Unreadable(), plan, [0]))
    assert refused.finished == []
    assert all("worker runs different code" in failure.reason for failure in refused.failures)
    assert not list(tmp_path.rglob("*"))
    ((_, failure),) = lost
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("no worker could simulate it: ")


def test_a_cluster_that_is_not_there_is_a_plain_error() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="no cluster at"), cluster("nonsense://nowhere"):
        pass
