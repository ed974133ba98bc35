"""What strangers write runs no code, reads and writes nothing elsewhere, and commands no terminal."""

from __future__ import annotations

import ast
import json
import pickle
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import ROOT, Call, scenario

from sim.cli.printing import plain
from sim.ensemble.code import installed
from sim.ensemble.ensemble import Plan, encoded
from sim.ensemble.executors import Shipped
from sim.evidence import load_for
from sim.io.atomic import atomic_file, atomic_folder
from sim.io.errors import InputError
from sim.io.parquet import read_table
from sim.results.reader import open_result
from sim.scenario import load
from sim.scenario.posterior import read_posterior

SOURCES = sorted((ROOT / "sim").rglob("*.py"))
DANGEROUS = {"eval", "exec", "compile", "__import__"}


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


# No code of strangers runs


def test_no_module_evaluates_text_or_loads_pickles() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "pickle" not in text.replace("allow_pickle=False", "").replace("pickled", ""), path
        for call in calls(path):
            name = getattr(call.func, "id", "")
            assert name not in DANGEROUS, f"{path}:{call.lineno}"
            shown = ast.unparse(call.func)
            assert shown not in ("yaml.load", "yaml.unsafe_load", "yaml.full_load", "os.system"), (
                path
            )
            if shown in ("np.load", "numpy.load"):
                options = {option.arg: ast.unparse(option.value) for option in call.keywords}
                assert options.get("allow_pickle") == "False", f"{path}:{call.lineno}"


