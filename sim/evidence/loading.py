"""Find and read evidence files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sim.catalogue import CRISES, files_in, is_below, roots, shipped_root, workspace_of
from sim.evidence.index import Evidence, File, fault_in
from sim.evidence.models import KINDS
from sim.evidence.validation import faults_within, repeated, unresolved
from sim.io.errors import Fault, InputError, nearest
from sim.scenario.document import MAX_BYTES, Document, read_document
from sim.scenario.faults import schema_faults

Model = TypeVar("Model", bound=BaseModel)

_KIND = re.compile(rb"^kind:", re.MULTILINE)


def load_for(path: Path) -> Evidence:
    """Return the evidence that a file may cite: shipped evidence, and that of the file's workspace.

    Raises:
        InputError: the workspace's evidence files have faults, or two files state the same id.

    >>> from sim.catalogue import locate
    >>> load_for(locate("scenario", "april_2016")).sources["mk2020-24"].speaker
    'author'
    """
    local = workspace_of(path) / "seeds"
    shipped = _shipped()
    if not local.is_dir() or local.resolve() == (shipped_root() / "seeds").resolve():
        return shipped
    return _merged(shipped.files, _read_all(evidence_files(local)))


def load_folder(folder: Path) -> Evidence:
    """Read all evidence files of a folder; InputError lists all faults of all files."""
    return _checked(_read_all(evidence_files(folder)))


def crisis_files(near: Path) -> dict[str, Path]:
    """Return the files with the records of the coded crises, by crisis.

    They are the files in ``seeds/crises``. A file of the workspace hides a shipped one.

    >>> "rann_of_kutch_1965" in crisis_files(Path("any"))
    True
    """
    found: dict[str, Path] = {}
    for root in roots(near):
        folder = root / "seeds" / CRISES
        for path in files_in(folder) if folder.is_dir() else ():
            found.setdefault(path.stem, path)
    return found


def load_crisis(name: str, near: Path) -> Evidence:
    """Return the record of a coded crisis, or no evidence if there is none."""
    path = crisis_files(near).get(name)
    return Evidence() if path is None else _checked([read(path)])


def load_crises(near: Path) -> Evidence:
    """Return the records of all coded crises; InputError lists all faults of all files."""
    return _checked(_read_all(list(crisis_files(near).values())))


@cache
def _shipped() -> Evidence:
    return load_folder(shipped_root() / "seeds")


def evidence_files(folder: Path) -> list[Path]:
    """Return the evidence files of a folder: those with the top-level key ``kind``."""
    return [path for path in files_in(folder) if _leads_outside(path) or states_a_kind(path)]


def states_a_kind(path: Path) -> bool:
    """Whether a file has the top-level key ``kind``, as evidence has.

    A guess for unreadable files.
    """
    try:
        return "kind" in read_document(path, str(path)).values
    except InputError:
        with path.open("rb") as file:
            return _KIND.search(file.read(MAX_BYTES)) is not None


def _leads_outside(path: Path) -> bool:
    """Return whether a file is a link to a place outside its workspace."""
    return path.is_symlink() and not any(is_below(path, root) for root in roots(path))


def _merged(shipped: Sequence[File], local: Sequence[File]) -> Evidence:
    """Return shipped and local files together; an unchanged copy of a shipped file replaces it."""
    copied = {repr(file.document.values) for file in local}
    return _checked(
        [*(file for file in shipped if repr(file.document.values) not in copied), *local]
    )


def _read_all(paths: list[Path]) -> list[File]:
    files: list[File] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            if _leads_outside(path):
                raise InputError(
                    [Fault(str(path), 0, "", "is a link that leads outside the workspace")]
                )
            files.append(read(path))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return files


def _checked(files: Sequence[File]) -> Evidence:
    evidence = Evidence(tuple(files))
    if faults := repeated(files) or unresolved(evidence):
        raise InputError(faults)
    return evidence


def read(path: Path) -> File:
    """Read one evidence file; InputError lists all its faults.

    >>> from sim.catalogue import shipped_root
    >>> read(shipped_root() / "seeds" / "record.yaml").model.kind
    'record'
    """
    return from_document(read_document(path, str(path)))


def from_document(document: Document) -> File:
    """Return a document as an evidence file; InputError lists all its faults."""
    kind = document.values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        hint = nearest(str(kind), KINDS)
        message = f"unknown kind '{kind}'{hint}; allowed: {', '.join(KINDS)}"
        raise InputError([fault_in(document, ("kind",), message)])
    file = File(document, validated(KINDS[kind], document))
    if faults := faults_within(file):
        raise InputError(faults)
    return file


def validated(kind: type[Model], document: Document) -> Model:
    """Return a document as a model; InputError lists all faults that its schema finds."""
    try:
        return kind.model_validate(document.values)
    except ValidationError as error:
        found = schema_faults(error, document.values, kind)
        raise InputError(
            [fault_in(document, fault.route, fault.message) for fault in found]
        ) from None
