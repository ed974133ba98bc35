"""The live page: its answers are those of `sim run`, and it refuses what it should not answer."""

from __future__ import annotations

import json
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from commands import scenario as scenario_file
from commands import single_chart

import sim
from sim.explore import live as live_module
from sim.explore.form import paths
from sim.explore.live import Live, Question, live_of
from sim.explore.worker import Cancelled, Job, Worker
from sim.io.errors import InputError

starlette = pytest.importorskip(
    "starlette", reason="starlette is not installed: pip install '.[serve]'"
)
pytest.importorskip("httpx", reason="httpx is not installed: pip install httpx")
with warnings.catch_warnings():  # some versions announce a successor of httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

from sim.explore.serve import MOST_BYTES, application  # noqa: E402

SIZE = (60, 10, 3)
POWER = "actors: {OST: {support: 3}}\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenario_file(tmp_path_factory.mktemp("live"), title="<b>A crisis</b>", body=POWER)


@pytest.fixture(scope="module")
def live(file: Path) -> Live:
    return live_of(file, "crisis", (), SIZE)


@pytest.fixture
def client(live: Live) -> TestClient:
    app = application({"crisis": live}.get, ["crisis"])
    return TestClient(app, base_url="http://127.0.0.1:8000")


def ask(client: TestClient, headers: dict[str, str] | None = None, **question: Any) -> list[Any]:
    """Ask a question and return the messages of the answer."""
    answer = client.post("/ask/crisis", json=question, headers=headers)
    return [json.loads(line) for line in answer.text.splitlines()]


# Answers


def test_the_front_page_offers_every_value(client: TestClient, live: Live) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "<b>A crisis" not in answer.text
    assert "connect-src 'self'" in answer.text
    stated = {value.path for value in live.base.scenario.quantities()}
    assert stated <= paths(live.frame)
    assert {"policies.OST", "actors.OST.stance", "horizon_days"} <= paths(live.frame)
    assert "parameters.posterior" not in paths(live.frame)


def test_an_answer_has_the_numbers_of_a_run(client: TestClient, file: Path, tmp_path: Path) -> None:
    values = {"actors.OST.stance": "arms_defender", "mechanisms.leverage": "0.9"}
    *_, last = ask(client, set=values)
    here = last["book"]["cells"][1]
    with single_chart():
        result = sim.run(file, set=values, runs=60, draws=10, seed=3, workers=1, out=tmp_path)
    by_name = {line.name: list(line.shown()) for line in result.measures}
    names = [measure["name"] for measure in last["book"]["measures"]]
    assert [row["shown"] for row in here["rows"]] == [
        by_name.get(name, ["0%", "", ""]) for name in names
    ]
    assert here["says"].startswith("If Ostland arms Sudland at the onset")
    assert last["seconds"] > 0


def test_the_base_case_is_simulated_once(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = live_module.play_together

    def counted(scenarios: Any, *rest: Any) -> Any:
        made.append(scenarios[0])
        return real(scenarios, *rest)

    monkeypatch.setattr(live_module, "play_together", counted)
    fresh = Live(live.request, live.base, live.frame)
    for value in ("1", "2", "3"):
        fresh.answer(Question({"actors.OST.support": value}, 20, 1))
    assert len(made) == 4
    fresh.answer(Question({}, 20, 1))
    assert len(made) == 4


def test_the_base_case_is_not_compared_with_itself(client: TestClient) -> None:
    *_, last = ask(client, set={})
    assert len(last["book"]["cells"]) == 1
    *_, last = ask(client, set={"actors.OST.support": "1"})
    assert len(last["book"]["cells"]) == 2


def test_base_cases_do_not_pile_up(live: Live) -> None:
    fresh = Live(live.request, live.base, live.frame)
    for seed in range(8):
        fresh.answer(Question({}, 10, seed))
    assert len(fresh._bases) == live_module.REMEMBERED


def test_progress_comes_before_the_answer(live: Live) -> None:
    shares: list[float] = []
    live.answer(Question({"actors.OST.support": "1"}, 20, 9), shares.append)
    assert shares[0] == 1 / 20
    assert max(shares) <= 1


def test_a_scenario_that_is_simulated_for_fewer_days(client: TestClient) -> None:
    *_, last = ask(client, set={"horizon_days": "5"})
    assert len(last["book"]["cells"][1]["fighting"]["all"]) == 5
    assert len(last["book"]["cells"][0]["fighting"]["all"]) > 5


def test_many_changes_are_counted(client: TestClient) -> None:
    values = {
        f"mechanisms.{name}": "0" for name in ("leverage", "learning", "contest", "restraint")
    }
    *_, last = ask(client, set=values | {"actors.OST.support": "1"})
    assert last["book"]["cells"][1]["says"].startswith("With 5 changes, the fighting lasts")


# Bad values


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("actors.OST.stance", "asid", "unknown 'asid' (did you mean aside?)"),
        ("actors.OST.support", "9", "9 is out of bounds; allowed: 0 to 4"),
        ("actors.OST.support", "[", "not valid YAML"),
        ("horizon_days", "0", "out of bounds"),
        ("actors.OST.support", "1" * 501, "is too long; allowed: 500 characters"),
    ],
)
def test_a_bad_value_is_told_beside_its_field(
    client: TestClient, file: Path, path: str, value: str, says: str
) -> None:
    *_, last = ask(client, set={path: value})
    (fault,) = last["faults"]
    assert fault["path"] == path
    assert says in fault["message"]
    if len(value) <= 500:  # the command line says the same
        with pytest.raises(InputError) as by_set:
            sim.load(file, set={path: value})
        assert fault["message"] == by_set.value.faults[0].message


