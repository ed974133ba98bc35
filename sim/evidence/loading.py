"""Evidence files: where they are found, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import Fault, InputError, nearest
from sim.evidence.checking import faults_within, repeated, unresolved
from sim.evidence.held import Evidence, File, fault_in
from sim.evidence.models import KINDS
from sim.scenario.document import Document, read_document
from sim.scenario.faults import schema_faults

Model = TypeVar("Model", bound=BaseModel)


def find_folder(near: Path) -> Path | None:
    """Return the nearest folder ``seeds`` in, beside or above a path, else the working folder's, else None."""
    here = near.resolve()
    for folder in (here, *here.parents, Path.cwd()):
        if (folder / "seeds").is_dir():
            return folder / "seeds"
    return None


def load_near(path: Path) -> Evidence | None:
    """Return the evidence that belongs to a scenario file, or None where there is no folder ``seeds``."""
    folder = find_folder(path)
    return load_folder(folder) if folder else None


def load_folder(folder: Path) -> Evidence:
    """Read all evidence files of a folder; InputError with every fault of every file, and between them."""
    files: list[File] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            files.append(read(path))
        except InputError as error:
            faults += error.faults
    evidence = Evidence(tuple(files))
    faults += repeated(files)
    if faults := faults or unresolved(evidence):
        raise InputError(faults)
    return evidence


def read(path: Path) -> File:
    """Read one evidence file; InputError with all its faults."""
    return from_document(read_document(path, str(path)))


def from_document(document: Document) -> File:
    """Return a document as an evidence file; InputError with all its faults."""
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
    """Return a document as a model; InputError with everything its schema finds wrong."""
    try:
        return kind.model_validate(document.values)
    except ValidationError as error:
        found = schema_faults(error, document.values, kind)
        raise InputError([fault_in(document, fault.route, fault.message) for fault in found]) from None
