"""Seals: what a forecast said, and when, so that both can be checked later.

A seal lists the SHA-256 of every file of a result, and what its manifest says. The digest of the
seal covers all of that, and its date. It proves nothing by itself, because anyone can write a seal
with an earlier date. It proves that the forecast existed on the day when its digest was published
where its author cannot change it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sim.catalogue import is_below
from sim.io.atomic import atomic_file
from sim.io.errors import Fault, InputError
from sim.io.mapping import read_mapping
from sim.io.version import __version__
from sim.results.layout import SEAL as SEAL
from sim.results.layout import manifest_of, written
from sim.results.writer import digest_of_file, now

FORMAT = 1
DRAWINGS = (".png", ".svg", ".html")
"""Endings of files that are drawn from the tables, and are no evidence."""
PASSING = ("files", "written", "wall_seconds", "versions", "code", "stated_in")
"""What a manifest says that another simulation of the same forecast may change."""
_ENTRY = {"folder", "manifest", "files"}


@dataclass(frozen=True)
class Checked:
    """A seal, compared with the folder of a result.

    Attributes:
        path: file of the seal.
        digest: its digest, to compare with the published one.
        sealed: its date.
        broken: what contradicts the seal; empty if nothing does.
        unchecked: charts and reports that are not as sealed. They may have been drawn again, or
            edited: nothing here can tell, so they are no evidence.
    """

    path: Path
    digest: str
    sealed: str
    broken: tuple[str, ...]
    unchecked: tuple[str, ...]


def seal_of(folders: Sequence[Path]) -> dict[str, Any]:
    """Return the seal of some results.

    Raises:
        InputError: a folder is not a result.
    """
    content = {
        "format": FORMAT,
        "kind": "seal",
        "sealed": now(),
        "program": f"demarche {__version__}",
        "results": [_sealed(folder) for folder in folders],
    }
    return {**content, "digest": digest_of_seal(content)}


def digest_of_seal(content: dict[str, Any]) -> str:
    """Return the digest of a seal: SHA-256 of its content, whatever its layout.

    >>> digest_of_seal({"b": 1, "a": 2, "digest": ""}) == digest_of_seal({"a": 2, "b": 1})
    True
    """
    rest = {key: value for key, value in content.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def _sealed(folder: Path) -> dict[str, Any]:
    manifest = manifest_of(folder)
    if manifest is None:
        what = "not a result folder" if folder.exists() else "no such folder"
        raise InputError([Fault(str(folder), 0, "", what)])
    names = sorted(written(folder) - {manifest.name, SEAL})
    return {
        "folder": folder.resolve().name,
        "manifest": _facts(manifest),
        "made": _made(manifest),
        "files": {name: digest_of_file(folder / name) for name in names},
    }


def _facts(manifest: Path) -> dict[str, Any]:
    """Return what a manifest says about the forecast itself."""
    return {key: value for key, value in _stated(manifest).items() if key not in PASSING}


def _stated(manifest: Path) -> dict[str, Any]:
    try:
        return read_mapping(manifest)
    except ValueError:
        raise InputError([Fault(str(manifest), 0, "", "not a valid manifest")]) from None


def _made(manifest: Path) -> dict[str, Any]:
    """Return when and by which program a result was made, for readers of the seal."""
    content = _stated(manifest)
    return {key: content[key] for key in ("written", "versions", "code") if key in content}


def write_seal(content: dict[str, Any], path: Path) -> None:
    """Write a seal to a file that does not exist.

    Raises:
        InputError: the file exists.
    """
    if path.exists():
        message = "exists; a seal is never replaced, so name another file with --out"
        raise InputError([Fault(str(path), 0, "", message)])
    with atomic_file(path) as aside:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        aside.write_text(text + "\n", encoding="utf-8")


def check_seal(path: Path, folder: Path) -> Checked:
    """Compare a seal with the folder of a result.

    Raises:
        InputError: the file is not a seal, or not a seal of this result.
    """
    content = _read(path)
    digest = digest_of_seal(content)
    found = [entry for entry in content["results"] if _is_of(entry, folder)]
    if not found:
        message = f"a seal of other results, not of {folder.resolve().name}"
        raise InputError([Fault(str(path), 0, "", message)])
    broken = list(_contradictions(found[0], folder))
    if digest != content["digest"]:
        broken.insert(0, f"{path.name}: its content does not have its digest; it was edited")
    unchecked = tuple(sorted(name for name in _changed(found[0], folder) if _is_drawing(name)))
    return Checked(path, digest, str(content["sealed"]), tuple(broken), unchecked)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_mapping(path)
        is_seal = content["kind"] == "seal" and content["format"] == FORMAT
        texts = (content["digest"], content["sealed"], digest_of_seal(content))
        files = [entry["files"] for entry in content["results"] if entry.keys() >= _ENTRY]
        is_complete = 0 < len(files) == len(content["results"])
        is_typed = all(isinstance(text, str) for text in texts)
        if is_seal and is_complete and is_typed and all(isinstance(part, dict) for part in files):
            return content
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise InputError([Fault(str(path), 0, "", "not a valid seal of `sim seal`")])


def _is_of(entry: dict[str, Any], folder: Path) -> bool:
    """Return whether an entry is of a result: it names the folder, or the same simulation."""
    manifest = manifest_of(folder)
    if manifest is None or entry["folder"] == folder.resolve().name:
        return True
    return bool(_facts(manifest) == entry["manifest"])


def _contradictions(entry: dict[str, Any], folder: Path) -> Iterator[str]:
    """Yield what in a folder contradicts its entry in a seal."""
    manifest = manifest_of(folder)
    if manifest is None or _facts(manifest) != entry["manifest"]:
        yield "manifest: it does not say what was sealed"
    for name in sorted(_changed(entry, folder)):
        if not _is_drawing(name):
            what = "changed since it was sealed" if _file(folder, name) else "missing"
            yield f"{name}: {what}"


def _changed(entry: dict[str, Any], folder: Path) -> set[str]:
    """Return the names of sealed files that are missing or have another content."""
    return {
        name
        for name, digest in entry["files"].items()
        if (file := _file(folder, name)) is None or digest_of_file(file) != digest
    }


def _file(folder: Path, name: str) -> Path | None:
    """Return a sealed file inside a folder, or None; a seal may come from a stranger."""
    file = folder / name
    try:
        return file if is_below(file, folder) and file.is_file() else None
    except OSError:  # too long for a name
        return None


def _is_drawing(name: str) -> bool:
    return name.endswith(DRAWINGS)
