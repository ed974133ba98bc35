"""Named files are found first in the workspace, then among the shipped files, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import ROOT, Call

from sim import catalogue
from sim.io.errors import InputError
from sim.scenario import load

OWN = "scenario: {name}\ntitle: One of my own\nbase: {base}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty workspace, and return it."""
    folder = tmp_path / "home"
    (folder / "scenarios" / "base").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def own(home: Path, name: str, base: str, suffix: str = ".yaml") -> Path:
    path = home / "scenarios" / f"{name}{suffix}"
    path.write_text(OWN.format(name=name, base=base), encoding="utf-8")
    return path


def test_a_shipped_scenario_is_found_by_name_from_anywhere(home: Path) -> None:
    for name in ("april_2016", "april_2016.yaml"):
        assert catalogue.locate("scenario", name) == ROOT / "scenarios" / "april_2016.yaml"
    assert (
        catalogue.locate("hypothesis", "markedonov")
        == ROOT / "scenarios" / "hypotheses" / "markedonov.yaml"
    )
    assert catalogue.locate("base", "model") == ROOT / "scenarios" / "base" / "model.yaml"


def test_a_file_of_the_workspace_comes_before_a_shipped_one(home: Path) -> None:
    path = own(home, "april_2016", "base/caucasus_2016.yaml")
    assert catalogue.locate("scenario", "april_2016") == path
    (entry,) = [entry for entry in catalogue.entries("scenario") if entry.name == "april_2016"]
    assert not entry.shipped


def test_a_path_comes_before_a_name(home: Path) -> None:
    own(home, "april_2016", "model")
    (home / "april_2016").mkdir()
    assert catalogue.locate("scenario", "april_2016") == Path("april_2016")


@pytest.mark.parametrize("suffix", catalogue.SUFFIXES)
@pytest.mark.parametrize("base", ["april_2016", "april_2016.yaml"])
def test_a_base_is_found_by_its_name(home: Path, base: str, suffix: str) -> None:
    assert load(own(home, "mine", base, suffix)).scenario.horizon_days == 90


@pytest.mark.parametrize("name", ["model", "base/model.yaml", "model.yaml"])
def test_a_base_of_the_workspace_goes_before_a_shipped_one(home: Path, name: str) -> None:
    path = own(home, "mine", name)
    assert catalogue.named_from(path, name) == ROOT / "scenarios" / "base" / "model.yaml"
    (home / "scenarios" / "base" / "model.yaml").write_text("horizon_days: 3\n", encoding="utf-8")
    assert catalogue.named_from(path, name) == home / "scenarios" / "base" / "model.yaml"


@pytest.mark.parametrize(
    "base",
    [
        "../../secret.yaml",
        "../../../../../../../../etc/passwd",
        "base/../../../secret",
        "../scenarios/link.yaml",
    ],
)
def test_a_base_outside_the_workspace_is_refused_at_its_line_and_not_opened(
    home: Path, base: str
) -> None:
    secret = home.parent / "secret.yaml"
    secret.write_text("{not: [yaml", encoding="utf-8")
    (home / "scenarios" / "link.yaml").symlink_to(secret)
    path = own(home, "mine", base)
    with pytest.raises(InputError) as caught:
        load(path)
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.path) == (str(path), 3, "base")
    assert "leads outside the workspace" in fault.message


def test_draws_outside_the_workspace_are_refused(home: Path) -> None:
    path = own(home, "mine", "april_2016")
    path.write_text(
        path.read_text(encoding="utf-8") + "parameters: ../../draws.parquet\n", encoding="utf-8"
    )
    with pytest.raises(
        InputError, match=r"mine\.yaml:4: parameters\.posterior: '.*' leads outside the workspace"
    ):
        load(path)


def test_a_misspelt_base_is_named_with_the_nearest(home: Path) -> None:
    with pytest.raises(InputError, match=r"'modle': no such file \(did you mean model\?\)"):
        load(own(home, "mine", "modle"))


@pytest.mark.parametrize("text", ["april_2106", "april_2106.yaml", "scenarios/april_2106.yaml"])
def test_a_misspelt_scenario_is_named_with_the_nearest(call: Call, text: str) -> None:
    said = call("run", text)
    assert said.code == 1
    assert "(did you mean april_2016?)" in said.err


@pytest.mark.parametrize("text", ["", "\0", "x" * 5000, "a/" * 300, ".", "~nobody"])
def test_no_text_ends_in_a_traceback(call: Call, text: str) -> None:
    said = call("explain", text)
    assert said.code in (1, 2)


def test_a_file_belongs_to_the_folder_around_its_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = tmp_path.resolve()
    for path, home in (
        ("a/scenarios/x.yaml", "a"),
        ("a/scenarios/crises/x.yaml", "a"),
        ("a/seeds/x.yaml", "a"),
        ("a/results/x-1/report.html", "a"),
        ("a/x.yaml", "."),
    ):
        assert catalogue.workspace_of(Path(path)) == (root / home).resolve()
    assert catalogue.workspace_of(Path("/elsewhere/x.yaml")) == Path("/elsewhere")


def test_a_folder_with_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The root of a disk would be read for minutes."""
    monkeypatch.setattr(catalogue, "MOST_FILES", 2)
    for name in ("a.yaml", "b.txt"):
        (tmp_path / name).touch()
    assert catalogue.files_below(tmp_path) == [tmp_path / "a.yaml"]
    (tmp_path / "c.txt").touch()
    with pytest.raises(InputError, match="more than 2 files"):
        catalogue.files_below(tmp_path)
