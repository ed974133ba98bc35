"""Files of a folder of downloads: plain, or inside zip archives, in any of the usual encodings."""

from __future__ import annotations

import codecs
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn, TypeVar

from sim.io.errors import Fault, InputError

Part = TypeVar("Part", str, bytes)

DAMAGED = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged file raises."""
TEXT_SUFFIXES = (".csv", ".tab", ".tsv", ".txt")
SUFFIXES = (*TEXT_SUFFIXES, ".dta")
MOST_FILES = 5_000
"""Number of files in a folder, and of members of an archive, that are looked at."""
LONGEST_LINE = 1_000_000
"""Longest line in bytes that is read; a longer one is no row of a table."""
LARGEST = 2_000_000_000
"""Size in bytes of the largest file that is read; no table of a data set comes near it."""
MOST_TIMES = 200
"""Largest ratio of the unpacked to the packed size of a member. That of tables is 5 to 50."""
ALWAYS_UNPACKED = 10_000_000
"""Size in bytes up to which a member may have any ratio."""
DEEPEST = 2
"""Archives inside archives that are opened: official downloads nest them once."""


@dataclass(frozen=True)
class DataFile:
    """A file on disk, or a file inside an archive.

    Attributes:
        path: the file or the outermost archive.
        members: names inside the archives, from outside to inside; empty for a plain file.
    """

    path: Path
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return its place, with the names inside archives after ``!``."""
        return "!".join((str(self.path), *self.members))

    @property
    def name(self) -> str:
        """Its name without folders."""
        return PurePosixPath((str(self.path.name), *self.members)[-1]).name

    @property
    def suffix(self) -> str:
        """Its suffix, in lower case."""
        return PurePosixPath(self.name).suffix.lower()

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the file for reading.

        Raises:
            InputError: it cannot be read.
        """
        with ExitStack() as stack:
            try:
                stream: IO[bytes] = stack.enter_context(self.path.open("rb"))
                if self.path.stat().st_size > LARGEST:
                    self.refuse(0, f"too large; allowed: {LARGEST:,} bytes")
                for member in self.members:
                    archive = stack.enter_context(zipfile.ZipFile(stream))
                    self._refuse_bomb(archive.getinfo(member))
                    stream = stack.enter_context(archive.open(member))
            except OSError as error:
                self.refuse(0, (error.strerror or "cannot be read").lower())
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError) as error:
                self.refuse(0, f"cannot be unpacked ({error}); unpack it by hand")
            yield stream

    def _refuse_bomb(self, member: zipfile.ZipInfo) -> None:
        """Refuse a member that unpacks to far more than any table does."""
        most = max(ALWAYS_UNPACKED, MOST_TIMES * member.compress_size)
        if member.file_size > most:
            times = f"{member.file_size / max(member.compress_size, 1):,.0f} times its size"
            self.refuse(0, f"unpacks to {times}; allowed: {MOST_TIMES} times; unpack it by hand")

    def lines(self, stream: IO[bytes]) -> Iterator[str]:
        """Yield the lines of an open text file with their ends.

        Lines are UTF-8, or else Windows-1252, which every byte is valid in; a byte order mark of
        UTF-16 is obeyed.
        """
        buffered = io.BufferedReader(_Raw(stream), 1 << 16)
        start = self._read(lambda: buffered.peek(2)[:2], 1)
        number = 0
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            wide = io.TextIOWrapper(buffered, "utf-16", errors="replace", newline="\n")
            while text := self._read(lambda: wide.readline(LONGEST_LINE + 1), number := number + 1):
                yield text
            return
        while line := self._read(lambda: buffered.readline(LONGEST_LINE + 1), number := number + 1):
            yield _decoded(line if number > 1 else line.removeprefix(codecs.BOM_UTF8))

    def _read(self, read: Callable[[], Part], number: int) -> Part:
        """Return what a function reads of the line with a number."""
        try:
            part = read()
        except DAMAGED as error:
            self.refuse(number, f"cannot be read further ({error}); download it again")
        if len(part) > LONGEST_LINE:
            self.refuse(number, f"longer than {LONGEST_LINE:,} bytes; allowed: rows of a table")
        return part

    def refuse(self, line: int, message: str) -> NoReturn:
        """Raise InputError with one fault of this file."""
        raise InputError([Fault(str(self), line, "", message)])


class _Raw(io.RawIOBase):
    """A stream as a raw one, so that members of archives are buffered like files."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def files_below(folder: Path) -> tuple[list[DataFile], list[Fault]]:
    """Return the tables in and below a folder and its archives, sorted, and unreadable archives.

    Hidden files and folders are left out.

    Raises:
        InputError: there is no such folder, or it has too many files.
    """
    if not folder.is_dir():
        what = "is a file; name the folder that it is in" if folder.exists() else "no such folder"
        raise InputError([Fault(str(folder), 0, "", what)])
    found: list[DataFile] = []
    faults: list[Fault] = []
    seen = 0
    places: set[str] = set()
    for where, folders, names in os.walk(folder, followlinks=True):
        if (place := os.path.realpath(where)) in places:  # a link that leads back
            folders.clear()
            continue
        places.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            seen += 1
            if seen > MOST_FILES:
                message = f"more than {MOST_FILES:,} files; name a folder with the data sets alone"
                raise InputError([Fault(str(folder), 0, "", message)])
            path = Path(where) / name
            if name.startswith(".") or not path.is_file():
                continue
            if path.suffix.lower() == ".zip":
                _add_members(DataFile(path), found, faults)
            elif path.suffix.lower() in SUFFIXES:
                found.append(DataFile(path))
    return found, faults


def _add_members(archive: DataFile, found: list[DataFile], faults: list[Fault]) -> None:
    """Add the tables of an archive, and of the archives in it."""
    try:
        with archive.open() as stream, zipfile.ZipFile(stream) as opened:
            names = opened.namelist()[:MOST_FILES]
    except InputError as error:
        faults += error.faults
        return
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        message = f"cannot be unpacked ({error}); download it again, or unpack it by hand"
        faults.append(Fault(str(archive), 0, "", message))
        return
    for name in sorted(names):
        path = PurePosixPath(name)
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            continue
        member = DataFile(archive.path, (*archive.members, name))
        if path.suffix.lower() == ".zip" and len(member.members) < DEEPEST:
            _add_members(member, found, faults)
        elif path.suffix.lower() in SUFFIXES:
            found.append(member)