@pytest.mark.parametrize(
    "path", ["parameters.posterior", "base", "title", "actors.XXX.support", "events", "", "a=b"]
)
def test_only_values_of_the_form_can_be_set(client: TestClient, path: str) -> None:
    *_, last = ask(client, set={path: "/etc/passwd"})
    assert last["faults"] == [{"path": path, "message": "is not a value of this form"}]


@pytest.mark.parametrize(
    "question",
    [
        {"runs": 0},
        {"runs": 20_001},
        {"runs": "many"},
        {"runs": True},
        {"seed": -1},
        {"seed": 1.5},
        {"set": []},
        {"set": {"horizon_days": 5}},
        {"set": {str(number): "1" for number in range(201)}},
    ],
)
def test_a_question_out_of_bounds_is_refused(client: TestClient, question: dict[str, Any]) -> None:
    answer = client.post("/ask/crisis", json=question)
    assert answer.status_code == 422
    assert "allowed: " in answer.json()["faults"][0]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 60_000])
def test_what_is_no_question_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/ask/crisis", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_too_many_days_are_refused(client: TestClient) -> None:
    *_, last = ask(client, set={"horizon_days": "3650"}, runs=20_000)
    assert last["faults"] == [
        {
            "path": "horizon_days",
            "message": "3650 is too long for 20,000 runs; allowed: 400 or fewer",
        }
    ]


def test_a_large_body_is_refused(client: TestClient) -> None:
    body = b" " * (MOST_BYTES + 1)
    answer = client.post("/ask/crisis", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


# Other sites


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:9", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("10.0.0.7:8000", 200),
        ("evil.example", 421),
        ("localhost.evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_a_foreign_name_gets_nothing(client: TestClient, host: str, code: int) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == code
    assert ("What if?" in answer.text) == (code == 200)


def test_the_name_that_it_listens_on_is_answered(live: Live) -> None:
    app = application({"crisis": live}.get, ["crisis"], host="class.example")
    assert TestClient(app, base_url="http://class.example:8000").get("/").status_code == 200


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("http://127.0.0.1:8000", True), ("http://evil.example", False), ("null", False)],
)
def test_questions_of_other_sites_are_refused(
    client: TestClient, origin: str, allowed: bool
) -> None:
    answer = client.post("/ask/crisis", json={"runs": 10}, headers={"Origin": origin})
    assert (answer.status_code == 200) == allowed
    assert "access-control-allow-origin" not in answer.headers


def test_a_form_of_another_site_is_refused(client: TestClient) -> None:
    answer = client.post("/ask/crisis", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_every_answer_has_the_headers_of_safety(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/none"), client.get("/", headers={"Host": "x"})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/scenario/none", "/scenario/../../etc/passwd", "/none"])
def test_what_does_not_exist_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_all_scenarios_are_listed(live: Live) -> None:
    app = application({"a": live}.get, ["a", "<b>"])
    client = TestClient(app, base_url="http://localhost")
    text = client.get("/").text
    assert '<a href="/scenario/a">a</a>' in text
    assert "<b>" not in text
    assert client.get("/scenario/a").status_code == 200


# Cancelling


def test_a_job_that_is_cancelled_ends_on_its_day(live: Live) -> None:
    messages: list[Any] = []
    job = Job(live, Question({"actors.OST.support": "2"}, 20, 77), messages.append)
    job.cancel()
    with pytest.raises(Cancelled):
        job.watch(0.5)
    job.run()
    assert messages == [{"cancelled": True}]


def test_a_new_question_cancels_the_former(live: Live) -> None:
    """The first job waits in its first day until the second one has been started."""
    ended = {name: threading.Event() for name in ("first", "second")}
    begun, go_on = threading.Event(), threading.Event()
    last: dict[str, Any] = {}

    def listener(name: str) -> Any:
        def listen(message: Any) -> None:
            if "progress" in message:
                if name == "first":
                    begun.set()
                    assert go_on.wait(30)
            else:
                last[name] = message
                ended[name].set()

        return listen

    worker = Worker()
    worker.start(Job(live, Question({"actors.OST.support": "1"}, 30, 5), listener("first")))
    assert begun.wait(30)
    worker.start(Job(live, Question({"actors.OST.support": "2"}, 30, 5), listener("second")))
    go_on.set()
    for event in ended.values():
        assert event.wait(60)
    assert last["first"] == {"cancelled": True}
    assert "book" in last["second"]


def test_a_failure_is_reported(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no runs")

    monkeypatch.setattr(live_module, "play_together", broken)
    messages: list[Any] = []
    fresh = Live(live.request, live.base, live.frame)
    Job(fresh, Question({}, 10, 1), messages.append).run()
    assert messages[-1] == {"error": "The simulation failed: ZeroDivisionError: no runs"}