class Bomb:
    """An object that writes a file when its pickle is loaded."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.file), "w")


def with_pickle(file: Path, target: Path) -> None:
    """Write a table whose column has an Arrow type with a pickle in its description."""
    description = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Bomb(target)),
    }
    field = pa.field("day", pa.int64(), metadata=description)
    pq.write_table(pa.table([pa.array([1, 2])], schema=pa.schema([field])), file)


@pytest.mark.filterwarnings("ignore")  # old versions of pyarrow warn that they do not load it
def test_a_pickle_in_the_description_of_a_table_is_not_loaded(tmp_path: Path) -> None:
    loaded, written = tmp_path / "loaded", tmp_path / "days.parquet"
    pickle.loads(pickle.dumps(Bomb(loaded))).close()
    assert loaded.exists()  # the bomb works
    loaded.unlink()
    with_pickle(written, loaded)
    read_table(written)
    with pytest.raises(ValueError, match="day"):
        read_posterior(written)
    assert not loaded.exists()


@pytest.mark.parametrize(
    "text",
    [
        "notes: !!python/object/apply:os.system ['true']\n",
        "notes: !!python/name:os.system\n",
        "notes: !!binary aGVsbG8=\n",
    ],
)
def test_tags_of_yaml_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"tag '.*' is not allowed"):
        load(scenario(tmp_path, body=text))


def test_a_yaml_bomb_is_refused_by_its_size(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InputError, match="too many values; allowed: 20000"):
        load(scenario(tmp_path, body="\n".join(levels) + "\n"))


def test_deep_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nested too deeply; allowed: 30 levels"):
        load(scenario(tmp_path, body=f"notes: {'[' * 40}{']' * 40}\n"))


# Nothing elsewhere is read or written


@pytest.fixture
def shared(folder: Path, tmp_path: Path) -> Path:
    """Return a copy of a result folder that a stranger may have changed."""
    return Path(shutil.copytree(folder, tmp_path / "results" / folder.name))


@pytest.mark.parametrize("name", ["outcomes.parquet", "manifest.json", "scenario.resolved.yaml"])
def test_a_file_of_a_result_that_is_a_link_elsewhere_is_refused(
    shared: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes((shared / name).read_bytes())
    (shared / name).unlink()
    (shared / name).symlink_to(tmp_path / name)
    with pytest.raises(InputError, match="is a link that leads outside the folder of results"):
        open_result(shared)


@pytest.mark.parametrize("command", ["plot", "trace", "export"])
def test_no_command_writes_through_a_link_in_a_result(
    shared: Path, tmp_path: Path, call: Call, command: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    inner = {"plot": "charts", "trace": "traces", "export": "export"}[command]
    shutil.rmtree(shared / inner, ignore_errors=True)
    (shared / inner).symlink_to(elsewhere)
    done = call(command, shared, *(("--to", "csv") if command == "export" else ()))
    assert done.code == 1
    assert "is a link" in done.err
    assert list(elsewhere.iterdir()) == []


def test_a_report_that_is_a_link_is_replaced_and_its_target_stays(
    shared: Path, tmp_path: Path, call: Call
) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("mine", encoding="utf-8")
    (shared / "report.html").unlink()
    (shared / "report.html").symlink_to(mine)
    assert call("report", shared).code == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (shared / "report.html").is_symlink()


def test_evidence_that_is_a_link_elsewhere_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("kind: record\nfacts: []\n", encoding="utf-8")
    home = tmp_path / "home"
    (home / "seeds").mkdir(parents=True)
    (home / "scenarios").mkdir()
    (home / "seeds" / "link.yaml").symlink_to(secret)
    with pytest.raises(InputError, match="is a link that leads outside the workspace"):
        load_for(home / "scenarios" / "any.yaml")


def test_atomic_writes_stay_in_their_folder(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    (home / "inner").symlink_to(elsewhere)
    with (
        pytest.raises(OSError, match="leads outside"),
        atomic_file(home / "inner" / "a", home) as a,
    ):
        a.write_text("x")
    with (
        pytest.raises(OSError, match="leads outside"),
        atomic_folder(home / "inner", aside_in=home) as b,
    ):
        (b / "a").write_text("x")
    with pytest.raises(OSError, match="leads outside"), atomic_folder(home) as c:
        (c / "inner").mkdir()
        (c / "inner" / "a").write_text("x")
    assert list(elsewhere.iterdir()) == []


def test_a_manifest_cannot_make_a_rerun_remove_files_elsewhere(
    shared: Path, tmp_path: Path, call: Call
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    file = shared / "manifest.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["files"] += ["../../mine.txt", str(mine), "charts/../../../mine.txt"]
    content["written"] = "2001-01-01T00:00:00+00:00"
    file.write_text(json.dumps(content), encoding="utf-8")
    assert call("results", shared.parent, "--prune", "--older-than", 1, "--yes").code == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (shared / "manifest.json").exists()


def test_a_cluster_gets_the_scenario_and_no_path_of_this_machine(tmp_path: Path) -> None:
    plan = Plan(load(scenario(tmp_path)).scenario, 4, 2)
    sent = pickle.dumps((Shipped(encoded, installed()), plan, plan.blocks[0]))
    assert b"A crisis" in sent
    for private in (tmp_path, ROOT, Path.home()):
        assert str(private).encode() not in sent


# What is shown commands neither a terminal, a browser nor a spreadsheet


@pytest.mark.parametrize(
    "letter", ["\x1b", "\x07", "\x9b", "\r", "\x00", "\N{RIGHT-TO-LEFT OVERRIDE}"]
)
def test_control_characters_are_printed_as_marks(letter: str) -> None:
    assert plain(f"a{letter}[31mb") == "a\N{REPLACEMENT CHARACTER}[31mb"


def test_lines_and_tabs_are_printed_as_they_are() -> None:
    assert plain("a\n\tb") == "a\n\tb"


def test_texts_of_a_manifest_command_no_terminal(shared: Path, call: Call) -> None:
    file = shared / "manifest.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["title"] = "\x1b]0;owned\x07 title"
    file.write_text(json.dumps(content), encoding="utf-8")
    done = call("results", shared.parent)
    assert "title" in done.out
    assert "\x1b" not in done.out and "\x07" not in done.out


def test_a_name_of_a_column_commands_no_terminal(tmp_path: Path, call: Call) -> None:
    pd.DataFrame({"\x1b[31mred": [1.0]}).to_parquet(tmp_path / "draws.parquet")
    path = scenario(tmp_path, body="parameters: {posterior: draws.parquet}\n")
    done = call("check", path)
    assert done.code == 1
    assert "\N{REPLACEMENT CHARACTER}[31mred" in done.err
    assert "\x1b" not in done.err


def test_texts_of_a_manifest_are_no_markup_in_the_report(shared: Path, call: Call) -> None:
    file = shared / "manifest.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    content["versions"] = {attack: attack}
    content["stated_in"] = {attack: {"horizon_days": 1}}
    file.write_text(json.dumps(content), encoding="utf-8")
    assert call("report", shared).code == 0
    page = (shared / "report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page and "<img src=x" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
